"""Bars that are the copy of an earlier one or of another symbol's, and bars that have a volume and no close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from signals.types import BoolArray, FloatArray, IntArray, Prices

NEVER = np.iinfo(np.int64).max
FARTHEST = 5
"""A copy is looked for among so many sessions before."""
FURTHER_SESSIONS = 2
LEAST_VOLUME = 1000
"""A bar with a range and so many shares traded does not come twice by chance: such a copy is never let go."""


SUITS = 0.1
"""A shared bar belongs to the symbol whose close before it is nearer by a tenth; nearer than that, to nobody."""
BLOCK = 256


@dataclass(frozen=True, slots=True)
class Repeat:
    """The bar of `row` is the whole bar `lag` sessions earlier; it is let go at row `until`."""

    row: int
    column: int
    lag: int
    until: int


def hollow_bars(prices: Prices) -> list[tuple[int, int]]:
    """Return (row, column) of every bar that has a volume and no close."""
    if prices.volume is None:
        return []
    found: list[tuple[int, int]] = []
    for start in range(0, len(prices.sessions), 1024):
        rows = slice(start, start + 1024)
        at = np.nonzero(np.isnan(prices.close[rows]) & ~np.isnan(prices.volume[rows]))
        found += [(start + int(row), int(column)) for row, column in zip(*at, strict=True)]
    return found


def repeated_bars(prices: Prices) -> Iterator[Repeat]:
    """Yield every whole copy; only bars of five known figures can be told to be one."""
    figures = (prices.open, prices.high, prices.low, prices.close, prices.volume)
    if any(values is None for values in figures) or prices.volume is None:
        return
    for column in _with_equal_bars(prices.close, prices.volume):
        bars = np.stack([values[:, column] for values in figures if values is not None], axis=1)
        lags = _lags(bars)
        if lags.any():
            known = np.flatnonzero(~np.isnan(bars[:, 3]))
            is_plain = (bars[:, 1] > bars[:, 2]) & (bars[:, 4] >= LEAST_VOLUME)
            yield from _repeats(int(column), lags, known[lags[known] == 0], is_plain)


def _with_equal_bars(close: FloatArray, volume: FloatArray) -> IntArray:
    """Return the columns in which a close and a volume stand together again within a few sessions."""
    found = np.zeros(close.shape[1], dtype=bool)
    for start in range(0, len(close), BLOCK):
        rows = slice(max(0, start - FARTHEST), start + BLOCK)
        closes, volumes = close[rows], volume[rows]
        for lag in range(1, min(FARTHEST, len(closes) - 1) + 1):
            found |= ((closes[lag:] == closes[:-lag]) & (volumes[lag:] == volumes[:-lag])).any(axis=0)
    return np.flatnonzero(found)


def _lags(bars: np.ndarray) -> np.ndarray:
    """Return how many sessions back the bar of each row stands, 0 where it is its own."""
    lags = np.zeros(len(bars), dtype=np.int64)
    for lag in range(min(FARTHEST, len(bars) - 1), 0, -1):
        same: BoolArray = (bars[lag:] == bars[:-lag]).all(axis=1)
        lags[lag:][same] = lag
    return lags


def _repeats(column: int, lags: np.ndarray, own: np.ndarray, is_plain: BoolArray) -> Iterator[Repeat]:
    for row in np.flatnonzero(lags):
        further = own[np.searchsorted(own, row) :]
        is_let_go = len(further) >= FURTHER_SESSIONS and not is_plain[row]
        until = int(further[FURTHER_SESSIONS - 1]) if is_let_go else NEVER
        yield Repeat(int(row), column, int(lags[row]), until)


@dataclass(frozen=True, slots=True)
class Twin:
    """The bar of `row` is, to the last share, the bar that `other` has on that session."""

    row: int
    column: int
    other: int


def twin_bars(prices: Prices) -> Iterator[Twin]:
    """Yield bars that two symbols share: that of the symbol it does not suit, or both where that cannot be told."""
    if prices.volume is None or prices.high is None or prices.low is None:
        return
    for start in range(0, len(prices.sessions), BLOCK):
        rows = slice(start, start + BLOCK)
        close, volume = prices.close[rows], prices.volume[rows]
        with np.errstate(invalid="ignore"):
            is_plain = (prices.high[rows] > prices.low[rows]) & (volume >= LEAST_VOLUME)
        key = np.where(is_plain, volume + close, np.nan)
        ordered = np.sort(key, axis=1)
        for line in np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1)).tolist():
            order = np.argsort(key[line], kind="stable")
            is_again = key[line][order[1:]] == key[line][order[:-1]]
            for first, second in zip(order[:-1][is_again].tolist(), order[1:][is_again].tolist(), strict=True):
                if _is_same_bar(prices, start + line, first, second):
                    yield from _misplaced(prices.close, start + line, first, second)


def _is_same_bar(prices: Prices, row: int, first: int, second: int) -> bool:
    figures = (prices.open, prices.high, prices.low, prices.close, prices.volume)
    return all(bool(values[row, first] == values[row, second]) for values in figures if values is not None)


def _misplaced(close: FloatArray, row: int, first: int, second: int) -> Iterator[Twin]:
    before = [_close_before(close[:row, column]) for column in (first, second)]
    with np.errstate(invalid="ignore"):
        moved = [abs(float(np.log(close[row, first] / each))) for each in before]
    if not moved[0] > moved[1] + SUITS:
        yield Twin(row, second, first)
    if not moved[1] > moved[0] + SUITS:
        yield Twin(row, first, second)


def _close_before(close: FloatArray) -> float:
    known = np.flatnonzero(close[-FARTHEST:] > 0)
    return float(close[-FARTHEST:][known[-1]]) if len(known) else float("nan")
