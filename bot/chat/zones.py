"""Time zones as people type and read them: IANA names however they are spelt, cities, ``UTC+2``."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from bot.alerts.hours import zone_of
from bot.chat.choices import MOST_CHOICES, Choices, offered
from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, safe

COMMON = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
)
"""Offered before anything is typed."""

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+\-\N{MINUS SIGN}])\s*([0-9]{1,2})(?::?([0-9]{2}))?")
_OF_THE_MACHINE = ("localtime", "Factory", "posixrules")
"""Names that mean something else on every machine."""


def zone_named(typed: str) -> str:
    """Return the time zone that `typed` names, by its city too; refuse an unknown one, naming the nearest."""
    wanted = _squeezed(typed)
    here = [name for name in _known().values() if wanted and _squeezed(_city(name)) == wanted]
    cities = [name for name in here if "/" in name and not name.startswith("Etc/")]
    name = cities[0] if len(cities) == 1 else _spelt(typed)
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
        fitting = [name for name in _known().values() if _minutes_ahead(name, now) == minutes]
    else:
        fitting = [name for name in _known().values() if wanted in _squeezed(name)]
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


def _spelt(typed: str) -> str:
    """Return the zone that is spelt so; refuse an unknown one, naming the nearest."""
    known = _known()
    wanted = _squeezed(typed)
    if wanted in known:
        return known[wanted]
    by_city = {_city(name): name for name in known}
    near = get_close_matches(wanted, known, n=1, cutoff=0.75) or get_close_matches(wanted, by_city, n=1, cutoff=0.75)
    meant = by_city.get(near[0], near[0]) if near else ""
    hint = f"did you mean {known[meant]}?" if meant else "say it as America/New_York or Europe/Berlin"
    raise Refusal(f"there is no time zone {safe(typed, TYPED_SHOWN)}: {safe(hint)}")


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


@cache
def _known() -> dict[str, str]:
    """Return the names this machine knows, by how they may be spelt; looked up once."""
    return {_squeezed(name): name for name in available_timezones()}


def _squeezed(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _city(name: str) -> str:
    return name.rpartition("/")[2]
