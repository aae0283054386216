"""When a session is due: its close by the exchange's calendar, plus a delay for the bars to settle."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from signals.errors import InsufficientHistory
from signals.sessions import close_of, last_closed, next_session, sessions_between
from signals.types import Calendar


def run_instant(calendar: Calendar, session: date, delay: timedelta) -> datetime:
    """Return the UTC instant at which `session` is due; half days close early and are due early."""
    return close_of(calendar, session) + delay


def latest_due(calendar: Calendar, now: datetime, delay: timedelta) -> date | None:
    """Return the latest session that is due at `now`; None where the calendar begins later."""
    try:
        return last_closed(calendar, now - delay)
    except InsufficientHistory:
        return None


def due_after(calendar: Calendar, last: date, now: datetime, delay: timedelta) -> list[date]:
    """Return the sessions after `last` that are due at `now`, in order."""
    latest = latest_due(calendar, now, delay)
    if latest is None or latest <= last:
        return []
    found: list[date] = sessions_between(calendar, last + timedelta(days=1), latest).tolist()
    return found


def next_instant(calendar: Calendar, now: datetime, delay: timedelta) -> datetime:
    """Return the first instant after `now` at which a session becomes due.

    Raises
    ------
    InsufficientHistory
        If the calendar ends before that.
    """
    latest = latest_due(calendar, now, delay)
    before_all = calendar.sessions[0].item() - timedelta(days=1)
    return run_instant(calendar, next_session(calendar, before_all if latest is None else latest), delay)


def expiry(calendar: Calendar, session: date, hours: float | None) -> datetime:
    """Return until when an alert found at `session` is worth sending: by default until the next session closes."""
    if hours is not None:
        return close_of(calendar, session) + timedelta(hours=hours)
    return close_of(calendar, next_session(calendar, session))
