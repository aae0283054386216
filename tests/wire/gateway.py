"""The gateway: sessions that can be resumed, connections that can go wrong.

Source: Discord docs, Gateway, Gateway Events and Opcodes and Status Codes, read 2026-11.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.wire.shapes import APPLICATION, TOKEN, user_json
from tests.wire.world import Guild, World, guild_create_json

HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 1, 2, 6, 7, 9, 10, 11
HEARD = frozenset({3, 4, 8, 31})
"""Orders that need a session and no answer here: presence, voice, members, sounds."""
UNKNOWN_OP, UNDECODABLE, TOO_EARLY, WRONG_TOKEN, TWICE = 4001, 4002, 4003, 4004, 4005
WRONG_SHARD, SHARDING_REQUIRED, WRONG_INTENTS, FORBIDDEN_INTENTS = 4010, 4011, 4013, 4014
ENDS_SESSION = frozenset({4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014})
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 0, 1 << 9, 1 << 12


@dataclass
class Session:
    """What one IDENTIFY began; it outlives its connections."""

    id: str
    intents: int
    shard: tuple[int, int]
    sequence: int = 0
    sent: deque[tuple[int, str]] = field(default_factory=deque)
    """Dispatches the client has not acknowledged by a heartbeat, to be replayed when it resumes."""
    connection: Connection | None = None

    def hears(self, name: str, data: Any) -> bool:
        """Whether the session's intents ask for the event."""
        if name.startswith(("GUILD_", "CHANNEL_")):
            return bool(self.intents & GUILDS)
        if name.startswith("MESSAGE_"):
            return bool(self.intents & (GUILD_MESSAGES if data.get("guild_id") else DIRECT_MESSAGES))
        return True

    def holds(self, guild: int) -> bool:
        return (guild >> 22) % self.shard[1] == self.shard[0]


@dataclass
class Connection:
    """One WebSocket."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport
    session: Session | None = None
    is_zombie: bool = False
    """Heartbeats are no longer acknowledged; events still come."""
    is_half_open: bool = False
    """Nothing comes any more, and nothing that is said is heard."""
    is_dropped: bool = False

    async def send(self, frame: str) -> None:
        if not self.is_half_open:
            with contextlib.suppress(ConnectionError):
                await self.socket.send_str(frame)

    def go_wrong(self, *, is_zombie: bool, is_half_open: bool) -> None:
        self.is_zombie, self.is_half_open = is_zombie, is_half_open
        if is_half_open:
            self.transport.pause_reading()  # not even a farewell is read

    async def close(self, code: int) -> None:
        self.is_dropped = True
        if self.is_half_open:
            self.transport.abort()
            return
        with contextlib.suppress(ConnectionError):
            await self.socket.close(code=code)


@dataclass
class Gateway:
    """Accepts, identifies, dispatches, resumes."""

    world: World
    rang: Callable[[], None]
    """Called when something happened that a test may wait for."""
    clock: Callable[[], float] = time.monotonic
    token: str = TOKEN
    heartbeat_interval_ms: int = 41_250
    announces_guilds: bool = True
    """Whether GUILD_CREATEs follow READY; without them the guilds stay unavailable."""
    guilds_per_shard: int | None = 2500
    forbidden_intents: int = 0
    """Privileged intents that are not enabled for the bot: close code 4014."""
    unknown_intents: int = 0
    """Intents that count as wrong: close code 4013."""
    closed_doors: int = 0
    """So many gateway connections are turned away."""
    zombies: bool = False
    half_open: bool = False
    """Both for every connection, later ones too; `break_connections` is for those of the moment."""
    kept_dispatches: int = 100_000
    """How many events a session keeps for a client that is away; who missed more cannot resume."""
    identify_instants: list[float] = field(default_factory=list)
    resume_instants: list[float] = field(default_factory=list)
    """The accepted ones."""
    refused_resumes: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    connections: list[Connection] = field(default_factory=list)

    @property
    def identifies(self) -> int:
        return len(self.identify_instants)

    @property
    def resumes(self) -> int:
        return len(self.resume_instants)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Hold one connection from HELLO to its close."""
        if self.closed_doors:
            self.closed_doors -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0, timeout=2.0)
        await socket.prepare(request)
        connection = Connection(socket, request.transport)
        connection.go_wrong(is_zombie=self.zombies, is_half_open=self.half_open)
        self.connections.append(connection)
        try:
            await connection.send(_order(HELLO, {"heartbeat_interval": self.heartbeat_interval_ms}))
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT or connection.is_half_open:
                    continue
                if code := await self._hear(connection, frame.data):
                    self._forget(connection, code)
                    await connection.close(code)
        finally:
            self._part(connection)
        return socket

    # What a test does --------------------------------------------------------------------------------------------

    async def dispatch(self, name: str, data: Any) -> None:
        """Tell every session whose intents ask for it; one that is away hears it when it resumes."""
        text = json.dumps(data)
        for session in list(self.sessions.values()):
            if session.hears(name, data):
                await self._deliver(session, name, text)

    async def malform(self) -> None:
        """Tell of a guild in a way that no client can read."""
        for session in list(self.sessions.values()):
            await self._deliver(session, "GUILD_CREATE", '{"id":null,"name":7,"roles":"none","channels":3}')

    async def drop(self, code: int) -> None:
        """Close every connection with `code`; some codes end the session, as published."""
        for connection in list(self.connections):
            self._forget(connection, code)
            await connection.close(code)

    async def order(self, op: int, data: Any = None) -> None:
        """Send a bare order: 7 to reconnect, 9 that the session is invalid, 1 to ask for a heartbeat."""
        for connection in list(self.connections):
            if op == INVALID and not data and connection.session:
                self.sessions.pop(connection.session.id, None)
                connection.session = None
            await connection.send(_order(op, data))

    def break_connections(self, *, is_zombie: bool = False, is_half_open: bool = False) -> None:
        """Let the connections of the moment go wrong; who connects anew is served well."""
        for connection in self.connections:
            connection.go_wrong(is_zombie=is_zombie, is_half_open=is_half_open)

    def forget_sessions(self) -> None:
        """Let every session expire that has no connection, as after minutes away."""
        self.sessions = {name: session for name, session in self.sessions.items() if session.connection is not None}

    async def close(self) -> None:
        """Close every socket."""
        for connection in list(self.connections):
            await connection.close(1000)

    # What a client does ------------------------------------------------------------------------------------------

    async def _hear(self, connection: Connection, text: str) -> int | None:
        """Act on one frame; return the close code it deserves, if any."""
        try:
            said = json.loads(text)
            op, data = said["op"], said.get("d")
        except (ValueError, KeyError, TypeError, AttributeError):
            return UNDECODABLE
        if op == HEARTBEAT:
            return await self._beat(connection, data)
        if op in (IDENTIFY, RESUME):
            if connection.session is not None:
                return TWICE
            return await (self._identify if op == IDENTIFY else self._resume)(connection, data)
        if op not in HEARD:
            return UNKNOWN_OP
        return TOO_EARLY if connection.session is None else None

    async def _beat(self, connection: Connection, sequence: int | None) -> None:
        session = connection.session
        while session and sequence and session.sent and session.sent[0][0] <= sequence:
            session.sent.popleft()
        if not connection.is_zombie:
            await connection.send(_order(ACK, None))

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> int | None:
        self.identify_instants.append(self.clock())
        self.rang()
        if data.get("token") != self.token:
            return WRONG_TOKEN
        session = Session(uuid.uuid4().hex, data.get("intents", 0), tuple(data.get("shard") or (0, 1)))
        if session.shard[0] >= session.shard[1]:
            return WRONG_SHARD
        guilds = [guild for guild in self.world.joined() if session.holds(guild.id)]
        if wrong := self._misfit(session, guilds):
            return wrong
        self.sessions[session.id] = session
        connection.session, session.connection = session, connection
        await self._greet(session, guilds)
        self.rang()
        return None

    def _misfit(self, session: Session, guilds: list[Guild]) -> int | None:
        if session.intents & self.unknown_intents:
            return WRONG_INTENTS
        if session.intents & self.forbidden_intents:
            return FORBIDDEN_INTENTS
        too_many = self.guilds_per_shard is not None and len(guilds) > self.guilds_per_shard
        return SHARDING_REQUIRED if too_many else None

    async def _greet(self, session: Session, guilds: list[Guild]) -> None:
        ready = {
            "v": 10,
            "user": user_json(APPLICATION),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": "wss://gateway.discord.gg",
            "shard": list(session.shard),
            "application": {"id": str(APPLICATION), "flags": 1 << 19},
        }
        await self._deliver(session, "READY", json.dumps(ready))
        if self.announces_guilds and session.intents & GUILDS:
            for guild in guilds:
                await self._deliver(session, "GUILD_CREATE", json.dumps(guild_create_json(guild)))

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> int | None:
        if data.get("token") != self.token:
            return WRONG_TOKEN
        session, seen = self.sessions.get(data.get("session_id")), data.get("seq")
        if session is None or not isinstance(seen, int) or not self._can_replay(session, seen):
            self.refused_resumes += 1
            await connection.send(_order(INVALID, data=False))
            return None
        connection.session, session.connection = session, None
        while missed := [(sequence, frame) for sequence, frame in session.sent if sequence > seen]:
            for sequence, frame in missed:
                await connection.send(frame)
                seen = sequence
        session.connection = connection
        self.resume_instants.append(self.clock())
        await self._deliver(session, "RESUMED", "{}")
        self.rang()
        return None

    def _can_replay(self, session: Session, seen: int) -> bool:
        oldest = session.sent[0][0] if session.sent else session.sequence + 1
        return oldest - 1 <= seen <= session.sequence

    async def _deliver(self, session: Session, name: str, text: str) -> None:
        session.sequence += 1
        frame = f'{{"op":0,"t":"{name}","s":{session.sequence},"d":{text}}}'
        session.sent.append((session.sequence, frame))
        if len(session.sent) > self.kept_dispatches:
            session.sent.popleft()
        if session.connection is not None:
            await session.connection.send(frame)

    def _forget(self, connection: Connection, code: int) -> None:
        if connection.session is not None and code in ENDS_SESSION:
            self.sessions.pop(connection.session.id, None)

    def _part(self, connection: Connection) -> None:
        self.connections.remove(connection)
        session = connection.session
        if session is None:
            return
        if session.connection is connection:
            session.connection = None
        # A client that closes with 1000 or 1001 says that it will not come back to its session.
        if connection.socket.close_code in (1000, 1001) and not connection.is_dropped:
            self.sessions.pop(session.id, None)


def _order(op: int, data: Any) -> str:
    return json.dumps({"op": op, "d": data, "s": None, "t": None})
