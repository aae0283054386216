"""Moderators set a server's thresholds: threshold list, set, reset."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards.card import Card
from bot.cards.words import escape
from bot.chat.choices import (
    DEFAULT_SIGNAL,
    Choices,
    bounds_words,
    signal_choices,
    signal_named,
    still_known,
    threshold_choices,
    threshold_of,
    unit_words,
    value_choices,
    value_words,
)
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Pictures, ThresholdValues
from bot.chat.replies import Asked, reply, say
from bot.clock import Clock
from signals.catalog import SIGNALS
from signals.definition import Signal, Threshold

Word = commands.Range[str, 1, 60]
Changed = Mapping[str, float | int | str]


class Thresholds(commands.Cog):
    """The numbers that decide when something is an event."""

    def __init__(self, pictures: Pictures, thresholds: ThresholdValues, clock: Clock) -> None:
        self._pictures = pictures
        self._thresholds = thresholds
        self._clock = clock
        self._turn = asyncio.Lock()
        """Held from looking at the values to changing one: two changes, each right alone, may contradict each other."""

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        need_moderator(ctx)
        return True

    @hybrid_group(description="For moderators: the numbers behind the alerts.", invoke_without_command=True)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def threshold(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `threshold list`, `threshold set` or `threshold reset`")

    @threshold.command(ignore_extra=False, name="list", description="This server's thresholds with their bounds.")
    @app_commands.describe(signal="Of which signal (default: cross)")
    async def list_(self, ctx: Asked, signal: Word = DEFAULT_SIGNAL) -> None:
        """Show a signal's thresholds."""
        chosen = signal_named(signal)
        await ctx.defer(ephemeral=True)
        changed = await self._changed(ctx, chosen)
        await reply(ctx, thresholds_card(chosen, changed), self._pictures, ephemeral=True)

    @threshold.command(ignore_extra=False, name="set", description="Change one threshold for this server.")
    @app_commands.describe(signal="Of which signal", name="Which threshold", value="The new value")
    async def set_(self, ctx: Asked, signal: Word, name: Word, value: Word) -> None:
        """Store one threshold."""
        chosen = signal_named(signal)
        wanted = threshold_of(chosen, name)
        parsed = wanted.parse(value)
        await ctx.defer()
        async with self._turn:
            changed = await self._changed(ctx, chosen)
            chosen.thresholds_with({**changed, wanted.name: parsed})
            await self._thresholds.set(
                guild_id=guild_of(ctx),
                signal=chosen.name,
                name=wanted.name,
                value=parsed,
                by=ctx.author.id,
                at=self._clock.now(),
            )
        await say(ctx, stored_words(chosen, wanted, before=changed.get(wanted.name, wanted.default), now=parsed))

    @threshold.command(ignore_extra=False, description="Back to the default: one threshold, or all of a signal.")
    @app_commands.describe(signal="Of which signal", name="Which threshold (default: all)")
    async def reset(self, ctx: Asked, signal: Word, name: Word = "") -> None:
        """Forget what was set."""
        chosen = signal_named(signal)
        only = threshold_of(chosen, name).name if name else None
        await ctx.defer()
        async with self._turn:
            changed = await self._changed(ctx, chosen)
            chosen.thresholds_with({n: value for n, value in changed.items() if only not in {n, None}})
            count = await self._thresholds.reset(guild_id=guild_of(ctx), signal=chosen.name, name=only)
        if not count:
            raise Refusal(f"{_named(chosen, only)} had not been changed in this server")
        await say(ctx, f"Stored: {_named(chosen, only)} is back to the default.")

    async def _changed(self, ctx: Asked, signal: Signal) -> Changed:
        return still_known(signal, await self._thresholds.of(guild_of(ctx), signal.name))

    @list_.autocomplete("signal")
    @set_.autocomplete("signal")
    @reset.autocomplete("signal")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current)

    @set_.autocomplete("name")
    @reset.autocomplete("name")
    async def _names(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        return threshold_choices(interaction.namespace.signal or "", current)

    @set_.autocomplete("value")
    async def _values(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        signal = next((s for s in SIGNALS if s.name == interaction.namespace.signal), None)
        wanted = [t for t in signal.thresholds if t.name == interaction.namespace.name] if signal else []
        if signal is None or not wanted:
            return []
        changed = await self._thresholds.of(interaction.guild_id or 0, signal.name)
        return value_choices(wanted[0], changed.get(wanted[0].name, wanted[0].default), current)


def thresholds_card(signal: Signal, changed: Changed) -> Card:
    """Return a signal's thresholds as a page; what the server changed is marked."""
    lines = [_line(threshold, changed) for threshold in signal.thresholds]
    return Card(
        f"Thresholds of {signal.name}",
        "\n".join(lines) or f"{signal.name} has no thresholds.",
        footer="threshold set <signal> <name> <value> changes one; threshold reset <signal> [name] undoes it.",
    )


def stored_words(signal: Signal, threshold: Threshold, *, before: float | str, now: float | str) -> str:
    """Return the acknowledgement of a change."""
    return (
        f"Stored: {_named(signal, threshold.name)} is now **{escape(value_words(now))}**{unit_words(threshold)} "
        f"(before: {escape(value_words(before))}). Answers use it now, alerts from the next session on."
    )


def _line(threshold: Threshold, changed: Changed) -> str:
    value = changed.get(threshold.name, threshold.default)
    default = f"default {value_words(threshold.default)}, " if threshold.name in changed else ""
    mark = "✎ " if threshold.name in changed else ""
    name, shown = escape(threshold.name), escape(value_words(value))
    return f"{mark}**{name}** = **{shown}** ({default}{bounds_words(threshold)}): {escape(threshold.description)}"


def _named(signal: Signal, name: str | None) -> str:
    return f"**{escape(signal.name)} {escape(name)}**" if name else f"everything of **{escape(signal.name)}**"
