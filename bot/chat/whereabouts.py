"""What the bot may do where, and where a guild's moderators can be told something: from what the gateway has told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
import discord

from bot.alerts.ports import SendFailed
from bot.records import Address

CHANNEL_GONE = "the channel is gone"
"""Why a destination is switched off that cannot be mended."""
_NO_MEMBER = {10007, 10013}
"""Discord's codes for somebody who is not there, or does not exist any more."""


@dataclass(frozen=True, slots=True)
class Means:
    """What may be sent to a destination, and whether it may be read."""

    words: bool = True
    embeds: bool = True
    files: bool = True
    history: bool = True


def means_at(client: discord.Client, guild_id: int, channel_id: int) -> Means | None:
    """Return what the bot may do in a channel; None where nobody knows: not connected yet, or no such channel."""
    guild = client.get_guild(guild_id) if guild_id else None
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    if guild is None or channel is None or guild.me is None:
        return None
    if isinstance(channel, discord.Thread) and channel.parent is None:
        return None  # its permissions are those of its parent, which the gateway has not told of
    allowed = channel.permissions_for(guild.me)
    is_thread = isinstance(channel, discord.Thread)
    may_write = allowed.send_messages_in_threads if is_thread else allowed.send_messages
    return Means(
        words=allowed.view_channel and may_write,
        embeds=allowed.embed_links,
        files=allowed.attach_files,
        history=allowed.read_message_history,
    )


class GuildModerators:
    """Implements the alerts' `Moderators`: the system channel, and the owner where that cannot be used."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def addresses(self, guild_id: int) -> Sequence[Address]:
        """Return where to tell the moderators, the best first; none where the bot has left the guild.

        Raises
        ------
        SendFailed
            If the gateway has not told of the guild yet, or Discord has an outage there.
        """
        guild = self._client.get_guild(guild_id)
        if guild is None:
            if self._client.is_ready():
                return ()
            raise SendFailed("the gateway has not told of the server yet", permanent=False)
        if guild.unavailable:  # known by its number alone: before it has been told of, or while Discord has an outage
            raise SendFailed("the server is not available yet", permanent=False)
        found = []
        if guild.system_channel is not None:
            means = means_at(self._client, guild_id, guild.system_channel.id)
            if means is None or means.words:
                found.append(Address(guild.system_channel.id))
        if guild.owner_id:
            found.append(Address(guild.owner_id, is_direct=True))
        return found


class GuildAttendance:
    """Implements `Attendance` by asking: Discord tells of members who leave to the privileged intent alone."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def is_member(self, guild_id: int, user_id: int) -> bool | None:
        """Return whether the user is a member of the guild; None where the bot is none itself.

        Raises
        ------
        SendFailed
            If Discord does not answer now.
        """
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable:
            return None
        try:
            await guild.fetch_member(user_id)
        except discord.NotFound as error:
            return False if error.code in _NO_MEMBER else None
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            raise SendFailed(str(error) or type(error).__name__, permanent=False) from error
        return True
