"""Moderators decide which channel gets papers, and when: paper here, off, list."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.moderators.orders import (
    TITLES,
    order_edit,
    order_of,
    order_words,
    orders_card,
    paper_choices,
    paper_named,
    papers_at,
    rhythm_choices,
    since_words,
)
from bot.chat.moderators.places import place_of
from bot.chat.permissions import guild_of, need_moderator, need_to_post_here
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.people import Change, Edit, PaperName

Word = commands.Range[str, 1, 60]


class Ordering(commands.Cog):
    """Which channel gets which paper."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_group(description="For moderators: which channel gets briefings and digests.", invoke_without_command=True)
    @app_commands.guild_only()
    async def paper(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `paper here`, `paper off` or `paper list`")

    @paper.command(ignore_extra=False, description="Post a briefing or a digest in this channel, again and again.")
    @app_commands.describe(
        name="smallcap, rotation or digest",
        when="daily or weekly, and an hour such as 18:00 (default: digest daily, others weekly, after the scan)",
    )
    async def here(self, ctx: Asked, name: Word, *, when: Word = "") -> None:
        """Order a paper for this channel."""
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        place = place_of(ctx.guild, ctx.channel.id)
        paper = paper_named(name)
        row = order_of(paper, when)
        need_to_post_here(ctx)
        await ctx.defer()
        change = await self._change(ctx, f"paper here {paper}", [order_edit(place.id, paper, row)])
        zone = (await self._ports.configuration.settings(place.guild.id)).time_zone
        told = f"Stored: <#{place.id}> gets {order_words(paper, row, zone)}{since_words(change)}."
        await say(ctx, f"{told} `paper off {paper}` ends it.")

    @paper.command(ignore_extra=False, description="Stop papers in this channel.")
    @app_commands.describe(name="Only this one (default: all that come here)")
    async def off(self, ctx: Asked, name: Word = "") -> None:
        """End this channel's orders."""
        wanted = list(PaperName) if not name else [paper_named(name)]
        await ctx.defer()
        rows = await self._ports.configuration.rows(guild_of(ctx), self._ports.clock.now())
        ended = [paper for paper in wanted if paper in papers_at(rows, ctx.channel.id)]
        if not ended:
            which = f" the {TITLES[wanted[0]]}" if name else " papers"
            raise Refusal(f"this channel does not get{which}: `paper list` shows what goes where")
        edits = [order_edit(ctx.channel.id, paper, None) for paper in ended]
        await self._change(ctx, f"paper off {' '.join(ended)}", edits)
        told = " and ".join(f"the **{TITLES[paper]}**" for paper in ended)
        await say(ctx, f"Stored: <#{ctx.channel.id}> no longer gets {told}.")

    @paper.command(ignore_extra=False, name="list", description="Which channel gets which paper, and when.")
    async def list_(self, ctx: Asked) -> None:
        """Show the server's orders."""
        await ctx.defer(ephemeral=True)
        configuration, guild_id = self._ports.configuration, guild_of(ctx)
        rows = await configuration.rows(guild_id, self._ports.clock.now())
        card = orders_card(rows, (await configuration.settings(guild_id)).time_zone)
        await reply(ctx, card, self._ports.pictures, ephemeral=True)

    async def _change(self, ctx: Asked, action: str, edits: list[Edit]) -> Change:
        return await self._ports.configuration.change(
            guild_id=guild_of(ctx), by=ctx.author.id, at=self._ports.clock.now(), action=action, edits=edits
        )

    @here.autocomplete("name")
    async def _papers(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return paper_choices(current)

    @here.autocomplete("when")
    async def _rhythms(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return rhythm_choices(current)

    @off.autocomplete("name")
    async def _ordered(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        rows = await self._ports.configuration.rows(interaction.guild_id or 0, self._ports.clock.now())
        return matching(current, ((name, TITLES[name]) for name in papers_at(rows, interaction.channel_id or 0)))
