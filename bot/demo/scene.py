"""The demo's simulated Discord: a server with two channels and three people, and a clock that follows the replay."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

import discord
import simcord

ALERTS, ASK = "alerts", "bot"
MEMBER, SECOND, MODERATOR = "mel", "max", "mona"
DIRECT = "@"
"""Stands before a person's name where that person's direct messages are meant."""
BOT_NAME = "smallcap"
SETTLES_WITHIN_S = 60
"""How long SimCord waits for the bot to finish what it was asked."""

_AVATAR_HOST = "https://cdn.simcord.invalid/avatars"


@dataclass(frozen=True, slots=True)
class Scene:
    """The simulated world around the bot.

    Attributes
    ----------
    channels : mapping
        The server's channels by their names, and everybody's direct messages by ``@name``.
    assets : mapping
        The pictures that SimCord's page may show, by address: it never looks at the network.
    """

    env: Any
    channels: Mapping[str, Any]
    people: Mapping[str, Any]
    assets: Mapping[str, tuple[str, bytes]]

    @property
    def names(self) -> dict[str, str]:
        """What mentions of channels, people and roles read."""
        channels = {f"<#{channel.id}>": f"#{name}" for name, channel in self.channels.items() if not owner_of(name)}
        people = {f"<@{person.id}>": f"@{name}" for name, person in self.people.items()}
        roles = self.people[MODERATOR].guild.roles
        return channels | people | {f"<@&{role.id}>": f"@{name}" for name, role in roles.items()}

    async def pass_time(self, instant: datetime) -> None:
        """Move Discord's clock ahead to `instant`, so that messages carry the day that is replayed."""
        seconds = (instant - self.env.now()).total_seconds()
        if seconds > 0:
            await self.env.advance_time(seconds)

    async def say(self, who: str, channel: str, words: str) -> None:
        """Let a person write in one of the server's channels, and wait for the bot's answer."""
        await self.people[who].send(self.channels[channel], words)

    def viewers(self, channel: str, first: str) -> list[Any]:
        """Return who may look at a channel, `first` before the others; direct messages are their owner's alone."""
        if owner := owner_of(channel):
            return [self.people[owner].user]
        return sorted(self.people.values(), key=lambda person: person is not self.people[first])

    def count(self, channel: str) -> int:
        """Return how many messages a channel holds."""
        return len(self.channels[channel].history())


def owner_of(channel: str) -> str:
    """Return whose direct messages a channel of the scene is; nobody's where it is the server's."""
    return channel.removeprefix(DIRECT) if channel.startswith(DIRECT) else ""


async def built(client: discord.Client, stack: AsyncExitStack, *, start: datetime) -> Scene:
    """Start SimCord around the bot's real client, at `start`, and furnish it."""
    env = await stack.enter_async_context(simcord.run(client, check_errors=False, settle_timeout=SETTLES_WITHIN_S))
    # Before anything exists the clock may still go either way: SimCord's own begins in January 2026.
    env.backend.advance_clock((start - env.now()).total_seconds())
    if client.user is not None:
        await client.user.edit(username=BOT_NAME)
    guild = env.create_guild(name="Small caps")
    topics = {ALERTS: "What the bot posts when a session has closed", ASK: "Ask it something, for example !cross RUT"}
    channels = {name: guild.create_text_channel(name, topic=topic) for name, topic in topics.items()}
    moderators = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True), color=0xF0B232)
    people = {name: guild.add_member(env.create_user(name)) for name in (MEMBER, SECOND)}
    people[MODERATOR] = guild.add_member(env.create_user(MODERATOR), roles=[moderators])
    direct = {f"{DIRECT}{name}": person.user.dm_channel for name, person in people.items()}
    return Scene(env, channels | direct, people, _portrait(env.backend.bot_user))


def _portrait(user: Any) -> dict[str, tuple[str, bytes]]:
    """Give the bot its picture."""
    picture = resources.files("bot.demo").joinpath("static", "smallcap.png").read_bytes()
    user.avatar = hashlib.sha256(picture).hexdigest()[:32]
    return {f"{_AVATAR_HOST}/{user.id}/{user.avatar}.png": ("smallcap.png", picture)}
