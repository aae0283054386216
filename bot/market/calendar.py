"""The New York exchange's sessions and closes, from 1985 to the end of the year after next."""

from __future__ import annotations

import functools
import warnings
from datetime import date

import numpy as np

from signals.types import Calendar

FIRST_YEAR = 1985


def exchange_calendar(today: date) -> Calendar:
    """Return every XNYS session from 1985 to the end of the year after next, as seen from `today`."""
    return _through(today.year + 2)


@functools.cache
def _through(year: int) -> Calendar:
    import exchange_calendars

    with warnings.catch_warnings():
        # The library reads its own tables in a way pandas 3.1 announces it will change.
        warnings.simplefilter("ignore")
        # Both bounds are given: without them the library takes twenty years before the machine's own date.
        exchange = exchange_calendars.get_calendar("XNYS", start=f"{FIRST_YEAR}-01-01", end=f"{year}-12-31")
        closes = exchange.closes.dt.tz_convert(None).to_numpy().astype("datetime64[s]")
        sessions = exchange.sessions.to_numpy().astype("datetime64[D]")
    return Calendar(sessions=_frozen(sessions), closes=_frozen(closes))


def _frozen(values: np.ndarray) -> np.ndarray:
    values.flags.writeable = False  # one calendar is shared by everybody
    return values
