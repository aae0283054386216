"""What the typical member of a list did: the median of its members' returns, session by session."""

from __future__ import annotations

import numpy as np

from signals.folds import blocks
from signals.types import FloatArray, IntArray


def median_returns(closes: FloatArray, columns: IntArray, sessions: int, rows: slice = slice(None)) -> FloatArray:
    """Return the median return of some columns over the last `sessions`, row by row.

    ``return[t] = 100 * (close[t] / close[t - sessions] - 1)``; of an even number, the mean of the middle two.

    Parameters
    ----------
    closes : ndarray of float64, shape (T, N)
        NaN where missing.
    columns : ndarray of int64, shape (M,)
        Whose returns.
    sessions : int
        How far back each return starts, at least 1.
    rows : slice
        The rows wanted, by default all.

    Returns
    -------
    ndarray of float64, one of each row wanted
        In per cent. A column that lacks either close is left out; NaN where every one is, and so in the first
        `sessions` rows.

    Notes
    -----
    Row t uses rows t and ``t - sessions`` alone: no look-ahead.

    Examples
    --------
    >>> closes = np.array([[10.0, 10.0, 10.0], [11.0, 12.0, np.nan]])
    >>> median_returns(closes, np.arange(3), 1).round(2)
    array([nan, 15.])
    """
    first, last, _ = rows.indices(len(closes))
    medians = np.full(max(0, last - first), np.nan)
    begin = max(first, sessions)
    for block in blocks((last, len(columns)), first_row=begin):
        returns = np.take(closes[block], columns, axis=1)
        returns /= np.take(closes[block.start - sessions : block.stop - sessions], columns, axis=1)
        returns.sort(axis=1)  # what is missing comes last
        medians[block.start - first : block.stop - first] = 100.0 * (_middle(returns) - 1.0)
    return medians


def _middle(ordered: FloatArray) -> FloatArray:
    known = np.count_nonzero(np.isfinite(ordered), axis=1)
    middle = np.full(len(ordered), np.nan)
    rows = np.flatnonzero(known)
    upper, lower = known[rows] // 2, (known[rows] - 1) // 2
    middle[rows] = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return middle
