"""What answering needs from elsewhere: small Protocols beside their user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bot.alerts.ports import View
from bot.cards.card import Card
from signals.types import Market


class Knowledge(Protocol):
    """The market as the bot knows it now."""

    def market(self) -> Market:
        """Return the market of the last closed session that was brought in."""
        ...


class Vantage(Knowledge, Protocol):
    """The same market, and the name under which another process can open it."""

    def view(self) -> View:
        """Return the view that the present market was opened from, the same object as long as nothing has changed."""
        ...


class FrontOffice(Protocol):
    """Tells how the bot itself is."""

    async def status(self) -> Card:
        """Return last session, coverage, held symbols with reasons, next run, deliveries."""
        ...

    def about(self) -> Card:
        """Return source, delay, licence of the data, version."""
        ...


class GuildThresholds(Protocol):
    """What moderators have set."""

    async def of(self, guild_id: int, signal: str) -> Mapping[str, float | int | str]:
        """Return the thresholds of `signal` that differ from the defaults in this guild."""
        ...


class NoGuildThresholds:
    """Where there are no guilds, such as on the command line: fixed overrides, none by default."""

    def __init__(self, overrides: Mapping[str, float | int | str] | None = None) -> None:
        self._overrides = dict(overrides or {})

    async def of(self, guild_id: int, signal: str) -> Mapping[str, float | int | str]:
        """Return the same overrides for every guild."""
        del guild_id, signal
        return self._overrides
