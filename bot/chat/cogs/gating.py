"""What reports say: quality, of one symbol or of a list."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices
from bot.chat.hybrid import hybrid_command
from bot.chat.members.rosters import roster_choices, roster_shown
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply
from bot.chat.views import answer_view
from signals.quality import QUALITY

Typed = commands.Range[str, 1, 60]


class Gating(commands.Cog):
    """What companies filed, gate by gate."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_command(name=QUALITY.command, ignore_extra=False, description=QUALITY.summary)
    @app_commands.describe(which="A symbol, theme, universe or your watchlist, and perhaps an order: optical by rsi")
    async def quality(self, ctx: Asked, *, which: Typed = "") -> None:
        """Show the gates of a symbol, or a list of companies."""
        wanted = await self._ports.rosters.wanted(which)
        guild_id = ctx.guild.id if ctx.guild else None
        if wanted is None:
            await ctx.defer()
            card = await self._ports.desk.ask(QUALITY.command, which, guild_id=guild_id)
            await reply(ctx, card, self._ports.pictures, view=answer_view(QUALITY))
            return
        await ctx.defer(ephemeral=wanted.is_personal)
        card, view = await roster_shown(self._ports, wanted, user_id=ctx.author.id)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=wanted.is_personal)

    @quality.autocomplete("which")
    async def _which(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return roster_choices(self._ports, current)
