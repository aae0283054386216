"""The quality gate: which bars are held back as of a session, why, and when they are let go.

Everything here is causal. A bar is judged by bars up to its own session, and let go by those that follow it: what
is held as of a session depends on no later bar, so one pass over all of history answers for every session in it.
A bar that two sources close at different prices is held until they agree or somebody lets it go; one that cannot be
(a high below the low, a copy) until the source mends it or somebody lets it go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

import numpy as np

from bot.market.gate_moves import Move, market_moves, market_path, suspicious_moves
from bot.market.gate_repeats import hollow_bars, repeated_bars, twin_bars
from bot.market.gate_shapes import contradictions
from signals.types import BoolArray, FloatArray, IntArray, Prices

NEVER = np.iinfo(np.int64).max
LOOKBACK_SESSIONS = 5
"""A symbol without a bar for longer than this is stale; until then a bar is missing."""
BEYOND_WORDS_PCT = 1_000_000
"""A larger move has no meaning as a percentage."""


class Kind(StrEnum):
    """What is wrong with a bar."""

    MISSING = "missing"
    STALE = "stale"
    NAN_TAILED = "nan_tailed"
    DUPLICATED = "duplicated"
    OUT_OF_ORDER = "out_of_order"
    JUMP = "jump"
    SPLIT = "split"
    DISAGREEMENT = "disagreement"
    CONTRADICTION = "contradiction"
    TWIN = "twin"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class Held:
    """A bar held back (or not there), in words a moderator can read.

    Attributes
    ----------
    session : date
        The session whose bar it is.
    since : date
        Where bars are missing: the last session that had one. Otherwise `session`.
    """

    symbol: str
    session: date
    reason: str
    kind: Kind
    since: date


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One bar under suspicion: from its own row until the row at which it is let go.

    Attributes
    ----------
    until : int
        The row as of which it passes; NEVER where nothing let it go.
    refuted : int
        The row as of which it is known for a bad print; NEVER where none.
    """

    row: int
    column: int
    kind: Kind
    words: str
    until: int = NEVER
    refuted: int = NEVER


@dataclass(frozen=True, slots=True, eq=False)
class AsOf:
    """What is held as of one session: the cells to blank, the words, and what was let go with it."""

    rows: IntArray
    columns: IntArray
    held: tuple[Held, ...]
    released: Mapping[str, date]


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """Bars with NaN in place of what is held."""

    prices: Prices
    held: tuple[Held, ...]
    released: Mapping[str, date] = field(default_factory=dict)


class Gate:
    """One pass over all bars, asked afterwards for any session in them."""

    def __init__(
        self,
        prices: Prices,
        *,
        passed: frozenset[tuple[str, date]] = frozenset(),
        disputed: Mapping[tuple[str, date], str] | None = None,
    ) -> None:
        self._prices = prices
        self._suspicions = (*_examine(prices, passed), *_of_disputes(prices, disputed or {}, passed))
        self._rows = np.array([s.row for s in self._suspicions], dtype=np.int64)
        self._columns = np.array([s.column for s in self._suspicions], dtype=np.int64)
        self._until = np.array([s.until for s in self._suspicions], dtype=np.int64)

    @property
    def suspicions(self) -> Sequence[Suspicion]:
        """Every bar that was held at any time."""
        return self._suspicions

    def as_of(self, row: int) -> AsOf:
        """Return what is held when row `row` is the last one known."""
        active = np.flatnonzero((self._rows <= row) & (self._until > row))
        told: dict[tuple[int, int], Held] = {}
        for n in active:
            bar = self._tell(self._suspicions[n], row)
            cell = (self._suspicions[n].row, self._suspicions[n].column)
            if bar is not None and cell in told and bar.kind is Kind.DISAGREEMENT:
                told[cell] = replace(told[cell], reason=f"{told[cell].reason}; {bar.reason}")
            elif bar is not None:
                told.setdefault(cell, bar)
        held = (*absent(self._prices, row), *told.values())
        return AsOf(self._rows[active], self._columns[active], held, self._released(row))

    def _tell(self, suspicion: Suspicion, row: int) -> Held | None:
        if suspicion.kind is Kind.NAN_TAILED and suspicion.row != row:
            return None  # blanked all the same, but of yesterday and before it is no news that a close is missing
        words = suspicion.words
        if suspicion.refuted <= row:
            words += f"; the bar of {self._prices.sessions[suspicion.refuted]} refuted it: a bad print"
        symbol = self._prices.symbols[suspicion.column]
        session = _day(self._prices, suspicion.row)
        return Held(symbol, session, words, suspicion.kind, session)

    def _released(self, row: int) -> dict[str, date]:
        released: dict[str, date] = {}
        for n in np.flatnonzero(self._until == row):
            symbol = self._prices.symbols[self._columns[n]]
            session = _day(self._prices, int(self._rows[n]))
            released[symbol] = min(released.get(symbol, session), session)
        return released


def gate(prices: Prices, expected: date, *, passed: frozenset[tuple[str, date]] = frozenset()) -> Gated:
    """Return the bars up to `expected` with NaN in place of what is held as of it."""
    known = prices.upto(expected)
    if not len(known.sessions):
        return Gated(known, ())
    found = Gate(known, passed=passed).as_of(len(known.sessions) - 1)
    return Gated(blanked(known, found.rows, found.columns), found.held, found.released)


def blanked(prices: Prices, rows: IntArray, columns: IntArray, *, is_own: bool = False) -> Prices:
    """Return `prices` with NaN in whole bars; written in place where the arrays are the caller's own."""
    fields = {name: values if is_own else values.copy() for name, values in prices.fields()}
    for values in fields.values():
        values[rows, columns] = np.nan
    return Prices(prices.sessions, prices.symbols, **fields)


def _examine(prices: Prices, passed: frozenset[tuple[str, date]]) -> tuple[Suspicion, ...]:
    vouched = _positions(prices, passed)
    hollow = [
        Suspicion(row, column, Kind.NAN_TAILED, "a volume came without a close") for row, column in hollow_bars(prices)
    ]
    repeats = [
        Suspicion(r.row, r.column, *_repeat_words(prices, r.row, r.lag), until=r.until)
        for r in repeated_bars(prices)
        if (r.row, r.column) not in vouched
    ]
    market = market_path(prices)
    moves = [_of_move(move) for move in suspicious_moves(prices, market, vouched=vouched)]
    others = [each for each in _impossible(prices, market) if (each.row, each.column) not in vouched]
    return tuple(hollow + others + repeats + moves)


def _impossible(prices: Prices, market: FloatArray) -> Iterator[Suspicion]:
    """Yield the bars that cannot be as they stand: what follows them proves nothing."""
    for shape in contradictions(prices):
        yield Suspicion(shape.row, shape.column, Kind.CONTRADICTION, shape.words)
    for twin in twin_bars(prices):
        words = f"the whole bar, volume included, is also that of {prices.symbols[twin.other]}: it cannot be both's"
        yield Suspicion(twin.row, twin.column, Kind.TWIN, words)
    for move in market_moves(market):
        words = f"all prices moved together by {move.change_pct:+,.1f} %, more than a market moves in one session"
        for row in range(move.row, move.stop):
            for column in np.flatnonzero(~np.isnan(prices.close[row])).tolist():
                yield Suspicion(row, column, Kind.MARKET, words, until=move.until, refuted=move.refuted)


def _of_disputes(
    prices: Prices, disputed: Mapping[tuple[str, date], str], passed: frozenset[tuple[str, date]]
) -> tuple[Suspicion, ...]:
    """Return the bars two sources close at different prices; no later bar lets one go."""
    found = []
    for cell, words in disputed.items():
        if cell not in passed:
            found += [Suspicion(row, column, Kind.DISAGREEMENT, words) for row, column in _positions(prices, {cell})]
    return tuple(found)


def _positions(prices: Prices, cells: AbstractSet[tuple[str, date]]) -> set[tuple[int, int]]:
    found = set()
    for symbol, session in cells:
        row = int(np.searchsorted(prices.sessions, np.datetime64(session, "D")))
        if symbol in prices and row < len(prices.sessions) and prices.sessions[row] == np.datetime64(session, "D"):
            found.add((row, prices.column(symbol)))
    return found


def _repeat_words(prices: Prices, row: int, lag: int) -> tuple[Kind, str]:
    earlier = prices.sessions[row - lag]
    if lag == 1:
        return Kind.DUPLICATED, f"the whole bar, volume included, repeats that of {earlier}, the session before"
    return Kind.OUT_OF_ORDER, f"the whole bar, volume included, is that of {earlier}, {lag} sessions earlier"


def _of_move(move: Move) -> Suspicion:
    words = f"{_moved(move.change_pct)} while the market moved {move.market_pct:+.1f} %"
    if move.split:
        words += f", as a {move.split} would that the source has not adjusted for"
    if _is_cents(move.change_pct):
        words += ", or prices in cents"
    if move.is_patient:
        words += "; no surge in trading goes with it"
    return Suspicion(
        move.row, move.column, Kind.SPLIT if move.split else Kind.JUMP, words, until=move.until, refuted=move.refuted
    )


def _moved(change_pct: float) -> str:
    if change_pct > BEYOND_WORDS_PCT:
        return f"stands at more than {BEYOND_WORDS_PCT // 100:,} times the close before"
    return f"moved {change_pct:+,.0f} %"


def _is_cents(change_pct: float) -> bool:
    factor = 1 + change_pct / 100
    return factor > 0 and abs(max(factor, 1 / factor) / 100 - 1) <= 0.1  # noqa: PLR2004 - a hundred, a tenth either way


def absent(prices: Prices, row: int) -> tuple[Held, ...]:
    """Return the symbols that have no bar on `row` and had one before: missing, or stale for longer."""
    gone = np.flatnonzero(np.isnan(prices.close[row]))
    if not len(gone):
        return ()
    found = []
    recent: BoolArray = ~np.isnan(prices.close[max(0, row - LOOKBACK_SESSIONS) : row, :][:, gone])
    for n, column in enumerate(gone):
        last = _last_bar(prices, row, int(column), recent[:, n])
        if last is None:
            continue
        kind = Kind.MISSING if recent[:, n].any() else Kind.STALE
        ago = "1 session" if row - last == 1 else f"{row - last} sessions"
        since = _day(prices, last)
        words = f"no bar; the last one is of {since}, {ago} earlier"
        found.append(Held(prices.symbols[column], _day(prices, row), words, kind, since))
    return tuple(found)


def _last_bar(prices: Prices, row: int, column: int, recent: BoolArray) -> int | None:
    if recent.any():
        return row - 1 - int(np.argmax(recent[::-1]))
    bars = np.flatnonzero(~np.isnan(prices.close[:row, column]))
    return int(bars[-1]) if len(bars) else None


def _day(prices: Prices, row: int) -> date:
    day: date = prices.sessions[row].item()
    return day
