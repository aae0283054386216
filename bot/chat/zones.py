"""Time zones as people type them: IANA names, however they are spelt."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

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


def zone_named(typed: str) -> str:
    """Return the time zone that `typed` names; refuse an unknown one, naming the nearest."""
    known = _known()
    wanted = _squeezed(typed)
    if wanted in known:
        return known[wanted]
    by_city = {_city(name): name for name in known}
    near = get_close_matches(wanted, known, n=1, cutoff=0.75) or get_close_matches(wanted, by_city, n=1, cutoff=0.75)
    meant = by_city.get(near[0], near[0]) if near else ""
    hint = f"did you mean {known[meant]}?" if meant else "say it as America/New_York or Europe/Berlin"
    raise Refusal(f"there is no time zone {safe(typed, TYPED_SHOWN)}: {safe(hint)}")


def all_zones() -> tuple[str, ...]:
    """Return every name this machine knows."""
    return tuple(_known().values())


@cache
def _known() -> dict[str, str]:
    """Return the names this machine knows, by how they may be spelt; looked up once."""
    return {_squeezed(name): name for name in available_timezones()}


def _squeezed(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")


def _city(name: str) -> str:
    return name.rpartition("/")[2]
