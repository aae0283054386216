"""The columns of breadth for one universe: counts made into shares, averages and differences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.breadth_counts import (
    AVERAGES,
    HORIZONS,
    YEAR_SESSIONS,
    counts_of,
    cumulative,
    exponential_average,
    medians_of,
)
from signals.breadth_members import own_closes, roll_of
from signals.periods import returns_since
from signals.types import FloatArray, IntArray, Market
from signals.windows import is_new_high, rolling_high

UNIVERSES = (("smallcap", "^RUT"), ("largecap", "^GSPC"))
"""Each universe and the index it stands under."""


def columns_of(market: Market, universe: str, index: str, *, first: int = 0) -> dict[str, NDArray[Any]]:
    """Return the columns of one universe, each of shape (T,); see `signals.breadth.history`.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    universe : str
        ``smallcap`` or ``largecap``.
    index : str
        Whose return and high the members' are compared with.
    first : int
        Of rows before it no median is wanted.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> columns_of(_example(), "smallcap", "^RUT")["median_minus_index_1_pct"].round(1)
    array([ nan, 10. , -5. ,  0. , 28.2])
    """
    closes, roll = market.prices.closes(market.basis), roll_of(market, universe)
    counts = counts_of(closes, roll)
    rising, falling = (_where(counts["compared"], counts[name]) for name in ("advances", "declines"))
    highs, lows = (_where(counts["covered_252"], counts[name]) for name in ("new_highs", "new_lows"))
    advancing = _share(counts["advances"], counts["advances"] + counts["declines"])
    above_50, above_200 = (_share(100 * counts[f"above_{n}"], counts[f"covered_{n}"]) for n in AVERAGES)
    level = own_closes(market, index)
    return {
        "above_50_pct": above_50,
        "covered_50": counts["covered_50"].astype(np.float64),
        "above_200_pct": above_200,
        "covered": counts["covered_200"].astype(np.float64),
        "members": roll.count.astype(np.float64),
        "advances": rising,
        "declines": falling,
        "compared": counts["compared"].astype(np.float64),
        "advancing_frac": advancing,
        "advancing_ema_frac": advancing_average(counts["advances"], counts["declines"], roll.first_known),
        "ad_line": in_parts(cumulative, rising - falling, roll.first_known),
        "new_highs": highs,
        "new_lows": lows,
        "highs_minus_lows": highs - lows,
        "covered_252": counts["covered_252"].astype(np.float64),
        **{
            f"median_minus_index_{sessions}_pct": medians_of(closes, roll, sessions, first=first)
            - returns_since(level, np.arange(len(level)) - sessions)
            for sessions in HORIZONS
        },
        "index_from_high_pct": 100.0 * (level / rolling_high(level[:, None], YEAR_SESSIONS)[:, 0] - 1.0),
        "is_index_high": is_new_high(level[:, None], YEAR_SESSIONS)[:, 0],
        "is_hindsight": roll.is_hindsight,
        "file": roll.file,
        "priced": counts["priced"],
    }


def advancing_average(advances: IntArray, declines: IntArray, first_known: int) -> FloatArray:
    """Return the exponential average of advances / (advances + declines), begun anew at row `first_known`.

    Examples
    --------
    >>> advancing_average(np.full(10, 3), np.full(10, 1), 0)[-2:]
    array([ nan, 0.75])
    """
    return in_parts(exponential_average, _share(advances, advances + declines), first_known)


def _where(known: IntArray, count: IntArray) -> FloatArray:
    return np.where(known > 0, count.astype(np.float64), np.nan)


def _share(part: IntArray, whole: IntArray) -> FloatArray:
    share = np.full(len(whole), np.nan)
    np.divide(part, whole, out=share, where=whole > 0)
    return share


def in_parts(series: Any, values: FloatArray, start: int) -> FloatArray:
    """Let what remembers begin anew at `start`, so that nothing of hindsight reaches beyond it.

    Examples
    --------
    >>> in_parts(np.cumsum, np.ones(4), 2)
    array([1., 2., 1., 2.])
    """
    return np.concatenate([series(values[:start]), series(values[start:])])
