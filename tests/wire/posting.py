"""The routes of messages: create, edit, read; who may, what may be said, and what a nonce prevents.

Source: Discord docs, Message Resource, read 2026-11.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from aiohttp import web

from tests.wire.answers import INVALID_FORM_BODY, answer, read, refusal
from tests.wire.faults import Faults
from tests.wire.ledger import Ledger
from tests.wire.rules import nested, refusal_of
from tests.wire.shapes import APPLICATION, ATTACH, EMBED, HISTORY, SEND, VIEW, Stored, message_json
from tests.wire.world import Channel, World

BY_ID = attrgetter("id")


@dataclass
class Posting:
    """Answers what is asked of a channel's messages."""

    world: World
    ledger: Ledger
    faults: Faults
    echo: Callable[[Stored], Awaitable[None]]
    """Tells the gateway of a new message."""
    nonce_window_s: float = 180.0
    """How long an enforced nonce holds; Discord says "in the past few minutes"."""
    history_shows_nonce: bool = False
    """Whether a message that is read again still carries its nonce; Discord does not promise it."""
    echoes: bool = False
    """Whether the bot is told of its own messages over the gateway, as Discord does."""

    async def create(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(int(request.match_info["channel"]))
        payload, files = await read(request)
        if denied := self.may_not_see(channel) or self._may_not_send(channel, payload, files):
            return denied
        attachments = max(len(files), len(payload.get("attachments") or ()))
        if broken := refusal_of(payload, attachments, partial(self._is_known, channel)):
            return broken
        if self.faults.refusals:
            return self.faults.refusals.pop(0)
        stored = self._already(channel, payload)
        if stored is None:
            if (reference := payload.get("message_reference")) and not self._is_known(
                channel, int(reference.get("message_id") or 0)
            ):
                payload = {**payload, "message_reference": None}
            stored = self.ledger.store(channel.id, payload, files)
            if self.echoes:
                await self.echo(stored)
        return await self.faults.after_storing(request, has_picture=bool(files)) or answer(message_json(stored))

    async def edit(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(int(request.match_info["channel"]))
        payload, files = await read(request)
        if denied := self.may_not_see(channel):
            return denied
        stored = self._stored(channel, request)
        if stored is None:
            return refusal(404, 10008, "Unknown Message")
        if stored.author != APPLICATION:
            return refusal(403, 50005, "Cannot edit a message authored by another user")
        attachments = len(payload["attachments"] or ()) if "attachments" in payload else len(files or stored.files)
        if broken := refusal_of({**stored.payload, **payload}, attachments, partial(self._is_known, channel)):
            return broken
        self.ledger.amend(stored, payload, files)
        return answer(message_json(stored))

    async def one(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(int(request.match_info["channel"]))
        if denied := self.may_not_see(channel):
            return denied
        if not channel.may(HISTORY):
            return refusal(403, 50013, "Missing Permissions")
        stored = self._stored(channel, request)
        if stored is None:
            return refusal(404, 10008, "Unknown Message")
        return answer(message_json(stored, shows_nonce=self.history_shows_nonce))

    async def history(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(int(request.match_info["channel"]))
        if denied := self.may_not_see(channel):
            return denied
        limit = request.query.get("limit", "50")
        if not limit.isdecimal() or not 1 <= int(limit) <= 100:
            fault = (("limit",), "NUMBER_TYPE_RANGE", "int value should be between 1 and 100.")
            return refusal(400, INVALID_FORM_BODY, "Invalid Form Body", nested([fault]))
        stored = self.ledger.by_channel.get(channel.id, []) if channel.may(HISTORY) else []
        page = _page(stored, request.query, int(limit))
        return answer([message_json(message, shows_nonce=self.history_shows_nonce) for message in page])

    def may_not_see(self, channel: Channel | None) -> web.Response | None:
        if channel is None or not channel.exists:
            return refusal(404, 10003, "Unknown Channel")
        if self.world.has_left(channel) or not channel.may(VIEW):
            return refusal(403, 50001, "Missing Access")
        return None

    def _may_not_send(self, channel: Channel, payload: dict[str, Any], files: dict[str, bytes]) -> web.Response | None:
        if channel.recipient in self.world.refuses_direct:
            return refusal(403, 50007, "Cannot send messages to this user")
        needed = SEND
        needed |= EMBED if payload.get("embeds") else 0
        needed |= ATTACH if files else 0
        needed |= HISTORY if payload.get("message_reference") else 0
        return None if channel.may(needed) else refusal(403, 50013, "Missing Permissions")

    def _is_known(self, channel: Channel, message: int) -> bool:
        stored = self.ledger.by_id.get(message)
        return stored is not None and stored.channel_id == channel.id

    def _already(self, channel: Channel, payload: dict[str, Any]) -> Stored | None:
        nonce = payload.get("nonce")
        if nonce is None or not payload.get("enforce_nonce"):
            return None
        return self.ledger.already(channel.id, APPLICATION, str(nonce), self.nonce_window_s)

    def _stored(self, channel: Channel, request: web.Request) -> Stored | None:
        message = int(request.match_info["message"])
        return self.ledger.by_id[message] if self._is_known(channel, message) else None


def _page(stored: list[Stored], asked: Any, limit: int) -> list[Stored]:
    """Return at most `limit` messages around, before or after an id, newest first."""
    first, last = max(0, len(stored) - limit), len(stored)
    if "around" in asked:
        first = max(0, bisect_left(stored, int(asked["around"]), key=BY_ID) - limit // 2)
        last = first + limit
    elif "before" in asked:
        last = bisect_left(stored, int(asked["before"]), key=BY_ID)
        first = max(0, last - limit)
    elif "after" in asked:
        first = bisect_right(stored, int(asked["after"]), key=BY_ID)
        last = first + limit
    return list(itertools.islice(stored, first, last))[::-1]
