"""The list that answers `quality` of a theme or universe: who passes which gates, and how each moved lately."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.cards.card import Card
from bot.cards.provenance import Grounds, footer
from bot.cards.quality_data import cells_of, gates_chart
from bot.cards.quality_words import NO_RECOMMENDATION
from bot.cards.table import table
from bot.cards.words import DASH, decimal, escape, session_words, shorten, signed
from bot.people import WATCHLIST
from signals.quality_gates import GATES, LEAST_KNOWN, Verdicts

A_PAGE = 15
SYMBOL_LETTERS = 8
NAMED_LETTERS = 300
WIDE = 99.95
EXPLAINED = (
    f"gates: passed of those known. score: passed / known, from {LEAST_KNOWN} known gates on. RSI: of 14 sessions. "
    "1M: change of the close over a month, %."
)


class Sort(StrEnum):
    """In which order companies are listed; what is unknown comes last."""

    SCORE = "score"
    """The highest score first; of equal ones who passed more."""
    PASSED = "passed"
    """Who passed most gates first."""
    KNOWN = "known"
    """Of whom most gates are known first."""
    RSI = "rsi"
    """The highest RSI first."""
    MONTH = "month"
    """The greatest rise over a month first."""
    SYMBOL = "symbol"


class Only(StrEnum):
    """Which companies are listed."""

    ALL = "all"
    SCORED = "scored"
    """Those with a score."""
    RISING = "rising"
    """Those with a score whose close rose over a month."""


@dataclass(frozen=True, slots=True)
class Company:
    """What is known of one company's financials, and how its share moved.

    Attributes
    ----------
    passed, known : int
        Gates passed, and gates passed or failed.
    score, rsi, month_pct : float or None
        Passed / known, RSI of 14 sessions, change of the close over a month in per cent; None where unknown.
    place : int
        Its place in the verdicts of the roster.
    """

    symbol: str
    passed: int
    known: int
    score: float | None
    rsi: float | None
    month_pct: float | None
    place: int

    def is_listed(self, only: Only) -> bool:
        """Whether a list of `only` has it."""
        if only is Only.ALL:
            return self.known > 0
        return self.score is not None and (only is Only.SCORED or (self.month_pct or 0.0) > 0)


@dataclass(frozen=True, slots=True)
class Roster:
    """Companies of one place.

    Attributes
    ----------
    place : str
        What people call it.
    companies : tuple of Company
        By symbol; all that have prices.
    verdicts : Verdicts
        What the gates say of them.
    grounds : Grounds
        Covered are those of which a gate is known.
    """

    place: str
    companies: tuple[Company, ...]
    verdicts: Verdicts
    grounds: Grounds

    def ordered(self, sort: Sort, only: Only = Only.ALL) -> list[Company]:
        """Return who is listed, in that order; those it holds equal are by symbol."""
        listed = sorted((each for each in self.companies if each.is_listed(only)), key=lambda each: each.symbol)
        return listed if sort is Sort.SYMBOL else sorted(listed, key=_KEYS[sort], reverse=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list that is asked for.

    Attributes
    ----------
    place : str
        A group such as ``theme:optical``, ``watchlist``, or empty: the small caps, else everything followed.
    """

    place: str = ""
    sort: Sort = Sort.SCORE
    only: Only = Only.ALL

    @property
    def is_personal(self) -> bool:
        """Whether it is of the asker's own list."""
        return self.place == WATCHLIST


def _last(value: float | None) -> float:
    return float("-inf") if value is None else value


_KEYS: dict[Sort, Callable[[Company], tuple[float, ...]]] = {
    Sort.SCORE: lambda each: (_last(each.score), each.passed, each.known),
    Sort.PASSED: lambda each: (each.passed, _last(each.score)),
    Sort.KNOWN: lambda each: (each.known, each.passed),
    Sort.RSI: lambda each: (_last(each.rsi), _last(each.score)),
    Sort.MONTH: lambda each: (_last(each.month_pct), _last(each.score)),
}


def roster_page(
    roster: Roster, *, sort: Sort = Sort.SCORE, only: Only = Only.ALL, page: int = 0
) -> tuple[Card, int, int]:
    """Return one page, which one it is, and how many there are; a page beyond either end is the one at that end."""
    listed = roster.ordered(sort, only)
    pages = max(1, -(-len(listed) // A_PAGE))
    at = max(0, min(page, pages - 1))
    shown = listed[at * A_PAGE : (at + 1) * A_PAGE]
    parts = [_summary(roster), *([_table(shown), EXPLAINED] if shown else [_nobody(roster, only)]), NO_RECOMMENDATION]
    told = {Only.ALL: "", Only.SCORED: ", with a score", Only.RISING: ", with a score, up over a month"}[only]
    paged = [f"page {at + 1} of {pages}", f"sorted by {sort}"] if shown else []
    place = escape(roster.place)
    chart = gates_chart(
        [(each.symbol, cells_of(roster.verdicts, each.place)) for each in shown],
        roster.grounds,
        title=f"Quality of {roster.place}{told}",
    )
    card = Card(
        title=f"Quality of {place}{told}, {session_words(roster.grounds.session)}",
        text="\n".join(parts),
        footer=" · ".join([*paged, footer(roster.grounds)]),
        chart=chart,
    )
    return card, at, pages


def _table(shown: list[Company]) -> str:
    rows = [
        [
            each.symbol[:SYMBOL_LETTERS],
            f"{each.passed}/{each.known}",
            decimal(each.score, missing=DASH),
            decimal(each.rsi, 0, missing=DASH),
            signed(each.month_pct, 1 if abs(each.month_pct or 0.0) < WIDE else 0, missing=DASH),
        ]
        for each in shown
    ]
    return table(["", "gates", "score", "RSI", "1M"], rows)


def _summary(roster: Roster) -> str:
    """Return how many have a score and rose, and of whom nothing is known."""
    scored, rising = (sum(each.is_listed(only) for each in roster.companies) for only in (Only.SCORED, Only.RISING))
    of = len(roster.companies)
    lead = f"**{scored:,} of {of:,}** have a score ({LEAST_KNOWN} of {len(GATES)} gates known or more), {rising:,} of "
    lead += "them rose over a month."
    unknown = [each.symbol for each in roster.companies if not each.known]
    if not unknown:
        return lead
    named = shorten(", ".join(map(escape, unknown)), NAMED_LETTERS)
    return f"{lead} Nothing is known of {len(unknown):,}: {named}."


def _nobody(roster: Roster, only: Only) -> str:
    if only is Only.ALL or not any(each.known for each in roster.companies):
        return "No financials are known of any: the operator's data has none (see the operator's guide)."
    return "None of them."
