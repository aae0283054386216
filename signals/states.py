"""States with a memory: what has begun lasts until something ends it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.types import BoolArray, FloatArray, IntArray

_MARK_BITS, _UNMARKED = 8, 128


def carried(marks: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return each row's mark, or where it is 0 the last one before that is not.

    Parameters
    ----------
    marks : ndarray of int8, shape (T,) or (T, N)
        0 where nothing begins.

    Returns
    -------
    ndarray of int8, the same shape
        0 before the first mark.

    Examples
    --------
    >>> carried(np.array([0, 1, 0, -1, 0], dtype=np.int8))
    array([ 0,  1,  1, -1, -1], dtype=int8)
    """
    # Row and mark in one number: the greatest so far is that of the last row with a mark, and holds its mark.
    rows = np.arange(1, len(marks) + 1, dtype=np.int32).reshape(-1, *[1] * (marks.ndim - 1))
    found = np.where(marks != 0, (rows << _MARK_BITS) + marks + _UNMARKED, np.int32(_UNMARKED))
    np.maximum.accumulate(found, axis=0, out=found)
    found &= (1 << _MARK_BITS) - 1
    found -= _UNMARKED
    return found.astype(np.int8)


def latched(values: FloatArray, on: float, off: float) -> NDArray[np.int8]:
    """Return a switch with hysteresis: 1 from a value of at least `on` until one of at most `off`, then -1.

    Parameters
    ----------
    values : ndarray of float64, shape (T,) or (T, N)
        NaN where unknown: the switch stays as it was.
    on, off : float
        `off` lies below `on`; between them nothing changes.

    Returns
    -------
    ndarray of int8, the same shape
        1 on, -1 off; 0 until the first value that decides.

    Examples
    --------
    >>> latched(np.array([50.0, 56.0, 50.0, np.nan, 45.0, 50.0]), 55, 45)
    array([ 0,  1,  1,  1, -1, -1], dtype=int8)
    """
    marks = np.zeros(values.shape, dtype=np.int8)
    marks[values >= on] = 1
    marks[values <= off] = -1
    return carried(marks)


def changed_to(state: NDArray[np.int8], value: int) -> BoolArray:
    """Tell where `state` becomes `value` from another known state; the first known state is no change.

    Parameters
    ----------
    state : ndarray of int8, shape (T,) or (T, N)
        0 where unknown.
    value : int
        The state that is entered.

    Examples
    --------
    >>> changed_to(np.array([0, -1, 1, 1, -1], dtype=np.int8), 1)
    array([False, False,  True, False, False])
    """
    became = np.zeros(state.shape, dtype=np.bool_)
    became[1:] = (state[1:] == value) & (state[:-1] != value) & (state[:-1] != 0)
    return became


def held(condition: BoolArray, sessions: int) -> BoolArray:
    """Tell where `condition` has been true for `sessions` rows in a row, this one included.

    Parameters
    ----------
    condition : ndarray of bool, shape (T,) or (T, N)
        True or false, row by row.
    sessions : int
        At least 1.

    Examples
    --------
    >>> held(np.array([True, True, False, True, True, True]), 2)
    array([False,  True, False, False,  True,  True])
    """
    rows = np.arange(len(condition)).reshape(-1, *[1] * (condition.ndim - 1))
    last_false = np.maximum.accumulate(np.where(condition, -1, rows), axis=0)
    lasting: BoolArray = rows - last_false >= sessions
    return lasting


def last_row(condition: BoolArray) -> IntArray:
    """Return for each row the last one up to it where `condition` holds; -1 where none does.

    Parameters
    ----------
    condition : ndarray of bool, shape (T, N)
        True or false, row by row.

    Examples
    --------
    >>> last_row(np.array([[False], [True], [False]])).ravel()
    array([-1,  1,  1])
    """
    rows = np.arange(len(condition))[:, None]
    last: IntArray = np.maximum.accumulate(np.where(condition, rows, -1), axis=0)
    return last


def within(condition: BoolArray, sessions: int) -> BoolArray:
    """Tell where `condition` holds on any of the last `sessions` rows, this one included.

    Parameters
    ----------
    condition : ndarray of bool, shape (T, N)
        True or false, row by row.
    sessions : int
        At least 1.

    Examples
    --------
    >>> within(np.array([[False], [True], [False], [False]]), 2).ravel()
    array([False,  True,  True, False])
    """
    rows = np.arange(len(condition))[:, None]
    last = last_row(condition)
    reaches: BoolArray = (last >= 0) & (rows - last < sessions)
    return reaches
