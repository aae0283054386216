"""What the last closed session brought: crosses, approaches and 52-week highs of everything followed."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from bot.alerts.past import closed_part, grounds_of, recent
from bot.cards.findings_card import HIGH, TITLES, Finding, Found
from bot.people import WATCHLIST, groups_of
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.ports import GuildThresholds, Knowledge
from bot.questions.symbols import name_of
from signals.cross import CROSS
from signals.types import BoolArray, Coverage, Event, FloatArray, History, Market, Thresholds
from signals.windows import is_new_high

KINDS = {
    "all": tuple(TITLES),
    "crosses": ("golden_cross", "death_cross"),
    "approaches": ("approaching_golden", "approaching_death"),
    "highs": (HIGH,),
}
"""What can be looked for, and which findings those are."""
LOOKED_FOR = {"all": "crosses, approaches or 52-week highs", "highs": "52-week highs"}
YEAR_SESSIONS = 252
MOST_RUN = 63
"""A run of new highs is followed back so many sessions at most."""
MOST_KEPT, MOST_WAITING = 8, 8
SHOWN_LETTERS = 40

_Key = tuple[tuple[str, float | int | str], ...]


@dataclass(frozen=True, slots=True)
class _Everything:
    """All findings of a market, and of which symbols they could be told."""

    market: Market
    findings: tuple[Finding, ...]
    have_state: frozenset[str]
    have_year: frozenset[str]

    def told_of(self, kind: str) -> frozenset[str]:
        """Return the symbols of which `kind` can be told."""
        if kind == "all":
            return self.have_state & self.have_year
        return self.have_year if kind == "highs" else self.have_state


class Findings:
    """Looks through the whole market once, and answers for any part of it.

    Parameters
    ----------
    knowledge : Knowledge
        Where the present market is read from.
    thresholds : GuildThresholds
        What the moderators of the asking guild have set.
    """

    def __init__(self, knowledge: Knowledge, thresholds: GuildThresholds) -> None:
        self._knowledge = knowledge
        self._thresholds = thresholds
        self._known: Once[_Key, _Everything] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)

    async def of(self, where: str, kind: str, *, guild_id: int | None, watched: Sequence[str] = ()) -> Found:
        """Return what was found; `where` is a universe, a sector, ``watchlist``, or empty: everything followed.

        Raises
        ------
        QuestionError
            If there is no such place or kind, or nothing is on the watchlist.
        """
        kind = _kind(kind)
        market = self._knowledge.market()
        place, symbols = await asyncio.to_thread(_place, where, market, watched)
        thresholds = CROSS.thresholds_with(await self._thresholds.of(guild_id or 0, CROSS.name))

        async def look(missing: Sequence[_Key]) -> Mapping[_Key, _Everything]:
            return {key: await asyncio.to_thread(_everything, market, dict(key)) for key in missing}

        (everything,) = await self._known.answers(market, [tuple(sorted(thresholds.items()))], look)
        told_of = everything.told_of(kind).intersection(symbols)
        chosen = (one for one in everything.findings if one.kind in KINDS[kind] and one.symbol in symbols)
        grounds = replace(grounds_of(everything.market), coverage=Coverage(len(told_of), len(symbols)))
        return Found(place, LOOKED_FOR.get(kind, kind), tuple(chosen), grounds)

    def places(self) -> Sequence[tuple[str, str]]:
        """Return (value, title) of what can be looked through, beside everything."""
        market = self._knowledge.market()
        universes = [(name, f"{name} ({len(symbols):,} symbols)") for name, symbols in market.universes.items()]
        sectors = sorted(set(market.sectors.values()))
        return [(WATCHLIST, "your watchlist"), *universes, *((f"sector:{sector}", sector) for sector in sectors)]


def _kind(typed: str) -> str:
    kind = typed.strip().lower() or "all"
    if kind not in KINDS:
        raise QuestionError(f"there is no kind {typed[:SHOWN_LETTERS]!r}: choose {', '.join(KINDS)}")
    return kind


def _place(where: str, market: Market, watched: Sequence[str]) -> tuple[str, frozenset[str]]:
    """Return what people call the place, and the symbols that belong to it."""
    typed = " ".join(where.split())
    if not typed:
        return "everything followed", frozenset(market.prices.symbols)
    if typed.lower() == WATCHLIST:
        if not watched:
            raise QuestionError("your watchlist is empty: add symbols with watch add, or scan a universe")
        return "your watchlist", frozenset(watched)
    groups = groups_of(market.universes, market.sectors, market.facts.themes)
    meant = {name.lower(): name for name in groups} | {name.partition(":")[2].lower(): name for name in groups}
    name = meant.get(typed.lower())
    if name is not None:
        return name.partition(":")[2], groups[name]
    near = difflib.get_close_matches(typed.lower(), [WATCHLIST, *meant], n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose {', '.join([WATCHLIST, *market.universes])}"
    raise QuestionError(f"there is nothing called {typed[:SHOWN_LETTERS]!r} to scan: {hint}")


def _everything(market: Market, thresholds: Thresholds) -> _Everything:
    """Look through the whole of `market`, with the windows and limits of `thresholds`."""
    known = recent(closed_part(market), CROSS, thresholds, YEAR_SESSIONS)
    history = CROSS.history(known, thresholds)
    highs, have_year = _highs(known)
    has_state = np.isfinite(history["close"][-1]) & (history["state"][-1] != 0)
    findings = [*_crossing(known, history, thresholds), *highs]
    names = np.array(known.prices.symbols)
    return _Everything(
        known, tuple(findings), frozenset(names[has_state].tolist()), frozenset(names[have_year].tolist())
    )


def _crossing(market: Market, history: History, thresholds: Thresholds) -> list[Finding]:
    """Return today's crosses, and the approaches that are still on."""
    today: date = history.sessions[-1].item()
    events = CROSS.events(history, thresholds, since=max(0, len(history.sessions) - YEAR_SESSIONS))
    latest = {event.subject: event for event in events if event.kind in TITLES}
    crossed = [event for event in events if event.session == today and event.kind in KINDS["crosses"]]
    near = [event for event in latest.values() if event.kind in KINDS["approaches"]]
    ahead = _still_ahead(market, near, thresholds)
    return [
        *(_finding(market, history, event) for event in crossed),
        *(_finding(market, history, event, ahead[event.subject]) for event in near if event.subject in ahead),
    ]


def _still_ahead(market: Market, began: Sequence[Event], thresholds: Thresholds) -> dict[str, int]:
    """Return those of the approaches that have not ended, and in how many flat sessions they would be a cross.

    One ends with a cross, or once that number has left twice the limit: then the next is told of again.
    """
    if not began:
        return {}
    history = CROSS.history(market.only([event.subject for event in began]), thresholds)
    farthest = 2 * int(thresholds["approach_sessions"])
    ahead = {}
    for place, event in enumerate(began):
        row = int(np.searchsorted(history.sessions, np.datetime64(event.session, "D")))
        flat = history["flat_sessions"][row:, place]
        if ((flat > 0) & (flat <= farthest)).all() and not history["crossed"][row + 1 :, place].any():
            ahead[event.subject] = int(flat[-1])
    return ahead


def _highs(market: Market) -> tuple[list[Finding], BoolArray]:
    """Return the symbols whose close is above every other of its last 252, and who has so many closes at all."""
    closes = market.prices.closes(market.basis)[-YEAR_SESSIONS - MOST_RUN :]
    have_year: BoolArray = np.asarray(np.isfinite(closes[-YEAR_SESSIONS:]).all(axis=0))
    if len(closes) < YEAR_SESSIONS:
        have_year = np.zeros_like(have_year)
    is_high = is_new_high(closes, YEAR_SESSIONS)
    found = []
    for place in np.flatnonzero(is_high[-1]).tolist():
        before = np.flatnonzero(~is_high[:, place])
        first = int(before[-1]) + 1 if len(before) else 0
        earlier = float(closes[-YEAR_SESSIONS:-1, place].max())
        close = float(closes[-1, place])
        found.append(
            Finding(
                symbol=market.prices.symbols[place],
                name=name_of(market.prices.symbols[place], market),
                kind=HIGH,
                title=TITLES[HIGH],
                since=market.prices.sessions[len(market.prices.sessions) - len(closes) + first].item(),
                close=close,
                change_pct=_change(closes, place),
                above_pct=100.0 * (close / earlier - 1.0),
            )
        )
    return found, have_year


def _finding(market: Market, history: History, event: Event, flat: int | None = None) -> Finding:
    place = market.prices.column(event.subject)
    fast, slow = (float(history[name][-1, place]) for name in ("fast", "slow"))
    return Finding(
        symbol=event.subject,
        name=name_of(event.subject, market),
        kind=event.kind,
        title=TITLES[event.kind],
        since=event.session,
        close=float(history["close"][-1, place]),
        change_pct=_change(history["close"], place),
        gap_pct=100.0 * (fast / slow - 1.0),
        flat_sessions=flat,
    )


def _change(closes: FloatArray, place: int) -> float | None:
    """Return the change over the last session in per cent; None where a close is missing."""
    if len(closes) < 2:  # noqa: PLR2004 - a change is between two
        return None
    change = 100.0 * (float(closes[-1, place]) / float(closes[-2, place]) - 1.0)
    return change if np.isfinite(change) else None
