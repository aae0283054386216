"""The last rows of breadth, found without counting the years before: what a scan of one session needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.breadth_columns import UNIVERSES, advancing_average, columns_of
from signals.breadth_counts import YEAR_SESSIONS, moves_of
from signals.breadth_events import known_rows, sound_rows
from signals.breadth_members import roll_of
from signals.last_rows import market_from
from signals.types import FloatArray, History, Market, Thresholds

REMEMBERED_SESSIONS = 253
"""Nothing that an event looks at lies further back, but for the side of the share above, and for the average."""


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Compute a history whose events on rows `since` and later are those of the whole one.

    Averages, highs and what has been told before are read off two years. The exponential average of the advancing
    share is made of all rows: whether a share rose costs little to count. On which side of its threshold the share
    above its average stands, and whether anything was known before a high, is remembered for longer: where two years do
    not tell it, all rows are taken.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    sets : sequence of mapping
        Complete thresholds with equal windows, at least one.
    since : int
        First row whose events are wanted, counted from the start.

    Returns
    -------
    History
        Of the last sessions; its `ad_line` begins with them.

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> len(deciding(_example(), [BREADTH.thresholds_with()], 4).sessions)
    5
    """
    first = max(0, since - REMEMBERED_SESSIONS - YEAR_SESSIONS)
    found = _history(market_from(market, first), since - first)
    if first:
        known = slice(YEAR_SESSIONS, since - first)
        above = np.where(sound_rows(found), found["above_200_pct"][:, 0], np.nan)[known]
        is_high = found["is_index_high"][since - first :, 0].any()
        is_known_before = not is_high or known_rows(found)[known].any()
        if not (is_known_before and all(_is_told(above, thresholds) for thresholds in sets)):
            return _history(market, since)
        found["advancing_ema_frac"][:] = _averages(market)[first:]
    return found


def _is_told(above: FloatArray, thresholds: Thresholds) -> bool:
    half, beyond = float(thresholds["above_pct"]), float(thresholds["hysteresis_points"])
    return bool(((above >= half + beyond) | (above <= half - beyond)).any())


def _averages(market: Market) -> FloatArray:
    """Return the exponential averages of both universes over all rows, shape (T, 2)."""
    closes = market.prices.closes(market.basis)
    rolls = [roll_of(market, universe) for universe, _ in UNIVERSES]
    return np.column_stack([advancing_average(*moves_of(closes, roll), roll.first_known) for roll in rolls])


def _history(market: Market, since: int) -> History:
    universes = [columns_of(market, universe, index, first=since) for universe, index in UNIVERSES]
    columns = {name: np.column_stack([each[name] for each in universes]) for name in universes[0]}
    return History(market.prices.sessions, tuple(universe for universe, _ in UNIVERSES), columns, {}, market)
