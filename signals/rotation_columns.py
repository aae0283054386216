"""The columns of a history of rotation: three pairs session by session, two maps week by week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.rotation_map import LEAST_WEEKS, ratio_and_momentum, week_ends
from signals.rotation_pairs import closes_of, percentile_rank, ratio_of, relative_return
from signals.states import last_row
from signals.types import BoolArray, FloatArray, History, IntArray, Market, Thresholds
from signals.windows import moving_averages, trend_state

PAIRS = (("^RUT", "^GSPC"), ("RSP", "SPY"), ("QQQE", "QQQ"))
"""Who stands against whom, in the order of the pairs' columns."""
LEGS = tuple(symbol for pair in PAIRS for symbol in pair)

SECTORS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
BENCHMARKS = {"sectors": "SPY", "themes": "IWM"}
MAPS = tuple(BENCHMARKS)

FAST, SLOW = 50, 200

Columns = dict[str, NDArray[Any]]


def pair_columns(market: Market, thresholds: Thresholds) -> Columns:
    """Return what is known of the three pairs, each column of shape (T, 3), and their legs' day, shape (T, 6).

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> pair_columns(_example(), ROTATION.thresholds_with())["ratio"][:, 0]
    array([2., 2., 2., 2., 4.])
    """
    closes = closes_of(market.prices, market.basis, LEGS)
    ratio = ratio_of(closes[:, ::2], closes[:, 1::2])
    fast, slow = moving_averages(ratio, (FAST, SLOW))
    return {
        "ratio": ratio,
        "ratio_fast": fast,
        "ratio_slow": slow,
        "cross": trend_state(fast, slow),
        "relative_short_pct": relative_return(ratio, int(thresholds["short"])),
        "relative_long_pct": relative_return(ratio, int(thresholds["long"])),
        "percentile_10y_pct": percentile_rank(ratio),
        "d1_pct": relative_return(closes, 1),
    }


def map_columns(market: Market, read: Mapping[str, History]) -> Columns:
    """Return what is known of the sectors and the themes, each column of shape (T, subjects) and of its map's name.

    Examples
    --------
    >>> from signals.rotation import _example
    >>> map_columns(_example(), {})["sectors.ratio"].shape
    (5, 11)
    """
    sectors = closes_of(market.prices, market.basis, SECTORS)
    panels = {"sectors": (sectors, np.zeros(sectors.shape, dtype=np.bool_)), "themes": _themes(market, read)}
    ends = finished_weeks(market)
    rows = np.flatnonzero(ends)
    last = np.cumsum(ends) - 1
    columns: Columns = {"week_row": np.where(last >= 0, rows[last] if len(rows) else -1, -1)[:, None]}
    for name, (prices, hindsight) in panels.items():
        relative = ratio_of(prices, closes_of(market.prices, market.basis, (BENCHMARKS[name],)))
        ratio, momentum = ratio_and_momentum(relative[rows])
        columns[f"{name}.relative"] = relative
        columns[f"{name}.ratio"] = _by_session(ratio, last)
        columns[f"{name}.momentum"] = _by_session(momentum, last)
        columns[f"{name}.hindsight"] = _reaching_back(hindsight, rows, last)
    return columns


def theme_names(market: Market) -> tuple[str, ...]:
    """Return the names of the themes, in the order of the maps' columns.

    Examples
    --------
    >>> from signals.rotation import _example
    >>> theme_names(_example())
    ()
    """
    return tuple(theme.name for theme in market.facts.themes)


def finished_weeks(market: Market) -> BoolArray:
    """Tell which sessions end a week that is over; the session that is still open does not.

    Examples
    --------
    >>> from signals.rotation import _example
    >>> finished_weeks(_example())
    array([False, False, False,  True, False])
    """
    ends = week_ends(market.prices.sessions, market.calendar.sessions)
    if len(ends) and market.open_session is not None:
        ends[market.prices.sessions >= np.datetime64(market.open_session, "D")] = False
    return ends


def _themes(market: Market, read: Mapping[str, History]) -> tuple[FloatArray, BoolArray]:
    """Return the baskets' levels and where they are hindsight; all NaN where nobody handed them over."""
    names = theme_names(market)
    shape = (len(market.prices.sessions), len(names))
    levels, hindsight = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    themes = read.get("themes")
    if themes is not None:
        for place, name in enumerate(names):
            column = themes.subjects.index(name)
            levels[:, place] = themes["level"][:, column]
            hindsight[:, place] = themes["hindsight"][:, column]
    return levels, hindsight


def _by_session(weekly: FloatArray, last: IntArray) -> FloatArray:
    """Return for each session the values of the last finished week."""
    values = np.full((len(last), weekly.shape[1]), np.nan)
    values[last >= 0] = weekly[last[last >= 0]]
    return values


def _reaching_back(hindsight: BoolArray, rows: IntArray, last: IntArray) -> BoolArray:
    """Tell where any of the weeks that a place on the map is made of was known in hindsight only."""
    weeks = np.arange(len(rows))[:, None]
    seen = last_row(hindsight[rows])
    weekly = (seen >= 0) & (weeks - seen < LEAST_WEEKS)
    reaches = np.zeros(hindsight.shape, dtype=np.bool_)
    reaches[last >= 0] = weekly[last[last >= 0]]
    return reaches
