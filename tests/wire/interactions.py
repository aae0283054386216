"""Slash commands and buttons: what the loopback Discord asks the bot, and where it takes the answers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.wire.answers import answer, read
from tests.wire.gateway import Gateway
from tests.wire.ledger import Ledger
from tests.wire.rules import refusal_of
from tests.wire.shapes import APPLICATION, BOT_CHANNEL, EVERYONE, Stored, member_json, message_json, permissions_of
from tests.wire.shapes import user_json as person
from tests.wire.world import Channel, channel_json

WITH_MESSAGE = 4


@dataclass
class Interactions:
    """Asks over the gateway, hears over HTTP."""

    gateway: Gateway
    ledger: Ledger
    commands: list[dict[str, Any]] = field(default_factory=list)
    callbacks: dict[int, dict[str, Any]] = field(default_factory=dict)
    followups: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))

    async def put_commands(self, request: web.Request) -> web.Response:
        own = {"application_id": str(APPLICATION), "version": "1"}
        self.commands = [
            {"default_member_permissions": None, **command, **own, "id": str(self.ledger.new_id())}
            for command in await request.json()
        ]
        return answer(self.commands)

    async def callback(self, request: web.Request) -> web.Response:
        payload, files = await read(request)
        interaction, token = int(request.match_info["interaction"]), request.match_info["token"]
        if payload["type"] == WITH_MESSAGE:
            if broken := refusal_of(payload["data"], len(files), self.ledger.by_id.__contains__):
                return broken
            self.followups[token].append(self.ledger.draft(BOT_CHANNEL, payload["data"], files))
        self.callbacks[interaction] = payload
        resource = {
            "id": str(interaction),
            "type": 2,
            "response_message_id": str(self.ledger.new_id()),
            "response_message_loading": True,
            "response_message_ephemeral": False,
        }
        return answer({"interaction": resource})

    async def followup(self, request: web.Request) -> web.Response:
        payload, files = await read(request)
        if broken := refusal_of(payload, len(files), self.ledger.by_id.__contains__):
            return broken
        stored = self.ledger.draft(BOT_CHANNEL, payload, files)
        self.followups[request.match_info["token"]].append(stored)
        return answer(message_json(stored))

    async def edit_original(self, request: web.Request) -> web.Response:
        payload, files = await read(request)
        if broken := refusal_of(payload, len(files), self.ledger.by_id.__contains__, may_be_empty=True):
            return broken
        answers = self.followups[request.match_info["token"]]
        if answers:
            self.ledger.amend(answers[0], payload, files)
        else:
            answers.append(self.ledger.draft(BOT_CHANNEL, payload, files))
        return answer(message_json(answers[0]))

    async def ask(
        self, kind: int, channel: Channel, author: int, data: dict[str, Any], more: dict[str, Any] | None = None
    ) -> int:
        """Let a person use a command or a component; return the interaction's id."""
        interaction = self.ledger.new_id()
        guild, may = str(channel.guild_id), str(permissions_of(author))
        asked = {
            "id": str(interaction),
            "application_id": str(APPLICATION),
            "type": kind,
            "token": f"token-{interaction}",
            "version": 1,
            "data": data,
            "guild_id": guild,
            "guild": {"id": guild, "locale": "en-US", "features": []},
            "channel_id": str(channel.id),
            "channel": {**channel_json(channel), "permissions": may},
            "member": {**member_json(author, channel.guild_id), "user": person(author), "permissions": may},
            "app_permissions": str(EVERYONE & channel.permissions),
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": guild},
            "context": 0,
            "attachment_size_limit": 10 * 2**20,
        }
        await self.gateway.dispatch("INTERACTION_CREATE", asked | (more or {}))
        return interaction
