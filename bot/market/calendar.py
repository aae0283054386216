"""The New York exchange's sessions and closes, from 1985 to the end of the year after next."""

from __future__ import annotations

import functools
import io
import warnings
import zipfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bot.market.durable import only_writer, write_durably
from signals.types import Calendar

FIRST_YEAR = 1985


def exchange_calendar(today: date) -> Calendar:
    """Return every XNYS session from 1985 to the end of the year after next, as seen from `today`."""
    return _through(today.year + 2)


def kept_calendar(today: date, folder: Path) -> Calendar:
    """Return the same calendar, kept in `folder`: building it anew loads pandas and takes most of a second."""
    through = today.year + 2
    path = folder / f"calendar-{version('exchange-calendars')}-{through}.npz"
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as kept:
            return Calendar(sessions=_frozen(kept["sessions"]), closes=_frozen(kept["closes"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # it is not there or not whole: it is built again
    calendar = _through(through)
    content = io.BytesIO()
    np.savez(content, sessions=calendar.sessions, closes=calendar.closes)
    with only_writer(folder / ".calendar.lock"):
        write_durably(path, content.getvalue())
    return calendar


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
