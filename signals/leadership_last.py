"""The last rows of leadership, found without the years before: what a scan of one session needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.last_rows import market_from
from signals.leadership_columns import SUBJECTS, UNIVERSE, columns_of
from signals.leadership_events import BANK
from signals.states import held
from signals.types import FloatArray, History, Market, Thresholds
from signals.windows import EQUAL_WITHIN

SETTLED_SESSIONS = 252
"""Whether banks lead is told by their last lead or lag; one within so many sessions is enough."""


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Compute a history whose events on rows `since` and later are those of the whole one.

    The year's contributions need its first close and those of the day its holdings file speaks of, nothing older. The
    banks' lead is remembered for longer: where the rows that are left do not tell it, all of them are taken.

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
        Of the last sessions.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP, _example
    >>> len(deciding(_example(), [LEADERSHIP.thresholds_with()], 4).sessions)
    5
    """
    banks_sessions = int(sets[0]["banks_sessions"])
    first = first_needed(market, since)
    first = max(0, min(first, since - banks_sessions - SETTLED_SESSIONS))
    found = _history(market_from(market, first), banks_sessions)
    lead = found["banks_lead"][banks_sessions : since - first, BANK]
    if first and not all(_is_told(lead, int(thresholds["hold_sessions"])) for thresholds in sets):
        return _history(market, banks_sessions)
    return found


def first_needed(market: Market, row: int) -> int:
    """Return the first row that the contributions of `row` and later are made of.

    Examples
    --------
    >>> from signals.leadership import _example
    >>> first_needed(_example(), 4)
    0
    """
    sessions = market.prices.sessions
    start = int(np.searchsorted(sessions, sessions[row].astype("datetime64[Y]").astype("datetime64[D]"))) - 1
    dates = np.array([file.effective_date for file in market.facts.of_universe(UNIVERSE)], dtype="datetime64[D]")
    known = dates[dates <= sessions[max(0, start)]]
    dated = int(np.searchsorted(sessions, known[-1], side="right")) - 1 if len(known) else start
    return max(0, min(start, dated if dated >= 0 else start))


def _is_told(lead: FloatArray, hold: int) -> bool:
    return bool((held(lead >= EQUAL_WITHIN, hold) | held(lead <= -EQUAL_WITHIN, hold)).any())


def _history(market: Market, banks_sessions: int) -> History:
    columns = columns_of(market, banks_sessions=banks_sessions)
    return History(market.prices.sessions, SUBJECTS, columns, {"banks_sessions": banks_sessions}, market)
