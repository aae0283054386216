"""What members think of a symbol: rate, ratings."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards.rating_card import MOST_STARS, stars_words
from bot.chat.choices import Choices, matching, symbol_choices
from bot.chat.hybrid import hybrid_command
from bot.chat.members.named import rating_of
from bot.chat.members.stars import board_answer, rating_answer, vote_words
from bot.chat.permissions import guild_of
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say

Typed = commands.Range[str, 1, 60]


class Rating(commands.Cog):
    """Stars from members, one vote each."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_command(ignore_extra=False, description="Give a symbol 1 to 5 stars; say it again to change your mind.")
    @app_commands.describe(symbol="Which symbol", stars="1 to 5")
    @commands.guild_only()
    async def rate(self, ctx: Asked, symbol: Typed, *, stars: Typed) -> None:
        """Store the asker's stars for a symbol."""
        subject, count = rating_of(self._ports.desk, symbol, stars)
        guild_id, at = guild_of(ctx), self._ports.clock.now()
        await ctx.defer(ephemeral=True)
        await self._ports.ratings.rate(guild_id=guild_id, user_id=ctx.author.id, symbol=subject, stars=count, at=at)
        await say(ctx, await vote_words(self._ports, subject, count, guild_id=guild_id), ephemeral=True)

    @hybrid_command(ignore_extra=False, description="How members of this server rate a symbol, or all of them.")
    @app_commands.describe(symbol="Which symbol (default: the leader board)")
    @commands.guild_only()
    async def ratings(self, ctx: Asked, *, symbol: Typed = "") -> None:
        """Show how a symbol is rated, or the leader board."""
        subject = self._ports.desk.resolve(symbol) if symbol else ""
        await ctx.defer()
        guild_id = guild_of(ctx)
        card, view = (
            await rating_answer(self._ports, subject, guild_id)
            if subject
            else await board_answer(self._ports, guild_id=guild_id, owner=ctx.author.id)
        )
        await reply(ctx, card, self._ports.pictures, view=view)

    @rate.autocomplete("symbol")
    @ratings.autocomplete("symbol")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return symbol_choices(self._ports.desk, current)

    @rate.autocomplete("stars")
    async def _stars(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return matching(current, ((str(n), f"{n} {stars_words(n)}") for n in range(MOST_STARS, 0, -1)))
