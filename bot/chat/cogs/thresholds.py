"""Moderators set a server's thresholds: threshold list, set, rehearse, reset."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import (
    DEFAULT_SIGNAL,
    Choices,
    signal_choices,
    signal_named,
    threshold_choices,
    threshold_of,
    value_choices,
)
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.moderators.spans import RehearsalWords, span_of
from bot.chat.moderators.thresholds import (
    Moderator,
    change,
    changed_in,
    named,
    rehearsal_view,
    set_one,
    thresholds_card,
    thresholds_view,
)
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from signals.catalog import SIGNALS

Word = commands.Range[str, 1, 60]
_SIGNAL_FIRST = commands.parameter(displayed_name="signal")
"""What is said to be missing where nothing follows the command."""


class Thresholds(commands.Cog):
    """The numbers that decide when something is an event."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_group(description="For moderators: the numbers behind the alerts.", invoke_without_command=True)
    @app_commands.guild_only()
    async def threshold(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `threshold list`, `threshold set`, `threshold rehearse` or `threshold reset`")

    @threshold.command(ignore_extra=False, name="list", description="This server's thresholds with their bounds.")
    @app_commands.describe(signal="Of which signal (default: cross)")
    async def list_(self, ctx: Asked, signal: Word = DEFAULT_SIGNAL) -> None:
        """Show a signal's thresholds, and let one be chosen to change it."""
        chosen = signal_named(signal)
        await ctx.defer(ephemeral=True)
        changed = await changed_in(self._ports, guild_of(ctx), chosen)
        card, view = thresholds_card(chosen, changed), thresholds_view(chosen, changed)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    @threshold.command(ignore_extra=False, name="set", description="Change one threshold for this server.")
    @app_commands.describe(signal="Of which signal", name="Which threshold", value="The new value")
    async def set_(self, ctx: Asked, signal: Word, name: Word, value: Word) -> None:
        """Store one threshold."""
        chosen = signal_named(signal)
        wanted = threshold_of(chosen, name)
        parsed = wanted.parse(value)
        await ctx.defer()
        await say(ctx, await set_one(self._ports, _moderator(ctx), chosen, wanted, parsed))

    @threshold.command(description="What another value would have brought, before it is stored.")
    async def rehearse(self, ctx: Asked, *, words: RehearsalWords = _SIGNAL_FIRST) -> None:
        """Show what a value would have raised beside the present one; store it only on Save."""
        chosen, span = signal_named(words.signal), span_of(words)
        wanted = threshold_of(chosen, words.name)
        parsed = wanted.parse(words.value)
        await ctx.defer(ephemeral=True)
        guild_id = guild_of(ctx)
        changed = await changed_in(self._ports, guild_id, chosen)
        chosen.thresholds_with({**changed, wanted.name: parsed})
        card = await self._ports.foresight.rehearse(guild_id, chosen.name, wanted.name, parsed, **span.given)
        present = changed.get(wanted.name, wanted.default)
        view = rehearsal_view(chosen, wanted, parsed, present=present, span=span)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    @threshold.command(ignore_extra=False, description="Back to the default: one threshold, or all of a signal.")
    @app_commands.describe(signal="Of which signal", name="Which threshold (default: all)")
    async def reset(self, ctx: Asked, signal: Word, name: Word = "") -> None:
        """Forget what was set."""
        chosen = signal_named(signal)
        only = threshold_of(chosen, name).name if name else None
        await ctx.defer()
        values = dict.fromkeys([only] if only else [threshold.name for threshold in chosen.thresholds])
        action = f"reset {chosen.name} {only or ''}".strip()
        done = await change(self._ports, _moderator(ctx), chosen, values, action)
        if not done.edits:
            raise Refusal(f"{named(chosen, only)} had not been changed in this server")
        await say(ctx, f"Stored: {named(chosen, only)} is back to the default.")

    @list_.autocomplete("signal")
    @set_.autocomplete("signal")
    @reset.autocomplete("signal")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current)

    @rehearse.autocomplete("signal")
    async def _raising(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current, alertable=True)

    @set_.autocomplete("name")
    @rehearse.autocomplete("name")
    @reset.autocomplete("name")
    async def _names(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        return threshold_choices(interaction.namespace.signal or "", current)

    @set_.autocomplete("value")
    @rehearse.autocomplete("value")
    async def _values(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        signal = next((s for s in SIGNALS if s.name == interaction.namespace.signal), None)
        wanted = [t for t in signal.thresholds if t.name == interaction.namespace.name] if signal else []
        if signal is None or not wanted:
            return []
        changed = await self._ports.thresholds.of(interaction.guild_id or 0, signal.name)
        return value_choices(wanted[0], changed.get(wanted[0].name, wanted[0].default), current)


def _moderator(ctx: Asked) -> Moderator:
    return Moderator(guild_of(ctx), ctx.author.id)
