"""Moderators take a server's settings out as a file, and bring them in: export, import."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot import __version__
from bot.cards.card import Card
from bot.chat.hybrid import hybrid_command
from bot.chat.moderators.config_document import Unreadable
from bot.chat.moderators.config_file import MOST_BYTES, OF_CHANNELS, Export, Rows, config_text
from bot.chat.moderators.imports import complaints_card, content_of, file_of, proposal_card, proposal_of, proposal_view
from bot.chat.permissions import guild_of, need_files, need_moderator
from bot.chat.ports import Ports
from bot.chat.replies import Asked, reply
from bot.people import Noun

ALWAYS_TOLD = (Noun.ROUTE, Noun.THRESHOLD, Noun.SILENCE)
"""Also where there are none."""


class Config(commands.Cog):
    """Everything a server has set, as a file."""

    def __init__(self, ports: Ports, prefix: str | None) -> None:
        self._ports = ports
        self._prefix = prefix

    async def cog_check(self, ctx: Asked) -> bool:
        """Let moderators pass."""
        await need_moderator(ctx, self._ports.configuration)
        return True

    @hybrid_command(ignore_extra=False, description="Everything this server has set, as a file to keep or to change.")
    @app_commands.guild_only()
    async def export(self, ctx: Asked) -> None:
        """Hand out the file."""
        need_files(ctx)
        await ctx.defer(ephemeral=True)
        guild, now = _guild(ctx), self._ports.clock.now()
        rows = await self._ports.configuration.rows(guild.id, now)
        content = config_text(rows, Export(guild.name, now, __version__, _names(guild, ctx.author, rows))).encode()
        card = Card("This server's settings", _export_words(rows, len(content)))
        await reply(ctx, card, self._ports.pictures, attached=file_of(content, guild.id), ephemeral=True)

    @hybrid_command(ignore_extra=False, name="import", description="Set this server as a file says; shown first.")
    @app_commands.guild_only()
    @app_commands.describe(file="What export gave, as it was or changed")
    async def import_(self, ctx: Asked, file: discord.Attachment) -> None:
        """Show what the file would change; it is stored only when that is confirmed."""
        need_files(ctx)
        await ctx.defer(ephemeral=True)
        guild_id, content = guild_of(ctx), await content_of(file)
        if not isinstance(ctx.author, discord.Member):
            raise commands.NoPrivateMessage
        pictures = self._ports.pictures
        try:
            proposal = await proposal_of(self._ports, ctx.author, content, self._prefix)
        except Unreadable as unreadable:
            await reply(ctx, complaints_card(unreadable), pictures, ephemeral=True)
            return
        card, view, attached = proposal_card(proposal), proposal_view(proposal), file_of(content, guild_id)
        await reply(ctx, card, pictures, view=view, attached=attached, ephemeral=True)


def _guild(ctx: Asked) -> discord.Guild:
    if ctx.guild is None:
        raise commands.NoPrivateMessage
    return ctx.guild


def _names(guild: discord.Guild, reader: discord.Member | discord.User, rows: Rows) -> dict[int, str]:
    """Return what the channels and roles in `rows` are called, to stand beside their numbers.

    Who may moderate need not see every channel: those that `reader` does not see stay numbers.
    """
    channels = {int(key.partition(" ")[0]) for noun, key in rows if noun in OF_CHANNELS}
    roles = {row.get("role_id") for row in rows.values()} | {
        row["value"] for (noun, key), row in rows.items() if (noun, key) == (Noun.GUILD, "moderator_role_id")
    }
    found = {number: guild.get_channel_or_thread(number) for number in channels}
    named = {number: place for number, place in found.items() if place is not None and _is_seen(place, reader)}
    held = {number: guild.get_role(number) for number in roles if number}
    return {number: each.name for number, each in {**named, **held}.items() if each is not None}


def _is_seen(place: discord.abc.GuildChannel | discord.Thread, reader: discord.Member | discord.User) -> bool:
    """Whether `reader` sees `place`; a private thread counts as unseen but for those who see all of them."""
    is_hidden = isinstance(place, discord.Thread) and place.parent is None
    if is_hidden or not isinstance(reader, discord.Member):
        return False
    allowed = place.permissions_for(reader)
    is_private = isinstance(place, discord.Thread) and place.is_private()
    return allowed.view_channel and (allowed.manage_threads or not is_private)


def _export_words(rows: Rows, size: int) -> str:
    counts = {noun: sum(of is noun for of, _ in rows) for noun in Noun}
    parts = [
        _counted(counts[noun], "paper" if noun is Noun.ORDER else noun.value)
        for noun in Noun
        if noun is not Noun.GUILD and (counts[noun] or noun in ALWAYS_TOLD)
    ]
    words = f"{', '.join(parts)}. Keep the file, or change it and hand it back with `import`."
    if size > MOST_BYTES:
        words += f" It is larger than the {MOST_BYTES // 1000} kB that can be imported: take out what you do not need."
    return words


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
