"""Questions about alerts: why one was sent, and why another was not."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, signal_choices, symbol_choices
from bot.chat.hybrid import hybrid_command
from bot.chat.members.inquiries import explained, pointed_at, told_at
from bot.chat.members.named import inquired
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply

Typed = commands.Range[str, 1, 60]
Link = commands.Range[str, 1, 200]


class Inquests(commands.Cog):
    """What made an alert, and what kept another quiet."""

    def __init__(self, ports: Ports) -> None:
        self._desk = ports.desk
        self._inquest = ports.inquest
        self._pictures = ports.pictures

    @hybrid_command(ignore_extra=False, description="The numbers that made an alert, computed again from its bars.")
    @app_commands.describe(alert="Link to the alert (its menu, Copy Message Link), or its number in this channel")
    async def why(self, ctx: Asked, *, alert: Link = "") -> None:
        """Show what made an alert."""
        at = pointed_at(ctx, alert)
        await ctx.defer(ephemeral=True)
        told = await told_at(ctx, at, self._inquest)
        card, view = await explained(self._inquest, told, owner=ctx.author.id)
        await reply(ctx, card, self._pictures, view=view, ephemeral=True)

    @hybrid_command(ignore_extra=False, description="What kept an alert about a symbol from this channel and from you.")
    @app_commands.describe(symbol="About which symbol", signal="Of which signal (default: cross)")
    async def whynot(self, ctx: Asked, symbol: Typed, *, signal: Typed = "") -> None:
        """Show what kept an alert quiet."""
        subject, chosen = inquired(self._desk, symbol, signal)
        await ctx.defer(ephemeral=True)
        guild_id = ctx.guild.id if ctx.guild else None
        card = await self._inquest.whynot(
            subject, chosen.name, user_id=ctx.author.id, guild_id=guild_id, channel_id=ctx.channel.id
        )
        await reply(ctx, card, self._pictures, ephemeral=True)

    @whynot.autocomplete("symbol")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return symbol_choices(self._desk, current)

    @whynot.autocomplete("signal")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current, alertable=True)
