from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alerts.hours import next_daily, quiet_until, wanted_at
from bot.people import Cadence, Preferences

NEW_YORK = "America/New_York"
ZONES = (
    NEW_YORK,
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # clocks change by half an hour
    "America/Havana",  # at midnight
    "Asia/Beirut",
    "America/St_Johns",
    "Pacific/Apia",  # left out a whole day in 2011
    "Africa/Casablanca",
    "Pacific/Kiritimati",
    "UTC",
)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

zones = st.sampled_from(ZONES)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 1, 29, 30, 45, 59)))
long_ago = datetime(2011, 1, 1, tzinfo=UTC)
instants = st.integers(0, 20 * 365 * 24 * 60).map(lambda minutes: long_ago + minutes * MINUTE)


@st.composite
def near_changes(draw) -> tuple[str, datetime]:
    """Draw a zone, and an instant within a day of one of its clock changes (any instant where it has none)."""
    zone, near = draw(zones), draw(instants)
    for hours in range(0, 400 * 24, 6):
        here, there = near + hours * HOUR, near + (hours + 6) * HOUR
        if here.astimezone(ZoneInfo(zone)).utcoffset() != there.astimezone(ZoneInfo(zone)).utcoffset():
            return zone, here + draw(st.integers(-30 * 60, 30 * 60)) * MINUTE
    return zone, near


moments = st.one_of(st.tuples(zones, instants), near_changes())


def wall(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def quiet(begin: time | None, end: time | None, zone: str = NEW_YORK, **given) -> Preferences:
    return Preferences(5, zone, begin, end, **given)


def is_quiet(clock: time, begin: time, end: time) -> bool:
    """Walk round the clock from `begin`: is `clock` met before `end`?"""
    minutes = [each.hour * 60 + each.minute for each in (clock, begin, end)]
    return (minutes[0] - minutes[1]) % 1440 < (minutes[2] - minutes[1]) % 1440


@given(moments, clocks, clocks)
def test_it_is_quiet_while_the_clock_on_the_wall_says_so_and_the_end_is_the_first_minute_it_does_not(
    moment, begin, end
):
    zone, at = moment
    until = quiet_until(quiet(begin, end, zone), at)
    if until is None:
        assert not is_quiet(wall(at, zone).time(), begin, end)
        return
    assert until.tzinfo is UTC
    assert not is_quiet(wall(until, zone).time(), begin, end)
    step = at
    while step < until:
        assert is_quiet(wall(step, zone).time(), begin, end), step
        step += 7 * MINUTE
    assert is_quiet(wall(until - timedelta(seconds=1), zone).time().replace(second=0), begin, end)


@given(moments, clocks)
def test_a_daily_hour_comes_once_on_every_local_day(moment, clock):
    zone, at = moment
    first = next_daily(clock, zone, at)
    assert first >= at
    assert next_daily(clock, zone, first) == first
    second = next_daily(clock, zone, first + timedelta(seconds=1))
    days = [wall(each, zone).date() for each in (first, second)]
    is_left_out = zone == "Pacific/Apia" and days[0] == date(2011, 12, 29)
    assert days[1] - days[0] == timedelta(days=2 if is_left_out else 1)
    shown = wall(first, zone).time()
    before = wall(first - timedelta(seconds=1), zone)
    is_skipped = before.time() < clock < shown
    assert shown == clock or is_skipped or before.date() < wall(first, zone).date()


@given(moments, clocks, clocks, clocks, st.sampled_from(Cadence))
def test_what_is_wanted_is_never_earlier_and_never_in_quiet_hours(moment, begin, end, daily, cadence):
    zone, at = moment
    preferences = quiet(begin, end, zone, cadence=cadence, daily_at=daily)
    wanted = wanted_at(preferences, at)
    assert wanted >= at
    assert quiet_until(preferences, wanted) is None


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("begin", "end", "at", "until"),
    [
        (time(22), time(7), "2025-08-06 02:00", "2025-08-06 11:00"),  # the evening before midnight
        (time(22), time(7), "2025-08-06 10:59", "2025-08-06 11:00"),
        (time(22), time(7), "2025-08-06 11:00", None),
        (time(13), time(15), "2025-08-06 17:00", "2025-08-06 19:00"),
        (time(13), time(15), "2025-08-06 16:59", None),
        (time(22), time(2, 30), "2025-03-09 06:30", "2025-03-09 07:00"),  # 02:30 is skipped: 01:59 is followed by 03:00
        (time(2, 15), time(2, 45), "2025-03-09 07:00", None),
        (time(22), time(1, 30), "2025-11-02 05:10", "2025-11-02 05:30"),  # 01:30 is shown twice
        (time(22), time(1, 30), "2025-11-02 05:40", None),
        (time(22), time(1, 30), "2025-11-02 06:10", "2025-11-02 06:30"),
        (time(9), time(9), "2025-08-06 13:00", None),  # an empty span
        (None, None, "2025-08-06 03:00", None),
    ],
)
def test_quiet_hours_in_new_york(begin, end, at, until):
    assert quiet_until(quiet(begin, end), utc(at)) == (until and utc(until))


def test_a_night_whose_morning_was_left_out_of_the_calendar_lasts_until_the_next_morning():
    evening = utc("2011-12-30 09:00")  # 29 December, 23:00 in Apia; the 30th did not take place
    assert quiet_until(quiet(time(22), time(7), "Pacific/Apia"), evening) == utc("2011-12-30 17:00")


@pytest.mark.parametrize(
    ("clock", "at", "expected"),
    [
        (time(18), "2025-08-06 22:00", "2025-08-06 22:00"),
        (time(18), "2025-08-06 22:01", "2025-08-07 22:00"),
        (time(2, 30), "2025-03-09 05:00", "2025-03-09 07:00"),  # skipped: as soon as clocks have jumped
        (time(1, 30), "2025-11-02 04:00", "2025-11-02 05:30"),  # twice: the first
        (time(1, 30), "2025-11-02 05:45", "2025-11-03 06:30"),
    ],
)
def test_daily_hours_in_new_york(clock, at, expected):
    assert next_daily(clock, NEW_YORK, utc(at)) == utc(expected)


def test_a_daily_hour_within_quiet_hours_waits_for_their_end():
    preferences = quiet(time(22), time(7), cadence=Cadence.DAILY, daily_at=time(6))
    assert wanted_at(preferences, utc("2025-08-06 20:20")) == utc("2025-08-07 11:00")


def test_a_zone_nobody_knows_any_more_is_read_as_the_exchanges():
    assert next_daily(time(18), "Mars/Olympus", utc("2025-08-06 20:00")) == utc("2025-08-06 22:00")
