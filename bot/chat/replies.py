"""Answers: a card becomes a message, a refusal becomes one line that only the asker sees where that is possible."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import discord
import structlog
from discord.ext import commands

from bot.cards.card import Card
from bot.cards.embed import embed_payload, picture_description
from bot.cards.studio import PictureUnavailable
from bot.chat.errors import is_gone
from bot.chat.ports import Pictures

log = structlog.get_logger(__name__)

NO_PICTURE = "The picture could not be drawn this time; the numbers are complete."

_WITHDRAWN = "…"

Asked = commands.Context[Any]
Pressed = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A card as discord.py takes it."""

    embed: discord.Embed
    file: discord.File | None = None
    note: str | None = None


async def rendered(card: Card, pictures: Pictures) -> Rendered:
    """Return the card with its picture, or without and saying so where none can be drawn now."""
    if card.chart is None:
        return Rendered(discord.Embed.from_dict(embed_payload(card)))
    name = f"{card.chart.kind}.png"
    try:
        png = await pictures.png(card.chart)
    except PictureUnavailable as unavailable:
        log.warning("no picture", reason=str(unavailable), card=card.title)
        return Rendered(discord.Embed.from_dict(embed_payload(card)), note=NO_PICTURE)
    file = discord.File(io.BytesIO(png), filename=name, description=picture_description(card))
    return Rendered(discord.Embed.from_dict(embed_payload(card, picture_name=name)), file)


async def reply(ctx: Asked, shown: Rendered, *, view: discord.ui.View | None = None, ephemeral: bool = False) -> None:
    """Answer a command with a rendered card."""
    need_to_answer(ctx)
    given: dict[str, Any] = {"content": shown.note, "embed": shown.embed, "ephemeral": ephemeral, **_thread_of(ctx)}
    if shown.file is not None:
        given["file"] = shown.file
    if view is not None:
        given["view"] = view
    await ctx.send(**given)


async def say(ctx: Asked, text: str, *, ephemeral: bool = False) -> None:
    """Answer a command with plain words."""
    await ctx.send(text, ephemeral=ephemeral, suppress_embeds=True, **_thread_of(ctx))


async def decline(ctx: Asked, line: str) -> None:
    """Answer a command with a friendly line: ephemeral after a slash, in a direct message where we may not write."""
    if ctx.interaction is not None:
        await decline_press(ctx.interaction, line)
    elif _may_write(ctx):
        await say(ctx, line)
    else:
        await ctx.author.send(line, suppress_embeds=True)


async def decline_press(interaction: Pressed, line: str) -> None:
    """Answer an interaction with a line that only its author sees, even if a public answer had been announced."""
    response = interaction.response
    if not response.is_done():
        await response.send_message(line, ephemeral=True, suppress_embeds=True)
        return
    is_announced = response.type is discord.InteractionResponseType.deferred_channel_message
    if is_announced:
        # What comes first after a deferral takes its place and is as public as it was announced to be.
        await interaction.edit_original_response(content=_WITHDRAWN)
    await interaction.followup.send(line, ephemeral=True, suppress_embeds=True)
    if is_announced:
        await interaction.delete_original_response()


def told_or_logged(error: discord.HTTPException) -> None:
    """Log that even the friendly line did not reach anybody."""
    level = log.info if is_gone(error) else log.warning
    level("an answer did not arrive", status=error.status, code=error.code, reason=error.text)


def need_to_answer(ctx: Asked) -> None:
    """Raise where a prefix command's answer could not be shown; slash answers need no permission."""
    if ctx.interaction is None:
        allowed = ctx.bot_permissions
        missing = [name for name in ("embed_links", "attach_files") if not getattr(allowed, name)]
        if missing:
            raise commands.BotMissingPermissions(missing)


def _may_write(ctx: Asked) -> bool:
    allowed = ctx.bot_permissions
    return allowed.send_messages_in_threads if isinstance(ctx.channel, discord.Thread) else allowed.send_messages


def _thread_of(ctx: Asked) -> dict[str, Any]:
    """Reply to the question itself where history may be read; that is what Discord demands for a reply."""
    if ctx.interaction is not None or not ctx.bot_permissions.read_message_history:
        return {}
    return {"reference": ctx.message.to_reference(fail_if_not_exists=False), "mention_author": False}
