"""Answers: a card becomes a message, a refusal becomes one line that only the asker sees where that is possible."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord.ext import commands

from bot.cards.card import Card
from bot.cards.embed import embed_payload, picture_description
from bot.cards.plain import CONTENT, plain_text
from bot.cards.studio import PictureUnavailable
from bot.chat.door import is_hushed
from bot.chat.errors import is_gone
from bot.chat.ports import Pictures

log = structlog.get_logger(__name__)

NO_PICTURE = "The picture could not be drawn this time; the numbers are complete."
NO_FILES = "The picture is left out: I lack Attach Files in this channel."
NO_PDF = "The pages are left out: I lack Attach Files in this channel."

UNANSWERED = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""What a request to Discord raises."""

_WITHDRAWN = "…"

Asked = commands.Context[Any]
Pressed = discord.Interaction[Any]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A card as discord.py takes it; `embed` is None where the words are all in `content`."""

    embed: discord.Embed | None
    file: discord.File | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Means:
    """How a card may be shown: answers to interactions may always do both."""

    embeds: bool = True
    files: bool = True


async def rendered(card: Card, pictures: Pictures, means: Means = Means()) -> Rendered:
    """Return the card with its picture, or without and saying so; as plain words where embeds are not allowed."""
    file, note = await _picture(card, pictures) if means.files or card.chart is None else (None, NO_FILES)
    if means.embeds:
        embed = discord.Embed.from_dict(embed_payload(card, picture_name=file.filename if file else None))
        return Rendered(embed, file, note)
    notes = [note] if note else []
    room = CONTENT - sum(len(line) + 1 for line in notes)
    return Rendered(None, file, "\n".join([plain_text(card, limit=room), *notes]))


async def reply(
    ctx: Asked,
    card: Card,
    pictures: Pictures,
    *,
    view: discord.ui.View | None = None,
    attached: discord.File | None = None,
    ephemeral: bool = False,
) -> None:
    """Answer a command with a card, as richly as the bot's permissions allow where it was asked."""
    shown = await rendered(card, pictures, _means(ctx))
    given: dict[str, Any] = {"content": shown.content, "ephemeral": ephemeral, **_thread_of(ctx)}
    given |= {"embed": shown.embed} if shown.embed else {"suppress_embeds": True}
    files = [file for file in (shown.file, attached) if file is not None]
    if files:
        given["files"] = files
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


def not_arrived(error: Exception) -> None:
    """Log that even the friendly line did not reach anybody."""
    if isinstance(error, discord.HTTPException):
        level = log.info if is_gone(error) else log.warning
        level("an answer did not arrive", status=error.status, code=error.code, reason=error.text)
    elif not is_hushed(error):
        log.warning("an answer did not arrive", reason=str(error) or type(error).__name__)


def need_to_answer(ctx: Asked) -> None:
    """Raise where a prefix command could not be answered at all; slash answers need no permission."""
    if ctx.interaction is None and not _may_write(ctx):
        is_thread = isinstance(ctx.channel, discord.Thread)
        raise commands.BotMissingPermissions(["send_messages_in_threads" if is_thread else "send_messages"])


def _may_write(ctx: Asked) -> bool:
    allowed = ctx.bot_permissions
    return allowed.send_messages_in_threads if isinstance(ctx.channel, discord.Thread) else allowed.send_messages


def _means(ctx: Asked) -> Means:
    allowed = ctx.bot_permissions
    return Means() if ctx.interaction is not None else Means(allowed.embed_links, allowed.attach_files)


async def _picture(card: Card, pictures: Pictures) -> tuple[discord.File | None, str | None]:
    """Return the card's picture with its words, or what to say where it has one that cannot be drawn now."""
    if card.chart is None:
        return None, None
    try:
        png = await pictures.png(card.chart)
    except PictureUnavailable as unavailable:
        log.warning("no picture", reason=str(unavailable), card=card.title)
        return None, NO_PICTURE
    return discord.File(io.BytesIO(png), f"{card.chart.kind}.png", description=picture_description(card)), None


def _thread_of(ctx: Asked) -> dict[str, Any]:
    """Reply to the question itself where history may be read; that is what Discord demands for a reply."""
    if ctx.interaction is not None or not ctx.bot_permissions.read_message_history:
        return {}
    return {"reference": ctx.message.to_reference(fail_if_not_exists=False), "mention_author": False}
