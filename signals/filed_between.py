"""What was known of all companies within some sessions: worked out once for every room that asks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from signals.fundamentals import Fundamentals
from signals.periods_filed import FAR
from signals.standing import Vintages, standing, starts_of
from signals.types import Market, SessionArray

NAMES = ("shares", "revenue", "net_income", "equity", "debt", "cash", "ebitda")
"""What valuation and leverage read of `signals.standing.MEASURES`."""


def filed_between(filed: Fundamentals, sessions: SessionArray) -> Vintages:
    """Return what was known of every company from the first to the last of some sessions.

    Parameters
    ----------
    filed : Fundamentals
        All filings.
    sessions : ndarray of datetime64[D], shape (T,)
        The sessions, at least one.

    Returns
    -------
    Vintages
        Of each company what stood at the first session, and after each day until the last on which it filed something;
        of the measures `NAMES`. Beside these sessions it is what `signals.standing.vintages` says.

    Notes
    -----
    The last few answers are kept: two rooms that look at one market ask the same.

    Examples
    --------
    >>> from datetime import date
    >>> ends = [date(2022, 12, 31), date(2023, 12, 31), date(2024, 12, 31)]
    >>> rows = [(0, end, end.replace(year=end.year + 1, month=2, day=20), 12, {"revenue": 9.0}) for end in ends]
    >>> days = np.array(["2024-06-03", "2024-06-04"], dtype="datetime64[D]")
    >>> filed_between(Fundamentals.in_order(("STRL",), rows), days).day
    array(['2024-02-20'], dtype='datetime64[D]')
    """
    return _between(filed, sessions[0], sessions[-1])


@lru_cache(maxsize=4)
def _between(filed: Fundamentals, first: np.datetime64, last: np.datetime64) -> Vintages:
    keys = filed.company * FAR + filed.filed.astype(np.int64)
    places = np.arange(len(filed.companies))
    begins = np.searchsorted(keys, places * FAR + first.astype(np.int64), side="right") - 1
    stood = filed.filed[np.repeat(begins, np.bincount(filed.company, minlength=len(places)))]
    is_wanted = starts_of(filed) & ((filed.filed > first) | (filed.filed == stood)) & (filed.filed <= last)
    company, day = filed.company[is_wanted], filed.filed[is_wanted]
    return Vintages(company, day, standing(filed, company, day, names=NAMES))


def last_filed(market: Market, session: np.datetime64) -> str | None:
    """Return the day of the last report that was known at a session, as text; None where none was.

    Examples
    --------
    >>> from signals.leverage import _example
    >>> last_filed(_example(), np.datetime64("2025-07-04"))
    '2025-07-03'
    """
    filed = market.facts.fundamentals
    if filed is None:
        return None
    days = filed.filed[filed.filed <= session]
    return str(days.max()) if len(days) else None
