"""Who may decide, and what the bot itself may do where it shall speak; checked here, whatever the client shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import discord
from discord.ext import commands

from bot.chat.errors import Refusal, lacking
from bot.chat.replies import Asked, Pressed
from bot.people import Edit, GuildSettings, Noun

MODERATORS = "moderator_role_id"
"""What names the role that may moderate, among a guild's settings."""


class Settings(Protocol):
    """Tells which role may moderate."""

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return what is set for the guild as a whole."""
        ...


async def need_moderator(asked: Asked | Pressed, settings: Settings) -> None:
    """Raise unless it was asked in a server by somebody with Manage Server, or with the role that `setup` names."""
    if asked.guild is None:
        raise commands.NoPrivateMessage
    if not await is_moderator(asked, settings):
        role_id = (await settings.settings(asked.guild.id)).moderator_role_id
        others = f" or <@&{role_id}>" if role_id else ""
        raise Refusal(f"only members with Manage Server{others} may do that: ask one of them")


async def is_moderator(asked: Asked | Pressed, settings: Settings) -> bool:
    """Whether who asked may decide for the server; nobody may in a direct message."""
    member = asked.user if isinstance(asked, discord.Interaction) else asked.author
    if asked.guild is None or not isinstance(member, discord.Member):
        return False
    if asked.permissions.manage_guild or asked.permissions.administrator:
        return True
    role_id = (await settings.settings(asked.guild.id)).moderator_role_id
    # The role everybody has is no role to decide by, even should somebody have set it.
    return role_id not in {None, asked.guild.id} and member.get_role(role_id or 0) is not None


def need_to_appoint(allowed: discord.Permissions, edits: Iterable[Edit]) -> None:
    """Raise where `edits` name who else may moderate and whoever makes them has that right by being named alone."""
    appoints = any(edit.noun is Noun.GUILD and edit.key == MODERATORS for edit in edits)
    if appoints and not allowed.manage_guild:
        raise Refusal("only members with Manage Server decide who else may moderate: ask one of them")


def guild_of(ctx: Asked) -> int:
    """Return the server's id; raise in a direct message."""
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return ctx.guild.id


def need_files(ctx: Asked) -> None:
    """Raise where the bot may not attach a file to its answer; after a slash it always may."""
    if ctx.interaction is None and not ctx.bot_permissions.attach_files:
        raise Refusal(lacking(["attach_files"]))


def need_to_post_here(ctx: Asked) -> None:
    """Raise, naming what is missing, unless the bot could post an alert with its picture in this channel."""
    missing = missing_in(ctx.channel, _own_permissions(ctx))
    if missing:
        raise Refusal(lacking(missing))


def missing_in(channel: object, allowed: discord.Permissions) -> list[str]:
    """Return which permissions the bot lacks for an alert with its picture in a channel."""
    writing = "send_messages_in_threads" if isinstance(channel, discord.Thread) else "send_messages"
    return [name for name in ("view_channel", writing, "embed_links", "attach_files") if not getattr(allowed, name)]


def _own_permissions(ctx: Asked) -> discord.Permissions:
    """Return what the bot may do in the channel by itself; an interaction's answers are allowed more than that."""
    if ctx.guild is not None and isinstance(ctx.channel, (discord.abc.GuildChannel, discord.Thread)):
        return ctx.channel.permissions_for(ctx.guild.me)
    return ctx.interaction.app_permissions if ctx.interaction is not None else discord.Permissions.none()
