"""Which papers a session brings, by the exchange's own calendar: holidays, weeks, hours, a time without the bot."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.alerts.orders import Week
from bot.market.calendar import exchange_calendar
from bot.people import DuePaper, Order, PaperName, Rhythm
from signals.sessions import close_of

DELAY = timedelta(minutes=20)
WEDNESDAY, THANKSGIVING_FRIDAY = date(2026, 11, 25), date(2026, 11, 27)
BEFORE_GOOD_FRIDAY = date(2026, 4, 2)
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 6), date(2026, 11, 9), date(2026, 11, 10)


@pytest.fixture(scope="module")
def week() -> Week:
    return Week(exchange_calendar(date(2026, 11, 28)), DELAY, {2: "Europe/Berlin"})


def order(rhythm: Rhythm, at: time | None = None, guild_id: int = 1) -> Order:
    return Order(guild_id, 11, PaperName.SMALLCAP, rhythm, at, 7, datetime(2026, 1, 1, tzinfo=UTC))


def due(week: Week, session: date, rhythm: Rhythm, *, now: datetime | None = None, **given) -> DuePaper | None:
    """Return what an order of that rhythm brings when `session` is scanned, by default as soon as it is due."""
    scanned = now or close_of(week.calendar, session) + DELAY
    found = week.due([order(rhythm, **given)], session, scanned)
    return found[0] if found else None


@pytest.mark.parametrize("session", [WEDNESDAY, THANKSGIVING_FRIDAY, FRIDAY, MONDAY])
def test_a_daily_paper_comes_after_every_session_at_once(week: Week, session: date):
    found = due(week, session, Rhythm.DAILY)
    assert found is not None
    assert found.not_before == close_of(week.calendar, session) + DELAY


def test_a_daily_paper_is_worth_sending_until_the_next_close_beyond_a_holiday(week: Week):
    found = due(week, WEDNESDAY, Rhythm.DAILY)
    assert found is not None
    assert found.expires_at == datetime(2026, 11, 27, 18, 0, tzinfo=UTC), "the short Friday after Thanksgiving"


@pytest.mark.parametrize(
    ("session", "is_due"),
    [
        (FRIDAY, True),
        (MONDAY, False),
        (WEDNESDAY, False),
        (THANKSGIVING_FRIDAY, True),
        (BEFORE_GOOD_FRIDAY, True),
        (date(2026, 4, 1), False),
        (date(2025, 7, 3), True),
        (date(2026, 12, 31), True),
        (date(2025, 12, 31), False),
    ],
    ids=str,
)
def test_a_weekly_paper_comes_after_the_last_session_of_its_week_whatever_day_that_is(week, session, is_due):
    assert week.ends_with(session) is is_due
    assert (due(week, session, Rhythm.WEEKLY) is not None) is is_due


def test_an_hour_is_that_of_the_server_and_the_paper_lives_for_an_hour_from_then_on(week: Week):
    evening = due(week, FRIDAY, Rhythm.DAILY, at=time(18))
    assert evening is not None
    assert evening.not_before == datetime(2026, 11, 6, 23, 0, tzinfo=UTC), "six in New York"
    morning = due(week, FRIDAY, Rhythm.DAILY, at=time(9), guild_id=2)
    assert morning is not None
    assert morning.not_before == datetime(2026, 11, 7, 8, 0, tzinfo=UTC), "nine in Berlin, the next day"
    late = due(week, MONDAY, Rhythm.DAILY, at=time(15, 30))
    assert late is not None
    assert late.not_before == datetime(2026, 11, 10, 20, 30, tzinfo=UTC), "half an hour before the next close"
    assert late.expires_at == late.not_before + timedelta(hours=1)


@pytest.mark.parametrize("scanned_after", [timedelta(minutes=20), timedelta(hours=3)])
def test_a_scan_that_ends_after_the_ordered_hour_sends_the_paper_at_once_and_not_with_the_next(week, scanned_after):
    now = close_of(week.calendar, MONDAY) + scanned_after
    found = due(week, MONDAY, Rhythm.DAILY, now=now, at=time(16, 10))
    assert found is not None
    assert (found.not_before, found.expires_at) == (now, close_of(week.calendar, TUESDAY))


@pytest.mark.parametrize(("session", "rhythms"), [(FRIDAY, [Rhythm.WEEKLY]), (MONDAY, []), (TUESDAY, [Rhythm.DAILY])])
def test_of_sessions_that_were_missed_the_newest_alone_brings_papers_and_the_week_its_own(week, session, rhythms):
    back = close_of(week.calendar, TUESDAY) + timedelta(hours=3)
    assert [rhythm for rhythm in Rhythm if due(week, session, rhythm, now=back)] == rhythms


def test_of_two_weeks_that_were_missed_the_newer_one_alone_is_told(week: Week):
    back = close_of(week.calendar, date(2026, 11, 20)) + timedelta(hours=3)
    assert due(week, date(2026, 11, 13), Rhythm.WEEKLY, now=back) is None
    assert due(week, date(2026, 11, 20), Rhythm.WEEKLY, now=back) is not None


def test_a_week_whose_end_came_a_day_early_is_not_told_twice(week: Week):
    back = close_of(week.calendar, BEFORE_GOOD_FRIDAY) + timedelta(hours=1)
    assert due(week, date(2026, 3, 27), Rhythm.WEEKLY, now=back) is None, "six days before: it would still be worth it"


def test_a_session_that_is_scanned_after_the_next_has_closed_brings_no_daily_paper(week: Week):
    back = close_of(week.calendar, TUESDAY) + timedelta(minutes=5)
    assert due(week, MONDAY, Rhythm.DAILY, now=back) is None


def test_the_last_session_of_the_calendar_still_brings_its_papers(week: Week):
    last: date = week.calendar.sessions[-1].item()
    assert due(week, last, Rhythm.DAILY) is not None
    assert due(week, last, Rhythm.WEEKLY) is not None
