"""The card that answers `scan`: what the session brought, twenty to a page, in the order that was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.cards.card import Card
from bot.cards.event_card import symbol_of
from bot.cards.provenance import Grounds, footer
from bot.cards.words import (
    NAME_LETTERS,
    decimal,
    escape,
    percent,
    price,
    session_words,
    sessions,
    short_session,
    shorten,
    titled,
)

A_PAGE = 20
HIGH = "new_high"
TITLES = {
    "golden_cross": "golden cross",
    "death_cross": "death cross",
    "approaching_golden": "golden cross ahead",
    "approaching_death": "death cross ahead",
    HIGH: "52-week high",
}
"""Kind of finding to how it is told."""
PLURALS = {
    "golden_cross": "golden crosses",
    "death_cross": "death crosses",
    "approaching_golden": "golden crosses ahead",
    "approaching_death": "death crosses ahead",
    HIGH: "52-week highs",
}


class Sort(StrEnum):
    """In which order findings are listed."""

    SYMBOL = "symbol"
    SIZE = "size"
    """The largest gap between the averages first; of a high, by how much it is above the one before."""
    DAY = "day"
    """What began last first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that holds of one symbol as of the session.

    Attributes
    ----------
    kind, title : str
        One of `TITLES`, and how it is told.
    since : date
        When it began: a cross with the session itself, an approach when it was first seen, a high with the first of an
        unbroken run of new highs.
    change_pct : float or None
        Change of the close over the session.
    gap_pct : float or None
        Between the averages; None for a high.
    above_pct : float or None
        By how much a high is above the highest close before it; None for the others.
    flat_sessions : int or None
        When an approach would be a cross, were every coming close equal to the last.
    """

    symbol: str
    name: str
    kind: str
    title: str
    since: date
    close: float
    change_pct: float | None = None
    gap_pct: float | None = None
    above_pct: float | None = None
    flat_sessions: int | None = None

    @property
    def size(self) -> float:
        """What `Sort.SIZE` orders by."""
        return abs(self.gap_pct if self.gap_pct is not None else self.above_pct or 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found in one place.

    Attributes
    ----------
    place : str
        Where was looked, in words, such as ``your watchlist``.
    looked_for : str
        What for, in words, such as ``crosses``.
    findings : tuple of Finding
        By symbol.
    grounds : Grounds
        Covered are the symbols of which there are bars enough to tell.
    """

    place: str
    looked_for: str
    findings: tuple[Finding, ...]
    grounds: Grounds

    def ordered(self, sort: Sort) -> list[Finding]:
        """Return the findings in that order; those it holds equal are by symbol."""
        found = sorted(self.findings, key=lambda finding: (finding.symbol, finding.kind))
        if sort is Sort.SIZE:
            found.sort(key=lambda finding: -finding.size)
        elif sort is Sort.DAY:
            found.sort(key=lambda finding: finding.since, reverse=True)
        return found


def findings_page(found: Found, *, sort: Sort = Sort.SYMBOL, page: int = 0) -> tuple[Card, int, int]:
    """Return one page, which one it is, and how many there are; a page beyond either end is the one at that end."""
    pages = max(1, -(-len(found.findings) // A_PAGE))
    at = max(0, min(page, pages - 1))
    shown = found.ordered(sort)[at * A_PAGE : (at + 1) * A_PAGE]
    paged = [f"page {at + 1} of {pages}", f"sorted by {sort}"] if found.findings else []
    card = Card(
        title=f"Scan of {escape(found.place)}, {session_words(found.grounds.session)}",
        text="\n".join([_summary(found), *_doubt(found.grounds), *(finding_line(finding) for finding in shown)]),
        footer=" · ".join([*paged, footer(found.grounds)]),
    )
    return card, at, pages


def finding_line(finding: Finding) -> str:
    """Return one finding as a line of the list."""
    facts = [f"close {price(finding.close)}"]
    if finding.change_pct is not None:
        facts.append(f"{percent(finding.change_pct)} on the session")
    if finding.gap_pct is not None:
        facts.append(f"gap {percent(finding.gap_pct)}")
    if finding.above_pct is not None:
        facts.append(f"{decimal(finding.above_pct)}% above the high before")
    if finding.flat_sessions is not None:
        facts.append(f"flat prices would cross in {sessions(finding.flat_sessions)}")
    who = titled(shorten(finding.name, NAME_LETTERS), finding.symbol)
    return f"{_sign(finding.kind)} **{who}** {finding.title}{_since(finding)}: {', '.join(facts)}"


def _since(finding: Finding) -> str:
    return "" if finding.kind in {"golden_cross", "death_cross"} else f", since {short_session(finding.since)}"


def _sign(kind: str) -> str:
    return "\N{NORTH EAST ARROW}" if kind == HIGH else symbol_of(kind)


def _summary(found: Found) -> str:
    counts = Counter(finding.kind for finding in found.findings)
    told = [f"{n:,} {title if n == 1 else PLURALS[kind]}" for kind, title in TITLES.items() if (n := counts[kind])]
    return f"**{_listed(told)}**" if told else f"No {found.looked_for} with this session."


def _doubt(grounds: Grounds) -> list[str]:
    missing = grounds.coverage.of - grounds.coverage.n
    if not missing:
        return []
    which = "1 symbol has" if missing == 1 else f"{missing:,} symbols have"
    return [f"{which} too few bars to tell, of {grounds.coverage.of:,}: nothing is said of {_it(missing)}."]


def _it(count: int) -> str:
    return "it" if count == 1 else "them"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
