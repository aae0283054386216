"""What the inquest asks of others: small Protocols beside their user, handed in by `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.clock import Clock
from bot.people import Preferences, Silence, Subscriber
from bot.questions.ports import GuildThresholds, Knowledge
from bot.records import Delivered, Destination, Filed, Proof, Route, Run, StoredEvent
from signals.types import Calendar, Event


class Archive(Protocol):
    """What was found and told."""

    async def message_events(self, channel_id: int, discord_id: int) -> Sequence[StoredEvent]:
        """Return the events a message told of; `channel_id` is the user's where it was a direct one."""
        ...

    async def event(self, event_id: int) -> Filed | None:
        """Return an event by its number."""
        ...

    async def proof_of(self, event_id: int) -> Proof | None:
        """Return what an event rested on; None where nothing was kept with it."""
        ...

    async def events_about(self, subject: str, signal: str, since: date) -> Sequence[Filed]:
        """Return the events of sessions from `since` on, the latest first."""
        ...

    async def deliveries_about(self, subject: str, signal: str, channel_id: int, since: date) -> Sequence[Delivered]:
        """Return what became of them in one destination, the latest first."""
        ...


class Runs(Protocol):
    """Which sessions have been scanned."""

    async def of(self, job: str, session: date) -> Run | None:
        """Return the run of `session`, however it stands."""
        ...

    async def first(self, job: str) -> Run | None:
        """Return the finished run of the earliest session."""
        ...

    async def absent(self, job: str, since: date) -> Mapping[str, date]:
        """Return the symbols whose bars had not come when a session from `since` on was scanned, and the first such."""
        ...


class HeldBar(Protocol):
    """A bar held back by the quality gate, or not there."""

    @property
    def symbol(self) -> str:
        """Whose bar."""
        ...

    @property
    def session(self) -> date:
        """Of which session."""
        ...

    @property
    def reason(self) -> str:
        """In words, why."""
        ...

    @property
    def kind(self) -> str:
        """What is the matter; one of `NOT_THERE` where there is no bar to hold."""
        ...


NOT_THERE = frozenset({"missing", "stale"})


class Fetched(Protocol):
    """How the fetch of one symbol ended."""

    @property
    def symbol(self) -> str:
        """Which one."""
        ...

    @property
    def status(self) -> str:
        """In one word."""
        ...

    @property
    def detail(self) -> str:
        """In more."""
        ...


class Bars(Protocol):
    """The book of prices."""

    def held(self) -> Sequence[HeldBar]:
        """Return the bars held back or not there at present."""
        ...

    def outcomes(self) -> Sequence[Fetched]:
        """Return how each symbol ended."""
        ...


class Routes(Protocol):
    """Which channel gets which signal."""

    async def list(self, guild_id: int) -> Sequence[Route]:
        """Return the routes of one guild."""
        ...


class Destinations(Protocol):
    """Channels with which something is the matter."""

    async def off(self, guild_id: int) -> Sequence[Destination]:
        """Return the destinations of a guild that are switched off, or take plain words alone."""
        ...


class Silences(Protocol):
    """What guilds do not want to hear of for a while."""

    async def silences(self, guild_id: int, now: datetime) -> Sequence[Silence]:
        """Return the silences that have not ended."""
        ...


class Members(Protocol):
    """What single members have decided."""

    async def subscriber(self, user_id: int) -> Subscriber:
        """Return everything about one member; the defaults where they have said nothing."""
        ...

    async def direct_off(self, user_id: int) -> str | None:
        """Return why the member's direct messages are switched off; None where they are not."""
        ...


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Everybody whom the inquest asks."""

    knowledge: Knowledge
    bars: Bars
    archive: Archive
    runs: Runs
    routes: Routes
    destinations: Destinations
    silences: Silences
    members: Members
    thresholds: GuildThresholds
    clock: Clock


@dataclass(frozen=True, slots=True)
class Procedure:
    """How the bot goes about its work.

    Attributes
    ----------
    job : str
        Under which name sessions are scanned.
    delay : timedelta
        How long after its close a session is scanned.
    recompute : callable
        ``recompute(event, bars, calendar)``: the reading of an event again, as text, from the bars kept with it; raises
        `signals.errors.SignalError` where that cannot be done.
    rests_until : callable
        From when on a failed run is tried again; None where nothing holds it up.
    quiet_until : callable
        The end of the quiet hours that hold at an instant; None where none do.
    """

    job: str
    delay: timedelta
    recompute: Callable[[Event, bytes, Calendar], str]
    rests_until: Callable[[Run], datetime | None]
    quiet_until: Callable[[Preferences, datetime], datetime | None]
