"""Bars that are the copy of an earlier one, and bars that have a volume and no close."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from signals.types import BoolArray, Prices

NEVER = np.iinfo(np.int64).max
FARTHEST = 5
"""A copy is looked for among so many sessions before."""
FURTHER_SESSIONS = 2


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
    for column in np.flatnonzero(~np.isnan(prices.volume).all(axis=0)):
        bars = np.stack([values[:, column] for values in figures if values is not None], axis=1)
        lags = _lags(bars)
        if lags.any():
            known = np.flatnonzero(~np.isnan(bars[:, 3]))
            yield from _repeats(int(column), lags, known[lags[known] == 0])


def _lags(bars: np.ndarray) -> np.ndarray:
    """Return how many sessions back the bar of each row stands, 0 where it is its own."""
    lags = np.zeros(len(bars), dtype=np.int64)
    for lag in range(min(FARTHEST, len(bars) - 1), 0, -1):
        same: BoolArray = (bars[lag:] == bars[:-lag]).all(axis=1)
        lags[lag:][same] = lag
    return lags


def _repeats(column: int, lags: np.ndarray, own: np.ndarray) -> Iterator[Repeat]:
    for row in np.flatnonzero(lags):
        further = own[np.searchsorted(own, row) :]
        until = int(further[FURTHER_SESSIONS - 1]) if len(further) >= FURTHER_SESSIONS else NEVER
        yield Repeat(int(row), column, int(lags[row]), until)
