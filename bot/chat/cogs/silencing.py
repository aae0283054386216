"""Moderators keep a signal or a symbol quiet for a while: silence add, list, off."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, symbol_choices
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.moderators.silences import (
    key_of,
    length_choices,
    request_of,
    set_words,
    silence_words,
    silenced_of,
    silences_card,
    silences_view,
    standing_choices,
    what_choices,
)
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.people import Edit, Noun

Word = commands.Range[str, 1, 60]
Words = commands.Range[str, 1, 200]


class Silencing(commands.Cog):
    """What a server does not want to hear of for a while."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_group(description="For moderators: keep a signal or a symbol quiet.", invoke_without_command=True)
    @app_commands.guild_only()
    async def silence(self, ctx: Asked, *, typed: Words = "") -> None:
        """Silence what is named; only the prefix form comes here, and it may leave `add` out."""
        await self._silence(ctx, typed)

    @silence.command(ignore_extra=False, description="Keep a signal or a symbol quiet for a while.")
    @app_commands.describe(
        what="A signal or a symbol, such as cross or STRL",
        duration="For how long: 3d, 12h, 2w; at most 90 days",
        symbol="Only this symbol of the signal (default: all of it)",
    )
    async def add(self, ctx: Asked, what: Word, duration: Word, *, symbol: Words = "") -> None:
        """Silence what is named."""
        is_slash = ctx.interaction is not None
        await self._silence(ctx, f"{what} {symbol} {duration}" if is_slash else f"{what} {duration} {symbol}")

    @silence.command(ignore_extra=False, name="list", description="What is silenced, and until when.")
    async def list_(self, ctx: Asked) -> None:
        """Show the server's silences, and let them be ended."""
        await ctx.defer(ephemeral=True)
        silences = await self._ports.configuration.silences(guild_of(ctx), self._ports.clock.now())
        view = silences_view(silences)
        await reply(ctx, silences_card(silences), self._ports.pictures, view=view, ephemeral=True)

    @silence.command(ignore_extra=False, description="End a silence now.")
    @app_commands.describe(what="What is silenced: a signal, a symbol, or both, such as cross STRL")
    async def off(self, ctx: Asked, *, what: Words) -> None:
        """End one silence."""
        signal, subject = silenced_of(self._ports.desk, what)
        await ctx.defer()
        standing = await self._ports.configuration.silences(guild_of(ctx), self._ports.clock.now())
        if not [s for s in standing if (s.signal, s.subject) == (signal, subject)]:
            raise Refusal(f"{silence_words(signal, subject)} is not silenced: `silence list` shows what is")
        await self._set(ctx, f"off {signal} {subject}", Edit(Noun.SILENCE, key_of(signal, subject), None))
        await say(ctx, f"Stored: {silence_words(signal, subject)} is heard of again.")

    async def _silence(self, ctx: Asked, typed: str) -> None:
        signal, subject, length = request_of(self._ports.desk, typed)
        await ctx.defer()
        until = self._ports.clock.now() + length
        edit = Edit(Noun.SILENCE, key_of(signal, subject), {"until": until.isoformat()})
        await self._set(ctx, f"{signal} {subject}", edit)
        await say(ctx, set_words(signal, subject, until=until, length=length))

    async def _set(self, ctx: Asked, action: str, edit: Edit) -> None:
        await self._ports.configuration.change(
            guild_id=guild_of(ctx),
            by=ctx.author.id,
            at=self._ports.clock.now(),
            action=" ".join(f"silence {action}".split()),
            edits=[edit],
        )

    @add.autocomplete("what")
    async def _whats(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return what_choices(self._ports.desk, current)

    @add.autocomplete("duration")
    async def _lengths(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return length_choices(current)

    @add.autocomplete("symbol")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return symbol_choices(self._ports.desk, current)

    @off.autocomplete("what")
    async def _standing(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        guild_id, now = interaction.guild_id or 0, self._ports.clock.now()
        return standing_choices(await self._ports.configuration.silences(guild_id, now), current)
