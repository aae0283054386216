"""What a second source says: of a move the gate holds, and of the closes both sources have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TypeVar

import numpy as np
import structlog

from bot.clock import Clock
from bot.market.disputed import Comparison, Dispute, Disputes, DisputesDamaged, Hearing
from bot.market.gate import Kind
from bot.market.held import Releases, ReleasesDamaged
from bot.market.types import Bars, Source, SourceError
from bot.market.view import View
from signals.sessions import last_closed
from signals.types import Calendar, Prices

_Kept = TypeVar("_Kept")
log = structlog.get_logger(__name__)

TOLERANCE = 0.02
"""Two sources agree on a move where theirs differ by less."""
APART_PCT = 0.5
"""Two closes of one bar that are further apart than this are disputed."""
LOOKBACK_SESSIONS = 5
"""A second source that is late is compared with afterwards, so many sessions back."""
MOVE_SESSIONS = 10
AGAIN = timedelta(minutes=30)
"""What the second source did not have yet is asked for again after this long."""
NAMED = 5
"""Symbols named in a fault."""
PATIENCE_S = 90.0
"""Longer than this the session does not wait for a second source."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What to ask for: moves that are held, closes to compare, from which session on, and whether for the session."""

    moves: tuple[str, ...]
    closes: tuple[str, ...]
    start: date
    is_session: bool

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.moves, *self.closes)))


class SecondOpinion:
    """Asks a second source about held moves, and compares closes of a bounded list of symbols with it.

    Parameters
    ----------
    symbols : sequence of str
        Compared at every session; beside them those with a held move or an open dispute.
    """

    def __init__(
        self,
        source: Source,
        disputes: Disputes,
        releases: Releases,
        calendar: Calendar,
        clock: Clock,
        *,
        symbols: Sequence[str] = (),
    ) -> None:
        self._source, self._disputes, self._releases = source, disputes, releases
        self._calendar, self._clock, self._symbols = calendar, clock, tuple(symbols)
        self._asked_of_moves: dict[tuple[str, date], datetime] = {}
        self.fault = ""
        """What was left unchecked when the second source was asked last, and why."""

    async def hear(self, prices: Prices, view: View) -> bool:
        """Ask about the session of `view`, of which `prices` are all bars; tell whether its verdict is another now.

        Where the second source fails, that is noted: the session goes on without. Where what it says cannot be kept,
        that is noted too, and what it puts in dispute is held all the same.
        """
        known = prices.upto(view.session)
        hearing = await self._tried(self._disputes.read, self._symbols)
        wanted = None if hearing is None else self._wanted(known, view, hearing)
        if hearing is None or wanted is None:
            return False
        bars = await self._asked(wanted, view.session)
        found = Comparison()
        if bars is not None:
            pair = Pair(known, bars.prices, (view.source, bars.source))
            found = compared(pair, wanted.closes, hearing, regular=self._symbols, at=self._now())
        asked = self._now() if wanted.is_session else None
        for dispute in found.disputes:
            log.warning("sources_disagree", symbol=dispute.symbol, session=str(dispute.session), reason=dispute.words)
        is_changed = await self._tried(
            partial(self._disputes.record, found, at=self._now(), asked=asked), wanted.symbols
        )
        if is_changed is None:  # not written, but not to be believed either
            is_changed = bool(found.disputes or found.settled)
        if bars is None:
            return False
        apart = {dispute.symbol for dispute in found.disputes}
        agreed = [symbol for symbol in agreeing(known, bars.prices, wanted.moves) if symbol not in apart]
        by = f"second source {bars.source}"
        let_go = [
            await self._tried(partial(self._releases.release, symbol, view.session, at=self._now(), by=by), (symbol,))
            for symbol in agreed
        ]
        return is_changed or any(let_go)

    async def _tried(self, work: Callable[[], _Kept], symbols: tuple[str, ...]) -> _Kept | None:
        """Return what comes of reading or writing a file beside the bars; None, and a fault, where that fails."""
        try:
            return await asyncio.to_thread(work)
        except (DisputesDamaged, ReleasesDamaged) as error:
            self._note(str(error), symbols)
        except OSError as error:
            folder = self._disputes.path.parent
            why = f"{error.strerror}: see that {folder} can be written to and has room"
            self._note(f"what it says cannot be kept, {why}", symbols)
        return None

    def _now(self) -> datetime:
        return self._clock.now()

    def _wanted(self, known: Prices, view: View, hearing: Hearing) -> _Wanted | None:
        now = self._now()
        fresh = [h for h in view.held if h.session == view.session and h.kind in {Kind.JUMP, Kind.SPLIT}]
        moves = tuple(h.symbol for h in fresh if _is_due(self._asked_of_moves.get((h.symbol, h.session)), now))
        is_session = view.session == last_closed(self._calendar, now) and _is_due(hearing.asked, now)
        closes = self._to_compare(known, view.session, hearing, moves) if is_session else moves
        if not moves and not closes:
            return None
        self._asked_of_moves.update(dict.fromkeys(((symbol, view.session) for symbol in moves), now))
        row = max(0, len(known.sessions) - 1 - MOVE_SESSIONS)
        disputed = [dispute.session for dispute in hearing.open if dispute.symbol in closes]
        return _Wanted(moves, closes, min([known.sessions[row].item(), *disputed]), is_session)

    def _to_compare(self, known: Prices, session: date, hearing: Hearing, moves: Sequence[str]) -> tuple[str, ...]:
        """Return the symbols whose close of `session` has not been compared yet, and those in dispute."""
        due = [s for s in self._symbols if hearing.compared.get(s, date.min) < session]
        disputed = [dispute.symbol for dispute in hearing.open]
        return tuple(symbol for symbol in dict.fromkeys((*moves, *due, *disputed)) if symbol in known)

    async def _asked(self, wanted: _Wanted, session: date) -> Bars | None:
        """Return what the second source has; None where it fails: the verdict stays what it is without one."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                bars = await self._source.fetch(wanted.symbols, start=wanted.start, end=session)
        except SourceError as error:
            self._note(str(error), wanted.symbols)
            return None
        except TimeoutError:
            self._note(f"nothing came within {PATIENCE_S:g} s", wanted.symbols)
            return None
        self.fault = ""
        without = tuple(symbol for symbol in wanted.symbols if _close(bars.prices, symbol, session) is None)
        if without:
            details = {outcome.symbol: outcome.detail for outcome in bars.outcomes}
            self._note(details.get(without[0]) or f"no close of {session} so far", without)
        return bars

    def _note(self, reason: str, symbols: tuple[str, ...]) -> None:
        self.fault = f"second source {self._source.name} has not checked {_named(symbols)}: {reason}"
        log.warning("second_source_failed", reason=reason, symbols=symbols)


def _named(symbols: tuple[str, ...]) -> str:
    more = len(symbols) - NAMED
    return f"{', '.join(symbols[:NAMED])}{f' and {more} more' if more > 0 else ''}"


def _is_due(asked: datetime | None, now: datetime) -> bool:
    return asked is None or not timedelta(0) <= now - asked < AGAIN


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The bars of two sources, and what these are called."""

    ours: Prices
    theirs: Prices
    names: tuple[str, str]


def compared(
    pair: Pair, symbols: Sequence[str], hearing: Hearing, *, regular: Sequence[str] = (), at: datetime
) -> Comparison:
    """Compare the closes of `symbols` in the last session, and those in dispute.

    Of `regular` ones also those of recent sessions that were not compared: the second source may have been late. Of
    the others not, since a held split that one source has adjusted for would put all bars before it in dispute.
    """
    found = Comparison()
    disputed = {(each.symbol, each.session): each for each in hearing.open}
    for symbol in symbols:
        if symbol not in pair.theirs:
            continue
        recent = pair.ours.sessions[-(LOOKBACK_SESSIONS if symbol in regular else 1) :].tolist()
        done = hearing.compared.get(symbol)
        fresh = [day for day in recent if done is None or day > done]
        again = [day for of, day in disputed if of == symbol]
        for day in sorted({*fresh, *again}):
            closes = _closes(pair, symbol, day)
            if closes is None:
                continue
            found.compared[symbol] = max(day, found.compared.get(symbol, day))
            words = _difference(symbol, closes, pair.names)
            if words:
                found.disputes.append(Dispute(symbol, day, words, at))
            elif (symbol, day) in disputed:
                found.settled.append(disputed[symbol, day])
    return found


def _closes(pair: Pair, symbol: str, day: date) -> tuple[float, float] | None:
    """Return both closes of a bar; None where either source has none."""
    ours, theirs = (_close(prices, symbol, day) for prices in (pair.ours, pair.theirs))
    return None if ours is None or theirs is None else (ours, theirs)


def _close(prices: Prices, symbol: str, day: date) -> float | None:
    row = int(np.searchsorted(prices.sessions, np.datetime64(day, "D")))
    if symbol not in prices or row == len(prices.sessions) or prices.sessions[row] != np.datetime64(day, "D"):
        return None
    close = float(prices.close[row, prices.column(symbol)])
    return close if close > 0 else None  # nor is a missing one, which is NaN


def _difference(symbol: str, closes: tuple[float, float], names: tuple[str, str]) -> str:
    """Return in words by how much two closes differ; nothing where they agree."""
    ours, theirs = closes
    apart_pct = 100 * abs(ours / theirs - 1)
    if apart_pct <= APART_PCT + 1e-9:
        return ""
    apart = f"{apart_pct:,.1f}" if apart_pct >= 1 else f"{apart_pct:.2f}"
    return f"{names[0]} closed {symbol} at {_price(ours)}, {names[1]} at {_price(theirs)}: {apart} % apart"


def _price(value: float) -> str:
    return f"{value:,.2f}" if value >= 1 else f"{value:.4f}"


def agreeing(ours: Prices, theirs: Prices, symbols: Sequence[str]) -> list[str]:
    """Return those of `symbols` whose last move in `ours` is in `theirs` too, between the same two sessions."""
    return [symbol for symbol in symbols if symbol in theirs and _agrees(ours, theirs, symbol)]


def _agrees(ours: Prices, theirs: Prices, symbol: str) -> bool:
    close = ours.close[:, ours.column(symbol)]
    bars = np.flatnonzero(~np.isnan(close))[-2:]
    rows = np.searchsorted(theirs.sessions, ours.sessions[bars])
    if len(bars) < len(("before", "now")) or (rows >= len(theirs.sessions)).any():
        return False
    if (theirs.sessions[rows] != ours.sessions[bars]).any():
        return False
    other = theirs.close[rows, theirs.column(symbol)]
    # A missing close makes this NaN, and NaN agrees with nothing.
    return bool(abs((close[bars[1]] / close[bars[0]]) / (other[1] / other[0]) - 1) < TOLERANCE)
