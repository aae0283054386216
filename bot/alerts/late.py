"""What is told although its session is over: a series, or the rest of a universe, may come after the scan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

from bot.alerts.match import Effective, applies
from signals.sessions import sessions_between
from signals.types import Calendar, Event, Thresholds

LOOKED_AT_SESSIONS = 5
"""What comes later than this raises no event about the whole market any more."""
EVER = datetime.min.replace(tzinfo=UTC)

Changed = Mapping[tuple[int, str], datetime]
"""When a guild changed its thresholds of a signal last; those that did not lately are not in it."""


def first_looked_at(calendar: Calendar, session: date, began: date | None) -> date:
    """Return the earliest session whose events about the whole market are looked for when `session` is scanned.

    Never one up to `began`: what was there before the bot's first start is not its to report.
    """
    if began is None or began >= session:
        return session
    found: date = sessions_between(calendar, began + timedelta(days=1), session)[-LOOKED_AT_SESSIONS:][0].item()
    return found


def asked_for_in_time(
    events: Iterable[Event], session: date, effective: Effective, changed: Changed, due: Callable[[date], datetime]
) -> list[Event]:
    """Return the events of `session`, and earlier ones under thresholds that were in use when their own was due.

    Who sets a threshold asks for what comes: what it would have raised in the past was told under the one before.
    """
    begun: dict[tuple[str, tuple[tuple[str, float | int | str], ...]], datetime] = {}
    for (guild_id, signal), thresholds in effective.items():
        use = signal, tuple(sorted(thresholds.items()))
        since = changed.get((guild_id, signal), EVER)
        begun[use] = min(since, begun.get(use, since))
    uses: list[tuple[str, Thresholds, datetime]] = [(name, dict(own), since) for (name, own), since in begun.items()]

    def was_asked_for(event: Event) -> bool:
        at = due(event.session)
        return any(name == event.signal and since <= at and applies(event, own) for name, own, since in uses)

    return [event for event in events if event.session == session or was_asked_for(event)]
