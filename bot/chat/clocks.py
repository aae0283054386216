"""Hours as people type and read them: ``22.30``, ``10pm``, ``22:00-07:00``."""

from __future__ import annotations

import re
from datetime import time, timedelta

from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, safe

LONGEST_QUIET = timedelta(hours=16)
"""Of a day's alerts something must be able to come."""

Span = tuple[time, time]

_MINUTES_A_DAY = 24 * 60
_HOUR = re.compile(r"(?P<hour>[0-9]{1,2})(?:[:.h](?P<minute>[0-9]{2}))?\s*(?:(?P<half>[ap])\.?m\.?)?")
_BETWEEN = re.compile(r"\s*(?:-|\N{EN DASH}|\N{EM DASH}|\bto\b|\buntil\b)\s*")


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
