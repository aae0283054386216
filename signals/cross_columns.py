"""The columns of a cross history: averages, state, the two forecasts, each computed when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from signals.lazy_columns import Column, LazyColumns
from signals.types import FloatArray, IntArray
from signals.volumes import volumes_of
from signals.windows import EQUAL_WITHIN, moving_averages, relative_volume, trend_state, wilder_rsi

GAP_SESSIONS = 5
"""The gap's change is taken over this many sessions."""
FLAT_HORIZON = 60
"""`flat_sessions` looks this far ahead."""
NONE = -1
"""Neutral value of the whole-number columns: no such row, no cross ahead."""


class CrossColumns(LazyColumns):
    """Close, averages, state and what follows from them, for all symbols; see `DESCRIPTIONS`.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
    volume : ndarray of float64, shape (T, M), or None
    volume_of : ndarray of int64, shape (N,)
        The column of `volume` that speaks for each symbol (an index takes its ETF's), -1 where none does.
    fast, slow : int
        The two windows.
    """

    def __init__(
        self, close: FloatArray, volume: FloatArray | None, volume_of: IntArray, *, fast: int, slow: int
    ) -> None:
        super().__init__(close=close)
        self.close = close
        self.volume = volume
        self.volume_of = volume_of
        self.fast = fast
        self.slow = slow
        self._forecast: tuple[int, Column] = len(close), np.empty((0, close.shape[1]), dtype=np.int16)

    @property
    def formulas(self) -> Mapping[str, Callable[[CrossColumns], Column]]:
        """What each column is made of."""
        return _FORMULAS

    @cached_property
    def averages(self) -> tuple[FloatArray, ...]:
        """The fast and the slow average, made in one pass."""
        return moving_averages(self.close, (self.fast, self.slow))

    def give(self, **known: Column) -> None:
        """Take columns that are known already: what remembers further back than these rows reach."""
        self._known |= known

    def only(self, columns: IntArray) -> CrossColumns:
        """Return the same of some symbols (in order): what only they need is then computed for them alone."""
        if len(columns) == self.close.shape[1]:
            return self
        close = np.ascontiguousarray(self.close[:, columns])
        cut = CrossColumns(close, self.volume, self.volume_of[columns], fast=self.fast, slow=self.slow)
        cut._known |= {**self.known_of(columns), "close": cut.close}
        cut._forecast = self._forecast[0], self._forecast[1][:, columns]
        return cut

    def fill(self, since: int) -> None:
        """Compute all columns; the forecast, which is dear, from row `since` on alone."""
        for name in self.formulas.keys() - {"flat_sessions"}:
            self[name]
        self._forecast = since, self.flat_in(slice(since, None))

    def flat_in(self, rows: slice) -> Column:
        """Return some rows of ``flat_sessions``, shape (rows, N), without counting those of all others."""
        first, until, _ = rows.indices(len(self.close))
        counted_from, counted = self._forecast
        if "flat_sessions" in self._known:
            counted_from, counted = 0, self["flat_sessions"]
        if first < counted_from:
            parts = (self["close"], self["fast"], self["slow"], self["state"])
            upto = tuple(part[:until] for part in parts)
            return flat_sessions(upto, windows=(self.fast, self.slow), first_row=first)[first:]  # type: ignore[arg-type]
        return counted[first - counted_from : until - counted_from]


def trigger_close(close: FloatArray, fast: FloatArray, slow: FloatArray, *, windows: tuple[int, int]) -> FloatArray:
    """Compute the next close at which the two averages would be equal.

    ``P* = [(slow - fast) + C(t - f + 1) / f - C(t - s + 1) / s] / (1 / f - 1 / s)``: one more session drops the oldest
    close of each window and adds P to both.

    Parameters
    ----------
    close, fast, slow : ndarray of float64, shape (T, N)
        Closes and their averages over `windows`.
    windows : tuple of int
        (f, s), f < s.

    Returns
    -------
    ndarray of float64, shape (T, N)
        In the unit of the closes; NaN while an average is unknown and where P* is not positive: no close can do it.

    References
    ----------
    Ours.

    Examples
    --------
    >>> closes = np.array([[4.0], [3.0], [2.0], [2.0], [3.0]])
    >>> fast, slow = moving_averages(closes, (1, 2))
    >>> trigger_close(closes, fast, slow, windows=(1, 2)).ravel()
    array([nan,  3.,  2.,  2.,  3.])
    """
    f, s = windows
    trigger = np.full(close.shape, np.nan)
    if len(close) < s:
        return trigger
    rows = slice(s - 1, None)
    leaving_fast, leaving_slow = close[s - f : len(close) - f + 1], close[: len(close) - s + 1]
    trigger[rows] = (slow[rows] - fast[rows] + leaving_fast / f - leaving_slow / s) / (1 / f - 1 / s)
    trigger[trigger <= 0] = np.nan
    return trigger


def flat_sessions(
    columns: tuple[FloatArray, FloatArray, FloatArray, NDArray[np.int8]],
    *,
    windows: tuple[int, int],
    first_row: int = 0,
) -> NDArray[np.int16]:
    """Count the sessions until the averages cross if every coming close equals the last one.

    After j such sessions the averages differ by ``d(j) = d(j - 1) + [P - C(t - f + j)] / f - [P - C(t - s + j)] / s``,
    where a window that holds nothing but P no longer changes. The answer is the least j at which the state turns.

    Parameters
    ----------
    columns : tuple of ndarray, each of shape (T, N)
        Close, fast average, slow average, `trend_state`.
    windows : tuple of int
        (f, s), f < s.
    first_row : int
        Rows before it are not wanted (and come back as -1): a scan of the last session costs one row.

    Returns
    -------
    ndarray of int16, shape (T, N)
        1 to 60; -1 where there is no cross within 60 sessions or the state is unknown.

    References
    ----------
    Ours.

    Examples
    --------
    >>> closes = np.array([[9.0], [6.0], [3.0], [4.0], [4.0]])
    >>> fast, slow = moving_averages(closes, (1, 3))
    >>> flat_sessions((closes, fast, slow, trend_state(fast, slow)), windows=(1, 3)).ravel()
    array([-1, -1, -1,  1, -1], dtype=int16)
    """
    close, fast, slow, state = columns
    flat = np.full(close.shape, NONE, dtype=np.int16)
    start = max(first_row, windows[1] - 1)
    rows = max(1, min(len(close) - start, 2048))
    width = max(1, (1 << 14) // rows)
    for top in range(start, len(close), rows):
        for left in range(0, close.shape[1], width):
            cut = slice(left, left + width)
            block = slice(top, top + rows)
            # the oldest close of the slow window down to the last row of the block
            past = close[top - windows[1] + 1 : block.stop, cut].copy()
            gap = fast[block, cut] - slow[block, cut]
            flat[block, cut] = _flat_block(past, gap, slow[block, cut], state[block, cut], windows)
    return flat


def _flat_block(
    past: FloatArray, gap: FloatArray, slow: FloatArray, state: NDArray[np.int8], windows: tuple[int, int]
) -> NDArray[np.int16]:
    f, s = windows
    count = len(gap)
    side = state.astype(np.float64)
    band = np.abs(slow) * -EQUAL_WITHIN
    leaves_fast, leaves_slow = past / f, past / s
    into_slow = past[s - 1 :] / s
    into_both = past[s - 1 :] / f - into_slow
    ahead_of = np.empty_like(gap)  # positive while the state holds
    is_waiting = state != 0
    flat = np.ones(gap.shape, dtype=np.int16)
    for ahead in range(1, min(FLAT_HORIZON, s) + 1):
        if ahead <= f:
            gap += into_both
            gap -= leaves_fast[s - f + ahead - 1 :][:count]
        else:
            gap -= into_slow
        gap += leaves_slow[ahead - 1 :][:count]
        np.multiply(gap, side, out=ahead_of)
        is_waiting &= ahead_of > band
        flat += is_waiting
    flat[is_waiting | (state == 0)] = NONE
    return flat


def _state(columns: CrossColumns) -> Column:
    return trend_state(columns["fast"], columns["slow"])


def _gap_pct(columns: CrossColumns) -> Column:
    gap = columns["fast"] / columns["slow"]
    gap -= 1.0
    gap[np.abs(gap) < EQUAL_WITHIN] = 0.0
    gap *= 100.0
    return gap


def _gap_change(columns: CrossColumns) -> Column:
    gap = columns["gap_pct"]
    change = np.full(gap.shape, np.nan)
    change[GAP_SESSIONS:] = gap[GAP_SESSIONS:] - gap[:-GAP_SESSIONS]
    return change


def _flat(columns: CrossColumns) -> Column:
    parts = (columns["close"], columns["fast"], columns["slow"], columns["state"])
    return flat_sessions(parts, windows=(columns.fast, columns.slow))


def _volume(columns: CrossColumns) -> Column:
    return volumes_of(columns.volume, columns.volume_of, len(columns.close))


def _crossed(columns: CrossColumns) -> Column:
    """Return 1 on a golden cross, -1 on a death cross, else 0; the first state after warm-up or a hole is no cross."""
    state = columns["state"]
    crossed = np.zeros_like(state)
    turned = state[1:] * state[:-1] < 0
    np.copyto(crossed[1:], state[1:], where=turned)
    return crossed


def _last_row(is_there: NDArray[np.bool_]) -> Column:
    """Return, per cell, the latest row up to it that is marked; -1 where none is."""
    rows = np.arange(len(is_there), dtype=np.int32)[:, None]
    marked = np.where(is_there, rows, np.int32(NONE))
    return np.maximum.accumulate(marked, axis=0)


def _since_row(columns: CrossColumns) -> Column:
    """Return the row of the cross that began the present state; -1 where it was not seen to begin."""
    state, crossed = columns["state"], columns["crossed"]
    began = _last_row(crossed != 0)
    unknown = _last_row(state == 0)
    return np.where(began > unknown, began, np.int32(NONE))


_FORMULAS: Mapping[str, Callable[[CrossColumns], Column]] = {
    "close": lambda columns: columns.close,
    "fast": lambda columns: columns.averages[0],
    "slow": lambda columns: columns.averages[1],
    "state": _state,
    "crossed": _crossed,
    "gap_pct": _gap_pct,
    "gap_change_5": _gap_change,
    "trigger_close": lambda columns: trigger_close(
        columns.close, columns["fast"], columns["slow"], windows=(columns.fast, columns.slow)
    ),
    "flat_sessions": _flat,
    "since_row": _since_row,
    "last_golden_row": lambda columns: _last_row(columns["crossed"] > 0),
    "last_death_row": lambda columns: _last_row(columns["crossed"] < 0),
    "rsi14": lambda columns: wilder_rsi(columns.close, 14),
    "volume": _volume,
    "rvol20": lambda columns: relative_volume(columns["volume"], 20),
}
