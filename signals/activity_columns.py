"""The columns of an activity history: momentum, volume, extremes and volatility, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np

from signals.changes import NONE
from signals.lazy_columns import Column, LazyColumns
from signals.periods import returns_since
from signals.types import BoolArray, FloatArray, IntArray
from signals.volatility import realised_volatility
from signals.volumes import volumes_of
from signals.windows import are_new_extremes, relative_volume, rolling_high, rolling_low, wilder_rsi

HIGH_SESSIONS = 252
"""Sessions in the 52 weeks whose highest and lowest close are looked for."""


class ActivityColumns(LazyColumns):
    """Changes, RSI, relative volume, 52-week extremes and volatility of all symbols; see `signals.activity.history`.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
    volume : ndarray of float64, shape (T, M), or None
    volume_of : ndarray of int64, shape (N,)
        The column of `volume` that speaks for each symbol (an index takes its ETF's), -1 where none does.
    """

    def __init__(self, close: FloatArray, volume: FloatArray | None, volume_of: IntArray) -> None:
        super().__init__(close=close)
        self.close = close
        self.volume = volume
        self.volume_of = volume_of

    @property
    def formulas(self) -> Mapping[str, Callable[[ActivityColumns], Column]]:
        """What each column is made of."""
        return _FORMULAS

    @cached_property
    def extremes(self) -> tuple[BoolArray, BoolArray]:
        """Where the close is a new 52-week high, and where a new low; made in one pass."""
        return are_new_extremes(self.close, HIGH_SESSIONS)

    def only(self, columns: IntArray) -> ActivityColumns:
        """Return the same of some symbols (in order): what only they need is then computed for them alone."""
        if len(columns) == 1 == self.close.shape[1]:
            return self
        cut = ActivityColumns(np.ascontiguousarray(self.close[:, columns]), self.volume, self.volume_of[columns])
        cut._known |= {**self.known_of(columns), "close": cut.close}
        return cut


def _change(columns: ActivityColumns, sessions: int) -> Column:
    rows = np.arange(len(columns.close), dtype=np.int64)
    return returns_since(columns.close, rows - sessions)


def _distance(columns: ActivityColumns, extreme: str) -> Column:
    distance: FloatArray = 100.0 * (columns.close / columns[extreme] - 1.0)
    return distance


def _last_row(is_there: BoolArray) -> Column:
    """Return, per cell, the latest row up to it that is marked; -1 where none is."""
    rows = np.arange(len(is_there), dtype=np.int32)[:, None]
    return np.maximum.accumulate(np.where(is_there, rows, np.int32(NONE)), axis=0)


_FORMULAS: Mapping[str, Callable[[ActivityColumns], Column]] = {
    "close": lambda columns: columns.close,
    "d1_pct": lambda columns: _change(columns, 1),
    "d5_pct": lambda columns: _change(columns, 5),
    "rsi14": lambda columns: wilder_rsi(columns.close, 14),
    "volume": lambda columns: volumes_of(columns.volume, columns.volume_of, len(columns.close)),
    "rvol20": lambda columns: relative_volume(columns["volume"], 20),
    "high_52w": lambda columns: rolling_high(columns.close, HIGH_SESSIONS),
    "low_52w": lambda columns: rolling_low(columns.close, HIGH_SESSIONS),
    "from_high_pct": lambda columns: _distance(columns, "high_52w"),
    "from_low_pct": lambda columns: _distance(columns, "low_52w"),
    "new_high_row": lambda columns: _last_row(columns.extremes[0]),
    "new_low_row": lambda columns: _last_row(columns.extremes[1]),
    "volatility20_pct": lambda columns: realised_volatility(columns.close, 20),
}
