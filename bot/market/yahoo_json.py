"""Yahoo's JSON read with care: what is not laid out as expected is `Unusable`, with a reason in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
"""Sessions and trades are those of US exchanges: their day is theirs."""
_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()


class Unusable(Exception):
    """An answer does not hold what was asked for: why."""


class Nothing(Unusable):
    """There is nothing of the kind: a whole answer, by which what was known before no longer holds."""


def first_result(body: bytes, outer: str) -> Mapping[str, Any]:
    """Return the first result of an answer, which stands under `outer`.

    Raises
    ------
    Nothing
        If Yahoo says that there is none.
    Unusable
        If it is no such answer.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise Unusable("the answer is no JSON") from None
    told = mapping_of(mapping_of(answer, "answer").get(outer), outer)
    if (error := told.get("error")) is not None:
        said = error.get("description") if isinstance(error, dict) else error
        raise Nothing(f"Yahoo says: {str(said)[:120]}")
    results = list_of(told, "result")
    if not results:
        raise Nothing("Yahoo knows no such symbol")
    return mapping_of(results[0], "result")


def mapping_of(value: object, name: str) -> Mapping[str, Any]:
    """Return an object; raise `Unusable` where it is none."""
    if not isinstance(value, dict):
        raise Unusable(f"{name} is {shown(value)}, not an object")
    return value


def list_of(value: Mapping[str, Any], name: str) -> list[Any]:
    """Return the list that stands under `name`; raise `Unusable` where it is none."""
    found = value.get(name)
    if not isinstance(found, list):
        raise Unusable(f"{name} is {shown(found)}, not a list")
    return found


def float_of(found: object, name: str) -> float:
    """Return a finite number; raise `Unusable` where it is none."""
    try:
        number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else math.nan
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise Unusable(f"{name} is {shown(found)}, not a number")
    return number


def instant_of(seconds: object, name: str) -> datetime:
    """Return the instant so many seconds after the start of 1970; raise `Unusable` where it is none."""
    number = float_of(seconds, name)
    if not 0 < number < _LATEST:
        raise Unusable(f"{name} is {shown(seconds)}, not an instant in seconds")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def utc_day(seconds: object, name: str) -> date:
    """Return the day of an instant in UTC, as Yahoo gives days."""
    return instant_of(seconds, name).date()


def shown(value: object) -> str:
    """Return a value as a reason names it."""
    return "missing" if value is None else repr(value)[:40]
