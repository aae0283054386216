"""What the last session brought: scan."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices
from bot.chat.hybrid import hybrid_command
from bot.chat.members.scans import kind_choices, place_choices, scan_named, scanned
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply

Typed = commands.Range[str, 1, 60]


class Scanning(commands.Cog):
    """What happened, all over the market or on one's own list."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_command(ignore_extra=False, description="Crosses, approaches and 52-week highs of the last session.")
    @app_commands.describe(
        where="A universe, a sector or your watchlist (default: everything followed)",
        kind="crosses, approaches or highs (default: all of them)",
    )
    async def scan(self, ctx: Asked, where: Typed = "", *, kind: Typed = "") -> None:
        """Show what the last session brought."""
        wanted = scan_named(self._ports.findings, where, kind)
        await ctx.defer(ephemeral=wanted.is_personal)
        guild_id = ctx.guild.id if ctx.guild else None
        card, view = await scanned(self._ports, wanted, user_id=ctx.author.id, guild_id=guild_id)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=wanted.is_personal)

    @scan.autocomplete("where")
    async def _places(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return place_choices(self._ports.findings, current)

    @scan.autocomplete("kind")
    async def _kinds(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return kind_choices(current)
