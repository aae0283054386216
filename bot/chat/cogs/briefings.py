"""Briefings: a session on a few printed pages."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices
from bot.chat.hybrid import hybrid_command
from bot.chat.members.briefings import briefing_choices, briefing_named, pdf_of
from bot.chat.permissions import need_files
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply
from bot.people import PaperName

Typed = commands.Range[str, 1, 60]


class Briefings(commands.Cog):
    """What anybody may read in print."""

    def __init__(self, ports: Ports) -> None:
        self._papers = ports.papers
        self._pictures = ports.pictures

    @hybrid_command(ignore_extra=False, description="The last session as a PDF: small caps, or who leads.")
    @app_commands.describe(name="smallcap or rotation (default: smallcap)")
    async def briefing(self, ctx: Asked, *, name: Typed = PaperName.SMALLCAP.value) -> None:
        """Hand out a briefing."""
        paper = briefing_named(name)
        need_files(ctx)
        await ctx.defer()
        printed = await self._papers.briefing(paper)
        await reply(ctx, printed.card, self._pictures, attached=pdf_of(printed))

    @briefing.autocomplete("name")
    async def _names(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return briefing_choices(current)
