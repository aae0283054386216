"""The array kernels: pure functions over (sessions, symbols), each value made from its own window alone.

None keeps a running total (see `signals.folds`): no drift on flat series, a missing bar is forgotten as soon as it has
left the window, and a longer history gives the same bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from signals.folds import Bench, blocks, checked_out, checked_panel, checked_window, window_extremes, window_sums
from signals.types import BoolArray, FloatArray
from signals.wilder import wilder_rsi

__all__ = [
    "EQUAL_WITHIN",
    "are_new_extremes",
    "is_new_high",
    "is_new_low",
    "moving_averages",
    "relative_volume",
    "rolling_high",
    "rolling_low",
    "share_above",
    "simple_moving_average",
    "trend_state",
    "wilder_rsi",
]

EQUAL_WITHIN = 1e-9
"""Two averages are equal while ``|fast / slow - 1|`` is below this."""

_HIGH = (np.maximum, np.greater)
_LOW = (np.minimum, np.less)


def simple_moving_average(values: FloatArray, window: int, *, out: FloatArray | None = None) -> FloatArray:
    """Average the last `window` values of every column.

    ``average[t] = (values[t - window + 1] + ... + values[t]) / window``

    Parameters
    ----------
    values : ndarray of float64, shape (T, N)
        Any series per column, NaN where missing.
    window : int
        Sessions averaged, at least 1.
    out : ndarray of float64, shape (T, N), optional
        Where to put the result, so that a repeated pass allocates nothing.

    Returns
    -------
    ndarray of float64, shape (T, N)
        Row t belongs to session t. The first ``window - 1`` rows are NaN (warm-up), and so is every row whose window
        holds a NaN; it recovers once the window is whole again.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `values` is not two-dimensional or `out` has another shape.

    Notes
    -----
    Uses rows up to t only: no look-ahead. The error is a few units in the last place, however long the history.

    Examples
    --------
    >>> closes = np.array([[1.0], [2.0], [np.nan], [4.0], [6.0]])
    >>> simple_moving_average(closes, 2).ravel()
    array([nan, 1.5, nan, nan, 5. ])
    """
    (average,) = moving_averages(values, (window,), outs=None if out is None else (out,))
    return average


def moving_averages(
    values: FloatArray, windows: Sequence[int], *, outs: Sequence[FloatArray] | None = None
) -> tuple[FloatArray, ...]:
    """Compute several moving averages in one pass; the same bits as one `simple_moving_average` after the other.

    Parameters
    ----------
    values : ndarray of float64, shape (T, N)
        Any series per column, NaN where missing.
    windows : sequence of int
        Sessions averaged, each at least 1 and no two the same.
    outs : sequence of ndarray of float64, shape (T, N), optional
        Where to put the results, in the order of `windows`.

    Returns
    -------
    tuple of ndarray of float64, shape (T, N)
        In the order of `windows`; see `simple_moving_average`.

    Raises
    ------
    InvalidWindow
        If a window is not a whole number of at least 1.
    UnalignedInput
        If `values` is not two-dimensional or one of `outs` has another shape.

    Examples
    --------
    >>> closes = np.array([[1.0], [2.0], [3.0], [4.0], [6.0]])
    >>> [average.ravel().tolist() for average in moving_averages(closes, (1, 4))]
    [[1.0, 2.0, 3.0, 4.0, 6.0], [nan, nan, nan, 2.5, 3.75]]
    """
    values = checked_panel("values", values)
    windows = [checked_window("window", window) for window in windows]
    wanted: Sequence[FloatArray | None] = outs or [None] * len(windows)
    averages = tuple(checked_out(out, values) for out in wanted)
    result = dict(zip(windows, averages, strict=True))
    for window, average in result.items():
        average[: window - 1] = np.nan
    bench = Bench(values.shape)
    add = bench.folding(np.add)
    for columns, tile in bench.tiles(values):
        for window, sums in window_sums(add, tile, windows):
            np.divide(sums, window, out=result[window][window - 1 :, columns])
    return averages


def relative_volume(volume: FloatArray, window: int = 20, *, out: FloatArray | None = None) -> FloatArray:
    """Divide each volume by the mean of the previous `window` volumes, today excluded.

    ``relative_volume[t] = volume[t] / mean(volume[t - window], ..., volume[t - 1])``

    Parameters
    ----------
    volume : ndarray of float64, shape (T, N)
        Volumes; NaN or 0 where missing (a session without a single trade is a hole in the data, not a fact).
    window : int
        Sessions in the mean, at least 1.
    out : ndarray of float64, shape (T, N), optional
        Where to put the result.

    Returns
    -------
    ndarray of float64, shape (T, N)
        A ratio; 1 is an ordinary session. The first `window` rows are NaN (warm-up), as is every row for which one of
        the ``window + 1`` volumes is missing.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `volume` is not two-dimensional or `out` has another shape.

    Examples
    --------
    >>> volumes = np.array([[100.0], [300.0], [400.0], [0.0], [100.0]])
    >>> relative_volume(volumes, 2).ravel()
    array([nan, nan,  2., nan, nan])
    """
    volume = checked_panel("volume", volume)
    window = checked_window("window", window)
    out = checked_out(out, volume)
    out[:window] = np.nan
    bench = Bench(volume.shape)
    add = bench.folding(np.add)
    for columns, tile in bench.tiles(volume):
        if not tile.all():
            tile[tile == 0] = np.nan
        for _, sums in window_sums(add, tile[:-1], (window,)):
            today = tile[window:]
            np.multiply(today, window, out=today)
            np.divide(today, sums, out=out[window:, columns])
    return out


def trend_state(fast: FloatArray, slow: FloatArray) -> NDArray[np.int8]:
    """Say on which side of `slow` each value of `fast` is.

    1 where ``fast / slow - 1 >= 1e-9``, -1 where it is ``<= -1e-9``; between the two they are equal, and the state
    stays what it was until they part.

    Parameters
    ----------
    fast, slow : ndarray of float64, shape (T, N)
        Two averages (or a series and its average), NaN where unknown.

    Returns
    -------
    ndarray of int8, shape (T, N)
        1 above, -1 below, 0 unknown: either is NaN, or they have been equal since the last NaN.

    Raises
    ------
    UnalignedInput
        If the shapes differ or are not two-dimensional.

    Examples
    --------
    >>> fast = np.array([[2.0], [1.0], [2.0], [3.0], [1.0]])
    >>> trend_state(fast, np.full((5, 1), 2.0)).ravel()
    array([ 0, -1, -1,  1, -1], dtype=int8)
    """
    fast = checked_panel("fast", fast)
    slow = checked_panel("slow", slow, like=fast)
    state = np.empty(fast.shape, dtype=np.int8)
    for block in blocks(fast.shape):
        gap = fast[block] - slow[block]
        band = np.abs(slow[block])
        band *= EQUAL_WITHIN
        is_above = gap >= band
        np.negative(band, out=band)
        np.subtract(is_above, gap <= band, out=state[block], dtype=np.int8)
        if not state[block].all():
            _carry_over_ties(state, block.start, ~np.isnan(gap))
    return state


def rolling_high(values: FloatArray, window: int = 252) -> FloatArray:
    """Return the highest of the last `window` values of every column.

    Parameters
    ----------
    values : ndarray of float64, shape (T, N)
        Closes, NaN where missing.
    window : int
        Sessions looked at, today included, at least 1; 252 are 52 weeks.

    Returns
    -------
    ndarray of float64, shape (T, N)
        The first ``window - 1`` rows are NaN (warm-up), and so is every row whose window holds a NaN.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `values` is not two-dimensional.

    Examples
    --------
    >>> rolling_high(np.array([[3.0], [1.0], [2.0], [5.0], [4.0]]), 2).ravel()
    array([nan,  3.,  2.,  5.,  5.])
    """
    return _rolling_extreme(np.maximum, values, window)


def rolling_low(values: FloatArray, window: int = 252) -> FloatArray:
    """Return the lowest of the last `window` values of every column; see `rolling_high`.

    Examples
    --------
    >>> rolling_low(np.array([[3.0], [1.0], [2.0], [5.0], [4.0]]), 2).ravel()
    array([nan,  1.,  1.,  2.,  4.])
    """
    return _rolling_extreme(np.minimum, values, window)


def is_new_high(values: FloatArray, window: int = 252) -> BoolArray:
    """Tell where a value is above every earlier value of its window; a tie is nothing new.

    Parameters
    ----------
    values : ndarray of float64, shape (T, N)
        Closes, NaN where missing.
    window : int
        Sessions looked at, today included, at least 2; 252 are 52 weeks.

    Returns
    -------
    ndarray of bool, shape (T, N)
        False during warm-up and wherever the window holds a NaN: `rolling_high` tells those apart.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 2.
    UnalignedInput
        If `values` is not two-dimensional.

    Examples
    --------
    >>> is_new_high(np.array([[1.0], [2.0], [2.0], [1.0], [3.0]]), 3).ravel()
    array([False, False, False, False,  True])
    """
    (is_high,) = _are_new_extremes(values, window, [_HIGH])
    return is_high


def is_new_low(values: FloatArray, window: int = 252) -> BoolArray:
    """Tell where a value is below every earlier value of its window; see `is_new_high`.

    Examples
    --------
    >>> is_new_low(np.array([[3.0], [2.0], [2.0], [2.5], [1.0]]), 3).ravel()
    array([False, False, False, False,  True])
    """
    (is_low,) = _are_new_extremes(values, window, [_LOW])
    return is_low


def are_new_extremes(values: FloatArray, window: int = 252) -> tuple[BoolArray, BoolArray]:
    """Return `is_new_high` and `is_new_low`, made in one pass.

    Examples
    --------
    >>> high, low = are_new_extremes(np.array([[2.0], [3.0], [1.0]]), 2)
    >>> high.ravel(), low.ravel()
    (array([False,  True, False]), array([False, False,  True]))
    """
    is_high, is_low = _are_new_extremes(values, window, [_HIGH, _LOW])
    return is_high, is_low


def share_above(values: FloatArray, average: FloatArray) -> tuple[FloatArray, NDArray[np.int64]]:
    """Compute the share of columns whose value is above its average, session by session.

    Parameters
    ----------
    values, average : ndarray of float64, shape (T, N)
        Closes and an average of them, NaN where unknown.

    Returns
    -------
    share_frac : ndarray of float64, shape (T,)
        0 to 1, of the columns that have both; NaN where none has.
    covered : ndarray of int64, shape (T,)
        How many columns have both: the n of "n covered / N universe".

    Raises
    ------
    UnalignedInput
        If the shapes differ or are not two-dimensional.

    Examples
    --------
    >>> share_above(np.array([[1.0, 3.0, np.nan]]), np.array([[2.0, 2.0, 2.0]]))
    (array([0.5]), array([2]))
    """
    values = checked_panel("values", values)
    average = checked_panel("average", average, like=values)
    above = np.empty(len(values), dtype=np.int64)
    covered = np.empty(len(values), dtype=np.int64)
    for block in blocks(values.shape):
        # Row by row: counting along an axis is several times slower than counting one contiguous row.
        above[block] = [np.count_nonzero(row) for row in values[block] > average[block]]
        covered[block] = [np.count_nonzero(row) for row in values[block] <= average[block]]
    covered += above
    share = np.full(len(values), np.nan)
    np.divide(above, covered, out=share, where=covered > 0)
    return share, covered


def _rolling_extreme(join: np.ufunc, values: FloatArray, window: int) -> FloatArray:
    values = checked_panel("values", values)
    window = checked_window("window", window)
    out = np.full(values.shape, np.nan)
    bench = Bench(values.shape)
    fold = bench.folding(join)
    for columns, tile in bench.tiles(values):
        out[window - 1 :, columns] = window_extremes(fold, tile, window)
    return out


def _are_new_extremes(
    values: FloatArray, window: int, kinds: Sequence[tuple[np.ufunc, np.ufunc]]
) -> tuple[BoolArray, ...]:
    """Tell, for each pair of (how to fold, what beats the fold), where a value beats all before it in its window."""
    values = checked_panel("values", values)
    window = checked_window("window", window, least=2)
    outs = tuple(np.zeros(values.shape, dtype=np.bool_) for _ in kinds)
    bench = Bench(values.shape)
    for columns, tile in bench.tiles(values):
        for out, (join, beats) in zip(outs, kinds, strict=True):
            earlier = window_extremes(bench.folding(join), tile[:-1], window - 1)
            beats(tile[window - 1 :], earlier, out=out[window - 1 :, columns])
    return outs


def _carry_over_ties(state: NDArray[np.int8], start: int, is_known: BoolArray) -> None:
    """Give each tie of the block that begins at row `start` the state of the row before it."""
    is_tie = (state[start : start + len(is_known)] == 0) & is_known
    for row in np.flatnonzero(is_tie.any(axis=1)) + start:
        if row > 0:
            np.copyto(state[row], state[row - 1], where=is_tie[row - start])
