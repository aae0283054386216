from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from signals.sessions import close_of, is_session, last_closed

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("session", "close"),
    [
        (date(2026, 11, 27), "18:00"),  # the day after Thanksgiving, 13:00 in New York
        (date(2026, 12, 24), "18:00"),  # Christmas Eve
        (date(2026, 11, 25), "21:00"),
        (date(2026, 3, 6), "21:00"),  # Friday before the clocks go forward
        (date(2026, 3, 9), "20:00"),  # Monday after
        (date(1987, 10, 19), "20:00"),
        (date(1985, 1, 2), "21:00"),
    ],
)
def test_closes_at_the_exchanges_own_hour(session, close):
    assert close_of(exchange_calendar(TODAY), session).strftime("%H:%M") == close


def test_reaches_from_1985_to_the_end_of_the_year_after_next():
    calendar = exchange_calendar(TODAY)
    assert calendar.sessions[0] == np.datetime64("1985-01-02")
    assert calendar.sessions[-1] == np.datetime64("2028-12-29")


def test_depends_on_the_given_day_and_not_on_the_machines_clock():
    assert exchange_calendar(date(1990, 5, 5)).sessions[-1] == np.datetime64("1992-12-31")


def test_knows_holidays_and_days_of_mourning():
    calendar = exchange_calendar(TODAY)
    closed = [date(2001, 9, 12), date(2012, 10, 29), date(2025, 1, 9), date(2025, 7, 4), date(2026, 6, 19)]
    assert not any(is_session(calendar, day) for day in closed)


def test_a_half_day_has_closed_an_hour_past_noon():
    calendar = exchange_calendar(TODAY)
    assert last_closed(calendar, datetime(2026, 11, 27, 17, 59, tzinfo=UTC)) == date(2026, 11, 25)
    assert last_closed(calendar, datetime(2026, 11, 27, 18, 0, tzinfo=UTC)) == date(2026, 11, 27)


def test_the_shared_calendar_cannot_be_written_to():
    with pytest.raises(ValueError, match="read-only"):
        exchange_calendar(TODAY).sessions[0] = np.datetime64("1999-01-01")
