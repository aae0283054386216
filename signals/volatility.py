"""Realised volatility: how widely the close has swung from session to session, as a yearly figure."""

from __future__ import annotations

import numpy as np

from signals.folds import Bench, checked_panel, checked_window, window_sums
from signals.types import FloatArray

YEAR_SESSIONS = 252
"""Sessions in a year: a daily deviation times their square root is a yearly one."""


def realised_volatility(close: FloatArray, window: int = 20) -> FloatArray:
    """Compute the realised volatility of every column over the last `window` sessions.

    ``volatility[t] = 100 * sqrt(252) * s`` where s is the sample standard deviation (divided by ``window - 1``) of the
    `window` log returns ``ln(close[i] / close[i - 1])`` that end at t.

    Parameters
    ----------
    close : ndarray of float64, shape (T, N)
        Closes, NaN where missing; one that is not positive is taken as missing.
    window : int
        Returns in the deviation, at least 2.

    Returns
    -------
    ndarray of float64, shape (T, N)
        In per cent a year, at least 0. The first `window` rows are NaN (warm-up), and so is every row for which one of
        the ``window + 1`` closes is missing.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 2.
    UnalignedInput
        If `close` is not two-dimensional.

    Notes
    -----
    Each value is made from its own window alone: no look-ahead, no drift. A flat price has exactly 0; a price that
    grows at a constant rate has 0 but for rounding.

    Examples
    --------
    >>> closes = np.array([[100.0], [101.0], [100.0], [100.0], [np.nan]])
    >>> realised_volatility(closes, 2).ravel().round(2)
    array([  nan,   nan, 22.34, 11.17,   nan])
    """
    close = checked_panel("close", close)
    window = checked_window("window", window, least=2)
    out = np.full(close.shape, np.nan)
    bench = Bench(close.shape)
    add = bench.folding(np.add)
    for columns, tile in bench.tiles(close):
        np.copyto(tile, np.nan, where=~(tile > 0))
        returns = np.diff(np.log(tile), axis=0)
        ((_, sums),) = window_sums(add, returns, (window,))
        square_of_mean = np.square(sums)
        square_of_mean /= window
        ((_, squares),) = window_sums(add, np.square(returns), (window,))
        spread = np.maximum(squares - square_of_mean, 0.0)
        out[window:, columns] = 100.0 * np.sqrt(spread * (YEAR_SESSIONS / (window - 1)))
    return out
