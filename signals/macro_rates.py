"""How much small caps gain on large ones when the 10-year yield moves: a rolling regression of daily figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.errors import UnalignedInput
from signals.facts import Series
from signals.folds import Bench, checked_window, window_sums
from signals.types import FloatArray, SessionArray

WINDOW_SESSIONS = 252
LEAST_FRAC = 0.9
"""Share of the window's sessions that need both figures: the bond market keeps two holidays the exchange does not."""
_NOISE = 1e-12
"""A spread this small beside the values' own size is rounding, not spread."""


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """A regression line per session: slope, its t-value, and from how many pairs; NaN and 0 where there is none."""

    slope: FloatArray
    t_value: FloatArray
    pairs: FloatArray


def daily_changes(series: Series, sessions: SessionArray) -> FloatArray:
    """Return the change of a series from one session to the next, both days observed.

    Parameters
    ----------
    series : Series
        Values by day.
    sessions : ndarray of datetime64[D], shape (T,)
        Days of trading.

    Returns
    -------
    ndarray of float64, shape (T,)
        Row t: the value of session t minus that of session t - 1; NaN where the series has none of either day. It is
        known at session t + 1.

    Examples
    --------
    >>> days = np.array(["2025-07-01", "2025-07-02", "2025-07-03"], dtype="datetime64[D]")
    >>> daily_changes(Series("DGS10", "10-year", days[1:], np.array([4.25, 4.5])), days)
    array([ nan,  nan, 0.25])
    """
    values = np.full(len(sessions), np.nan)
    rows = np.searchsorted(series.days, sessions)
    rows[rows == len(series.days)] = 0
    if len(series.days):
        is_observed = series.days[rows] == sessions
        values[is_observed] = series.values[rows[is_observed]]
    changes = np.full(len(sessions), np.nan)
    changes[1:] = np.diff(values)
    return changes


def rolling_regression(x: FloatArray, y: FloatArray, window: int = WINDOW_SESSIONS) -> Sensitivity:
    """Fit ``y = a + slope * x`` over the last `window` rows, by least squares.

    With sums over the pairs of the window, ``slope = Sxy / Sxx`` and
    ``t = slope / sqrt((Syy - slope * Sxy) / (n - 2) / Sxx)``, where ``Sxy`` is the sum of products of what x and y are
    above their means.

    Parameters
    ----------
    x, y : ndarray of float64, shape (T,)
        Pairs, NaN where one is missing.
    window : int
        Rows looked at, at least 3.

    Returns
    -------
    Sensitivity
        Each of shape (T,). Slope and t-value are NaN during warm-up, where fewer than 90 % of the rows are whole
        pairs, and where x does not vary; the t-value also where the line fits perfectly.

    Raises
    ------
    InvalidWindow
        If `window` is not a whole number of at least 3.
    UnalignedInput
        If `y` has not the shape of `x`.

    Notes
    -----
    The sums of a window are made from its own rows alone: no running total, so nothing drifts and a longer history
    gives the same bits.

    Examples
    --------
    >>> found = rolling_regression(np.array([0.0, 1.0, 2.0, 4.0]), np.array([1.0, 1.0, 4.0, 7.0]), 4)
    >>> found.slope.round(3), found.t_value.round(2)
    (array([  nan,   nan,   nan, 1.629]), array([ nan,  nan,  nan, 5.48]))
    """
    window = checked_window("window", window, least=3)
    if x.shape != y.shape:
        raise UnalignedInput("y", y.shape, f"must have the shape of x, {x.shape}")
    is_pair = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(is_pair, x, 0.0), np.where(is_pair, y, 0.0)
    parts = np.column_stack([is_pair.astype(np.float64), x, y, x * x, x * y, y * y])
    sums = np.zeros(parts.shape)
    bench = Bench(parts.shape)
    add = bench.folding(np.add)
    for columns, tile in bench.tiles(parts):
        ((_, found),) = window_sums(add, tile, (window,))
        sums[window - 1 :, columns] = found
    pairs, sum_x, sum_y, sum_xx, sum_xy, sum_yy = (sums[:, part] for part in range(6))
    enough = pairs >= max(3, np.ceil(LEAST_FRAC * window))
    n = np.where(enough, pairs, np.nan)
    s_xx = _spread(sum_xx, sum_x * sum_x / n)
    s_yy = sum_yy - sum_y * sum_y / n
    slope = (sum_xy - sum_x * sum_y / n) / s_xx
    left = _spread(s_yy, slope * (sum_xy - sum_x * sum_y / n))
    return Sensitivity(slope, slope / np.sqrt(left / (n - 2.0) / s_xx), pairs)


def _spread(total: FloatArray, explained: FloatArray) -> FloatArray:
    """Return what is left of `total`; NaN where nothing is but rounding."""
    left = total - explained
    return np.where(left > _NOISE * np.abs(total), left, np.nan)
