"""Moderators look back, and take back: audit, undo."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from bot.chat.errors import Refusal
from bot.chat.hybrid import hybrid_command
from bot.chat.moderators.audits import MOST_PAGES, need_channels, page_of, undo_card, undo_view, undoable
from bot.chat.permissions import guild_of, need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply

Page = commands.Range[int, 1, MOST_PAGES]


class Auditing(commands.Cog):
    """Who changed what."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_command(ignore_extra=False, description="For moderators: who changed what, when, from what to what.")
    @app_commands.guild_only()
    @app_commands.describe(page="Which page; the newest changes are on the first")
    async def audit(self, ctx: Asked, page: Page = 1) -> None:
        """Show a page of what was changed."""
        await ctx.defer(ephemeral=True)
        card, view = await page_of(self._ports.configuration, guild_of(ctx), page - 1)
        await reply(ctx, card, self._ports.pictures, view=view, ephemeral=True)

    @hybrid_command(ignore_extra=False, description="For moderators: take back the last change; shown first.")
    @app_commands.guild_only()
    async def undo(self, ctx: Asked) -> None:
        """Show what the last change was and what undoing it brings back; it is undone only when that is confirmed."""
        await ctx.defer(ephemeral=True)
        if ctx.guild is None:
            raise commands.NoPrivateMessage
        change = await undoable(self._ports.configuration, ctx.guild.id)
        if change is None:
            raise Refusal("there is nothing to undo: `audit` lists what was changed")
        await need_channels(ctx.guild, change)
        await reply(ctx, undo_card(change), self._ports.pictures, view=undo_view(change), ephemeral=True)
