"""Wilder's relative strength index: the one kernel that remembers, and so goes through the sessions one by one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.folds import blocks, checked_out, checked_panel, checked_window, window_extremes, window_sums
from signals.types import FloatArray

_NARROW = 4
"""Up to so many columns are smoothed number by number."""
Seeds = Mapping[int, tuple[NDArray[np.intp], FloatArray]]
"""Row to the columns whose averages begin there and what they begin with, shape (2, columns)."""


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
    out = checked_out(out, close)
    out[:1] = np.nan
    latest = np.full((2, close.shape[1]), np.nan)
    _go_on(close, latest, out[1:], first_row=1, window=window, seeds=_seeds(close, window))
    return out


def wilder_averages(close: FloatArray, window: int = 14) -> FloatArray:
    """Return the averages that `wilder_rsi` goes on from after the last row.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
        Closes, NaN where missing.
    window : int
        Changes in the first mean, at least 1.

    Returns
    -------
    ndarray of float64, shape (2, N)
        `window` times the averages of the rises and of the falls, these negative; NaN where unknown.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `close` is not two-dimensional.

    Examples
    --------
    >>> wilder_averages(np.array([[10.0], [11.0], [10.0]]), 2).ravel()
    array([ 1., -1.])
    """
    close = checked_panel("close", close)
    window = checked_window("window", window)
    latest = np.full((2, close.shape[1]), np.nan)
    _go_on(close, latest, None, first_row=1, window=window, seeds=_seeds(close, window))
    return latest


def wilder_continued(
    close: FloatArray, averages: FloatArray, first_row: int, window: int = 14
) -> tuple[FloatArray, FloatArray]:
    """Compute `wilder_rsi` of the rows from `first_row` on, going on from the averages before them.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
        Closes, NaN where missing.
    averages : ndarray of float64, shape (2, N)
        What `wilder_averages` gives for the rows before `first_row`.
    first_row : int
        At least 1.
    window : int
        The same as before.

    Returns
    -------
    rsi : ndarray of float64, shape (T - first_row, N)
        The rows of ``wilder_rsi(close, window)``, bit for bit.
    averages : ndarray of float64, shape (2, N)
        Those after the last row.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 1.
    UnalignedInput
        If `close` is not two-dimensional.

    Notes
    -----
    Looks at the new rows and ``window + 1`` before them.

    Examples
    --------
    >>> closes = np.array([[10.0], [11.0], [10.0], [10.0], [12.0]])
    >>> wilder_continued(closes, wilder_averages(closes[:3], 2), 3, 2)[0].ravel().round(2)
    array([50., 90.])
    """
    close = checked_panel("close", close)
    window = checked_window("window", window)
    start = max(0, first_row - window - 1)
    seeds = {start + row: found for row, found in _seeds(close[start:], window).items() if start + row >= first_row}
    latest = averages.copy()
    out = np.empty((len(close) - first_row, close.shape[1]))
    _go_on(close, latest, out, first_row=first_row, window=window, seeds=seeds)
    return out, latest


def _go_on(
    close: FloatArray, latest: FloatArray, out: FloatArray | None, *, first_row: int, window: int, seeds: Seeds
) -> None:
    """Go through the rows from `first_row` on; `out` begins with them, `latest` ends with the last one."""
    cuts = [*blocks(close.shape, first_row=first_row)]
    rows = max((block.stop - block.start for block in cuts), default=0)
    room = np.empty((rows, close.shape[1])), np.empty((rows, *latest.shape))
    for block in cuts:
        change, moves = (buffer[: block.stop - block.start] for buffer in room)
        np.subtract(close[block], close[block.start - 1 : block.stop - 1], out=change)
        _split(change, moves)
        _smooth(moves, latest, first_row=block.start, keep=1.0 - 1.0 / window, seeds=seeds)
        if out is not None:
            _index_of(moves, change, out[block.start - first_row : block.stop - first_row])


def _split(change: FloatArray, moves: FloatArray) -> None:
    """Write rises to ``moves[:, 0]`` and falls, still negative, to ``moves[:, 1]``."""
    np.maximum(change, 0.0, out=moves[:, 0])
    np.minimum(change, 0.0, out=moves[:, 1])


def _seeds(close: FloatArray, window: int) -> Seeds:
    """Find where `window` changes are complete for the first time, at the start and after every hole.

    The averages are kept as `window` times themselves: their ratio is all that matters, and it saves a division.
    """
    if len(close) <= window:
        return {}
    is_missing = np.isnan(close)
    if is_missing.any():
        has_hole = window_extremes(np.logical_or, is_missing, window + 1)
        is_first = ~has_hole
        is_first[1:] &= has_hole[:-1]
        starts, columns = np.nonzero(is_first)
    else:
        starts, columns = np.zeros(close.shape[1], dtype=np.intp), np.arange(close.shape[1])
    change = np.diff(close[starts + np.arange(window + 1)[:, None], columns], axis=0)
    moves = np.empty((window, 2, len(columns)))
    _split(change, moves)
    ((_, sums),) = window_sums(np.add, moves, (window,))
    return {int(start) + window: (columns[starts == start], sums[0][:, starts == start]) for start in np.unique(starts)}


def _smooth(moves: FloatArray, latest: FloatArray, *, first_row: int, keep: float, seeds: Seeds) -> None:
    """Turn each row of `moves` into ``keep * (the row before) + row``, from `latest` on; leave the last row there."""
    if latest.shape[1] <= _NARROW:
        _smooth_few(moves, latest, first_row=first_row, keep=keep, seeds=seeds)
        return
    kept = np.empty_like(latest)
    before: NDArray[Any] = latest
    for row, move in enumerate(moves, first_row):
        np.multiply(before, keep, out=kept)
        np.add(move, kept, out=move)
        if row in seeds:
            columns, sums = seeds[row]
            move[:, columns] = sums
        before = move
    np.copyto(latest, before)


def _smooth_few(moves: FloatArray, latest: FloatArray, *, first_row: int, keep: float, seeds: Seeds) -> None:
    """Do the same number by number: for a symbol or two the calls would cost more than what they do; the same bits."""
    for column in range(latest.shape[1]):
        for side in range(len(latest)):
            own = {
                row - first_row: float(sums[side, place])
                for row, (columns, sums) in seeds.items()
                for place in np.flatnonzero(columns == column)
            }
            value, smoothed = float(latest[side, column]), []
            series = moves[:, side, column].tolist()
            for begin, end in pairwise([*sorted({0, *own}), len(series)]):
                after = begin
                if begin in own:
                    value, after = own[begin], begin + 1
                    smoothed.append(value)
                for move in series[after:end]:
                    value = move + value * keep
                    smoothed.append(value)
            moves[:, side, column] = smoothed
            latest[side, column] = value


def _index_of(moves: FloatArray, total: FloatArray, out: FloatArray) -> None:
    gain = moves[:, 0]
    np.subtract(gain, moves[:, 1], out=total)
    is_still = total == 0
    has_still = bool(is_still.any())
    if has_still:
        total[is_still] = np.nan
    np.divide(gain, total, out=gain)
    np.multiply(gain, 100.0, out=out)
    if has_still:
        out[is_still] = 50.0
