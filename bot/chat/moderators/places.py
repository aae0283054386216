"""The channels and threads of a server that alerts may go to: what the bot lacks there, and who may choose them."""

from __future__ import annotations

import discord

from bot.chat.errors import Refusal, lacking
from bot.chat.moderators.invite import needed_in

Place = discord.TextChannel | discord.Thread
"""Where alerts can be posted."""

_HISTORY = "read_message_history"
"""Wanted, yet alerts arrive without it."""


def place_of(guild: discord.Guild, channel_id: int) -> Place:
    """Return the channel or thread with that number; refuse one that is gone, another server's, or of another kind."""
    found = guild.get_channel_or_thread(channel_id)
    if not isinstance(found, (discord.TextChannel, discord.Thread)):
        raise Refusal("alerts go to text channels and threads of this server: choose one of those")
    return found


def lacks(place: discord.abc.GuildChannel | discord.Thread) -> list[str]:
    """Return what the bot lacks of everything it wants in `place`, by Discord's names."""
    if isinstance(place, discord.Thread) and place.parent is None:
        return []  # its permissions are those of its parent, which the gateway has not told of
    allowed = place.permissions_for(place.guild.me)
    missing = [name for name in needed_in(place) if not getattr(allowed, name)]
    if _is_shut_out(place, allowed) and "view_channel" not in missing:
        missing.insert(0, "view_channel")
    return missing


def need_to_post_in(place: Place) -> None:
    """Raise, naming what is missing, unless the bot could post an alert with its picture in `place`."""
    missing = [name for name in lacks(place) if name != _HISTORY]
    if missing:
        raise Refusal(lacking(missing, f"<#{place.id}>"))


async def need_to_see(place: Place, member: discord.Member) -> None:
    """Raise unless `member` sees `place`: nobody sends alerts to where they have no business."""
    if not await sees(place, member):
        raise Refusal("you cannot see that channel: choose one that you can")


async def sees(place: discord.abc.GuildChannel | discord.Thread, member: discord.Member) -> bool:
    """Whether `member` sees `place`; of a private thread Discord is asked."""
    if not isinstance(place, discord.Thread):
        return place.permissions_for(member).view_channel
    if place.parent is None or not place.permissions_for(member).view_channel:
        return False
    if not place.is_private() or place.permissions_for(member).manage_threads or place.owner_id == member.id:
        return True
    try:
        await place.fetch_member(member.id)
    except (discord.NotFound, discord.Forbidden):
        return False
    return True


def _is_shut_out(place: object, allowed: discord.Permissions) -> bool:
    """Whether `place` is a private thread that the bot has not been added to."""
    return isinstance(place, discord.Thread) and place.is_private() and not allowed.manage_threads and place.me is None
