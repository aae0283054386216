"""A Discord that speaks the wire on loopback, and keeps to the rules that Discord publishes.

Each part of it has a room of its own: the `door` every request takes, its `limits` and `faults`, the `world` of guilds
and channels, `posting` for messages, `interactions`, the `gateway`, and the `ledger` of all that happened. What tests
ask for most also has its name here. A test speaks for a person: `say`, `slash`, `press`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from aiohttp import web

from tests.wire.answers import answer, read, refusal
from tests.wire.door import Door
from tests.wire.faults import Faults
from tests.wire.gateway import Gateway
from tests.wire.interactions import Interactions
from tests.wire.ledger import Ledger
from tests.wire.limits import MESSAGE, MESSAGES, Limits
from tests.wire.posting import Posting
from tests.wire.shapes import APPLICATION, Stored, application_json, member_json, message_json, user_json
from tests.wire.world import World, channel_json, guild_json

GUILDS_PER_RECOMMENDED_SHARD = 1000
IDENTIFIES_PER_DAY = 1000


def kept_in(room: str, name: str) -> property:
    """Return a name of the server that stands for one in `room`."""

    def look(server: Any) -> Any:
        return getattr(getattr(server, room), name)

    def put(server: Any, value: Any) -> None:
        setattr(getattr(server, room), name, value)

    return property(look, put)


class LoopbackDiscord:
    """The server; start it, point the bot at it, look at what arrived.

    `clock` may be a test's own: rate limits, the nonce's window and every logged instant follow it.
    """

    messages = kept_in("ledger", "messages")
    requests = kept_in("ledger", "requests")
    request_log = kept_in("ledger", "request_log")
    sent_429s = kept_in("ledger", "sent_429s")
    stored_per_nonce = kept_in("ledger", "stored_per_nonce")
    duplicates = kept_in("ledger", "duplicates")
    invalid_by_channel = kept_in("ledger", "invalid_by_channel")
    keeps_files = kept_in("ledger", "keeps_files")
    commands = kept_in("interactions", "commands")
    callbacks = kept_in("interactions", "callbacks")
    followups = kept_in("interactions", "followups")
    identifies = kept_in("gateway", "identifies")
    resumes = kept_in("gateway", "resumes")
    closed_doors = kept_in("gateway", "closed_doors")
    refusals = kept_in("faults", "refusals")
    silences = kept_in("faults", "silences")
    nonce_window_s = kept_in("posting", "nonce_window_s")
    history_shows_nonce = kept_in("posting", "history_shows_nonce")
    echoes = kept_in("posting", "echoes")

    def __init__(
        self, world: World | None = None, *, clock: Callable[[], float] = time.monotonic, seed: int = 0
    ) -> None:
        self.port = 0
        self.world = World.loopback() if world is None else world
        self._changed = asyncio.Event()
        self.ledger = Ledger(clock)
        self.faults = Faults(seed)
        self.limits = Limits(clock)
        self.gateway = Gateway(self.world, self._changed.set, clock)
        self.interactions = Interactions(self.gateway, self.ledger)
        self.posting = Posting(self.world, self.ledger, self.faults, self._tell)
        self.door = Door(self.limits, self.faults, self.ledger, self._changed.set, clock)
        self._runner: web.AppRunner | None = None

    async def start(self, ssl_context: Any, port: int = 0) -> None:
        """Listen on loopback with TLS; on a free port unless told which."""
        app = web.Application(middlewares=[self._middleware], client_max_size=32 * 2**20)
        for method, template, handler in (
            ("GET", "/users/@me", self._me),
            ("POST", "/users/@me/channels", self._open_direct),
            ("GET", "/oauth2/applications/@me", self._application),
            ("GET", "/applications/@me", self._application),
            ("PUT", "/applications/{app}/commands", self.interactions.put_commands),
            ("GET", "/gateway/bot", self._gateway_bot),
            ("GET", "/guilds/{guild}", self._guild),
            ("GET", "/channels/{channel}", self._channel),
            ("POST", "/channels/{channel}/typing", self._no_content),
            ("GET", MESSAGES, self.posting.history),
            ("POST", MESSAGES, self.posting.create),
            ("GET", MESSAGE, self.posting.one),
            ("PATCH", MESSAGE, self.posting.edit),
            ("POST", "/interactions/{interaction}/{token}/callback", self.interactions.callback),
            ("POST", "/webhooks/{app}/{token}", self.interactions.followup),
            ("PATCH", "/webhooks/{app}/{token}/messages/@original", self.interactions.edit_original),
        ):
            self.door.lead(app, method, template, handler)
        app.router.add_get("/", self.gateway.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=ssl_context).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Let go of every answer that waits, and close every socket."""
        self.faults.end()
        await self.gateway.close()
        if self._runner is not None:
            ends = [handler.transport for handler in getattr(self._runner.server, "connections", ())]
            await self._runner.cleanup()
            for end in ends:
                if end is not None:
                    end.abort()  # one whose other side reads no more would stay open for ever
            await asyncio.sleep(0)

    # What a test does and sees -------------------------------------------------------------------------------------

    def posted(self, channel: int) -> list[Stored]:
        """Return the messages stored in `channel`, oldest first."""
        return list(self.ledger.by_channel.get(channel, ()))

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
        await self._tell(self.ledger.store(channel, {"content": content}, {}, author))

    async def slash(self, channel: int, author: int, name: str, options: list[dict[str, Any]] | None = None) -> int:
        """Let a person invoke ``/name``; return the interaction's id."""
        command = next(c for c in self.commands if c["name"] == name)
        data = {"id": command["id"], "name": name, "type": 1, "options": options or []}
        return await self.interactions.ask(2, self.world.channels[channel], author, data)

    async def press(self, message: Stored, author: int, custom_id: str) -> int:
        """Let a person press a button of `message`; return the interaction's id."""
        data = {"component_type": 2, "custom_id": custom_id}
        more = {"message": message_json(message)}
        return await self.interactions.ask(3, self.world.channels[message.channel_id], author, data, more)

    async def drop(self, code: int) -> None:
        """Close every gateway connection with `code`."""
        await self.gateway.drop(code)

    async def order(self, op: int, data: Any = None) -> None:
        """Send a bare gateway order: 7 to reconnect, 9 that the session is invalid."""
        await self.gateway.order(op, data)

    def answer(self, interaction: int) -> Stored | None:
        """Return what the bot answered an interaction with, deferred answers included."""
        found = self.followups.get(f"token-{interaction}")
        return found[-1] if found else None

    async def _tell(self, stored: Stored) -> None:
        message = message_json(stored)
        channel = self.world.channels.get(stored.channel_id)
        if channel is not None and channel.guild_id is not None:
            guild = channel.guild_id
            message |= {"member": member_json(stored.author, guild), "guild_id": str(guild)}
        await self.gateway.dispatch("MESSAGE_CREATE", message)

    # Routes that need no room of their own -------------------------------------------------------------------------

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        return await self.door.stand(request, handler)

    async def _no_content(self, _request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"Via": "1.1 loopback"})

    async def _me(self, _request: web.Request) -> web.Response:
        return answer(user_json(APPLICATION))

    async def _application(self, _request: web.Request) -> web.Response:
        return answer(application_json())

    async def _gateway_bot(self, _request: web.Request) -> web.Response:
        left = max(0, IDENTIFIES_PER_DAY - self.identifies)
        limit = {"total": IDENTIFIES_PER_DAY, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}
        shards = max(1, -(-len(self.world.joined()) // GUILDS_PER_RECOMMENDED_SHARD))
        return answer({"url": "wss://gateway.discord.gg", "shards": shards, "session_start_limit": limit})

    async def _guild(self, request: web.Request) -> web.Response:
        guild = self.world.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            return refusal(404, 10004, "Unknown Guild")
        return answer(guild_json(guild)) if guild.bot_is_member else refusal(403, 50001, "Missing Access")

    async def _channel(self, request: web.Request) -> web.Response:
        channel = self.world.channels.get(int(request.match_info["channel"]))
        denied = self.posting.may_not_see(channel)
        return denied or answer(channel_json(channel))

    async def _open_direct(self, request: web.Request) -> web.Response:
        payload, _ = await read(request)
        return answer(channel_json(self.world.direct_with(int(payload["recipient_id"]))))
