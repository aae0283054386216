"""Moderators decide which channel gets alerts: alerts here, off, list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards.card import Card
from bot.cards.embed import DESCRIPTION
from bot.cards.plain import CONTENT
from bot.cards.words import escape, length, listed
from bot.chat.choices import (
    ALL,
    DEFAULT_SIGNAL,
    Choices,
    ended_signal,
    last_symbol_choices,
    matching,
    route_named,
    signal_choices,
)
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.permissions import guild_of, need_moderator, need_to_post_here
from bot.chat.ports import Desk, Destinations, Pictures, Routes
from bot.chat.replies import Asked, reply, say
from bot.chat.whereabouts import CHANNEL_GONE
from bot.clock import Clock
from bot.records import Destination, Route

Word = commands.Range[str, 1, 60]
Words = commands.Range[str, 1, 600]

SYMBOLS_ROOM = 300
PLAIN_ROOM = CONTENT - 100
"""A list without an embed leaves room for its title."""


class Alerts(commands.Cog):
    """Which channel gets what."""

    def __init__(
        self, desk: Desk, pictures: Pictures, routes: Routes, destinations: Destinations, clock: Clock
    ) -> None:
        self._desk = desk
        self._pictures = pictures
        self._routes = routes
        self._destinations = destinations
        self._clock = clock

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        need_moderator(ctx)
        return True

    @hybrid_group(description="For moderators: which channel gets alerts.", invoke_without_command=True)
    @app_commands.default_permissions(manage_guild=True)
    @app_commands.guild_only()
    async def alerts(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `alerts here`, `alerts off` or `alerts list`")

    @alerts.command(ignore_extra=False, description="Post alerts in this channel.")
    @app_commands.describe(
        signal="What to be alerted of (default: cross)", symbols="Only these, such as RUT IWM (default: all)"
    )
    async def here(self, ctx: Asked, signal: Word = DEFAULT_SIGNAL, *, symbols: Words = ALL) -> None:
        """Route a signal to this channel."""
        chosen, subjects = route_named(self._desk, signal, symbols)
        need_to_post_here(ctx)
        await ctx.defer()
        route = await self._routes.add(
            guild_id=guild_of(ctx),
            channel_id=ctx.channel.id,
            signal=chosen.name,
            subjects=subjects,
            by=ctx.author.id,
            at=self._clock.now(),
        )
        await say(ctx, f"Stored: {route_words(route)}. Alerts come after a session's close; `alerts off` ends them.")

    @alerts.command(ignore_extra=False, description="Stop alerts in this channel.")
    @app_commands.describe(signal="Only this one (default: all that come here)")
    async def off(self, ctx: Asked, signal: Word = "") -> None:
        """End this channel's routes."""
        name = ended_signal(self._desk, signal).name if signal else None
        await ctx.defer()
        ended = await self._routes.remove(guild_id=guild_of(ctx), channel_id=ctx.channel.id, signal=name)
        if not ended:
            raise Refusal(f"no alerts{f' of {name}' if name else ''} come to this channel: `alerts list` shows where")
        await say(ctx, f"Stored: <#{ctx.channel.id}> gets no more alerts{f' of {name}' if name else ''}.")

    @alerts.command(ignore_extra=False, name="list", description="Which channel gets what.")
    async def list_(self, ctx: Asked) -> None:
        """Show the server's routes, and which of them reach nobody."""
        await ctx.defer(ephemeral=True)
        guild_id = guild_of(ctx)
        routes, ailing = await self._routes.list(guild_id), await self._destinations.off(guild_id)
        is_plain = ctx.interaction is None and not ctx.bot_permissions.embed_links
        card = routes_card(routes, ailing, room=PLAIN_ROOM if is_plain else DESCRIPTION)
        await reply(ctx, card, self._pictures, ephemeral=True)

    @here.autocomplete("signal")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return signal_choices(current, alertable=True)

    @here.autocomplete("symbols")
    async def _symbols(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return last_symbol_choices(self._desk, current)

    @off.autocomplete("signal")
    async def _routed(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        routes = await self._routes.list(interaction.guild_id or 0)
        here = [route for route in routes if route.channel_id == interaction.channel_id]
        return matching(current, ((route.signal, f"{route.signal}: {_subjects(route)}") for route in here))


def routes_card(routes: Sequence[Route], ailing: Sequence[Destination] = (), *, room: int = DESCRIPTION) -> Card:
    """Return the server's routes in at most `room` characters, the channels that need mending first.

    What does not fit is counted: the routes, and each kind of trouble, by themselves.
    """
    off = [_off_words(found) for found in ailing if found.off_since is not None]
    plain = [_plain_words(found) for found in ailing if found.off_since is None and found.is_plain]
    parts = [_part(title, lines, room // 3) for title, lines in (("Switched off", off), ("In plain words only", plain))]
    trouble = "".join(f"{part}\n\n" for part in parts if part)
    lines = [f"• {route_words(route)}, set by <@{route.created_by}>" for route in routes]
    lines = lines or ["No channel gets alerts yet. Say `alerts here` in the channel that shall."]
    left = room - length(trouble)
    text = trouble + (_part("Who gets what", lines, left) if trouble else listed(lines, left))
    return Card("Alerts in this server", text, tone="warning" if off else "neutral")


def _part(title: str, lines: Sequence[str], room: int) -> str:
    """Return lines below a title, as many as there is room for; nothing where there are none."""
    head = f"**{title}**\n"
    return head + listed(lines, room - length(head) - 2) if lines else ""


def _off_words(found: Destination) -> str:
    since = f", <t:{int(found.off_since.timestamp())}:R>" if found.off_since else ""
    return f"✗ {_where(found)}{since}: {escape(found.reason)}.{_mend(found)}"


def _mend(found: Destination) -> str:
    if found.is_direct:
        return ""
    if found.reason == CHANNEL_GONE:
        return " Say `alerts here` in another."
    return " Once that is mended, say `alerts here` in it."


def _plain_words(found: Destination) -> str:
    return f"• {_where(found)}: the bot lacks Embed Links. Give it that, then say `alerts here` in it."


def _where(found: Destination) -> str:
    return f"<@{found.channel_id}>" if found.is_direct else f"<#{found.channel_id}>"


def route_words(route: Route) -> str:
    """Return a route in words."""
    return f"<#{route.channel_id}> gets **{escape(route.signal)}** of {escape(_subjects(route))}"


def _subjects(route: Route) -> str:
    """Return the symbols of a route, whole ones alone, and how many more there are."""
    shown = list(route.subjects)
    while len(", ".join(shown)) > SYMBOLS_ROOM:
        shown.pop()
    left = len(route.subjects) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "") or "all symbols"
