"""Moderators decide who gets alerts in detail: route add, edit, remove, list, test, zone."""

from __future__ import annotations

import asyncio
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import ALL, DEFAULT_SIGNAL, Choices, matching
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.moderators.places import Place, need_to_post_in, need_to_see, place_of
from bot.chat.moderators.roles import ping_trouble, role_choices
from bot.chat.moderators.route_cards import A_PAGE, PLAIN_PAGE, pages_view, route_words, routes_page
from bot.chat.moderators.route_edits import Deed, end, merge, need_routes, routes_at, wanted_of
from bot.chat.moderators.route_words import RouteWords, TestWords, WhichWords, cadence_choices, signals_of
from bot.chat.moderators.trial import Trial, send
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Ports
from bot.chat.press import Action
from bot.chat.replies import Asked, reply, say
from bot.chat.subjects import last_subject_choices
from bot.chat.zones import local_zone_choices, zone_named
from bot.people import Edit, Noun
from bot.records import Route
from signals.catalog import SIGNALS, by_name

Name = commands.Range[str, 1, 60]


class Routing(commands.Cog):
    """Channels, signals, subjects, importance, roles and hours."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_group(description="For moderators: who gets which alerts, in detail.", invoke_without_command=True)
    @app_commands.guild_only()
    async def route(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `route add`, `route edit`, `route remove`, `route list`, `route test` or `route zone`")

    @route.command(description="Send alerts to a channel: of signals, about subjects, to a role, at once or daily.")
    async def add(self, ctx: Asked, *, words: RouteWords) -> None:
        """Store routes; of one that is there already, what is not named stays."""
        place = await self._place(ctx, words)
        signals = signals_of(words.signals) or (by_name(DEFAULT_SIGNAL),)
        wanted = {"subjects": [], **wanted_of(place.guild, self._ports, signals, words)}
        need_to_post_in(place)
        await ctx.defer()
        names = [signal.name for signal in signals]
        await merge(self._ports, _deed(ctx, place, f"route add {' '.join(names)}"), names, wanted)
        await self._confirm(ctx, place, names)

    @route.command(description="Change what is named of a channel's routes, and nothing else.")
    async def edit(self, ctx: Asked, *, words: RouteWords) -> None:
        """Change routes that are there."""
        place = await self._place(ctx, words)
        await ctx.defer()
        names = await self._routed(place, words.signals)
        wanted = wanted_of(place.guild, self._ports, [by_name(name) for name in names], words)
        if not wanted:
            raise Refusal("say what to change: `subjects:`, `importance:`, `role:` or `cadence:`")
        need_to_post_in(place)
        await merge(self._ports, _deed(ctx, place, f"route edit {' '.join(names)}"), names, wanted)
        await self._confirm(ctx, place, names)

    @route.command(description="End a channel's routes: of some signals, or all.")
    async def remove(self, ctx: Asked, *, words: WhichWords) -> None:
        """End routes."""
        place = await self._place(ctx, words)
        await ctx.defer()
        names = await self._routed(place, words.signals)
        await end(self._ports, _deed(ctx, place, f"route remove {' '.join(names)}"), names)
        await say(ctx, f"Stored: <#{place.id}> gets no more alerts of {', '.join(names)}.")

    @route.command(ignore_extra=False, name="list", description="Which channel gets what, channel by channel.")
    async def list_(self, ctx: Asked) -> None:
        """Show the server's routes, and which of them reach nobody."""
        await ctx.defer(ephemeral=True)
        guild_id = guild_of(ctx)
        routes, ailing = await self._ports.routes.list(guild_id), await self._ports.destinations.off(guild_id)
        zone = (await self._ports.configuration.settings(guild_id)).time_zone
        is_plain = ctx.interaction is None and not ctx.bot_permissions.embed_links
        card, at, pages = routes_page(routes, ailing, 0, zone=zone, room=PLAIN_PAGE if is_plain else A_PAGE)
        await reply(ctx, card, self._ports.pictures, view=pages_view(Action.ROUTES, at, pages), ephemeral=True)

    @route.command(description="Send a test message the way an alert goes.")
    async def test(self, ctx: Asked, *, words: TestWords) -> None:
        """Send a test to a channel, and say whether it arrived."""
        place = await self._place(ctx, words)
        await ctx.defer(ephemeral=True)
        names = [signal.name for signal in signals_of(words.signals)]
        routes = await need_routes(self._ports, place.guild.id, place.id, names)
        await say(ctx, await send(ctx.bot, self._ports, Trial(place, routes, words.ping)), ephemeral=True)

    @route.command(ignore_extra=False, description="The time zone of this server's daily messages.")
    @app_commands.describe(name="Such as America/New_York or Europe/Berlin")
    async def zone(self, ctx: Asked, name: Name) -> None:
        """Store the server's time zone."""
        chosen = zone_named(name)
        await ctx.defer()
        await self._ports.configuration.change(
            guild_id=guild_of(ctx),
            by=ctx.author.id,
            at=self._ports.clock.now(),
            action=f"route zone {chosen}",
            edits=[Edit(Noun.GUILD, "time_zone", {"value": chosen})],
        )
        await say(ctx, f"Stored: daily messages of this server follow the clock of **{chosen}**.")

    async def _place(self, ctx: Asked, words: RouteWords | WhichWords) -> Place:
        """Return the channel that is named, or else this one; refuse one that the moderator cannot see."""
        if ctx.guild is None or not isinstance(ctx.author, discord.Member):
            raise commands.NoPrivateMessage
        place = place_of(ctx.guild, words.channel.id if words.channel else ctx.channel.id)
        if place.id != ctx.channel.id:
            await need_to_see(place, ctx.author)
        return place

    async def _routed(self, place: Place, typed: str) -> list[str]:
        """Return the channel's signals that are meant: those named, or all that come there; refuse where none does."""
        named = [] if typed.strip().lower() == ALL else [signal.name for signal in signals_of(typed)]
        found = {route.signal for route in await need_routes(self._ports, place.guild.id, place.id, named)}
        return [signal.name for signal in SIGNALS if signal.name in found]

    async def _confirm(self, ctx: Asked, place: Place, names: list[str]) -> None:
        """Say what is stored now, and why a ping would not be heard."""
        routes = await routes_at(self._ports, place.guild.id, place.id, names)
        lines = [f"Stored: {route_words(route)}." for route in routes]
        await say(ctx, "\n".join([*lines, *_cautions(place, routes)]))

    @add.autocomplete("signals")
    async def _signals(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        names = [(signal.name, f"{signal.name}: {signal.title}") for signal in SIGNALS if signal.kinds]
        return matching(current, [*names, (ALL, "all signals that raise alerts")])

    @edit.autocomplete("signals")
    @remove.autocomplete("signals")
    @test.autocomplete("signals")
    async def _routed_signals(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        chosen = interaction.namespace.channel
        where = chosen.id if chosen is not None else interaction.channel_id or 0
        routes = await routes_at(self._ports, interaction.guild_id or 0, where)
        return matching(current, [*((route.signal, "") for route in routes), (ALL, "all of that channel")])

    @add.autocomplete("subjects")
    @edit.autocomplete("subjects")
    async def _subjects(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return last_subject_choices(self._ports.desk, current)

    @add.autocomplete("role")
    @edit.autocomplete("role")
    async def _roles(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        return role_choices(interaction.guild, current)

    @add.autocomplete("cadence")
    @edit.autocomplete("cadence")
    async def _cadences(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return cadence_choices(current)

    @zone.autocomplete("name")
    async def _zones(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        # Six hundred small files are read the first time.
        return await asyncio.to_thread(local_zone_choices, current, self._ports.clock.now())


def _deed(ctx: Asked, place: Place, action: str) -> Deed:
    return Deed(place.guild.id, place.id, ctx.author.id, action)


def _cautions(place: Place, routes: list[Route]) -> list[str]:
    """Return why pings of the routes' roles would reach nobody."""
    roles = [place.guild.get_role(role_id) for role_id in {route.role_id for route in routes} if role_id]
    allowed = place.permissions_for(place.guild.me)
    found = [ping_trouble(role, allowed) for role in roles if role is not None]
    return [f"{trouble}." for trouble in found if trouble]
