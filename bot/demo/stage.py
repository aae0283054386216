"""The demo's stage: a simulated Discord with two channels and two people, and the replay that plays on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date
from typing import Any

import simcord
import structlog
from simcord.backend.errors import SetupError

from bot.alerts.player import Player
from bot.alerts.watch import SessionReport
from bot.app import Bot

log = structlog.get_logger(__name__)

ALERTS, ASK = "alerts", "bot"
TRIES = ("!cross RUT", "!smallcap", "!evidence RUT golden_cross", "!help")
BUSY_S = 0.05
"""SimCord does one thing at a time; whoever comes second tries again after this."""


class Stage:
    """Owns the simulated server; shows one channel at a time in SimCord's preview."""

    def __init__(self, env: Any, bot: Bot, player: Player, *, label: str) -> None:
        self._env = env
        self._bot = bot
        self._player = player
        self._label = label
        guild = env.create_guild(name="Small caps")
        everyone = guild.create_text_channel
        self._channels = {
            ALERTS: everyone(ALERTS, topic="what the bot posts as sessions close"),
            ASK: everyone(ASK, topic="ask it something: !help"),
        }
        moderators = guild.create_role("moderators", permissions=_moderating())
        self.guild = guild
        self.moderator = guild.add_member(env.create_user("mona"), roles=[moderators])
        self.member = guild.add_member(env.create_user("mel"))
        self._shown = ALERTS
        self._seen = dict.fromkeys(self._channels, 0)
        self._preview: Any = None
        self._generation = 0
        self._playing: asyncio.Task[None] | None = None

    @property
    def preview_origin(self) -> str:
        """Where SimCord's preview listens."""
        return str(self._preview.url).partition("/#")[0]

    @property
    def capability(self) -> str:
        """The secret in the preview's address."""
        return str(self._preview.url).partition("#")[2]

    async def open(self) -> None:
        """Let the moderator route the alerts here, open the first channel and begin to play."""
        await self.moderator.send(self._channels[ALERTS], f"!{ALERTS} here cross")
        await self._show(ALERTS)
        self._playing = asyncio.create_task(self._player.play())

    async def close(self) -> None:
        """Stop playing and close the preview."""
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.gather(self._playing, return_exceptions=True)
        if self._preview is not None:
            await self._preview.close()

    def state(self) -> dict[str, Any]:
        """Return what the bar shows."""
        player = self._player
        return {
            "generation": self._generation,
            "channel": self._shown,
            "channels": [{"name": name, "unread": self._unread(name)} for name in self._channels],
            "tries": TRIES,
            "total": len(player.sessions),
            "done": player.done,
            "session": player.last.isoformat() if player.last else "about to begin",
            "is_paused": player.is_paused,
            "is_over": player.is_over,
            "label": self._label,
        }

    async def do(self, action: str, value: str) -> None:
        """Carry out a press on the bar."""
        match action:
            case "pause":
                self._player.pause()
            case "play":
                self._player.go_on()
            case "step":
                await self._player.step()
            case "channel" if value in self._channels:
                await self._show(value)
            case _:
                raise ValueError(f"the demo has no {action} {value}".strip())

    async def arrived(self, _session: date, _reports: list[SessionReport]) -> None:
        """Deliver what the session brought and show it."""
        await self._bot.deliverer.drain()
        await self._alone(self._refresh)

    async def _refresh(self) -> None:
        await self._preview.refresh()

    def _unread(self, name: str) -> int:
        count = len(self._channels[name].history())
        if name == self._shown:
            self._seen[name] = count
        return count - self._seen[name]

    async def _show(self, name: str) -> None:
        if self._preview is not None:
            await self._alone(self._preview.close)
        self._shown = name
        viewers = [self.moderator, self.member]
        zone = "America/New_York"
        preview = self._env.preview(self._channels[name], viewers=viewers, layout="channel", timezone=zone)
        self._preview = await preview.__aenter__()
        self._generation += 1

    async def _alone(self, act: Callable[[], Any]) -> None:
        """Do `act` once SimCord is done with what somebody else asked of it."""
        for _ in range(600):
            try:
                await act()
            except SetupError as error:
                if "overlaps" not in str(error):
                    raise
                await asyncio.sleep(BUSY_S)
            else:
                return
        log.warning("the page was not refreshed: the simulated Discord stayed busy")


def _moderating() -> Any:
    import discord

    return discord.Permissions(manage_guild=True)


async def simulated(bot: Bot, stack: contextlib.AsyncExitStack) -> Any:
    """Start SimCord around the bot's real client."""
    return await stack.enter_async_context(simcord.run(bot.client, check_errors=False, settle_timeout=30))
