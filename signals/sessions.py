"""Session arithmetic on an injected calendar: which session an instant belongs to, and how far two are apart."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from signals.errors import InsufficientHistory
from signals.types import Calendar, SessionArray


def is_session(calendar: Calendar, day: date) -> bool:
    """Tell whether the exchange trades on `day`.

    Examples
    --------
    >>> is_session(_week(), date(2025, 7, 3)), is_session(_week(), date(2025, 7, 4))
    (True, False)
    """
    at = _first_at_or_after(calendar, day)
    return at < len(calendar.sessions) and _day(calendar.sessions[at]) == day


def last_closed(calendar: Calendar, instant: datetime) -> date:
    """Return the latest session whose close is not after `instant` (UTC).

    Raises
    ------
    InsufficientHistory
        If no session of the calendar has closed by then.

    Examples
    --------
    >>> last_closed(_week(), datetime(2025, 7, 3, 16, 59, tzinfo=UTC))
    datetime.date(2025, 7, 2)
    >>> last_closed(_week(), datetime(2025, 7, 3, 17, 0, tzinfo=UTC))
    datetime.date(2025, 7, 3)
    """
    wall = np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")
    count = int(np.searchsorted(calendar.closes, wall, side="right"))
    if count == 0:
        raise InsufficientHistory("as_of", instant.isoformat(), "no session of the calendar has closed by then")
    return _day(calendar.sessions[count - 1])


def next_session(calendar: Calendar, day: date) -> date:
    """Return the first session after `day`; raise `InsufficientHistory` where the calendar ends before it.

    Examples
    --------
    >>> next_session(_week(), date(2025, 7, 3))
    datetime.date(2025, 7, 7)
    """
    at = int(np.searchsorted(calendar.sessions, np.datetime64(day, "D"), side="right"))
    if at == len(calendar.sessions):
        raise InsufficientHistory("session", day.isoformat(), "the calendar has no later session")
    return _day(calendar.sessions[at])


def previous_session(calendar: Calendar, day: date) -> date:
    """Return the last session before `day`; raise `InsufficientHistory` where the calendar begins after it.

    Examples
    --------
    >>> previous_session(_week(), date(2025, 7, 7))
    datetime.date(2025, 7, 3)
    """
    at = _first_at_or_after(calendar, day)
    if at == 0:
        raise InsufficientHistory("session", day.isoformat(), "the calendar has no earlier session")
    return _day(calendar.sessions[at - 1])


def sessions_between(calendar: Calendar, start: date, end: date) -> SessionArray:
    """Return the sessions from `start` to `end`, both included where they are sessions.

    Examples
    --------
    >>> sessions_between(_week(), date(2025, 7, 3), date(2025, 7, 7))
    array(['2025-07-03', '2025-07-07'], dtype='datetime64[D]')
    """
    stop = int(np.searchsorted(calendar.sessions, np.datetime64(end, "D"), side="right"))
    return calendar.sessions[_first_at_or_after(calendar, start) : stop]


def sessions_since(calendar: Calendar, day: date, instant: datetime) -> int:
    """Count the sessions after `day` that have closed by `instant`: how stale a reading of `day` is.

    Examples
    --------
    >>> sessions_since(_week(), date(2025, 7, 2), datetime(2025, 7, 7, 20, 0, tzinfo=UTC))
    2
    """
    wall = np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")
    closed = int(np.searchsorted(calendar.closes, wall, side="right"))
    known = int(np.searchsorted(calendar.sessions, np.datetime64(day, "D"), side="right"))
    return max(0, closed - known)


def close_of(calendar: Calendar, session: date) -> datetime:
    """Return the UTC instant at which `session` closes; raise `InsufficientHistory` where it is no session.

    Examples
    --------
    >>> close_of(_week(), date(2025, 7, 3))
    datetime.datetime(2025, 7, 3, 17, 0, tzinfo=datetime.timezone.utc)
    """
    if not is_session(calendar, session):
        raise InsufficientHistory("session", session.isoformat(), "is not a session of the calendar")
    close = calendar.closes[_first_at_or_after(calendar, session)].astype("datetime64[s]").item()
    return datetime(close.year, close.month, close.day, close.hour, close.minute, close.second, tzinfo=UTC)


def _first_at_or_after(calendar: Calendar, day: date) -> int:
    return int(np.searchsorted(calendar.sessions, np.datetime64(day, "D"), side="left"))


def _day(session: np.datetime64) -> date:
    day = session.astype("datetime64[D]").item()
    return date(day.year, day.month, day.day)


def _week() -> Calendar:
    """Build the week of 4 July 2025 for the examples: Thursday is a half day, Friday a holiday."""
    closes = ["2025-07-01T20:00", "2025-07-02T20:00", "2025-07-03T17:00", "2025-07-07T20:00"]
    instants = np.array(closes, dtype="datetime64[s]")
    return Calendar(sessions=instants.astype("datetime64[D]"), closes=instants)
