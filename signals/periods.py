"""Where returns begin: so many sessions back, or the last close before the month, quarter or year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.forward import months_later
from signals.types import FloatArray, IntArray, SessionArray


def period_starts(sessions: SessionArray) -> dict[str, IntArray]:
    """Return the row from which each return of each session is measured; negative where it lies before the first.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        NYSE sessions, strictly increasing.

    Returns
    -------
    dict of str to ndarray of int64, shape (T,)
        ``d1_pct`` and ``d5_pct``: 1 and 5 sessions back; ``mtd_pct``, ``qtd_pct``, ``ytd_pct``: the last session before
        the calendar month, quarter or year; ``y1_pct``: the last on or before the same day a year earlier.

    Examples
    --------
    >>> days = np.array(["2025-06-27", "2025-06-30", "2025-07-01"], dtype="datetime64[D]")
    >>> period_starts(days)["mtd_pct"]
    array([-1, -1,  1])
    """
    rows = np.arange(len(sessions), dtype=np.int64)
    month = sessions.astype("M8[M]")
    quarter = month - (month.astype(np.int64) % 3).astype("m8[M]")
    return {
        "d1_pct": rows - 1,
        "d5_pct": rows - 5,
        "mtd_pct": last_before(sessions, month),
        "qtd_pct": last_before(sessions, quarter),
        "ytd_pct": last_before(sessions, sessions.astype("M8[Y]")),
        "y1_pct": np.searchsorted(sessions, months_later(sessions, -12), side="right") - 1,
    }


def last_before(sessions: SessionArray, periods: NDArray[np.datetime64]) -> IntArray:
    """Return the row of the last session before each period's first day; -1 where there is none.

    Examples
    --------
    >>> days = np.array(["2024-12-30", "2024-12-31", "2025-01-02"], dtype="datetime64[D]")
    >>> last_before(days, days.astype("datetime64[Y]"))
    array([-1, -1,  1])
    """
    return np.searchsorted(sessions, periods.astype("M8[D]"), side="left").astype(np.int64) - 1


def returns_since(closes: FloatArray, starts: IntArray) -> FloatArray:
    """Return the change of every close since its row of `starts`, in per cent.

    Parameters
    ----------
    closes : ndarray of float64, shape (T,) or (T, N)
        NaN where missing.
    starts : ndarray of int64, shape (T,)
        A row each, negative where there is none.

    Returns
    -------
    ndarray of float64, the shape of `closes`
        NaN where the start or the end has no close; nothing older stands in.

    Examples
    --------
    >>> returns_since(np.array([100.0, 110.0, np.nan, 99.0]), np.array([-1, 0, 1, 1])).round(1)
    array([ nan,  10.,  nan, -10.])
    """
    returns = np.full(closes.shape, np.nan)
    known = starts >= 0
    returns[known] = 100.0 * (closes[known] / closes[starts[known]] - 1.0)
    return returns
