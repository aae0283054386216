"""A Discord that speaks the wire on loopback: HTTP and gateway, rate-limit headers, nonces, interactions.

It knows one guild, a handful of members and channels, keeps every message it stored and every request it was sent,
and lets a test speak for a person: `say`, `slash`, `press`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.wire.shapes import (
    ALERTS,
    APPLICATION,
    BOT_CHANNEL,
    EVERYONE,
    GUILD,
    MODERATOR,
    TOKEN,
    Stored,
    channels_json,
    guild_json,
    member_json,
    message_json,
    permissions_of,
    user_json,
)


@dataclass
class LoopbackDiscord:
    """The server; start it, point the bot at it through a proxy, look at what arrived."""

    messages: list[Stored] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    commands: list[dict[str, Any]] = field(default_factory=list)
    callbacks: dict[int, dict[str, Any]] = field(default_factory=dict)
    followups: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    identifies: int = 0
    resumes: int = 0
    refusals: list[web.Response] = field(default_factory=list)
    """Answers to the next messages created, instead of storing them."""
    silences: int = 0
    """So many messages with a picture are stored and never answered."""
    closed_doors: int = 0
    """So many gateway connections are turned away."""
    _sockets: list[web.WebSocketResponse] = field(default_factory=list)
    _sequence: int = 0
    _last_id: int = 0
    _nonces: dict[tuple[int, str], Stored] = field(default_factory=dict)
    _runner: web.AppRunner | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def start(self, ssl_context: Any) -> None:
        """Listen on a free loopback port with TLS."""
        app = web.Application(middlewares=[self._observe], client_max_size=32 * 2**20)
        api = "/api/v10"
        app.router.add_get(f"{api}/users/@me", self._me)
        app.router.add_get(f"{api}/oauth2/applications/@me", self._application)
        app.router.add_get(f"{api}/applications/@me", self._application)
        app.router.add_get(f"{api}/gateway/bot", self._gateway_bot)
        app.router.add_put(f"{api}/applications/{{app}}/commands", self._put_commands)
        app.router.add_get(f"{api}/channels/{{channel}}", self._get_channel)
        app.router.add_post(f"{api}/channels/{{channel}}/typing", self._no_content)
        app.router.add_post(f"{api}/channels/{{channel}}/messages", self._create_message)
        app.router.add_patch(f"{api}/channels/{{channel}}/messages/{{message}}", self._edit_message)
        app.router.add_post(f"{api}/interactions/{{interaction}}/{{token}}/callback", self._callback)
        app.router.add_post(f"{api}/webhooks/{{app}}/{{token}}", self._followup)
        app.router.add_patch(f"{api}/webhooks/{{app}}/{{token}}/messages/@original", self._edit_original)
        app.router.add_get("/", self._gateway)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=ssl_context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every socket."""
        for socket in self._sockets:
            with contextlib.suppress(ConnectionError):
                await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # What a test does and sees -------------------------------------------------------------------------------------

    def posted(self, channel: int) -> list[Stored]:
        """Return the messages stored in `channel`, oldest first."""
        return [message for message in self.messages if message.channel_id == channel]

    async def until(self, holds: Any, what: str, timeout: float = 60.0) -> None:  # noqa: ASYNC109 - tests read better
        """Wait until `holds()`; fail with `what` after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not holds():
            self._changed.clear()
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"not within {timeout:g} s: {what}; last requests: {self.requests[-5:]}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.2))

    async def say(self, channel: int, author: int, content: str) -> None:
        """Let a person write `content` in `channel`."""
        stored = self._store(channel, {"content": content}, {})
        message = message_json(stored)
        message |= {"author": user_json(author), "member": member_json(author), "guild_id": str(GUILD)}
        await self._dispatch("MESSAGE_CREATE", message)

    async def slash(self, channel: int, author: int, name: str, options: list[dict[str, Any]] | None = None) -> int:
        """Let a person invoke ``/name``; return the interaction's id."""
        command = next(c for c in self.commands if c["name"] == name)
        data = {"id": command["id"], "name": name, "type": 1, "options": options or []}
        return await self._interact(2, channel, author, data)

    async def press(self, message: Stored, author: int, custom_id: str) -> int:
        """Let a person press a button of `message`; return the interaction's id."""
        data = {"component_type": 2, "custom_id": custom_id}
        return await self._interact(3, message.channel_id, author, data, {"message": message_json(message)})

    async def drop(self, code: int) -> None:
        """Close every gateway connection with `code`."""
        for socket in list(self._sockets):
            await socket.close(code=code)

    async def order(self, op: int, data: Any = None) -> None:
        """Send a bare gateway order: 7 to reconnect, 9 that the session is invalid."""
        for socket in list(self._sockets):
            await socket.send_json({"op": op, "d": data, "s": None, "t": None})

    def answer(self, interaction: int) -> Stored | None:
        """Return what the bot answered an interaction with, deferred answers included."""
        found = self.followups.get(f"token-{interaction}")
        return found[-1] if found else None

    # HTTP --------------------------------------------------------------------------------------------------------

    @web.middleware
    async def _observe(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.startswith("/api"):
            self.requests.append((request.method, request.path))
            needs_token = "/interactions/" not in request.path and "/webhooks/" not in request.path
            if needs_token and request.headers.get("Authorization") != f"Bot {TOKEN}":
                return web.json_response({"message": "401: Unauthorized", "code": 0}, status=401)
        try:
            return await handler(request)
        finally:
            self._changed.set()

    def _json(self, body: Any, status: int = 200) -> web.Response:
        headers = {
            "X-RateLimit-Limit": "50",
            "X-RateLimit-Remaining": "49",
            "X-RateLimit-Reset-After": "1.000",
            "X-RateLimit-Bucket": "loopback",
            "Via": "1.1 loopback",
        }
        return web.Response(
            body=json.dumps(body), status=status, headers={**headers, "Content-Type": "application/json"}
        )

    async def _no_content(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def _me(self, _request: web.Request) -> web.Response:
        return self._json(user_json(APPLICATION))

    async def _application(self, _request: web.Request) -> web.Response:
        return self._json(
            {
                "id": str(APPLICATION),
                "name": "smallcap",
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "0" * 64,
                "flags": 1 << 19,
                "owner": user_json(MODERATOR),
                "summary": "",
                "team": None,
            }
        )

    async def _gateway_bot(self, _request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 1, "max_concurrency": 1}
        return self._json({"url": "wss://gateway.discord.gg", "shards": 1, "session_start_limit": limit})

    async def _put_commands(self, request: web.Request) -> web.Response:
        self.commands = [
            {
                **command,
                "id": str(self._new_id()),
                "application_id": str(APPLICATION),
                "version": "1",
                "default_member_permissions": command.get("default_member_permissions"),
            }
            for command in await request.json()
        ]
        return self._json(self.commands)

    async def _get_channel(self, request: web.Request) -> web.Response:
        channel = int(request.match_info["channel"])
        known = [c for c in channels_json() if int(c["id"]) == channel]
        return self._json(known[0]) if known else self._json({"message": "Unknown Channel", "code": 10003}, 404)

    async def _create_message(self, request: web.Request) -> web.Response:
        channel = int(request.match_info["channel"])
        if channel not in (ALERTS, BOT_CHANNEL):
            return self._json({"message": "Unknown Channel", "code": 10003}, 404)
        payload, files = await self._read(request)
        if self.refusals:
            return self.refusals.pop(0)
        nonce = payload.get("nonce")
        known = self._nonces.get((channel, str(nonce))) if nonce and payload.get("enforce_nonce") else None
        if known is None:
            known = self._store(channel, payload, files)
            if nonce:
                self._nonces[channel, str(nonce)] = known
        if self.silences and files:
            self.silences -= 1
            self._changed.set()
            await asyncio.sleep(3600)
        return self._json(message_json(known))

    async def _edit_message(self, request: web.Request) -> web.Response:
        payload, files = await self._read(request)
        stored = next(m for m in self.messages if m.id == int(request.match_info["message"]))
        self._amend(stored, payload, files)
        return self._json(message_json(stored))

    async def _callback(self, request: web.Request) -> web.Response:
        payload, files = await self._read(request)
        interaction, token = int(request.match_info["interaction"]), request.match_info["token"]
        self.callbacks[interaction] = payload
        if payload["type"] == 4:
            self.followups[token].append(Stored(self._new_id(), BOT_CHANNEL, payload["data"], files))
        resource = {
            "interaction": {
                "id": str(interaction),
                "type": 2,
                "response_message_id": str(self._new_id()),
                "response_message_loading": True,
                "response_message_ephemeral": False,
            }
        }
        return self._json(resource)

    async def _followup(self, request: web.Request) -> web.Response:
        payload, files = await self._read(request)
        stored = Stored(self._new_id(), BOT_CHANNEL, payload, files)
        self.followups[request.match_info["token"]].append(stored)
        return self._json(message_json(stored))

    async def _edit_original(self, request: web.Request) -> web.Response:
        payload, files = await self._read(request)
        answers = self.followups[request.match_info["token"]]
        if answers:
            self._amend(answers[0], payload, files)
        else:
            answers.append(Stored(self._new_id(), BOT_CHANNEL, payload, files))
        return self._json(message_json(answers[0]))

    async def _read(self, request: web.Request) -> tuple[dict[str, Any], dict[str, bytes]]:
        if not request.content_type.startswith("multipart/"):
            return await request.json(), {}
        payload: dict[str, Any] = {}
        files: dict[str, bytes] = {}
        async for part in await request.multipart():
            if part.name == "payload_json":
                payload = json.loads(await part.text())
            else:
                files[part.filename or part.name] = bytes(await part.read())
        return payload, files

    # Gateway -----------------------------------------------------------------------------------------------------

    async def _gateway(self, request: web.Request) -> web.StreamResponse:
        if self.closed_doors:
            self.closed_doors -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        self._sockets.append(socket)
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": 41_250}, "s": None, "t": None})
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            said = json.loads(frame.data)
            if said["op"] == 1:
                await socket.send_json({"op": 11, "d": None, "s": None, "t": None})
            elif said["op"] == 2:
                await self._ready(socket, said["d"]["token"])
            elif said["op"] == 6:
                self.resumes += 1
                await self._send(socket, "RESUMED", {})
        self._sockets.remove(socket)
        return socket

    async def _ready(self, socket: web.WebSocketResponse, token: str) -> None:
        self.identifies += 1
        if token != TOKEN:
            await socket.close(code=4004)
            return
        ready = {
            "v": 10,
            "user": user_json(APPLICATION),
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "session_id": "loopback",
            "resume_gateway_url": "wss://gateway.discord.gg",
            "shard": [0, 1],
            "application": {"id": str(APPLICATION), "flags": 1 << 19},
        }
        await self._send(socket, "READY", ready)
        await self._send(socket, "GUILD_CREATE", guild_json())
        self._changed.set()

    async def _dispatch(self, name: str, data: Any) -> None:
        for socket in list(self._sockets):
            await self._send(socket, name, data)

    async def _send(self, socket: web.WebSocketResponse, name: str, data: Any) -> None:
        self._sequence += 1
        await socket.send_json({"op": 0, "d": data, "s": self._sequence, "t": name})

    async def _interact(
        self, kind: int, channel: int, author: int, data: dict[str, Any], more: dict[str, Any] | None = None
    ) -> int:
        interaction = self._new_id()
        partial = next(c for c in channels_json() if int(c["id"]) == channel)
        await self._dispatch(
            "INTERACTION_CREATE",
            {
                "id": str(interaction),
                "application_id": str(APPLICATION),
                "type": kind,
                "token": f"token-{interaction}",
                "version": 1,
                "data": data,
                "guild_id": str(GUILD),
                "guild": {"id": str(GUILD), "locale": "en-US", "features": []},
                "channel_id": str(channel),
                "channel": {**partial, "permissions": str(permissions_of(author))},
                "member": {
                    **member_json(author),
                    "user": user_json(author),
                    "permissions": str(permissions_of(author)),
                },
                "app_permissions": str(EVERYONE),
                "locale": "en-US",
                "guild_locale": "en-US",
                "entitlements": [],
                "authorizing_integration_owners": {"0": str(GUILD)},
                "context": 0,
                "attachment_size_limit": 10 * 2**20,
                **(more or {}),
            },
        )
        return interaction

    # Shapes ------------------------------------------------------------------------------------------------------

    def _new_id(self) -> int:
        # Snowflakes: milliseconds since Discord's epoch, shifted; strictly increasing.
        self._last_id = max(self._last_id + 1, int(time.time() * 1000 - 1_420_070_400_000) << 22)
        return self._last_id

    def _store(self, channel: int, payload: dict[str, Any], files: dict[str, bytes]) -> Stored:
        stored = Stored(self._new_id(), channel, payload, files)
        self.messages.append(stored)
        return stored

    def _amend(self, stored: Stored, payload: dict[str, Any], files: dict[str, bytes]) -> None:
        stored.payload = {**stored.payload, **payload}
        stored.files = files or stored.files
        stored.edits += 1
