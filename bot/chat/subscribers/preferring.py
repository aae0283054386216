"""A member's preferences: what words mean for each, and how they are stored and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.alerts.hours import next_daily, quiet_until, zone_of
from bot.cards.words import escape, shorten
from bot.chat.choices import ALL, CHOICE_CHARACTERS, alertable
from bot.chat.clocks import hour_of, hour_words, span_of, span_words
from bot.chat.errors import Refusal
from bot.chat.ports import Ports
from bot.chat.subscribers.forecast import forecast
from bot.chat.words import TYPED_SHOWN, joined, safe
from bot.chat.zones import local_words, zone_named
from bot.people import Cadence, Preferences
from signals.catalog import SIGNALS

Changes = Mapping[str, Any]
"""Fields of `Preferences` and what they shall be."""

OFF = "off"
IMPORTANCES = {
    1: "Everything",
    2: "Worth a message",
    3: "Notable",
    4: "Important",
    5: "What matters most",
}
INSTANTLY: Changes = {"cadence": Cadence.INSTANT}


def zone_change(typed: str) -> Changes:
    """Return the change to a time zone."""
    return {"time_zone": zone_named(typed)}


def quiet_change(typed: str) -> Changes:
    """Return the change to quiet hours, or to none."""
    begin, end = (None, None) if typed.strip().casefold() == OFF else span_of(typed)
    return {"quiet_from": begin, "quiet_to": end}


def daily_change(typed: str) -> Changes:
    """Return the change to one message a day, at an hour."""
    return {"cadence": Cadence.DAILY, "daily_at": hour_of(typed)}


def importance_change(typed: str) -> Changes:
    """Return the change to a least importance."""
    wanted = typed.strip().removesuffix("+")
    known = {str(n): n for n in IMPORTANCES} | {words.casefold(): n for n, words in IMPORTANCES.items()}
    if wanted.casefold() not in known:
        raise Refusal(f"{safe(typed, TYPED_SHOWN)} is no importance: say a number from 1 (everything) to 5")
    return {"importance": known[wanted.casefold()]}


def signals_change(typed: Sequence[str]) -> Changes:
    """Return the change to the signals named; to every one for `all`, or where none is."""
    words = [word for word in typed if word]
    chosen = () if [word.casefold() for word in words] == [ALL] else tuple(alertable(word).name for word in words)
    return {"signals": tuple(dict.fromkeys(chosen))}


async def prefer(ports: Ports, user_id: int, changes: Changes) -> str:
    """Store a change of a member's preferences; return the acknowledgement."""
    now = ports.clock.now()
    mine = await ports.members.subscriber(user_id)
    wanted = replace(mine.preferences, **changes)
    await ports.members.prefer(wanted, now)
    counted = await forecast(ports.foresight, replace(mine, preferences=wanted))
    there = f" It is {local_words(wanted.time_zone, now)}." if "time_zone" in changes else ""
    return "\n".join([f"Stored: {preference_words(wanted)}.{there}", *pushed_words(wanted, now), counted])


def preference_words(wanted: Preferences) -> str:
    """Return a member's preferences in one line."""
    is_daily = wanted.cadence is Cadence.DAILY
    when = f"one message a day at {hour_words(wanted.daily_at)}" if is_daily else "each message at once"
    return f"{when}, {importance_words(wanted)}, {signals_words(wanted)}, {quiet_words(wanted)}, {zone_words(wanted)}"


def importance_words(wanted: Preferences) -> str:
    """Return what is important enough."""
    return f"importance {wanted.importance} and up" if wanted.importance > 1 else "of any importance"


def signals_words(wanted: Preferences) -> str:
    """Return which signals are let in."""
    return f"{joined(escape(name) for name in wanted.signals)} alone" if wanted.signals else "every signal"


def quiet_words(wanted: Preferences) -> str:
    """Return the quiet hours."""
    if wanted.quiet_from is None or wanted.quiet_to is None:
        return "no quiet hours"
    return f"quiet {span_words(wanted.quiet_from, wanted.quiet_to)}"


def zone_words(wanted: Preferences) -> str:
    """Return whose hours those are."""
    return f"in {escape(wanted.time_zone.replace('_', ' '))} time"


def pushed_words(wanted: Preferences, now: datetime) -> list[str]:
    """Return that the daily message waits for the end of the quiet hours, where it does."""
    if wanted.cadence is not Cadence.DAILY:
        return []
    until = quiet_until(wanted, next_daily(wanted.daily_at, wanted.time_zone, now))
    if until is None:
        return []
    end = hour_words(until.astimezone(zone_of(wanted.time_zone)).time())
    return [f"{hour_words(wanted.daily_at)} lies in your quiet hours: the message comes at their end, {end}."]


def importance_examples(importance: int) -> str:
    """Return what is still told at a least importance."""
    kinds = [kind.title for signal in SIGNALS for kind in signal.kinds if kind.importance >= importance]
    return shorten(", ".join(kinds), CHOICE_CHARACTERS)
