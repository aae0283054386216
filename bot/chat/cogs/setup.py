"""Moderators set the bot up step by step: setup."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.hybrid import hybrid_command
from bot.chat.moderators.setup_cards import alerts_page
from bot.chat.panels.setup import standing_of
from bot.chat.permissions import need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply


class Setup(commands.Cog):
    """A wizard that may be used again and again."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_command(ignore_extra=False, description="For moderators: set the bot up, step by step.")
    @app_commands.guild_only()
    async def setup(self, ctx: Asked) -> None:
        """Show the wizard, about this channel to begin with."""
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        await ctx.defer(ephemeral=True)
        place = ctx.channel if isinstance(ctx.channel, (discord.TextChannel, discord.Thread)) else None
        standing = await standing_of(ctx.guild, self._ports, place, ctx.bot.application_id)
        card, view = alerts_page(standing)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)
