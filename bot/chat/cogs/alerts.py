"""Moderators decide which channel gets alerts: alerts here, off, list, role, doctor."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.cards.embed import DESCRIPTION
from bot.cards.plain import CONTENT
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
from bot.chat.moderators.checkup import examine
from bot.chat.moderators.opting import invite, role_for
from bot.chat.moderators.places import Place, place_of
from bot.chat.moderators.roles import ping_trouble
from bot.chat.moderators.route_cards import route_words, routes_card, symbols_words
from bot.chat.moderators.route_edits import Deed, merge, need_routes, routes_at
from bot.chat.moderators.route_words import RoleWords, signals_of
from bot.chat.panels.doctor import doctor_page
from bot.chat.permissions import guild_of, need_moderator, need_to_post_here
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.records import Route

Word = commands.Range[str, 1, 60]
Words = commands.Range[str, 1, 600]

PLAIN_ROOM = CONTENT - 100
"""A list without an embed leaves room for its title."""


class Alerts(commands.Cog):
    """Which channel gets what."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._desk = ports.desk
        self._pictures = ports.pictures
        self._routes = ports.routes
        self._destinations = ports.destinations
        self._configuration = ports.configuration
        self._clock = ports.clock

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._configuration)
        return True

    @hybrid_group(description="For moderators: which channel gets alerts.", invoke_without_command=True)
    @app_commands.guild_only()
    async def alerts(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `alerts here`, `alerts off`, `alerts list`, `alerts role` or `alerts doctor`")

    @alerts.command(ignore_extra=False, description="Post alerts in this channel.")
    @app_commands.describe(
        signal="What to be alerted of (default: cross)", symbols="Only these, such as RUT IWM (default: all)"
    )
    async def here(self, ctx: Asked, signal: Word = DEFAULT_SIGNAL, *, symbols: Words = ALL) -> None:
        """Route a signal to this channel."""
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        place = place_of(ctx.guild, ctx.channel.id)
        chosen, subjects = route_named(self._desk, signal, symbols)
        need_to_post_here(ctx)
        await ctx.defer()
        route = await self._add(place, ctx.author.id, chosen.name, subjects)
        await say(ctx, f"Stored: {route_words(route)}. Alerts come after a session's close; `alerts off` ends them.")

    @alerts.command(ignore_extra=False, description="Stop alerts in this channel.")
    @app_commands.describe(signal="Only this one (default: all that come here)")
    async def off(self, ctx: Asked, signal: Word = "") -> None:
        """End this channel's routes."""
        name = ended_signal(self._desk, signal).name if signal else None
        await ctx.defer()
        ended = await self._routes.remove(
            guild_id=guild_of(ctx),
            channel_id=ctx.channel.id,
            by=ctx.author.id,
            at=self._clock.now(),
            signal=name,
        )
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

    @alerts.command(description="Post a button by which members take the role that this channel's alerts ping.")
    async def role(self, ctx: Asked, *, words: RoleWords) -> None:
        """Give this channel's routes a role, and members a button."""
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        names = [signal.name for signal in signals_of(words.signals)]
        need_to_post_here(ctx)
        await ctx.defer(ephemeral=True)
        routes = await need_routes(self._ports, ctx.guild.id, ctx.channel.id, names)
        settings = await self._configuration.settings(ctx.guild.id)
        role = await role_for(ctx.guild, routes, words.role, moderator_role_id=settings.moderator_role_id)
        routed = [route.signal for route in routes]
        deed = Deed(ctx.guild.id, ctx.channel.id, ctx.author.id, f"alerts role {' '.join(routed)}")
        await merge(self._ports, deed, routed, {"role_id": role.id})
        await invite(ctx.channel, role, routes)
        unheard = ping_trouble(role, ctx.channel.permissions_for(ctx.guild.me))
        more = f" But {unheard}." if unheard else ""
        await say(
            ctx, f"Stored: alerts of {', '.join(routed)} in this channel ping <@&{role.id}>.{more}", ephemeral=True
        )

    @alerts.command(ignore_extra=False, description="Check every channel that gets alerts, and say how to mend it.")
    async def doctor(self, ctx: Asked) -> None:
        """Show what the bot lacks where."""
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        await ctx.defer(ephemeral=True)
        found = await examine(ctx.guild, self._ports)
        card, view = doctor_page(found, 0, guild_id=ctx.guild.id, application_id=ctx.bot.application_id)
        await reply(ctx, card, self._pictures, view=view, ephemeral=True)

    async def _add(self, place: Place, by: int, signal: str, subjects: tuple[str, ...]) -> Route:
        """Store a route; of one that is there already the rest stays as it is."""
        deed = Deed(place.guild.id, place.id, by, f"alerts here {signal}")
        await merge(self._ports, deed, [signal], {"subjects": list(subjects)})
        (route,) = await need_routes(self._ports, place.guild.id, place.id, [signal])
        return route

    @role.autocomplete("signals")
    async def _here(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        routes = await routes_at(self._ports, interaction.guild_id or 0, interaction.channel_id or 0)
        return matching(current, ((route.signal, f"{route.signal}: {symbols_words(route)}") for route in routes))

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
        return matching(current, ((route.signal, f"{route.signal}: {symbols_words(route)}") for route in here))
