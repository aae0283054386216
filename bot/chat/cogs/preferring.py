"""How members want direct messages: preferences show, timezone, quiet, daily, instant, importance, signals."""

from __future__ import annotations

import asyncio
from difflib import get_close_matches
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import ALL, Choices, matching, signal_choices
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.chat.subscribers.preference_cards import QUIET_SPANS, preferences_answer
from bot.chat.subscribers.preferring import (
    IMPORTANCES,
    INSTANTLY,
    OFF,
    Changes,
    daily_change,
    importance_change,
    importance_examples,
    prefer,
    quiet_change,
    signals_change,
    zone_change,
)
from bot.chat.words import TYPED_SHOWN, joined, safe
from bot.chat.zones import local_zone_choices

Word = commands.Range[str, 1, 60]
Words = commands.Range[str, 1, 200]

HOURS = ("16:30", "17:00", "18:00", "19:00", "20:00", "21:00", "22:00", "07:00", "08:00", "09:00")
"""Offered for the daily message: after the close, and before the next session."""


class Preferring(commands.Cog):
    """How direct messages come."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    @hybrid_group(description="How direct messages come to you.", invoke_without_command=True)
    async def preferences(self, ctx: Asked, *, typed: str = "") -> None:
        """Show the asker's preferences; only the prefix form comes here."""
        if typed:
            names = sorted(command.name for command in self.preferences.commands)  # type: ignore[attr-defined]
            near = get_close_matches(typed.casefold()[:TYPED_SHOWN], names, n=1)
            hint = f"did you mean `preferences {near[0]}`?" if near else f"there are {joined(names)}"
            raise Refusal(f"there is no preference {safe(typed, TYPED_SHOWN)}: {hint}")
        await self._show(ctx)

    @preferences.command(ignore_extra=False, description="How direct messages come to you, and what changes it.")
    async def show(self, ctx: Asked) -> None:
        """Show the asker's preferences."""
        await self._show(ctx)

    @preferences.command(description="Where your clock is: quiet and daily hours are told in its time.")
    @app_commands.describe(zone="A city, a zone such as Europe/Berlin, or an offset such as UTC+2")
    async def timezone(self, ctx: Asked, *, zone: Words) -> None:
        """Store a time zone."""
        await self._store(ctx, zone_change(zone))

    @preferences.command(description="Hours in which nothing arrives; alerts wait for their end.")
    @app_commands.describe(hours="From and to, such as 22:00-07:00, or off")
    async def quiet(self, ctx: Asked, *, hours: Words) -> None:
        """Store quiet hours."""
        await self._store(ctx, quiet_change(hours))

    @preferences.command(description="All of a day in one message, at an hour of your own.")
    @app_commands.describe(hour="When, such as 18:00 or 6pm")
    async def daily(self, ctx: Asked, *, hour: Words) -> None:
        """Store the daily message and its hour."""
        await self._store(ctx, daily_change(hour))

    @preferences.command(ignore_extra=False, description="Each message at once, after a session's close.")
    async def instant(self, ctx: Asked) -> None:
        """Store that messages come at once."""
        await self._store(ctx, INSTANTLY)

    @preferences.command(ignore_extra=False, description="How important an alert must be to be sent to you.")
    @app_commands.describe(least="1 (everything) to 5 (what matters most)")
    async def importance(self, ctx: Asked, least: Word) -> None:
        """Store the least importance."""
        await self._store(ctx, importance_change(least))

    @preferences.command(description="Which signals may come to you.")
    @app_commands.describe(names="One signal or several, or all")
    async def signals(self, ctx: Asked, *, names: Words) -> None:
        """Store which signals are let in."""
        await self._store(ctx, signals_change(names.replace(",", " ").split()))

    @timezone.autocomplete("zone")
    async def _zones(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        # Six hundred small files are read the first time.
        return await asyncio.to_thread(local_zone_choices, current, self._ports.clock.now())

    @quiet.autocomplete("hours")
    async def _spans(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return matching(current, [*((span, span) for span in QUIET_SPANS), (OFF, f"{OFF}: no quiet hours")])

    @daily.autocomplete("hour")
    async def _hours(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return matching(current, ((hour, hour) for hour in HOURS))

    @importance.autocomplete("least")
    async def _importances(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        pairs = ((str(n), f"{n}: {words} ({importance_examples(n)})") for n, words in IMPORTANCES.items())
        return matching(current, pairs)

    @signals.autocomplete("names")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        every = matching(current, [(ALL, f"{ALL}: every signal")])
        return [*every, *signal_choices(current, alertable=True)][:25]

    async def _show(self, ctx: Asked) -> None:
        await ctx.defer(ephemeral=True)
        card, view = await preferences_answer(self._ports, ctx.author.id)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    async def _store(self, ctx: Asked, changes: Changes) -> None:
        await ctx.defer(ephemeral=True)
        await say(ctx, await prefer(self._ports, ctx.author.id, changes), ephemeral=True)
