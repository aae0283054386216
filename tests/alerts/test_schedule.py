from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.alerts.schedule import due_after, expiry, latest_due, next_instant, run_instant
from bot.market.calendar import exchange_calendar
from signals.errors import InsufficientHistory

CALENDAR = exchange_calendar(date(2026, 11, 20))
DELAY = timedelta(minutes=20)
NEW_YORK = ZoneInfo("America/New_York")


def new_york(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("session", "closes"),
    [
        (date(2026, 11, 25), (16, 0)),
        (date(2026, 11, 27), (13, 0)),  # the day after Thanksgiving
        (date(2026, 12, 24), (13, 0)),
        (date(2025, 7, 3), (13, 0)),
        (date(2025, 3, 10), (16, 0)),  # the first session of summer time
        (date(2025, 11, 3), (16, 0)),  # the first session of winter time
    ],
)
def test_a_session_is_due_twenty_minutes_after_its_own_close(session: date, closes: tuple[int, int]):
    expected = new_york(session.year, session.month, session.day, *closes) + DELAY
    assert run_instant(CALENDAR, session, DELAY) == expected
    assert latest_due(CALENDAR, expected, DELAY) == session
    assert latest_due(CALENDAR, expected - timedelta(seconds=1), DELAY) != session


def test_every_session_of_ten_years_has_one_instant_at_four_or_one_in_new_york():
    instant, seen = new_york(2016, 1, 1, 0, 0).astimezone(UTC), []
    while instant < new_york(2026, 1, 1, 0, 0):
        instant = next_instant(CALENDAR, instant, DELAY)
        seen.append(instant.astimezone(NEW_YORK))
    assert {(at.hour, at.minute) for at in seen} == {(16, 20), (13, 20)}
    assert len({at.date() for at in seen}) == len(seen) == 2514 + 1  # the last one is the first session of 2026
    half_days = [at.strftime("%m-%d") for at in seen if at.hour == 13 and at.year >= 2023]
    assert half_days == ["07-03", "11-24", "07-03", "11-29", "12-24", "07-03", "11-28", "12-24"]
    assert sum(at.hour == 13 for at in seen) == 21


def test_what_was_missed_comes_in_order_and_without_holidays():
    now = new_york(2025, 7, 8, 12, 0)
    assert due_after(CALENDAR, date(2025, 7, 1), now, DELAY) == [
        date(2025, 7, 2),
        date(2025, 7, 3),
        date(2025, 7, 7),
    ]
    assert due_after(CALENDAR, date(2025, 7, 7), now, DELAY) == []


def test_an_alert_lasts_until_the_next_close_or_as_long_as_the_operator_says():
    assert expiry(CALENDAR, date(2025, 7, 3), None) == new_york(2025, 7, 7, 16, 0)
    assert expiry(CALENDAR, date(2025, 7, 3), 2.0) == new_york(2025, 7, 3, 15, 0)


def test_before_the_calendar_nothing_is_due_and_after_its_end_it_says_so():
    assert latest_due(CALENDAR, datetime(1980, 1, 1, tzinfo=UTC), DELAY) is None
    assert due_after(CALENDAR, date(1979, 1, 1), datetime(1980, 1, 1, tzinfo=UTC), DELAY) == []
    assert next_instant(CALENDAR, datetime(1980, 1, 1, tzinfo=UTC), DELAY).year == 1985
    with pytest.raises(InsufficientHistory):
        next_instant(CALENDAR, datetime(2050, 1, 1, tzinfo=UTC), DELAY)
