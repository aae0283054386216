"""Who may decide, and what the bot itself may do where it shall speak; checked here, whatever the client shows."""

from __future__ import annotations

import discord
from discord.ext import commands

from bot.chat.errors import Refusal, lacking
from bot.chat.replies import Asked


def need_moderator(ctx: Asked) -> None:
    """Raise unless the command was given in a server by somebody with Manage Server."""
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    if not (ctx.permissions.manage_guild or ctx.permissions.administrator):
        raise Refusal("only members with Manage Server may do that: ask one of them")


def guild_of(ctx: Asked) -> int:
    """Return the server's id; raise in a direct message."""
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return ctx.guild.id


def need_to_post_here(ctx: Asked) -> None:
    """Raise, naming what is missing, unless the bot could post an alert with its picture in this channel."""
    writing = "send_messages_in_threads" if isinstance(ctx.channel, discord.Thread) else "send_messages"
    allowed = _own_permissions(ctx)
    needed = ("view_channel", writing, "embed_links", "attach_files")
    missing = [name for name in needed if not getattr(allowed, name)]
    if missing:
        raise Refusal(lacking(missing))


def _own_permissions(ctx: Asked) -> discord.Permissions:
    """Return what the bot may do in the channel by itself; an interaction's answers are allowed more than that."""
    if ctx.guild is not None and isinstance(ctx.channel, (discord.abc.GuildChannel, discord.Thread)):
        return ctx.channel.permissions_for(ctx.guild.me)
    return ctx.interaction.app_permissions if ctx.interaction is not None else discord.Permissions.none()
