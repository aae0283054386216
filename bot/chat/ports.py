"""What the chat asks of the rest of the bot: small Protocols, implemented elsewhere and handed in by `app`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.cards.card import Card, Chart
from bot.clock import Clock
from bot.records import Destination, Route, StoredEvent


class Desk(Protocol):
    """Answers questions about the market.

    Every method that takes what people typed raises `signals.errors.SignalError` or
    `bot.questions.parse.QuestionError` where it cannot be answered; the message is the friendly line.
    """

    async def cross(self, symbol: str, *, guild_id: int | None, period: str) -> Card:
        """Return where the averages of `symbol` stand; `period` is one of ``6m 1y 5y all``."""
        ...

    async def smallcap(self, *, guild_id: int | None) -> Card:
        """Return the dashboard."""
        ...

    async def evidence(self, symbol: str, event: str, *, guild_id: int | None) -> Card:
        """Return what followed past events of that kind."""
        ...

    async def status(self) -> Card:
        """Return last session, coverage, held symbols with reasons, next run, deliveries."""
        ...

    def about(self) -> Card:
        """Return source, delay, licence of the data, version."""
        ...

    def resolve(self, text: str) -> str:
        """Return the symbol that `text` means, from memory and at once (``rut`` → ``^RUT``)."""
        ...

    def suggest(self, text: str, limit: int = 25) -> Sequence[tuple[str, str]]:
        """Return (symbol, name) pairs that fit what was typed so far, best first, from memory and at once."""
        ...

    def name_of(self, symbol: str) -> str:
        """Return the name people know `symbol` by, from memory and at once; the symbol itself where there is none."""
        ...

    def events_of(self, signal: str) -> Sequence[tuple[str, str]]:
        """Return (event, title) of what `evidence` knows of `signal`, from memory and at once."""
        ...


class Pictures(Protocol):
    """Draws charts away from the event loop."""

    async def png(self, chart: Chart) -> bytes:
        """Return the picture; raise `bot.cards.studio.PictureUnavailable` where there is none now."""
        ...


class Routes(Protocol):
    """Which channel gets which signal; every method returns after the change is stored."""

    async def add(
        self, *, guild_id: int, channel_id: int, signal: str, subjects: Sequence[str], by: int, at: datetime
    ) -> Route:
        """Store a route; said again for the same channel and signal, it replaces the subjects (empty: all)."""
        ...

    async def list(self, guild_id: int) -> Sequence[Route]:
        """Return the routes of one guild."""
        ...

    async def remove(self, *, guild_id: int, channel_id: int, signal: str | None = None) -> int:
        """Remove the channel's route of `signal` (None: all of them); return how many there were."""
        ...


class Destinations(Protocol):
    """Channels with which something is the matter."""

    async def off(self, guild_id: int) -> Sequence[Destination]:
        """Return the destinations of a guild that are switched off, or take plain words alone."""
        ...


class Told(Protocol):
    """What messages told of."""

    async def told_in(self, message_id: int, channel_id: int) -> Sequence[StoredEvent]:
        """Return the events a message tells of, if it is one of that channel's."""
        ...


class ThresholdValues(Protocol):
    """What moderators have set; everything else is the signal's default."""

    async def of(self, guild_id: int, signal: str) -> Mapping[str, float | int | str]:
        """Return the values of `signal` that this guild changed."""
        ...

    async def set(self, *, guild_id: int, signal: str, name: str, value: float | str, by: int, at: datetime) -> None:
        """Store one value, already checked against its bounds."""
        ...

    async def reset(self, *, guild_id: int, signal: str, name: str | None = None) -> int:
        """Return one threshold (None: all of the signal's) to its default; return how many were changed."""
        ...


class Memory(Protocol):
    """Small facts that outlive the process, such as the digest of the commands last synced."""

    async def get(self, key: str) -> str | None:
        """Return what was remembered under `key`; None where nothing was."""
        ...

    async def set(self, key: str, value: str) -> None:
        """Remember `value` under `key`."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the chat is handed."""

    desk: Desk
    pictures: Pictures
    routes: Routes
    destinations: Destinations
    told: Told
    thresholds: ThresholdValues
    memory: Memory
    clock: Clock
