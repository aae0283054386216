"""What the bot needs in a channel, and the link that invites it with just that."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.people import NO_GUILD

IN_CHANNELS = ("view_channel", "send_messages", "embed_links", "attach_files", "read_message_history")
IN_THREADS = tuple("send_messages_in_threads" if name == "send_messages" else name for name in IN_CHANNELS)
"""What is needed to post an alert with its picture, and to look whether it has arrived."""
SCOPES = ("bot", "applications.commands")


def needed_in(channel: object) -> tuple[str, ...]:
    """Return the permissions that alerts need in a channel or thread."""
    return IN_THREADS if isinstance(channel, discord.Thread) else IN_CHANNELS


def permissions_asked(*, with_roles: bool = False) -> discord.Permissions:
    """Return what the bot asks for, no more; `with_roles` where it shall give roles that members take."""
    names: Iterable[str] = {*IN_CHANNELS, *IN_THREADS, *(["manage_roles"] if with_roles else [])}
    return discord.Permissions(**dict.fromkeys(names, True))


def invite_url(application_id: int, *, guild_id: int = NO_GUILD, with_roles: bool = False) -> str:
    """Return the address under which the bot is invited, or its permissions are put right."""
    guild = discord.Object(guild_id) if guild_id else discord.utils.MISSING
    permissions = permissions_asked(with_roles=with_roles)
    return discord.utils.oauth_url(application_id, permissions=permissions, guild=guild, scopes=SCOPES)
