"""How the bot does: not whether its process is up, but when Discord was last heard of."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sized
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.chat.ports import Memory
from bot.clock import Clock

log = structlog.get_logger(__name__)

KEY = "health"
EVERY_S = 15.0
PARTING_S = 2.0
STALE = timedelta(seconds=60)
"""A process that runs has noted its health four times in that time."""
ZOMBIE_INTERVALS = 2.5
SHORTEST_ZOMBIE = timedelta(seconds=60)
HELLO, ACK = 10, 11
LONGEST_ORDER = 512
"""Characters; both orders are shorter, and what is longer is not read twice."""


class Pulse:
    """What was last heard from Discord; the client notes it as it comes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.hello_at: datetime | None = None
        self.ack_at: datetime | None = None
        self.dispatch_at: datetime | None = None
        self.event: str | None = None
        """The name of the last event."""
        self.interval_s: float | None = None

    def heard(self, frame: str) -> None:
        """Note the orders that begin a connection and keep it alive."""
        if len(frame) > LONGEST_ORDER:
            return
        try:
            said = json.loads(frame)
            if said["op"] == ACK:
                self.ack_at = self._clock.now()
            elif said["op"] == HELLO:
                self.interval_s = float(said["d"]["heartbeat_interval"]) / 1000
                self.hello_at = self._clock.now()
        except (ValueError, KeyError, TypeError):
            return  # discord.py has read it too, and what follows from that is the supervisor's to mend

    def dispatched(self, event: str) -> None:
        """Note that an event came."""
        self.event = event
        self.dispatch_at = self._clock.now()

    def silence(self) -> timedelta | None:
        """Return how long no heartbeat has been acknowledged on this connection; None where none has begun."""
        if self.hello_at is None:
            return None
        return self._clock.now() - max(self.hello_at, self.ack_at or self.hello_at)

    def fade(self) -> None:
        """Forget the connection: it is given up, and the next begins with a HELLO of its own."""
        self.hello_at = None


@dataclass(frozen=True, slots=True)
class Health:
    """How the bot did at an instant, in a form that another process can read.

    Attributes
    ----------
    ack_at, dispatch_at : datetime or None
        When Discord last acknowledged a heartbeat, and when an event last came; None: never in this process.
    identifies : int
        Sessions begun in the last 24 hours, over all starts.
    stopped_at : datetime or None
        When the process ended in order; None while it runs, or where it was killed.
    """

    pid: int
    started_at: datetime
    at: datetime
    ack_at: datetime | None = None
    dispatch_at: datetime | None = None
    heartbeat_interval_s: float | None = None
    guilds: int = 0
    identifies: int = 0
    stopped_at: datetime | None = None

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_json(cls, text: str) -> Health:
        """Return what `to_json` wrote; raise `ValueError` where something else did."""
        try:
            found = json.loads(text)
            instants = {name: _instant(found.get(name)) for name in found if name.endswith("_at") or name == "at"}
            return cls(**{**found, **instants})
        except (TypeError, AttributeError) as error:
            raise ValueError(f"that is no health this version can read: {error}") from None


class Counted(Protocol):
    """Counts the sessions begun; `bot.store` implements it."""

    async def count(self, now: datetime) -> int:
        """Return how many there were in the last 24 hours."""
        ...


class Connected(Protocol):
    """What there is to know of the client."""

    pulse: Pulse

    @property
    def guilds(self) -> Sized:
        """The servers it is in."""
        ...


class Vitals:
    """Notes the bot's health for other processes to read."""

    def __init__(self, client: Connected, counted: Counted, memory: Memory, clock: Clock) -> None:
        self._client = client
        self._counted = counted
        self._memory = memory
        self._clock = clock
        self._started_at = clock.now()

    async def run(self) -> None:
        """Note it every few seconds until cancelled, and once more then."""
        try:
            while True:
                await self.note()
                await self._clock.sleep(EVERY_S)
        finally:
            async with asyncio.timeout(PARTING_S):
                await self.note(is_last=True)

    async def note(self, *, is_last: bool = False) -> None:
        """Note it once; what cannot be noted shows in its age."""
        try:
            await self._memory.set(KEY, (await self._health(is_last=is_last)).to_json())
        except Exception as error:  # noqa: BLE001 - a database that is away must not end what would outlast it
            log.warning("the health could not be noted", reason=str(error))

    async def _health(self, *, is_last: bool) -> Health:
        now, pulse = self._clock.now(), self._client.pulse
        return Health(
            pid=os.getpid(),
            started_at=self._started_at,
            at=now,
            ack_at=pulse.ack_at,
            dispatch_at=pulse.dispatch_at,
            heartbeat_interval_s=pulse.interval_s,
            guilds=len(self._client.guilds),
            identifies=await self._counted.count(now),
            stopped_at=now if is_last else None,
        )


async def read_health(memory: Memory) -> Health | None:
    """Return what was last noted; None where nothing was, or nothing this version can read."""
    noted = await memory.get(KEY)
    try:
        return None if noted is None else Health.from_json(noted)
    except ValueError:
        return None


def is_healthy(health: Health, now: datetime) -> bool:
    """Whether Discord is there and hears the bot."""
    return why_ill(health, now) is None


def why_ill(health: Health, now: datetime) -> str | None:
    """Return in one line what is the matter, and what to do; None where nothing is."""
    if health.stopped_at is not None:
        return f"the bot was stopped at {health.stopped_at:%Y-%m-%d %H:%M} UTC: start it"
    if now - health.at > STALE:
        return f"the bot has noted nothing for {_words(now - health.at)}: it was killed or hangs, start it anew"
    if health.ack_at is None or health.dispatch_at is None:
        return f"Discord has not let the bot in since it started {_words(now - health.started_at)} ago: see its log"
    silence = now - health.ack_at
    if silence > zombie_after(health.heartbeat_interval_s):
        return f"Discord has acknowledged no heartbeat for {_words(silence)}: the bot connects anew, see its log"
    return None


def zombie_after(interval_s: float | None, shortest: timedelta = SHORTEST_ZOMBIE) -> timedelta:
    """Return how long a connection may go without an acknowledged heartbeat."""
    return max(shortest, timedelta(seconds=ZOMBIE_INTERVALS * (interval_s or 0.0)))


def _words(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"  # noqa: PLR2004 - two minutes


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
