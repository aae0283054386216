"""What an edit may say: its key taken apart, its value in the one form in which it is stored and compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from bot.people import BRIEFINGS, MUTE, Cadence, Noun, PaperName, Rhythm

Stated = Mapping[str, Any] | None
"""A value in its stored form; None where there is nothing."""

MOST_SIGNAL, MOST_NAME, MOST_SUBJECT, MOST_WORDS = 50, 50, 100, 100
GUILD_FIELDS = ("moderator_role_id", "time_zone")
IMPORTANCES = range(1, 6)
BIGGEST_ID = 2**63


def key_parts(noun: Noun, key: str) -> tuple[Any, ...]:
    """Return what a key is made of; ValueError where it is no key of `noun`."""
    first, _, rest = key.partition(" ")
    if noun is Noun.ROUTE and _is_id(first) and _fits(rest, MOST_SIGNAL):
        return int(first), rest
    if noun is Noun.THRESHOLD and _fits(first, MOST_SIGNAL) and _fits(rest, MOST_NAME):
        return first, rest
    # The name of a group may have spaces in it, and either part may be empty.
    if noun is Noun.SILENCE and " " in key and len(first) <= MOST_SIGNAL and len(rest) <= MOST_SUBJECT:
        return first, rest
    if noun is Noun.GUILD and key in GUILD_FIELDS:
        return (key,)
    if noun is Noun.ORDER and _is_id(first) and rest in set(PaperName):
        return int(first), rest
    if noun is Noun.KEYWORD and 0 < len(key) <= MOST_WORDS:
        return (key,)
    raise ValueError(f"{key!r} is no key of a {noun}")


def stated(noun: Noun, key: str, value: Stated, at: datetime) -> Stated:
    """Return `value` complete and in its one form; None where it takes away, and for a silence that is over `at` once.

    ValueError where it is no value of `noun`.
    """
    if value is None:
        return None
    if noun in READ:
        return READ[noun](value)
    if noun is Noun.SILENCE:
        until = _instant(_only(value, "until"))
        return {"until": until.isoformat()} if until > at else None
    given = _only(value, "value")
    return None if given is None else {"value": (_id if key == "moderator_role_id" else _word)(given)}


def _route(value: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = set(value) - set(ROUTE)
    if unknown:
        raise ValueError(f"a route has no {', '.join(sorted(unknown))}")
    return {name: read(value[name]) if name in value else default for name, (read, default) in ROUTE.items()}


def _order(value: Mapping[str, Any]) -> Mapping[str, Any]:
    if set(value) - {"rhythm", "at"} or "rhythm" not in value:
        raise ValueError(f"{dict(value)!r} must have a rhythm, may have an hour, and has nothing else")
    return {"rhythm": Rhythm(value["rhythm"]).value, "at": _hour(value.get("at"))}


def _keyword(value: Mapping[str, Any]) -> Mapping[str, Any]:
    paper = _word(_only(value, "paper"))
    if paper not in {*BRIEFINGS, MUTE}:
        raise ValueError(f"{paper!r} is no briefing: there are {', '.join(BRIEFINGS)}, and {MUTE} for none")
    return {"paper": str(paper)}


def _threshold(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"value": _number_or_word(_only(value, "value"))}


def _only(value: Mapping[str, Any], name: str) -> Any:
    if set(value) != {name}:
        raise ValueError(f"{dict(value)!r} must have {name} and nothing else")
    return value[name]


def _fits(word: str, most: int) -> bool:
    return 0 < len(word) <= most and " " not in word


def _is_id(word: str) -> bool:
    return word.isascii() and word.isdecimal() and str(int(word)) == word and int(word) < BIGGEST_ID


def _id(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < BIGGEST_ID:
        raise ValueError(f"{value!r} is no number that Discord gives")
    return value


def _id_or_none(value: Any) -> int | None:
    return None if value is None else _id(value)


def _word(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} must be a word")
    return value


def _words(value: Any) -> list[str]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{value!r} must be a list of words")  # noqa: TRY004 - one kind of error for all bad edits
    return [_word(word) for word in value]


def _number_or_word(value: Any) -> float | int | str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} must be a number or a word")  # noqa: TRY004 - as above
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value!r} is no number to compare with")
    return value


def _importance(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in IMPORTANCES:
        raise ValueError(f"{value!r} must be a whole number from 1 to 5")
    return value


def _cadence(value: Any) -> str:
    return Cadence(value).value


def hour_words(hour: time | None) -> str | None:
    """Return an hour of the day as it is stored: ``18:00``."""
    return None if hour is None else f"{hour:%H:%M}"


def hour_of(words: str | None) -> time | None:
    """Return the hour that `hour_words` wrote."""
    return None if words is None else time.fromisoformat(words)


def _hour(value: Any) -> str | None:
    return None if value is None else hour_words(time.fromisoformat(_word(value)))


def _instant(value: Any) -> datetime:
    instant = datetime.fromisoformat(_word(value))
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone: give a UTC instant")
    return instant.astimezone(UTC)


ROUTE: Mapping[str, tuple[Callable[[Any], Any], Any]] = {
    "subjects": (_words, []),
    "importance": (_importance, 1),
    "role_id": (_id_or_none, None),
    "cadence": (_cadence, Cadence.INSTANT.value),
    "daily_at": (_hour, None),
}
"""The fields of a route, each with what reads it and what it is where nobody said."""

READ: Mapping[Noun, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    Noun.ROUTE: _route,
    Noun.THRESHOLD: _threshold,
    Noun.ORDER: _order,
    Noun.KEYWORD: _keyword,
}
"""What reads a value that is the same whenever and under whatever key it is given."""
