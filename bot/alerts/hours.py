"""From the hours people live by to instants: quiet spans past midnight, daily hours, days on which clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.people import EXCHANGE_ZONE, Cadence, Preferences

DAY = timedelta(days=1)


def quiet_until(preferences: Preferences, at: datetime) -> datetime | None:
    """Return the UTC end of the quiet span that holds at `at`; None where it is not quiet then.

    It is quiet exactly while a clock on the member's wall shows an hour from `quiet_from` on and before `quiet_to`.
    """
    begin, end = preferences.quiet_from, preferences.quiet_to
    if begin is None or end is None:
        return None
    zone = zone_of(preferences.time_zone)
    until = at
    while _is_within(_wall(until, zone).time(), begin, end):
        until = _next_reading(end, zone, until)
    return until if until > at else None


def next_daily(time_of_day: time, zone: str, at: datetime) -> datetime:
    """Return the first UTC instant at or after `at` at which it is `time_of_day` in `zone`, once per local day.

    An hour that clocks skip is reached when they jump; of one that they show twice the first counts.
    """
    there = zone_of(zone)
    day = _wall(at, there).date() - DAY
    while True:
        instant = _readings(day, time_of_day, there)[0]
        # A day that was left out altogether, as where the date line moved, has no such hour.
        if instant >= at and _wall(instant, there).date() == day:
            return instant
        day += DAY


def wanted_at(preferences: Preferences, at: datetime) -> datetime:
    """Return when a direct message that could go at `at` is wanted: its daily hour, after quiet hours, or at once."""
    wanted = at
    if preferences.cadence is Cadence.DAILY:
        wanted = next_daily(preferences.daily_at, preferences.time_zone, at)
    return quiet_until(preferences, wanted) or wanted


def zone_of(name: str) -> ZoneInfo:
    """Return the zone called `name`; the exchange's where this machine does not know it (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(EXCHANGE_ZONE)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _is_within(clock: time, begin: time, end: time) -> bool:
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


def _next_reading(clock: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first instant after `after` at which a clock on the wall comes to show `clock`, or jumps past it."""
    day = _wall(after, zone).date() - DAY
    while True:
        for instant in _readings(day, clock, zone):
            if instant > after:
                return instant
        day += DAY


def _readings(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the instants at which the wall shows `clock` on `day`: one, two, or that of the jump that skips it."""
    wall = datetime.combine(day, clock)
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _wall(first, zone) == wall:
        return (first,) if first == second else (first, second)
    # Skipped: the jump lies between what the offset after it and the one before it make of the hour.
    return (_jump(second, first, zone),)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the second between two instants at which the zone's offset changes."""
    offset = before.astimezone(zone).utcoffset()
    while (middle := before + timedelta(seconds=int((after - before).total_seconds()) // 2)) > before:
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
