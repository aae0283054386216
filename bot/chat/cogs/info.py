"""Questions about the bot: status, about, help."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_command
from bot.chat.ports import Desk, Pictures
from bot.chat.replies import Asked, reply
from bot.chat.teaching.lesson import Lesson
from bot.chat.teaching.lessons import all_lessons, lessons_of
from bot.chat.teaching.primer import EVERYTHING, contents, help_view, page
from bot.chat.words import TYPED_SHOWN, safe

Typed = commands.Range[str, 1, 60]


class Info(commands.Cog):
    """What the bot is, how it is, and how to ask it.

    Parameters
    ----------
    prefix : str or None
        What prefix commands begin with; None where there are slash commands alone.
    """

    def __init__(self, desk: Desk, pictures: Pictures, prefix: str | None) -> None:
        self._desk = desk
        self._pictures = pictures
        self._prefix = prefix

    @hybrid_command(ignore_extra=False, description="Last session, coverage, symbols held back and why, next run.")
    async def status(self, ctx: Asked) -> None:
        """Show how the bot is."""
        await ctx.defer()
        card = await self._desk.status()
        await reply(ctx, card, self._pictures)

    @hybrid_command(ignore_extra=False, description="Where prices come from, how late they are, what this bot is not.")
    async def about(self, ctx: Asked) -> None:
        """Show what the bot is."""
        await ctx.defer()
        await reply(ctx, self._desk.about(), self._pictures)

    @hybrid_command(ignore_extra=False, name="help", description="What you can ask, with examples.")
    @app_commands.describe(command="A command to explain, such as cross or alerts here")
    async def help_(self, ctx: Asked, *, command: Typed = "") -> None:
        """Show what one can ask."""
        card = contents(self._prefix) if not command else page(self._lessons(command), self._prefix)
        await reply(ctx, card, self._pictures, view=help_view("" if command else EVERYTHING), ephemeral=True)

    @help_.autocomplete("command")
    async def _commands(self, _interaction: discord.Interaction[Any], current: str) -> Choices:
        return matching(current, ((lesson.command, f"{lesson.command}: {lesson.says}") for lesson in all_lessons()))

    def _lessons(self, command: str) -> tuple[Lesson, ...]:
        found = lessons_of(command)
        if not found:
            near = get_close_matches(command.lower(), [lesson.command for lesson in all_lessons()], n=1)
            hint = f"did you mean {near[0]}?" if near else "help without a name lists them all"
            raise Refusal(f"there is no command {safe(command, TYPED_SHOWN)}: {hint}")
        return found
