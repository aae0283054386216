"""One more session of an activity history, without the years before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.activity_columns import HIGH_SESSIONS, ActivityColumns
from signals.last_rows import LastRows, market_from, memory_of
from signals.types import FloatArray, History, Market, Thresholds
from signals.volumes import volume_columns
from signals.wilder import wilder_averages, wilder_continued

SHORT_SESSIONS = 21
"""All but the extremes and the RSI look no further back."""
_SHORT = ("close", "d1_pct", "d5_pct", "volume", "rvol20", "volatility20_pct")
_ROWS = ("new_high_row", "new_low_row")


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    What looks at a window is made of the last rows. The averages of the RSI and the rows of the last extremes are
    carried on.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from signals.activity import ACTIVITY, _example
    >>> market, thresholds = _example(), ACTIVITY.thresholds_with()
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> append(ACTIVITY.history(known, thresholds), market, thresholds)["d1_pct"].ravel().round(1)
    array([10.])
    """
    del thresholds
    first = len(before.market.prices.sessions)
    count = len(market.prices.sessions) - first
    memory = memory_of(before, _remembered)
    closes, prices = market.prices.closes(market.basis), market_from(market, max(0, first - SHORT_SESSIONS)).prices
    made = ActivityColumns(prices.closes(market.basis), prices.volume, volume_columns(prices))
    columns = {name: made[name][-count:] for name in _SHORT}
    columns |= _extremes(closes, memory, first)
    columns["rsi14"], averages = wilder_continued(closes, memory["averages"], first)
    kept = {name: columns[name][-1] for name in _ROWS} | {"averages": averages}
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, kept), before.windows, market)


def _remembered(whole: History) -> Mapping[str, NDArray[Any]]:
    return {name: whole[name][-1] for name in _ROWS} | {"averages": wilder_averages(whole["close"])}


def _extremes(closes: FloatArray, memory: Mapping[str, NDArray[Any]], first: int) -> dict[str, NDArray[Any]]:
    """Return the highest and lowest close of each row's window, how far off they are, and when one was last new."""
    new = closes[first:]
    found: dict[str, NDArray[Any]] = {}
    for name, join, beats in (("high", np.maximum, np.greater), ("low", np.minimum, np.less)):
        extreme = np.full(new.shape, np.nan)
        last = np.empty(new.shape, dtype=np.int32)
        known = memory[f"new_{name}_row"]
        for place, row in enumerate(range(first, len(closes))):
            if row >= HIGH_SESSIONS - 1:
                earlier = join.reduce(closes[row - HIGH_SESSIONS + 1 : row], axis=0)
                extreme[place] = join(earlier, closes[row])
                known = np.where(beats(closes[row], earlier), np.int32(row), known)
            last[place] = known
        found |= {f"{name}_52w": extreme, f"new_{name}_row": last}
        found[f"from_{name}_pct"] = 100.0 * (new / extreme - 1.0)
    return found
