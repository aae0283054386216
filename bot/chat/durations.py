"""Lengths of time as people type them: ``3d``, ``12 h``, ``1 week 2 days``, ``90 minutes``."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, joined, safe

LONGEST = timedelta(days=90)
SHORTEST = timedelta(minutes=1)

_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_UNITS = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "w"),
}
_PART = re.compile(r"([0-9]{1,9})\s*([a-z]{1,7})")
_WHOLE = re.compile(rf"(?:{_PART.pattern}[\s,]*)+")
_NAMES = (("week", 7 * 24 * 60), ("day", 24 * 60), ("hour", 60), ("minute", 1))


def duration_of(text: str, longest: timedelta = LONGEST) -> timedelta:
    """Return the length of time that `text` names; refuse what is none, none at all, or beyond `longest`."""
    typed = text.casefold().strip()
    parts = [(int(number), _UNITS.get(unit)) for number, unit in _PART.findall(typed)]
    if not _WHOLE.fullmatch(typed) or not all(unit for _, unit in parts):
        raise Refusal(f"{safe(text, TYPED_SHOWN)} is no length of time: say `3d`, `12h`, `2w` or `90m`")
    minutes = sum(number * _MINUTES[unit] for number, unit in parts if unit)
    if minutes * 60 < SHORTEST.total_seconds():
        raise Refusal("that is no time at all: say `3d`, `12h`, `2w` or `90m`")
    if minutes * 60 > longest.total_seconds():
        raise Refusal(f"that is too long: at most {duration_words(longest)}")
    return timedelta(minutes=minutes)


def is_duration(text: str) -> bool:
    """Whether `text` names a length of time that is not too long."""
    try:
        duration_of(text)
    except Refusal:
        return False
    return True


def duration_words(length: timedelta) -> str:
    """Return a length of time in words, in whole minutes, such as ``1 week and 2 days``; weeks where they go in."""
    left = int(length.total_seconds()) // 60
    named: list[str] = []
    for name, minutes in _NAMES:
        if name == "week" and left % minutes:
            continue  # ten days are ten days, not a week and three days
        count, left = divmod(left, minutes)
        if count:
            named.append(f"{count} {name}" if count == 1 else f"{count} {name}s")
    return joined(named) or "no time"
