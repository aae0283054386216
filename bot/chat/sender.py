"""Alerts leave through here: one frozen message to one channel, with its own nonce."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import discord

from bot.alerts.ports import SendFailed
from bot.chat.views import view_of
from bot.records import Outbound

_FORBIDDEN_OR_GONE = {
    50001: "the bot cannot see the channel: give it View Channel, or route the alerts elsewhere",
    50013: "the bot lacks a permission in the channel: it needs Send Messages, Embed Links and Attach Files",
    50007: "the member does not accept direct messages from the bot",
    10003: "the channel is gone",
    10004: "the server is gone, or the bot was removed from it",
}
"""Discord's codes that mean: do not try again."""

_BAD_REQUEST, _UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 400, 401, 429, 500


class DiscordSender:
    """Implements the alerts' `Sender` on a connected client."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(self, message: Outbound) -> int:
        """Send the frozen payload with the message's nonce, enforced; return the id Discord gave it.

        Raises
        ------
        SendFailed
            If it did not arrive; says whether trying again can help.
        """
        channel = self._client.get_partial_messageable(message.channel_id, guild_id=message.guild_id or None)
        try:
            sent = await channel.send(nonce=message.nonce, **_content(message))
        except discord.HTTPException as error:
            raise failure(error) from error
        except discord.RateLimited as error:
            raise SendFailed(
                "Discord asked the bot to slow down", permanent=False, retry_after_s=error.retry_after
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise SendFailed(
                f"Discord could not be reached: {str(error) or type(error).__name__}", permanent=False
            ) from error
        return sent.id


def failure(error: discord.HTTPException) -> SendFailed:
    """Return what an answer of Discord's means for the message."""
    if error.code in _FORBIDDEN_OR_GONE:
        return SendFailed(_FORBIDDEN_OR_GONE[error.code], permanent=True)
    words = f"Discord answered {error.status} ({error.code}): {error.text or 'no reason given'}"
    if error.status == _TOO_MANY:
        return SendFailed(words, permanent=False, retry_after_s=_retry_after_s(error))
    # Without a code of Discord's own it was something on the way that answered: a proxy, or Discord's own doorkeeper.
    is_discords = error.code != 0 or error.status == _BAD_REQUEST
    is_refusal = error.status < _SERVER_ERROR and error.status != _UNAUTHORIZED
    return SendFailed(words, permanent=is_refusal and is_discords)


def _retry_after_s(error: discord.HTTPException) -> float | None:
    value = error.response.headers.get("Retry-After")
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _content(message: Outbound) -> dict[str, Any]:
    """Return the frozen payload as `send` takes it; files are read anew for every attempt."""
    payload = message.payload or {}
    given: dict[str, Any] = {"allowed_mentions": discord.AllowedMentions.none()}
    if payload.get("content"):
        given["content"] = payload["content"]
    if payload.get("embeds"):
        given["embeds"] = [discord.Embed.from_dict(embed) for embed in payload["embeds"]]
    if message.attachments:
        given["files"] = [
            discord.File(io.BytesIO(file.content), filename=file.name, description=file.alt or None)
            for file in message.attachments
        ]
    view = view_of(payload.get("components", ()))
    if view is not None:
        given["view"] = view
    return given
