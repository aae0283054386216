"""Hours and time zones as people type and read them: ``22.30``, ``10pm``, ``22:00-07:00``, ``berlin``, ``UTC+2``."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from bot.alerts.hours import zone_of
from bot.chat.choices import MOST_CHOICES, Choices, offered
from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, safe
from bot.chat.zones import COMMON, all_zones, zone_named

LONGEST_QUIET = timedelta(hours=16)
"""Of a day's alerts something must be able to come."""

Span = tuple[time, time]

_MINUTES_A_DAY = 24 * 60
_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))?\s*(?:(?P<half>[ap])\.?m\.?)?")
_BETWEEN = re.compile(r"\s*(?:-|\N{EN DASH}|\N{EM DASH}|\bto\b|\buntil\b)\s*")
_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-\N{MINUS SIGN}])\s*([0-9]{1,2})(?::?([0-9]{2}))?")
_OF_THE_MACHINE = ("localtime", "Factory", "posixrules")
"""Names that mean something else on every machine."""


def hour_of(typed: str) -> time:
    """Return the time of day that `typed` names; refuse what is none."""
    found = _HOUR.fullmatch(typed.strip().casefold())
    at = _hour(found) if found else None
    if at is None:
        raise Refusal(f"{safe(typed, TYPED_SHOWN)} is no time of day: say `22:00`, `22` or `10pm`")
    return at


def span_of(typed: str) -> Span:
    """Return the span of hours that `typed` names; refuse one of no length, or longer than `LONGEST_QUIET`."""
    ends = _BETWEEN.split(typed.strip().casefold())
    if len(ends) != 2:  # noqa: PLR2004 - from, to
        raise Refusal(f"{safe(typed, TYPED_SHOWN)} is no span of hours: say `22:00-07:00`, or `off`")
    return span_between(hour_of(ends[0]), hour_of(ends[1]))


def span_between(begin: time, end: time) -> Span:
    """Return the span, past midnight where `end` comes before `begin`; refuse one that cannot be kept."""
    length = timedelta(minutes=(_minutes(end) - _minutes(begin)) % _MINUTES_A_DAY)
    if not length:
        raise Refusal("quiet hours begin and end at different times: say `22:00-07:00`, or `off`")
    if length > LONGEST_QUIET:
        hours = int(LONGEST_QUIET.total_seconds()) // 3600
        raise Refusal(
            f"quiet hours may last {hours} hours at most, or alerts would grow old in them; `snooze 3d` makes a pause"
        )
    return begin, end


def zone_meant(typed: str) -> str:
    """Return the time zone that `typed` names, by its city too; refuse an unknown one, naming the nearest."""
    wanted = _squeezed(typed)
    here = [name for name in all_zones() if wanted and _squeezed(name.rpartition("/")[2]) == wanted]
    cities = [name for name in here if "/" in name and not name.startswith("Etc/")]
    name = cities[0] if len(cities) == 1 else zone_named(typed)
    if name in _OF_THE_MACHINE:
        raise Refusal("that zone means something else on every machine: say it as America/New_York or Europe/Berlin")
    return name


def local_zone_choices(typed: str, now: datetime) -> Choices:
    """Return the zones whose name, city or present offset fits what was typed, each with the time there."""
    wanted = _squeezed(typed)
    minutes = _offset_of(typed)
    if not wanted:
        fitting = list(COMMON)
    elif minutes is not None:
        fitting = [name for name in all_zones() if _minutes_ahead(name, now) == minutes]
    else:
        fitting = [name for name in all_zones() if wanted in _squeezed(name)]
    fitting.sort(key=lambda name: (name not in COMMON, "/" not in name, name.startswith("Etc/"), name))
    return offered((name, f"{name.replace('_', ' ')}: {local_words(name, now)}") for name in fitting[:MOST_CHOICES])


def local_words(zone: str, now: datetime) -> str:
    """Return the time of day in `zone`, and how far ahead of UTC it is."""
    return f"{now.astimezone(zone_of(zone)):%H:%M} there now ({offset_words(_minutes_ahead(zone, now))})"


def offset_words(minutes: int) -> str:
    """Return an offset such as ``UTC+5:30``."""
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def hour_words(at: time) -> str:
    """Return a time of day such as ``22:00``."""
    return f"{at:%H:%M}"


def span_words(begin: time, end: time) -> str:
    """Return a span of hours such as ``22:00-07:00``, as it may be typed."""
    return f"{hour_words(begin)}-{hour_words(end)}"


def _hour(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if found["half"]:
        if not 1 <= hour <= 12:  # noqa: PLR2004 - hours on the face of a clock
            return None
        hour = hour % 12 + (12 if found["half"] == "p" else 0)
    if (hour, minute) == (24, 0):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None  # noqa: PLR2004 - hours and minutes


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _minutes_ahead(zone: str, now: datetime) -> int:
    offset = now.astimezone(zone_of(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds()) // 60


def _offset_of(typed: str) -> int | None:
    """Return how many minutes ahead of UTC `typed` says; None where it says no offset."""
    found = _OFFSET.fullmatch(typed.strip().casefold())
    if not found:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return minutes if found[1] == "+" else -minutes


def _squeezed(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
