"""Session arithmetic on a small calendar with a holiday and a half day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from signals import sessions
from signals.errors import InsufficientHistory
from signals.types import Calendar

CLOSES = np.array(
    ["2025-07-01T20:00", "2025-07-02T20:00", "2025-07-03T17:00", "2025-07-07T20:00"], dtype="datetime64[s]"
)
WEEK = Calendar(CLOSES.astype("datetime64[D]"), CLOSES)
HALF_DAY, HOLIDAY, MONDAY = date(2025, 7, 3), date(2025, 7, 4), date(2025, 7, 7)


def test_holidays_and_days_outside_the_calendar_are_no_sessions():
    assert sessions.is_session(WEEK, HALF_DAY)
    assert not sessions.is_session(WEEK, HOLIDAY)
    assert not sessions.is_session(WEEK, date(2025, 7, 8))


@pytest.mark.parametrize(
    ("instant", "session"),
    [
        (datetime(2025, 7, 1, 20, tzinfo=UTC), date(2025, 7, 1)),
        (datetime(2025, 7, 3, 16, 59, 59, 999_999, tzinfo=UTC), date(2025, 7, 2)),
        (datetime(2025, 7, 3, 17, tzinfo=UTC), HALF_DAY),
        (datetime(2025, 7, 3, 13, tzinfo=timezone(timedelta(hours=-4))), HALF_DAY),
        (datetime(2030, 1, 1, tzinfo=UTC), MONDAY),
    ],
)
def test_a_session_counts_once_its_close_has_passed(instant, session):
    assert sessions.last_closed(WEEK, instant) == session


def test_before_the_first_close_there_is_no_session():
    with pytest.raises(InsufficientHistory, match="as_of is 2025-07-01"):
        sessions.last_closed(WEEK, datetime(2025, 7, 1, 19, 59, tzinfo=UTC))


def test_neighbours_skip_holidays():
    assert sessions.next_session(WEEK, HALF_DAY) == sessions.next_session(WEEK, HOLIDAY) == MONDAY
    assert sessions.previous_session(WEEK, MONDAY) == sessions.previous_session(WEEK, HOLIDAY) == HALF_DAY
    with pytest.raises(InsufficientHistory, match="no later session"):
        sessions.next_session(WEEK, MONDAY)
    with pytest.raises(InsufficientHistory, match="no earlier session"):
        sessions.previous_session(WEEK, date(2025, 7, 1))


def test_sessions_between_holds_both_ends():
    assert sessions.sessions_between(WEEK, HALF_DAY, MONDAY).astype(str).tolist() == ["2025-07-03", "2025-07-07"]
    assert len(sessions.sessions_between(WEEK, HOLIDAY, HOLIDAY)) == 0
    assert len(sessions.sessions_between(WEEK, date(2020, 1, 1), date(2030, 1, 1))) == 4


def test_staleness_counts_closed_sessions_only():
    day = date(2025, 7, 1)
    assert sessions.sessions_since(WEEK, day, datetime(2025, 7, 3, 16, 59, tzinfo=UTC)) == 1
    assert sessions.sessions_since(WEEK, day, datetime(2025, 7, 3, 17, 0, tzinfo=UTC)) == 2
    assert sessions.sessions_since(WEEK, MONDAY, datetime(2025, 7, 3, 17, 0, tzinfo=UTC)) == 0


def test_half_days_close_early():
    assert sessions.close_of(WEEK, HALF_DAY) == datetime(2025, 7, 3, 17, tzinfo=UTC)
    with pytest.raises(InsufficientHistory, match="2025-07-04: is not a session"):
        sessions.close_of(WEEK, HOLIDAY)
