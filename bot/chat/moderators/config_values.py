"""The values that a server's file may hold, each read by itself; what is wrong is said in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, time

from bot.chat.moderators.config_file import Row
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import BRIEFINGS, MUTE, Cadence, PaperName, Rhythm
from signals.catalog import SIGNALS
from signals.definition import Signal
from signals.errors import SignalError

IMPORTANCES = range(1, 6)
BIGGEST_ID = 2**63

_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_HOUR = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Wrong(Exception):
    """One value is wrong; the message, safe to be shown, says how and what is allowed."""


def number_in(given: object) -> int | None:
    """Return one of Discord's numbers, written as text or as a number; None where it is none."""
    is_whole = isinstance(given, int) and not isinstance(given, bool) and abs(given) < BIGGEST_ID
    text = str(given) if is_whole or isinstance(given, str) else ""
    return int(text) if _NUMBER.fullmatch(text) and int(text) < BIGGEST_ID else None


def need_number(given: object) -> int:
    """Return one of Discord's numbers; raise where it is none."""
    number = number_in(given)
    if number is None:
        what = "is missing" if given is None else "is none of Discord's numbers"
        raise Wrong(f'{what}: copy it with Developer Mode on, as in "123456789012345678"')
    return number


def number_or_none(given: object) -> int | None:
    """Return one of Discord's numbers, or None where none is given."""
    return None if given is None else need_number(given)


def need_text(given: object, *, may_be_empty: bool = False) -> str:
    """Return text; raise where it is none."""
    if not isinstance(given, str) or not (given or may_be_empty):
        raise Wrong("is missing" if given is None else "must be text in quotation marks")
    return given


def need_texts(given: object) -> list[str]:
    """Return a list of texts; raise where it is none."""
    if not isinstance(given, list) or not all(isinstance(text, str) and text for text in given):
        raise Wrong('must be a list of symbols and groups, such as ["RUT", "sector:Energy"]; [] means all')
    return list(given)


def importance_in(given: object) -> int:
    """Return an importance from 1 to 5."""
    if isinstance(given, bool) or not isinstance(given, int) or given not in IMPORTANCES:
        raise Wrong("must be a whole number from 1 to 5")
    return given


def cadence_in(given: object) -> str:
    """Return how soon alerts come."""
    if not isinstance(given, str) or given not in set(Cadence):
        raise Wrong(f"must be one of {', '.join(Cadence)}")
    return given


def paper_in(given: object) -> str:
    """Return the name of a paper."""
    return _one_of(given, list(PaperName))


def rhythm_in(given: object) -> str:
    """Return how often a paper comes."""
    return _one_of(given, list(Rhythm))


def briefing_in(given: object) -> str:
    """Return what a keyword asks for."""
    return _one_of(given, [*BRIEFINGS, MUTE])


def _one_of(given: object, known: Sequence[str]) -> str:
    if not isinstance(given, str) or given not in known:
        raise Wrong(f"must be one of {', '.join(known)}")
    return str(given)


def hour_in(given: object) -> str | None:
    """Return an hour of the day as ``18:00``; None where none is given."""
    if isinstance(given, time) and not given.second and not given.microsecond:
        return f"{given:%H:%M}"
    if given is not None and not (isinstance(given, str) and _HOUR.fullmatch(given)):
        raise Wrong('must be an hour of the day, such as "18:00"')
    return given if isinstance(given, str) else None


def until_in(given: object) -> datetime:
    """Return an instant with its time zone."""
    if not isinstance(given, datetime) or given.tzinfo is None:
        what = "is missing" if given is None else "must be an instant with its time zone"
        raise Wrong(f"{what}: such as 2026-01-31T18:00:00Z")
    return given


def need_agreement(row: Row) -> None:
    """Raise where a route's cadence and hour contradict each other."""
    if row["cadence"] == Cadence.DAILY and row["daily_at"] is None:
        raise Wrong('is missing: a daily route needs its hour, such as daily_at = "18:00"')
    if row["cadence"] != Cadence.DAILY and row["daily_at"] is not None:
        raise Wrong('contradicts the cadence: say cadence = "daily", or leave the hour out')


def raising(name: str) -> Signal:
    """Return the signal called `name`; raise where there is none, or where it raises no events."""
    raising = {signal.name: signal for signal in SIGNALS if signal.kinds}
    if name not in raising:
        raise Wrong(f"there is no signal {safe(name, TYPED_SHOWN)} that raises alerts: {choice_words(list(raising))}")
    return raising[name]


def bounds_of(parse: Callable[[float], object], value: float) -> str:
    """Return what `parse` says of a value beyond all bounds."""
    try:
        parse(value)
    except SignalError as error:
        return safe(str(error))
    return "choose a smaller one"


def unknown(name: str, known: Sequence[str]) -> str:
    """Return the complaint about a key that nobody knows."""
    return f"I do not know {safe(name, TYPED_SHOWN)}: {choice_words(known)}"


def choice_words(known: Sequence[str]) -> str:
    """Return what could be said instead."""
    return f"there are {safe(', '.join(known))}" if known else "there is none"
