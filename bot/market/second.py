"""What a second source says: of a move the gate holds, and of the closes both sources have."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import structlog

from bot.clock import Clock
from bot.market.disputed import Comparison, Dispute, Disputes, Hearing
from bot.market.gate import Kind
from bot.market.held import Releases
from bot.market.types import Bars, Source, SourceError, Status
from bot.market.view import View
from signals.sessions import last_closed
from signals.types import Calendar, Prices

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
        """What went wrong when the second source was asked last."""

    async def hear(self, prices: Prices, view: View) -> bool:
        """Ask about the session of `view`, of which `prices` are all bars; tell whether its verdict is another now."""
        known = prices.upto(view.session)
        hearing = await asyncio.to_thread(self._disputes.read)
        wanted = self._wanted(known, view, hearing)
        if wanted is None:
            return False
        bars = await self._asked(wanted, view.session)
        found = Comparison()
        if bars is not None:
            pair = Pair(known, bars.prices, (view.source, bars.source))
            found = compared(pair, wanted.closes, hearing, regular=self._symbols, at=self._now())
        asked = self._now() if wanted.is_session else None
        is_changed = await asyncio.to_thread(self._disputes.record, found, at=self._now(), asked=asked)
        if bars is None:
            return False
        for dispute in found.disputes:
            log.warning("sources_disagree", symbol=dispute.symbol, session=str(dispute.session), reason=dispute.words)
        apart = {dispute.symbol for dispute in found.disputes}
        agreed = [symbol for symbol in agreeing(known, bars.prices, wanted.moves) if symbol not in apart]
        for symbol in agreed:
            await asyncio.to_thread(
                self._releases.release, symbol, view.session, at=self._now(), by=f"second source {bars.source}"
            )
        return is_changed or bool(agreed)

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
        symbols = tuple(dict.fromkeys((*wanted.moves, *wanted.closes)))
        try:
            async with asyncio.timeout(PATIENCE_S):
                bars = await self._source.fetch(symbols, start=wanted.start, end=session)
        except SourceError as error:
            self._note(str(error), symbols)
            return None
        except TimeoutError:
            self._note(f"nothing came within {PATIENCE_S:g} s", symbols)
            return None
        self.fault = ""
        without = [outcome for outcome in bars.outcomes if outcome.status in {Status.THROTTLED, Status.FAILED}]
        if without:
            self._note(without[0].detail, tuple(outcome.symbol for outcome in without))
        return bars

    def _note(self, reason: str, symbols: tuple[str, ...]) -> None:
        self.fault = f"second source {self._source.name}, {', '.join(symbols[:NAMED])}: {reason}"
        log.warning("second_source_failed", reason=reason, symbols=symbols)


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
    closes = []
    for prices in (pair.ours, pair.theirs):
        row = int(np.searchsorted(prices.sessions, np.datetime64(day, "D")))
        if row == len(prices.sessions) or prices.sessions[row] != np.datetime64(day, "D"):
            return None
        closes.append(float(prices.close[row, prices.column(symbol)]))
    return None if np.isnan(closes).any() or min(closes) <= 0 else (closes[0], closes[1])


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
