"""Moves no market explains: found, followed until further sessions agree with them or one refutes them.

Two further sessions are enough for a move that real ones look like. A price that doubles or halves while no more money
changes hands than usual looks like another unit, a split or a currency, which later bars of the same source share: it
is followed for a month, in which a source mends what it has wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bot.market.table import YIELDS
from signals.types import FloatArray, IntArray, Prices

NEVER = np.iinfo(np.int64).max
LARGEST_MOVE = 0.40
"""Beyond the market's move; a closer one is ordinary."""
FURTHER_SESSIONS = 2
CHANGED_UNIT, CHANGED_UNIT_UNSEEN = 1.9, 2.9
"""From a factor of this much on, either way, a move may be another unit: where volumes say so, and where there are none
(627 shares made 24 moves beyond the first in eight years, and 8 beyond the second)."""
PATIENT_SESSIONS = 20
"""Further sessions that such a move waits for, where no surge in money traded speaks for it."""
SURGE = 3.0
"""Shares and money traded, as multiples of their medians over the sessions before, that go with a true move of that
size. Both: four times as many shares at a quarter of the price is a split, a hundred times the money for as many
shares another unit."""
SURGE_SESSIONS = 20
LEAST_KNOWN = 5
"""Fewer sessions with a volume than this tell no usual one."""
BROAD = {
    **dict.fromkeys(("^GSPC", "^RUT", "^IXIC", "^DJI", "SPY", "IWM", "QQQ", "RSP", "QQQE", "QQQJ", "DIA"), 0.12),
    **dict.fromkeys(("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY", "KRE"), 0.20),
    **dict.fromkeys(("SMH", "XBI", "TLT", "HYG", "LQD"), 0.20),
}
"""Hundreds of shares do not move so far at once: the largest moves beyond the market's from 1987 to 2025 were 11 % and
13 %. Here the move by itself counts too, or what stands still in a crash would be held."""
HIGHEST_MARKET, LOWEST_MARKET = 0.15, -0.25
"""The market itself has never moved so far in one session: +11 % and -20 % are the most since 1950."""
RECENT = 5
"""A rise to where the market was within so many sessions takes a fall back."""
RETRACED = 0.25
"""A bar that gives back three quarters of a move refutes it."""
LONGEST_GAP = 21
"""After more sessions without a bar, the next one is a new beginning."""
BROAD_MARKET = 20
"""From so many symbols on, their median move is the market's; below, an index's."""
INDICES = ("^GSPC", "SPY", "^RUT", "IWM", "^IXIC")
RATIO_TOLERANCE = 0.03
BLOCK = 128
NO_PRICES = YIELDS | {"^VIX", "^VXN", "^RVX", "^VVIX"}
"""Rates and volatilities: they cannot split, and moves beyond the market's are their nature (^VIX +116 % in a day)."""


@dataclass(frozen=True, slots=True)
class Move:
    """A bar that moved too far; `until` and `refuted` are rows, NEVER where that did not happen."""

    row: int
    column: int
    change_pct: float
    market_pct: float
    split: str
    until: int
    refuted: int
    is_patient: bool = False


@dataclass(frozen=True, slots=True)
class WholeMove:
    """Sessions from `row` to before `stop` whose bars are all wrong alike: the market itself moved too far."""

    row: int
    stop: int
    change_pct: float
    until: int
    refuted: int


def market_path(prices: Prices) -> FloatArray:
    """Return the market as one series, shape (T,): the product of each session's move up to it."""
    moves: FloatArray = np.ones(len(prices.sessions))
    close = prices.close
    with np.errstate(divide="ignore", invalid="ignore"):
        for start in range(1, len(close), BLOCK):
            rows = slice(start, min(start + BLOCK, len(close)))
            moved = close[rows] / close[start - 1 : rows.stop - 1]
            ratios = np.sort(moved, axis=1)
            count = (~np.isnan(ratios)).sum(axis=1)
            line = np.arange(len(ratios))
            low, high = np.maximum((count - 1) // 2, 0), np.minimum(count // 2, ratios.shape[1] - 1)
            median = (ratios[line, low] + ratios[line, high]) / 2
            moves[rows] = np.where(count >= BROAD_MARKET, median, np.nan)
        for symbol in INDICES:
            if symbol in prices:
                index = close[:, prices.column(symbol)]
                moves[1:] = np.where(np.isnan(moves[1:]), index[1:] / index[:-1], moves[1:])
    moves[~np.isfinite(moves) | (moves <= 0)] = 1.0
    return np.asarray(np.cumprod(moves), dtype=np.float64)


def market_moves(market: FloatArray) -> Iterator[WholeMove]:
    """Yield every move of `market` that no market makes, until it is taken back or a month has agreed with it."""
    steps = market[1:] / market[:-1] - 1
    done = 0
    for row in (1 + np.flatnonzero((steps > HIGHEST_MARKET) | (steps < LOWEST_MARKET))).tolist():
        is_recovery = (
            steps[row - 1] > 0 and market[row] <= (1 + HIGHEST_MARKET) * market[max(0, row - RECENT) : row].max()
        )
        if row < done or is_recovery:
            continue
        level = market[row:] / market[row - 1]
        back = row + np.flatnonzero((level < 1 + HIGHEST_MARKET) & (level > 1 / (1 + HIGHEST_MARKET)))
        agreed = row + PATIENT_SESSIONS
        change_pct = 100 * float(steps[row - 1])
        if len(back) and back[0] <= agreed:
            done = int(back[0]) + 1
            yield WholeMove(row, int(back[0]), change_pct, until=NEVER, refuted=int(back[0]))
        else:
            done = agreed + 1
            yield WholeMove(
                row,
                min(agreed, len(market)),
                change_pct,
                until=agreed if agreed < len(market) else NEVER,
                refuted=NEVER,
            )


def suspicious_moves(prices: Prices, market: FloatArray, *, vouched: set[tuple[int, int]]) -> Iterator[Move]:
    """Yield every bar held for its move; the first bar of a symbol never is, nor is what is no price."""
    for start in range(0, len(prices.symbols), BLOCK):
        block = np.ascontiguousarray(prices.close[:, start : start + BLOCK].T)
        for n, close in enumerate(block):
            bars = np.flatnonzero(close > 0)
            symbol = prices.symbols[start + n]
            if len(bars) > 1 and symbol not in NO_PRICES:
                free = {row for row, column in vouched if column == start + n}
                traded = None if prices.volume is None else (prices.volume[:, start + n], close)
                walk = _Walk(start + n, close[bars], bars, market[bars], free)
                yield from walk.moves(BROAD.get(symbol), traded)


def _largest_true(row: int, traded: tuple[FloatArray, FloatArray] | None) -> float:
    """Return the factor below which the move of `row` is like true ones, as the trading on it tells."""
    if traded is None:
        return CHANGED_UNIT_UNSEEN
    volume, close = (values[max(0, row - SURGE_SESSIONS) : row + 1] for values in traded)
    is_known = np.isfinite(volume) & np.isfinite(close)
    if is_known[:-1].sum() < LEAST_KNOWN or not is_known[-1]:
        return CHANGED_UNIT_UNSEEN
    is_surge = all(each[-1] >= SURGE * np.median(each[:-1][is_known[:-1]]) for each in (volume, volume * close))
    return np.inf if is_surge else CHANGED_UNIT


class _Walk:
    """One symbol's bars, walked from one suspicious move to the next."""

    def __init__(self, column: int, close: FloatArray, rows: IntArray, market: FloatArray, free: set[int]) -> None:
        self._column, self._close, self._rows, self._market, self._free = column, close, rows, market, free
        self._largest, self._true = LARGEST_MOVE, CHANGED_UNIT_UNSEEN

    def moves(self, broad: float | None, traded: tuple[FloatArray, FloatArray] | None) -> Iterator[Move]:
        strength = self._close / self._market
        steps = np.abs(strength[1:] / strength[:-1] - 1)
        if broad is not None:
            self._largest = broad
            steps = np.minimum(steps, np.abs(self._close[1:] / self._close[:-1] - 1))
        starts = 1 + np.flatnonzero((steps > self._largest) & (np.diff(self._rows) <= LONGEST_GAP))
        done = 0
        for start in starts:
            if start >= done and int(self._rows[start]) not in self._free:
                self._true = _largest_true(int(self._rows[start]), traded)
                pending, let_go, refuted, done = self._follow(int(start))
                for n in pending:
                    yield self._move(n, int(start) - 1, until=let_go.get(n, NEVER), refuted=refuted)

    def _is_patient(self, n: int, accepted: int) -> bool:
        ratio = self._ratio(n, accepted)
        return max(ratio, 1 / ratio) >= self._true

    def _follow(self, start: int) -> tuple[list[int], dict[int, int], int, int]:
        """Return the bars held from `start` on, when each is let go, when they were refuted, and where to go on."""
        accepted, pending, agreeing = start - 1, [start], 0
        for n in range(start + 1, len(self._close)):
            if int(self._rows[n]) in self._free:
                return pending, dict.fromkeys(pending, int(self._rows[n])), NEVER, n + 1
            if self._refutes(n, accepted, pending[-1]):
                return pending, {}, int(self._rows[n]), n + 1
            agreeing = agreeing + 1 if self._is_near(n, pending[-1]) else 0
            needed = PATIENT_SESSIONS if self._is_patient(n, accepted) else FURTHER_SESSIONS
            if agreeing >= needed:
                return pending, self._on_the_way(accepted, n, pending, agreed=needed), NEVER, n + 1
            pending.append(n)
        return pending, {}, NEVER, len(self._close)

    def _refutes(self, n: int, accepted: int, held: int) -> bool:
        if not self._is_near(n, accepted):
            return False
        back = abs(np.log(self._ratio(n, accepted))) <= RETRACED * abs(np.log(self._ratio(held, accepted)))
        return bool(back) or not self._is_near(n, held)

    def _on_the_way(self, accepted: int, now: int, pending: list[int], *, agreed: int) -> dict[int, int]:
        """Let go the bars that others agree with, and what lies on the way to them; a stray before them stays."""
        low, high = sorted((0.0, float(np.log(self._ratio(now, accepted)))))
        slack = float(np.log1p(self._largest))
        way = (n for n in pending[:-agreed] if low - slack <= np.log(self._ratio(n, accepted)) <= high + slack)
        return {n: int(self._rows[now]) for n in (*way, *pending[-agreed:])}

    def _is_near(self, n: int, other: int) -> bool:
        return abs(self._ratio(n, other) - 1) <= self._largest

    def _ratio(self, n: int, other: int) -> float:
        return float(self._close[n] / self._close[other] / (self._market[n] / self._market[other]))

    def _move(self, n: int, accepted: int, *, until: int, refuted: int) -> Move:
        change = float(self._close[n] / self._close[accepted])
        market = float(self._market[n] / self._market[accepted])
        split = split_words(change / market)
        pct = (100 * (change - 1), 100 * (market - 1))
        return Move(int(self._rows[n]), self._column, *pct, split, until, refuted, self._is_patient(n, accepted))


def split_words(ratio: float) -> str:
    """Return the split that would look like `ratio`, empty where none would."""
    whole = round(max(ratio, 1 / ratio))
    if whole < 2 or abs(max(ratio, 1 / ratio) / whole - 1) > RATIO_TOLERANCE:  # noqa: PLR2004 - a split needs two
        return ""
    return f"1-for-{whole} reverse split" if ratio > 1 else f"{whole}-for-1 split"
