"""Bars that contradict themselves: a high below the low, an open or a close outside both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bot.market.gate_moves import NO_PRICES
from signals.types import BoolArray, FloatArray, Prices

ROUNDING = 1e-6
OUTSIDE = 0.02
"""Carriers round, and take a close from another venue than the range: closer than this is no contradiction."""
BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What is wrong with the bar of `row`, in words."""

    row: int
    column: int
    words: str


def contradictions(prices: Prices) -> Iterator[Contradiction]:
    """Yield every bar that cannot be, whatever the market did."""
    high, low = prices.high, prices.low
    if high is None or low is None:
        return
    checked = {name: values for name, values in (("open", prices.open), ("close", prices.close)) if values is not None}
    exempt = np.array([symbol in NO_PRICES for symbol in prices.symbols], dtype=bool)
    for start in range(0, len(prices.sessions), BLOCK):
        rows = slice(start, start + BLOCK)
        with np.errstate(invalid="ignore"):
            wrong: BoolArray = high[rows] < low[rows] * (1 - ROUNDING)
            for values in checked.values():
                wrong |= _is_outside(values[rows], high[rows], low[rows])
        wrong &= ~exempt
        for line, column in zip(*np.nonzero(wrong), strict=True):
            row = start + int(line)
            figures = {name: float(values[row, column]) for name, values in checked.items()}
            words = _words(float(high[row, column]), float(low[row, column]), figures)
            yield Contradiction(row, int(column), words)


def _is_outside(values: FloatArray, high: FloatArray, low: FloatArray) -> BoolArray:
    outside: BoolArray = (values > high * (1 + OUTSIDE)) | (values < low * (1 - OUTSIDE))
    return outside


def _words(high: float, low: float, figures: dict[str, float]) -> str:
    if high < low * (1 - ROUNDING):
        return f"the high, {high:,.2f}, is below the low, {low:,.2f}: the columns look swapped"
    name = next(name for name, value in figures.items() if value > high * (1 + OUTSIDE) or value < low * (1 - OUTSIDE))
    return f"the {name}, {figures[name]:,.2f}, lies outside the session's own range, {low:,.2f} to {high:,.2f}"
