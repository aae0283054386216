"""The array kernels: pure functions over (sessions, symbols), each value made from its own window alone.

Sums and extremes are folded by doubling (a fold over 2k bars is two folds over k bars), never by a running total. So
nothing drifts, a missing bar is forgotten as soon as it has left the window, and a value does not depend on where the
array starts or ends: the kernels give the same bits for a longer history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import InvalidWindow, UnalignedInput
from signals.types import BoolArray, FloatArray

EQUAL_WITHIN = 1e-9
"""Two averages are equal while ``|fast / slow - 1|`` is below this."""

_TILE_CELLS = 1 << 15  # a tile and its folds stay in a core's cache


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
    values = checked_panel("values", values)
    window = checked_window("window", window)
    out = _checked_out(out, values)
    out[: window - 1] = np.nan
    for columns in _tiles(values.shape):
        sums = _window_sums(_tile(values, columns), window)
        np.divide(sums, window, out=out[window - 1 :, columns])
    return out


def wilder_rsi(close: FloatArray, window: int = 14, *, out: FloatArray | None = None) -> FloatArray:
    """Compute Wilder's relative strength index of every column.

    ``RSI = 100 * gain / (gain + loss)`` where gain and loss are Wilder averages of the upward and downward changes: the
    first is the plain mean of `window` changes, then ``(previous * (window - 1) + current) / window``.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
        Closes, NaN where missing.
    window : int
        Changes in the first mean, at least 1.
    out : ndarray of float64, shape (T, N), optional
        Where to put the result.

    Returns
    -------
    ndarray of float64, shape (T, N)
        0 to 100. The first `window` rows are NaN (warm-up). No losses give 100, no changes at all give 50.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `close` is not two-dimensional or `out` has another shape.

    Notes
    -----
    A missing close makes the value NaN until ``window`` consecutive changes are there again: the averages are then
    seeded anew. Uses rows up to t only: no look-ahead.

    References
    ----------
    J. Welles Wilder, New Concepts in Technical Trading Systems, 1978, section VI.

    Examples
    --------
    >>> closes = np.array([[10.0], [11.0], [10.0], [10.0], [12.0]])
    >>> wilder_rsi(closes, 2).ravel().round(2)
    array([nan, nan, 50., 50., 90.])
    """
    close = checked_panel("close", close)
    window = checked_window("window", window)
    out = _checked_out(out, close)
    seeds = _rsi_seeds(close, window)
    averages = np.full((2, close.shape[1]), np.nan)
    out[:1] = np.nan
    rows = max(1, _TILE_CELLS // max(1, close.shape[1]))
    for start in range(1, len(close), rows):
        block = slice(start, min(start + rows, len(close)))
        moves = _moves(close[start - 1 : block.stop])
        moves /= window
        averages = _smooth(moves, averages, start, 1.0 - 1.0 / window, seeds)
        _index_of(moves, out[block])
    return out


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
    out = _checked_out(out, volume)
    out[:window] = np.nan
    for columns in _tiles(volume.shape):
        tile = _tile(volume, columns)
        tile[tile == 0] = np.nan
        means = _window_sums(tile[:-1], window)
        means /= window
        np.divide(tile[window:], means, out=out[window:, columns])
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
    fast, slow = checked_panel("fast", fast), checked_panel("slow", slow)
    if fast.shape != slow.shape:
        raise UnalignedInput("slow", slow.shape, f"must have the shape of fast, {fast.shape}")
    state = np.empty(fast.shape, dtype=np.int8)
    rows = max(1, _TILE_CELLS // max(1, fast.shape[1]))
    for start in range(0, len(fast), rows):
        block = slice(start, start + rows)
        gap = fast[block] - slow[block]
        band = np.abs(slow[block])
        band *= EQUAL_WITHIN
        above = gap >= band
        np.negative(band, out=band)
        np.subtract(above, gap <= band, out=state[block], dtype=np.int8)
        if not state[block].all():
            _carry_over_ties(state, start, ~np.isnan(gap))
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
    return _is_new_extreme(np.maximum, np.greater, values, window)


def is_new_low(values: FloatArray, window: int = 252) -> BoolArray:
    """Tell where a value is below every earlier value of its window; see `is_new_high`.

    Examples
    --------
    >>> is_new_low(np.array([[3.0], [2.0], [2.0], [2.5], [1.0]]), 3).ravel()
    array([False, False, False, False,  True])
    """
    return _is_new_extreme(np.minimum, np.less, values, window)


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
    values, average = checked_panel("values", values), checked_panel("average", average)
    if values.shape != average.shape:
        raise UnalignedInput("average", average.shape, f"must have the shape of values, {values.shape}")
    above = np.empty(len(values), dtype=np.int64)
    covered = np.empty(len(values), dtype=np.int64)
    rows = max(1, _TILE_CELLS // max(1, values.shape[1]))
    for start in range(0, len(values), rows):
        block = slice(start, start + rows)
        is_above = values[block] > average[block]
        above[block] = np.count_nonzero(is_above, axis=1)
        covered[block] = above[block] + np.count_nonzero(values[block] <= average[block], axis=1)
    share = np.full(len(values), np.nan)
    np.divide(above, covered, out=share, where=covered > 0)
    return share, covered


def checked_window(name: str, window: object, *, least: int = 1) -> int:
    """Return `window`; raise `InvalidWindow` where it is not a whole number of at least `least` sessions."""
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < least:
        raise InvalidWindow(name, window, f"must be a whole number of sessions, at least {least}")
    return int(window)


def checked_panel(name: str, values: FloatArray) -> FloatArray:
    """Return `values` as float64; raise `UnalignedInput` where they are not (sessions, symbols)."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:  # noqa: PLR2004 - sessions and symbols
        raise UnalignedInput(name, values.shape, "must have two axes, (sessions, symbols)")
    return values


def _checked_out(out: FloatArray | None, values: FloatArray) -> FloatArray:
    if out is None:
        return np.empty(values.shape)
    if out.shape != values.shape or out.dtype != np.float64:
        raise UnalignedInput("out", f"{out.shape} of {out.dtype}", f"must be {values.shape} of float64")
    return out


def _tiles(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut the columns into slices that fit the cache, a cache line wide at least."""
    width = max(8, _TILE_CELLS // max(1, shape[0]) // 8 * 8)
    for start in range(0, shape[1], width):
        yield slice(start, min(start + width, shape[1]))


def _tile(values: FloatArray, columns: slice) -> FloatArray:
    return values[:, columns].copy(order="C")


def _window_sums(tile: FloatArray, window: int) -> FloatArray:
    """Return the sum of rows i to i + window - 1, shape (T - window + 1, N); no rows where T is too short."""
    if len(tile) < window:
        return tile[:0].copy()
    power, span = tile, 1  # power[i] is the sum of rows i to i + span - 1
    total, covered = tile[:0], 0
    while True:
        if window & span:
            rest = len(tile) - covered - span + 1
            total = total[:rest] + power[covered:][:rest] if covered else power.copy()
            covered += span
        if covered == window:
            return total
        power = power[:-span] + power[span:]
        span *= 2


def _extremes(fold: np.ufunc, tile: NDArray[Any], window: int) -> NDArray[Any]:
    """Return the extreme of rows i to i + window - 1; overlapping halves do no harm here."""
    span = 1
    while span * 2 <= window and span < len(tile):
        tile = fold(tile[:-span], tile[span:])
        span *= 2
    overlap = window - span
    return fold(tile[: max(0, len(tile) - overlap)], tile[overlap:]) if overlap else tile


def _rolling_extreme(fold: np.ufunc, values: FloatArray, window: int) -> FloatArray:
    values = checked_panel("values", values)
    window = checked_window("window", window)
    out = np.full(values.shape, np.nan)
    if len(values) >= window:
        for columns in _tiles(values.shape):
            out[window - 1 :, columns] = _extremes(fold, _tile(values, columns), window)
    return out


def _is_new_extreme(fold: np.ufunc, beats: np.ufunc, values: FloatArray, window: int) -> BoolArray:
    values = checked_panel("values", values)
    window = checked_window("window", window, least=2)
    out = np.zeros(values.shape, dtype=np.bool_)
    if len(values) >= window:
        for columns in _tiles(values.shape):
            tile = _tile(values, columns)
            earlier = _extremes(fold, tile[:-1], window - 1)
            beats(tile[window - 1 :], earlier, out=out[window - 1 :, columns])
    return out


def _carry_over_ties(state: NDArray[np.int8], start: int, is_known: BoolArray) -> None:
    """Give each tie of the block that begins at row `start` the state of the row before it."""
    ties = (state[start : start + len(is_known)] == 0) & is_known
    for row in np.flatnonzero(ties.any(axis=1)):
        if start + row > 0:
            np.copyto(state[start + row], state[start + row - 1], where=ties[row])


def _moves(close: FloatArray) -> FloatArray:
    """Return upward and downward changes, both positive, shape (T - 1, 2, N)."""
    moves = np.empty((len(close) - 1, 2, close.shape[1]))
    np.subtract(close[1:], close[:-1], out=moves[:, 0])
    np.subtract(close[:-1], close[1:], out=moves[:, 1])
    return np.maximum(moves, 0.0, out=moves)


def _rsi_seeds(close: FloatArray, window: int) -> dict[int, tuple[NDArray[Any], FloatArray]]:
    """Find where `window` changes are complete for the first time since a hole: row to (columns, first averages)."""
    if len(close) <= window:
        return {}
    is_missing = np.isnan(close)
    if is_missing.any():
        has_hole = _extremes(np.logical_or, is_missing, window + 1)
        is_first = ~has_hole
        is_first[1:] &= has_hole[:-1]
        at, columns = np.nonzero(is_first)
    else:
        at, columns = np.zeros(close.shape[1], dtype=np.intp), np.arange(close.shape[1])
    starts = close[at[None, :] + np.arange(window + 1)[:, None], columns]
    firsts = _window_sums(_moves(starts).reshape(window, -1), window).reshape(2, -1) / window
    order = np.unique(at)
    return {int(row) + window: (columns[at == row], firsts[:, at == row]) for row in order}


def _smooth(
    moves: FloatArray,
    averages: FloatArray,
    start: int,
    keep: float,
    seeds: dict[int, tuple[NDArray[Any], FloatArray]],
) -> FloatArray:
    """Turn each row of `moves` (already divided by the window) into Wilder averages, in place; return the last ones."""
    kept = np.empty_like(averages)
    for row, average in enumerate(moves, start):
        np.multiply(averages, keep, out=kept)
        np.add(average, kept, out=average)
        averages = average
        if row in seeds:
            columns, firsts = seeds[row]
            average[:, columns] = firsts
    return averages.copy()


def _index_of(averages: FloatArray, out: FloatArray) -> None:
    gain, total = averages[:, 0], averages[:, 1]
    total += gain
    has_still = not total.all()
    np.multiply(gain, 100.0, out=gain)
    with np.errstate(invalid="ignore"):
        np.divide(gain, total, out=out)
    if has_still:
        out[total == 0] = 50.0
