"""The confirmation layers of a cross: six questions, each with its own number, bound and answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from signals.cross_columns import CrossColumns
from signals.types import BoolArray, FloatArray, IntArray, Thresholds


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Places in a cross history: where to look, when the state began there, and which side it is on.

    Attributes
    ----------
    rows, columns : ndarray of int64, shape (M,)
    since : ndarray of int64, shape (M,)
        Row of the cross that began the state, -1 where it was not seen to begin.
    side : ndarray of float64, shape (M,)
        1 golden, -1 death, 0 unknown.
    """

    rows: IntArray
    columns: IntArray
    since: IntArray
    side: FloatArray

    def of(self, values: FloatArray, *, back: int = 0) -> FloatArray:
        """Return the values at these places, `back` sessions before them; NaN before the first row."""
        rows = self.rows - back
        return np.where(rows >= 0, values[np.maximum(rows, 0), self.columns], np.nan)

    def at_cross(self, values: FloatArray) -> FloatArray:
        """Return the values on the session of the cross; NaN where it is unknown."""
        return np.where(self.since >= 0, values[np.maximum(self.since, 0), self.columns], np.nan)


@dataclass(frozen=True, slots=True)
class Layer:
    """One question: how its number is found and what it is held against.

    Attributes
    ----------
    titles : tuple of str
        The question after a golden and after a death cross.
    value : callable
        ``value(columns, cells, thresholds)``, shape (M,), NaN where unknown.
    bound : callable
        ``bound(thresholds, side)``, shape (M,).
    passes : callable
        ``passes(value, bound, side)``, shape (M,).
    """

    name: str
    titles: tuple[str, str]
    value: Callable[[CrossColumns, Cells, Thresholds], FloatArray]
    bound: Callable[[Thresholds, FloatArray], FloatArray]
    passes: Callable[[FloatArray, FloatArray, FloatArray], BoolArray]

    def answer(
        self, columns: CrossColumns, cells: Cells, thresholds: Thresholds
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return number, bound and verdict per cell; where the number is NaN the verdict is False and means unknown."""
        value = np.where(cells.side == 0, np.nan, self.value(columns, cells, thresholds))
        bound = self.bound(thresholds, cells.side)
        return value, bound, self.passes(value, bound, cells.side)


def _reaches(value: FloatArray, bound: FloatArray, _side: FloatArray) -> BoolArray:
    return value >= bound


def _reaches_sideways(value: FloatArray, bound: FloatArray, side: FloatArray) -> BoolArray:
    return value * side >= bound * side


def _exceeds_sideways(value: FloatArray, bound: FloatArray, side: FloatArray) -> BoolArray:
    return value * side > bound * side


def _falls_short_sideways(value: FloatArray, bound: FloatArray, side: FloatArray) -> BoolArray:
    return value * side < bound * side


def _holds(_columns: CrossColumns, cells: Cells, _thresholds: Thresholds) -> FloatArray:
    return np.where(cells.since >= 0, cells.rows - cells.since, np.nan)


def _slow_change_pct(columns: CrossColumns, cells: Cells, thresholds: Thresholds) -> FloatArray:
    back = int(thresholds["rising_sessions"])
    return 100.0 * (cells.of(columns["slow"]) / cells.of(columns["slow"], back=back) - 1.0)


def _beyond_both_pct(columns: CrossColumns, cells: Cells, _thresholds: Thresholds) -> FloatArray:
    fast, slow = cells.of(columns["fast"]), cells.of(columns["slow"])
    farther = np.where(cells.side > 0, np.maximum(fast, slow), np.minimum(fast, slow))
    return 100.0 * (cells.of(columns["close"]) / farther - 1.0)


LAYERS: tuple[Layer, ...] = (
    Layer(
        name="holds",
        titles=("closes since the golden cross", "closes since the death cross"),
        value=_holds,
        bound=lambda thresholds, side: np.full(side.shape, float(thresholds["hold_sessions"])),
        passes=_reaches,
    ),
    Layer(
        name="separation",
        titles=("gap between the averages, %", "gap between the averages, %"),
        value=lambda columns, cells, _thresholds: cells.of(columns["gap_pct"]),
        bound=lambda thresholds, side: float(thresholds["separation_pct"]) * np.where(side < 0, -1.0, 1.0),
        passes=_reaches_sideways,
    ),
    Layer(
        name="slow_rising",
        titles=("slow average rising, %", "slow average falling, %"),
        value=_slow_change_pct,
        bound=lambda _thresholds, side: np.zeros(side.shape),
        passes=_exceeds_sideways,
    ),
    Layer(
        name="above_both",
        titles=("close above both averages, %", "close below both averages, %"),
        value=_beyond_both_pct,
        bound=lambda _thresholds, side: np.zeros(side.shape),
        passes=_exceeds_sideways,
    ),
    Layer(
        name="relative_volume",
        titles=("relative volume on the day of the cross", "relative volume on the day of the cross"),
        value=lambda columns, cells, _thresholds: cells.at_cross(columns["rvol20"]),
        bound=lambda thresholds, side: np.full(side.shape, float(thresholds["relative_volume"])),
        passes=_reaches,
    ),
    Layer(
        name="not_overheated",
        titles=("RSI14 not overheated", "RSI14 not washed out"),
        value=lambda columns, cells, _thresholds: cells.of(columns["rsi14"]),
        bound=lambda thresholds, side: np.where(
            side < 0, 100.0 - float(thresholds["overheated_rsi"]), float(thresholds["overheated_rsi"])
        ),
        passes=_falls_short_sideways,
    ),
)
