"""A side of a level that few rows tell: how far back a scan of the last sessions has to look."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from signals.last_rows import market_from
from signals.types import FloatArray, History, Market

LOOK_BACK_SESSIONS = (5, 252)
"""So many sessions before the wanted ones are looked at first; where they do not tell the side, all of them."""


def is_side_told(series: FloatArray, level: tuple[float, float], since: int) -> bool:
    """Tell whether the crossings of a level on rows `since` and later are told by these rows alone.

    Parameters
    ----------
    series : ndarray of float64, shape (T,)
        As `signals.changes.crossings` takes it; NaN where unknown.
    level : tuple of float
        The level, and by how much it must be passed for the side to change.
    since : int
        First row whose crossings are wanted.

    Returns
    -------
    bool
        True where a row before `since` tells the side, or no row from there on could change it.

    Examples
    --------
    >>> import numpy as np
    >>> is_side_told(np.array([3.0, 3.1, 4.0]), (3.0, 0.5), 2), is_side_told(np.array([3.0, 3.1, 3.0]), (3.0, 0.5), 2)
    (False, True)
    """
    limit, beyond = level
    tells = (series >= limit + beyond) | (series <= limit - beyond)
    return bool(tells[:since].any() or not tells[since:].any())


def least_rows(
    market: Market,
    since: int,
    make: Callable[[Market], History],
    told: Callable[[History], Iterator[tuple[FloatArray, tuple[float, float]]]],
) -> History:
    """Compute a history of so few last rows that their crossings are still those of the whole one.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    since : int
        First row whose events are wanted, counted from the start.
    make : callable
        ``make(market)``: a history whose rows do not look at earlier ones.
    told : callable
        ``told(history)``: each series that may cross, and its level.

    Examples
    --------
    >>> from signals.leverage import LEVERAGE, _example
    >>> series = lambda history: iter([(history["median_ratio"][:, 0], (4.0, 0.25))])
    >>> len(least_rows(_example(), 4, lambda market: LEVERAGE.history(market, {}), series).sessions)
    5
    """
    for look_back in LOOK_BACK_SESSIONS:
        first = max(0, since - look_back)
        history = make(market_from(market, first))
        if not first or all(is_side_told(series, level, since - first) for series, level in told(history)):
            return history
    return make(market)
