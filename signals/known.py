"""When a row was known: the instant a reading is made for."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from signals.sessions import close_of, is_session
from signals.types import Market


def known_at(market: Market, session: date) -> datetime:
    """Return the instant at which all of `market` up to `session` was known (UTC).

    The last closed session is known as of the market's own instant, and so is one that is still open; an earlier
    one was known at its close, and never later than the market's instant.

    Parameters
    ----------
    market : Market
        Its calendar tells the closes.
    session : date
        A session on or before the market's last one. Where the calendar does not hold it, the market's instant is
        returned.

    Examples
    --------
    >>> from signals.types import Calendar, Prices
    >>> days = np.array(["2025-07-02", "2025-07-03"], "M8[D]")
    >>> closes = np.array(["2025-07-02T20:00", "2025-07-03T17:00"], "M8[s]")
    >>> prices = Prices(days, ("A",), np.ones((2, 1)))
    >>> market = Market(prices, datetime.fromisoformat("2025-07-04T09:00+00:00"), "example", Calendar(days, closes))
    >>> [known_at(market, date(2025, 7, day)).isoformat() for day in (2, 3)]
    ['2025-07-02T20:00:00+00:00', '2025-07-04T09:00:00+00:00']
    """
    later = market.prices.sessions[market.prices.sessions > np.datetime64(session, "D")]
    has_later = any(day.item() != market.open_session for day in later[:2])
    if not has_later or not is_session(market.calendar, session):
        return market.as_of
    return min(market.as_of, close_of(market.calendar, session))
