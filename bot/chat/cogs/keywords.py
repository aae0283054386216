"""Moderators decide which words ask for a briefing: keyword add, remove, list."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_group
from bot.chat.keywords import keyword_of, squeezed
from bot.chat.members.briefings import briefing_choices, briefing_named
from bot.chat.moderators.keywords import UNHEARD, added, keywords_card, keywords_in, need_few, removed
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply, say
from bot.chat.words import safe
from bot.people import Edit

Word = commands.Range[str, 1, 60]
Words = commands.Range[str, 1, 100]


class Keywords(commands.Cog):
    """What words ask for."""

    def __init__(self, ports: Ports, prefix: str | None) -> None:
        self._ports = ports
        self._prefix = prefix

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_group(description="For moderators: which words ask for a briefing.", invoke_without_command=True)
    @app_commands.guild_only()
    async def keyword(self, _ctx: Asked, *, typed: str = "") -> None:
        """Say what may follow; only the prefix form comes here."""
        del typed
        raise Refusal("say `keyword add`, `keyword remove` or `keyword list`")

    @keyword.command(ignore_extra=False, description="Let a message that says just these words ask for a briefing.")
    @app_commands.describe(name="smallcap or rotation", words="3 to 40 letters, digits and spaces")
    async def add(self, ctx: Asked, name: Word, *, words: Words) -> None:
        """Store a keyword."""
        if self._prefix is None:
            raise Refusal(UNHEARD)
        paper, wanted = briefing_named(name), keyword_of(words, self._prefix)
        await ctx.defer()
        await self._change(ctx, f"keyword add {paper} {wanted}", added(wanted, paper))
        await say(ctx, f"Stored: a message that says **{safe(wanted)}** and nothing else gets the {paper} briefing.")

    @keyword.command(ignore_extra=False, description="Let words ask for nothing any more.")
    @app_commands.describe(words="One of those that keyword list shows")
    async def remove(self, ctx: Asked, *, words: Words) -> None:
        """Take a keyword away."""
        wanted = squeezed(words)
        await ctx.defer()
        if wanted not in keywords_in(await self._rows(guild_of(ctx))):
            raise Refusal(f"{safe(wanted)} is no keyword here: `keyword list` shows them")
        await self._change(ctx, f"keyword remove {wanted}", removed(wanted))
        await say(ctx, f"Stored: **{safe(wanted)}** asks for nothing any more.")

    @keyword.command(ignore_extra=False, name="list", description="Which words ask for which briefing.")
    async def list_(self, ctx: Asked) -> None:
        """Show the server's keywords."""
        await ctx.defer(ephemeral=True)
        card = keywords_card(await self._rows(guild_of(ctx)), is_heard=self._prefix is not None)
        await reply(ctx, card, self._ports.pictures, ephemeral=True)

    async def _rows(self, guild_id: int) -> Any:
        return await self._ports.configuration.rows(guild_id, self._ports.clock.now())

    async def _change(self, ctx: Asked, action: str, edit: Edit) -> None:
        await self._ports.configuration.change(
            guild_id=guild_of(ctx),
            by=ctx.author.id,
            at=self._ports.clock.now(),
            action=action,
            edits=[edit],
            check=need_few,
        )

    @add.autocomplete("name")
    async def _papers(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return briefing_choices(current)

    @remove.autocomplete("words")
    async def _known(self, interaction: discord.Interaction[Any], current: str) -> Choices:
        found = keywords_in(await self._rows(interaction.guild_id or 0))
        return matching(current, ((words, f"{words}: {paper}") for words, paper in sorted(found.items())))
