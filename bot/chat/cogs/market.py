"""Questions about one symbol: cross, stock, evidence."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, event_choices, study_named, symbol_choices
from bot.chat.hybrid import hybrid_command
from bot.chat.ports import Desk, Pictures
from bot.chat.press import DEFAULT_PERIOD
from bot.chat.replies import Asked, reply
from bot.chat.views import cross_view, event_of, stock_view
from bot.questions.parse import DEFAULT_SYMBOL

Typed = commands.Range[str, 1, 60]


class Market(commands.Cog):
    """What the market says."""

    def __init__(self, desk: Desk, pictures: Pictures) -> None:
        self._desk = desk
        self._pictures = pictures

    @hybrid_command(
        ignore_extra=False, description="How the two averages of a symbol stand: golden or death, gap, what next."
    )
    @app_commands.describe(symbol="An index, ETF or stock, such as RUT, IWM or STRL (default: RUT)")
    async def cross(self, ctx: Asked, *, symbol: Typed = DEFAULT_SYMBOL) -> None:
        """Show how the averages of a symbol stand."""
        subject = self._desk.resolve(symbol)
        await ctx.defer()
        card = await self._desk.ask("cross", subject, guild_id=_guild_id(ctx), period=DEFAULT_PERIOD)
        await reply(ctx, card, self._pictures, view=cross_view(subject, event=event_of(card)))

    @hybrid_command(ignore_extra=False, description="What all signals say of one symbol, on one card.")
    @app_commands.describe(symbol="An index, ETF or stock, such as STRL")
    async def stock(self, ctx: Asked, *, symbol: Typed) -> None:
        """Show what all signals say of a symbol."""
        subject = self._desk.resolve(symbol)
        await ctx.defer()
        card = await self._desk.ask("stock", subject, guild_id=_guild_id(ctx))
        await reply(ctx, card, self._pictures, view=stock_view(subject))

    @hybrid_command(ignore_extra=False, description="What followed past events of a symbol, beside the base rate.")
    @app_commands.describe(
        symbol="An index, ETF or stock (default: RUT)", event="Which kind of event (default: golden_cross)"
    )
    async def evidence(self, ctx: Asked, symbol: Typed = DEFAULT_SYMBOL, *, event: Typed = "") -> None:
        """Show what followed past events."""
        subject, kind = study_named(self._desk, symbol, event)
        await ctx.defer()
        card = await self._desk.evidence(subject, kind, guild_id=_guild_id(ctx))
        await reply(ctx, card, self._pictures)

    @cross.autocomplete("symbol")
    @stock.autocomplete("symbol")
    @evidence.autocomplete("symbol")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return symbol_choices(self._desk, current)

    @evidence.autocomplete("event")
    async def _events(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return event_choices(self._desk, current)


def _guild_id(ctx: Asked) -> int | None:
    return ctx.guild.id if ctx.guild else None
