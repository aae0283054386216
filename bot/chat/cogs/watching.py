"""A member's own list of symbols: watch add, remove, list."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import ALL, Choices, last_symbol_choices, matching
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.members.named import symbols_named
from bot.chat.members.watchlists import MOST_WATCHED, put_on, take_off, watched_answer
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say

Words = commands.Range[str, 1, 600]


class Watching(commands.Cog):
    """What a member keeps an eye on."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_group(description="Your own list of symbols.", invoke_without_command=True)
    async def watch(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `watch add`, `watch remove` or `watch list`")

    @watch.command(ignore_extra=False, description="Put symbols on your list.")
    @app_commands.describe(symbols="One or several, such as STRL IWM")
    async def add(self, ctx: Asked, *, symbols: Words) -> None:
        """Put symbols on the asker's list."""
        await ctx.defer(ephemeral=True)
        # What may be meant by fifty symbols that nobody knows takes seconds to find.
        named = await asyncio.to_thread(symbols_named, self._ports.desk, symbols, most=MOST_WATCHED)
        stored = await put_on(self._ports.members, ctx.author.id, named, self._ports.clock.now())
        await say(ctx, stored, ephemeral=True)

    @watch.command(ignore_extra=False, description="Take symbols off your list.")
    @app_commands.describe(symbols="One or several, such as STRL IWM, or all")
    async def remove(self, ctx: Asked, *, symbols: Words) -> None:
        """Take symbols off the asker's list."""
        await ctx.defer(ephemeral=True)
        stored = await take_off(self._ports.desk, self._ports.members, ctx.author.id, symbols)
        await say(ctx, stored, ephemeral=True)

    @watch.command(ignore_extra=False, name="list", description="Your list, and where each symbol of it stands.")
    async def list_(self, ctx: Asked) -> None:
        """Show the asker's list."""
        await ctx.defer(ephemeral=True)
        card, view = await watched_answer(self._ports, ctx.author.id, ctx.guild.id if ctx.guild else None)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    @add.autocomplete("symbols")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return last_symbol_choices(self._ports.desk, current)

    @remove.autocomplete("symbols")
    async def _watched(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        watched = (await self._ports.members.subscriber(interaction.user.id)).watched
        pairs = [(symbol, f"{symbol}: {self._ports.desk.name_of(symbol)}") for symbol in watched]
        return matching(current, [*pairs, (ALL, f"{ALL}: the whole list")] if watched else [])
