"""Alerts leave through here: one frozen message to one destination, with its own nonce; and are looked for there."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import discord

from bot.alerts.ports import CannotLook, Receipt, Scope, SendFailed
from bot.cards.plain import CONTENT
from bot.cards.words import length
from bot.chat.door import DoorClosed
from bot.chat.replies import NO_FILES, NO_PDF
from bot.chat.views import view_of
from bot.chat.whereabouts import CHANNEL_GONE, Means, means_at
from bot.records import Outbound

_FORBIDDEN_OR_GONE = {
    50001: "the bot cannot see the channel: give it View Channel, or route the alerts elsewhere",
    50013: "the bot lacks a permission in the channel: it needs Send Messages, Embed Links and Attach Files",
    50007: "the member does not accept direct messages from the bot",
    50278: "the member accepts no direct messages from others of the server, or has left it",
    10003: CHANNEL_GONE,
    10004: "the server is gone, or the bot was removed from it",
    50083: "the thread is archived and locked: unlock it, or route the alerts elsewhere",
}
"""Discord's codes that mean: nothing can arrive there."""
_GONE, _MISSING_PERMISSIONS, _OPENS_TOO_FAST = 10003, 50013, 40003

_BAD_REQUEST, _UNAUTHORIZED, _TOO_MANY, _SERVER_ERROR = 400, 401, 429, 500
_REFUSED_FOR_GOOD_S = 86_400.0

LOOKED_THROUGH = 100
"""So many messages after the time in question are looked through for ours: what one request brings."""
OPENS_AGAIN_S = 600.0
CLOCKS_DIFFER = timedelta(minutes=1)


class DiscordSender:
    """Implements the alerts' `Sender` on a logged-in client; a connected one also knows what it may do where."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def send(self, message: Outbound) -> Receipt:
        """Send the frozen payload with the message's nonce, enforced.

        Where only Embed Links is missing, the words go without an embed.

        Raises
        ------
        SendFailed
            If it did not arrive, or nobody knows; says whom that concerns and whether trying again can help.
        """
        try:
            channel = await self._channel(message)
            return await self._send(channel, message, is_plain=message.is_plain)
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            raise failure(error) from error

    async def find(self, message: Outbound) -> int | None:
        """Return Discord's id of the message if it is in its destination already.

        Raises
        ------
        CannotLook
            If the bot may not read there.
        SendFailed
            If Discord does not answer now.
        """
        means = means_at(self._client, message.guild_id, message.channel_id)
        if means is not None and not means.history:
            raise CannotLook
        try:
            found, seen = await self._look(await self._channel(message), message)
        except discord.Forbidden as error:
            raise CannotLook from error
        except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
            raise failure(error) from error
        is_blind = not seen and means is None and not message.is_direct
        if found is None and (is_blind or seen >= LOOKED_THROUGH):
            raise CannotLook  # without the permission to read Discord shows an empty channel; and it may lie further on
        return found

    async def _send(self, channel: discord.abc.Messageable, message: Outbound, *, is_plain: bool) -> Receipt:
        means = means_at(self._client, message.guild_id, message.channel_id) or Means()
        is_plain = (is_plain or not means.embeds) and _has_plain(message)
        try:
            sent = await channel.send(nonce=message.nonce, **_content(message, channel, means, is_plain=is_plain))
        except discord.Forbidden as error:
            if error.code != _MISSING_PERMISSIONS or is_plain or not self._is_only_embeds(message):
                raise
            return await self._send(channel, message, is_plain=True)
        return Receipt(sent.id, is_plain=is_plain and bool((message.payload or {}).get("embeds")))

    def _is_only_embeds(self, message: Outbound) -> bool:
        """Whether plain words would be let through: a guess would be a second refusal, and those add up to a ban."""
        means = means_at(self._client, message.guild_id, message.channel_id)
        return means is not None and means.words and not means.embeds and _has_plain(message)

    async def _look(self, channel: discord.abc.Messageable, message: Outbound) -> tuple[int | None, int]:
        """Return the message's id if it is there, and how many messages were seen."""
        since = (message.maybe_sent_at or discord.utils.utcnow()) - CLOCKS_DIFFER
        me = self._client.user.id if self._client.user else 0
        seen = 0
        async for there in channel.history(limit=LOOKED_THROUGH, after=since, oldest_first=True):
            seen += 1
            if there.author.id == me and _is_same(there, message):
                return there.id, seen
        return None, seen

    async def _channel(self, message: Outbound) -> discord.abc.Messageable:
        if message.is_direct:
            return await self._client.create_dm(discord.Object(message.channel_id))
        return self._client.get_partial_messageable(message.channel_id, guild_id=message.guild_id or None)


def failure(error: Exception) -> SendFailed:
    """Return what an answer of Discord's, or the want of one, means for the message."""
    match error:
        case DoorClosed():
            wait = _REFUSED_FOR_GOOD_S if error.retry_after_s is None else error.retry_after_s
            return _of_everything(error.reason, wait)
        case discord.RateLimited():
            words = "Discord asked the bot to slow down"
            return SendFailed(words, permanent=False, retry_after_s=error.retry_after, is_certain=False)
        case discord.HTTPException():
            return _answered(error)
    words = f"Discord could not be reached: {str(error) or type(error).__name__}"
    return SendFailed(words, permanent=False, is_certain=False)


def _answered(error: discord.HTTPException) -> SendFailed:
    if error.code in _FORBIDDEN_OR_GONE:
        reason, is_gone = _FORBIDDEN_OR_GONE[error.code], error.code == _GONE
        return SendFailed(reason, permanent=True, scope=Scope.DESTINATION, is_gone=is_gone)
    words = f"Discord answered {error.status} ({error.code}): {error.text or 'no reason given'}"
    if error.status == _UNAUTHORIZED:
        return _of_everything("Discord refuses the token", _REFUSED_FOR_GOOD_S)
    if error.code == _OPENS_TOO_FAST:
        return SendFailed(words, permanent=False, retry_after_s=OPENS_AGAIN_S)
    if error.status == _TOO_MANY and _is_doorkeeper(error):
        return _of_everything("Discord's doorkeeper turns the bot away", _retry_after_s(error))
    if error.status == _TOO_MANY:
        return SendFailed(words, permanent=False, retry_after_s=_retry_after_s(error), is_certain=False)
    # Without a code of Discord's own it was something on the way that answered: a proxy, for instance.
    is_discords = error.code != 0 or error.status == _BAD_REQUEST
    is_refusal = error.status < _SERVER_ERROR
    return SendFailed(words, permanent=is_refusal and is_discords, is_certain=is_refusal and is_discords)


def _of_everything(words: str, wait_s: float | None) -> SendFailed:
    return SendFailed(words, permanent=False, scope=Scope.EVERYTHING, retry_after_s=wait_s, is_certain=False)


def _is_doorkeeper(error: discord.HTTPException) -> bool:
    """Whether a 429 comes from in front of Discord: it does not say `Via`, or does not speak JSON."""
    headers = error.response.headers
    return "Via" not in headers or "json" not in headers.get("Content-Type", "")


def _retry_after_s(error: discord.HTTPException) -> float | None:
    value = error.response.headers.get("Retry-After")
    try:
        return float(value) if value else None
    except ValueError:
        return None


def _has_plain(message: Outbound) -> bool:
    payload = message.payload or {}
    return bool(payload.get("plain") or payload.get("content"))


def _content(message: Outbound, channel: discord.abc.Messageable, means: Means, *, is_plain: bool) -> dict[str, Any]:
    """Return the frozen payload as `send` takes it; files are read anew for every attempt."""
    payload = message.payload or {}
    given: dict[str, Any] = {"allowed_mentions": _pinged(payload)}
    is_bare = bool(message.attachments) and not means.files
    words = _words(payload, is_plain=is_plain, note=_left_out(message) if is_bare else "")
    if words:
        given["content"] = words
    if payload.get("embeds") and not is_plain:
        shown = [_without_picture(embed) if is_bare else embed for embed in payload["embeds"]]
        given["embeds"] = [discord.Embed.from_dict(embed) for embed in shown]
    elif words:
        given["suppress_embeds"] = True
    if message.attachments and means.files:
        given["files"] = [
            discord.File(io.BytesIO(file.content), filename=file.name, description=file.alt or None)
            for file in message.attachments
        ]
    view = view_of(payload.get("components", ()))
    if view is not None:
        given["view"] = view
    if message.replies_to is not None and means.history:
        where = getattr(channel, "id", message.channel_id)
        given["reference"] = discord.MessageReference(
            message_id=message.replies_to, channel_id=where, fail_if_not_exists=False
        )
        given["mention_author"] = False
    return given


def _pinged(payload: Mapping[str, Any]) -> discord.AllowedMentions:
    """Return whom Discord may ping: the one role and the members that the payload names, whatever its words say."""
    pings = payload.get("pings") or {}
    role = pings.get("role")
    return discord.AllowedMentions(
        everyone=False,
        replied_user=False,
        roles=[] if role is None else [discord.Object(role)],
        users=[discord.Object(user) for user in pings.get("users") or ()],
    )


def _left_out(message: Outbound) -> str:
    return NO_FILES if all(file.name.endswith(".png") for file in message.attachments) else NO_PDF


def _words(payload: Mapping[str, Any], *, is_plain: bool, note: str) -> str:
    """Return what stands beside the embeds, or in their place; with a note about the file that is left out."""
    words = (payload.get("plain") if is_plain else None) or payload.get("content") or ""
    told = f"{words}\n{note}".strip()
    return told if note and length(told) <= CONTENT else words


def _without_picture(embed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in embed.items() if name != "image"}


def _is_same(there: discord.Message, message: Outbound) -> bool:
    """Whether a message in the channel is ours: by its nonce where Discord shows that, else by every word of it."""
    if there.nonce is not None:
        return str(there.nonce) == message.nonce
    payload = message.payload or {}
    embeds = [_words_of(embed.to_dict()) for embed in there.embeds]
    if embeds:
        return embeds == [_words_of(embed) for embed in payload.get("embeds") or []]
    return bool(there.content) and _squeezed(there.content.removesuffix(NO_FILES).removesuffix(NO_PDF)) in {
        _squeezed(payload.get(name) or "") for name in ("content", "plain")
    }


def _words_of(embed: Any) -> tuple[str, ...]:
    fields = [part for field in embed.get("fields") or [] for part in (field["name"], field["value"])]
    footer = (embed.get("footer") or {}).get("text")
    return tuple(_squeezed(part or "") for part in (embed.get("title"), embed.get("description"), footer, *fields))


def _squeezed(text: str) -> str:
    """Return the text without the white space that Discord trims."""
    return " ".join(text.split())
