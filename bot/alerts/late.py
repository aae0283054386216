"""What is told although its session is over: a series, or the rest of a universe, may come after the scan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.alerts.match import Effective, applies
from bot.people import NO_GUILD
from signals.sessions import sessions_between
from signals.types import Calendar, Event

LOOKED_AT_SESSIONS = 5
"""What comes later than this raises no event about the whole market any more."""
EVER = datetime.min.replace(tzinfo=UTC)

Unasked = Mapping[tuple[int, str], Collection[str]]
"""The identities of late events that a guild had not asked for in time, by guild and signal; mostly empty."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, and since when.

    Attributes
    ----------
    changed : mapping
        When a guild changed a threshold last, by guild, signal and name; what did not change lately is not in it.
    followed : mapping
        Since when a guild follows a signal, where it does only since lately.
    """

    effective: Effective
    changed: Mapping[tuple[int, str, str], datetime] = field(default_factory=dict)
    followed: Mapping[tuple[int, str], datetime] = field(default_factory=dict)

    def since(self, guild_id: int, event: Event) -> datetime:
        """Return since when the guild asks for events such as this one.

        Only the thresholds that the event depends on count: another one changes nothing about it.
        """
        changes = (self.changed.get((guild_id, event.signal, name), EVER) for name in event.thresholds)
        return max(self.followed.get((guild_id, event.signal), EVER), *changes, EVER)

    def lately(self) -> set[tuple[int, str]]:
        """Return the guilds, and the signals of which they ask for something only since lately."""
        return {*self.followed, *((guild_id, signal) for guild_id, signal, _ in self.changed)}


@dataclass(frozen=True, slots=True)
class News:
    """The events of a scan that are news, and to whom some of them are none."""

    events: Sequence[Event] = ()
    unasked: Unasked = field(default_factory=dict)


def first_looked_at(calendar: Calendar, session: date, began: date | None) -> date:
    """Return the earliest session whose events about the whole market are looked for when `session` is scanned.

    Never one up to `began`: what was there before the bot's first start is not its to report.
    """
    if began is None or began >= session:
        return session
    found: date = sessions_between(calendar, began + timedelta(days=1), session)[-LOOKED_AT_SESSIONS:][0].item()
    return found


def was_looked_for(event: Event, scanned: Mapping[date, Mapping[str, int]]) -> bool:
    """Whether the scan of the event's own session looked for it, with the formula that it has now.

    `scanned` has, for each session, the signals it was scanned for and their versions then. A signal tells nothing of
    the time before it was there, or before any of the facts that it rests on were; a new version of a formula does not
    tell the past again.
    """
    return scanned.get(event.session, {}).get(event.signal) == event.version


def news_of(events: Iterable[Event], session: date, asked: Asked, due: Callable[[date], datetime]) -> News:
    """Return the events of `session`, and earlier ones that were asked for when their own session was due.

    Who follows a signal, or sets a threshold, asks for what comes: what it would have raised in the past was told to
    those who had asked, under the thresholds of then. The defaults are looked for ever since, whoever asks.
    """
    users: dict[tuple[str, tuple[tuple[str, float | int | str], ...]], list[int]] = defaultdict(list)
    for (guild_id, signal), thresholds in asked.effective.items():
        users[signal, tuple(sorted(thresholds.items()))].append(guild_id)
    uses = [(signal, dict(own), guilds) for (signal, own), guilds in users.items()]

    def was_asked_for(event: Event) -> bool:
        at = due(event.session)
        return any(
            name == event.signal
            and applies(event, own)
            and any(guild_id == NO_GUILD or asked.since(guild_id, event) <= at for guild_id in guilds)
            for name, own, guilds in uses
        )

    found = [event for event in events if event.session == session or was_asked_for(event)]
    unasked: dict[tuple[int, str], set[str]] = defaultdict(set)
    late, lately = [event for event in found if event.session != session], asked.lately()
    for event in late:
        for guild_id, signal in lately:
            if signal == event.signal and asked.since(guild_id, event) > due(event.session):
                unasked[guild_id, signal].add(event.identity)
    return News(found, unasked)
