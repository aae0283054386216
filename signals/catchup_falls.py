"""A fall from a trailing peak and what was made good of it, session by session."""

from __future__ import annotations

import numpy as np

from signals.folds import checked_window
from signals.types import FloatArray


def falls_of(ratio: FloatArray, window: int) -> dict[str, FloatArray]:
    """Find, for each row, the peak of the last `window` rows, the trough since, and how much of the fall is made good.

    Parameters
    ----------
    ratio : ndarray of float64, shape (T,)
        NaN where unknown.
    window : int
        Rows looked at, today included, at least 2.

    Returns
    -------
    dict of str to ndarray of float64, shape (T,)
        ``ratio``; ``peak``, ``peak_row``: the highest of the window and its row, of equal ones the latest; ``trough``,
        ``trough_row``: the lowest from there on, of equal ones the earliest; ``highest``: the highest from the trough
        to the row before, NaN where the trough is today's; ``fall_pct``, ``from_peak_pct``: trough and ratio against
        the peak; ``recovered_frac``: ``(ratio - trough) / (peak - trough)``, NaN where the two are equal;
        ``known_sessions``: rows of the window that are known. All but `ratio` are NaN where it is, and while the first
        known row lies within the window.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 2.

    Notes
    -----
    Row t uses the window's rows alone: no look-ahead. When a peak leaves the window, the next one takes its place.

    Examples
    --------
    >>> falls = falls_of(np.array([2.0, 1.0, np.nan, 1.5, 1.8]), 4)
    >>> falls["recovered_frac"].round(2), falls["trough_row"]
    (array([nan, nan, nan, 0.5, nan]), array([nan, nan, nan,  1.,  4.]))
    """
    window = checked_window("peak_sessions", window, least=2)
    names = ("peak", "peak_row", "trough", "trough_row", "highest", "known_sessions")
    columns = {name: np.full(len(ratio), np.nan) for name in names}
    known = np.isfinite(ratio)
    first_known = int(known.argmax()) if known.any() else len(ratio)
    above, below = np.where(known, ratio, -np.inf), np.where(known, ratio, np.inf)
    for row in np.flatnonzero(known[first_known + window - 1 :]) + first_known + window - 1:
        start = row - window + 1
        peak_row = row - int(above[start : row + 1][::-1].argmax())
        trough_row = peak_row + int(below[peak_row : row + 1].argmin())
        columns["peak"][row], columns["peak_row"][row] = ratio[peak_row], peak_row
        columns["trough"][row], columns["trough_row"][row] = ratio[trough_row], trough_row
        if trough_row < row:
            columns["highest"][row] = above[trough_row:row].max()
        columns["known_sessions"][row] = np.count_nonzero(known[start : row + 1])
    depth = columns["peak"] - columns["trough"]
    recovered = np.full(len(ratio), np.nan)
    np.divide(ratio - columns["trough"], depth, out=recovered, where=depth > 0)
    return {
        "ratio": np.where(known, ratio, np.nan),
        **columns,
        "fall_pct": 100.0 * (columns["trough"] / columns["peak"] - 1.0),
        "from_peak_pct": 100.0 * (ratio / columns["peak"] - 1.0),
        "recovered_frac": recovered,
    }
