"""One more session of a leadership history, without the years before it."""

from __future__ import annotations

from signals.last_rows import LastRows, market_from
from signals.leadership_columns import columns_of
from signals.leadership_last import first_needed
from signals.types import History, Market, Thresholds


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    Nothing is remembered beyond the year: a row is made of the closes of its day, of the year's start, of the day its
    holdings file speaks of, and of `banks_sessions` before.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from signals.leadership import LEADERSHIP, _example
    >>> market, thresholds = _example(), LEADERSHIP.thresholds_with()
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> append(LEADERSHIP.history(known, thresholds), market, thresholds)["contribution_pct"][:, 1].round(9)
    array([[0., 5.]])
    """
    banks_sessions = int(thresholds["banks_sessions"])
    first = len(before.market.prices.sessions)
    tail = market_from(market, max(0, min(first_needed(market, first), first - banks_sessions)))
    count = len(market.prices.sessions) - first
    made = columns_of(tail, banks_sessions=banks_sessions, first=len(tail.prices.sessions) - count)
    columns = {name: values[-count:] for name, values in made.items()}
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, {}), before.windows, market)
