"""What members' words mean when they snooze: how long, and which signal."""

from __future__ import annotations

from datetime import timedelta

from bot.chat.choices import Choices, alertable, matching, offered
from bot.chat.durations import LONGEST, duration_of, duration_words, is_duration
from bot.chat.replies import Asked
from bot.chat.subscribers.subscriptions import EVERY_SIGNAL
from signals.catalog import SIGNALS

OFF = "off"
OFFERED = ("12h", "1d", "3d", "1w", "2w", "30d")
"""Before anything is typed."""


def snooze_of(ctx: Asked, duration: str, signal: str) -> tuple[timedelta | None, str]:
    """Return for how long, None for no longer, and of which signal; after a prefix a length may be of several words."""
    if ctx.interaction is None:
        duration, signal = parted(f"{duration} {signal}")
    named = alertable(signal).name if signal.strip() else EVERY_SIGNAL
    length = None if duration.strip().casefold() == OFF else duration_of(duration, LONGEST)
    return length, named


def parted(typed: str) -> tuple[str, str]:
    """Return the length and the signal that `typed` holds: a signal ends it, if there is one."""
    words = typed.replace('"', " ").split()
    *length, last = words or [""]
    before = " ".join(length)
    is_named = before.casefold() == OFF or is_duration(before) or last.casefold() in {signal.name for signal in SIGNALS}
    if before and is_named and not is_duration(" ".join(words)):
        return before, last
    return " ".join(words), ""


def pause_choices(typed: str) -> Choices:
    """Return what was typed, if it is a length of time, or else those that fit it."""
    if is_duration(typed):
        return offered([(typed.strip(), duration_words(duration_of(typed)))])
    pairs = [(length, duration_words(duration_of(length))) for length in OFFERED]
    return matching(typed, [*pairs, (OFF, f"{OFF}: hear of everything again")])
