"""What can go wrong between a client and Discord, each behind a switch, each repeatable from a seed."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

from tests.wire.answers import cloudflare, refusal

LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)


@dataclass
class Faults:
    """The switches; all off at first."""

    seed: int = 0
    refusals: list[web.Response] = field(default_factory=list)
    """Answers to the next messages created, instead of storing them."""
    silences: int = 0
    """So many messages with a picture are stored and never answered."""
    lost_answers: int = 0
    """The next so many messages are stored, and their answers lost."""
    lost_share: float = 0.0
    """So large a part of the messages are stored, and their answers lost."""
    loses_by: Literal["reset", "silence"] = "reset"
    """Whether an answer is lost by a reset of the connection, or never comes."""
    error_share: float = 0.0
    """So large a part of all requests get `error_status`."""
    error_status: int = 502
    errors_after_storing: bool = False
    """Whether the errors are for messages alone, and come after they were stored."""
    cloudflare_answers: float = 0
    """The next so many requests get Cloudflare's 429; ``math.inf`` for all from now on."""
    cloudflare_retry_after_s: float | None = None
    refuses_token: bool = False
    """Whether every token is refused (401) from now on."""
    latency_s: float = 0.0
    """How long an answer travels; what was asked is done by then."""
    jitter_s: float = 0.0
    """So much more at most."""

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311 - it must repeat
        self._gate = asyncio.Event()
        self._gate.set()
        self._end = asyncio.Event()

    def hold(self) -> None:
        """Let no answer out until `release`; what is asked is done all the same."""
        self._gate.clear()

    def release(self) -> None:
        """Let the held answers out."""
        self._gate.set()

    def end(self) -> None:
        """Let everything out that waits: the server stops."""
        self._gate.set()
        self._end.set()

    def before(self) -> web.Response | None:
        """Return what answers a request instead of Discord, if anything does."""
        if self.cloudflare_answers > 0:
            self.cloudflare_answers -= 1
            return cloudflare(retry_after_s=self.cloudflare_retry_after_s)
        if self.error_share and not self.errors_after_storing and self._chance.random() < self.error_share:
            return self._error()
        return None

    async def travel(self) -> None:
        """Take as long as an answer takes."""
        if self.latency_s or self.jitter_s:
            await asyncio.sleep(self.latency_s + self.jitter_s * self._chance.random())
        if not self._gate.is_set():
            await self._gate.wait()

    async def after_storing(self, request: web.Request, *, has_picture: bool) -> web.Response | None:
        """Return what the author of a stored message hears instead of its answer, if anything."""
        if self.silences and has_picture:
            self.silences -= 1
            return await self._silence()
        if self._loses_answer():
            return await self._silence() if self.loses_by == "silence" else reset(request)
        if self.error_share and self.errors_after_storing and self._chance.random() < self.error_share:
            return self._error()
        return None

    def _loses_answer(self) -> bool:
        if self.lost_answers > 0:
            self.lost_answers -= 1
            return True
        return bool(self.lost_share) and self._chance.random() < self.lost_share

    async def _silence(self) -> web.Response:
        await self._end.wait()
        return self._error()

    def _error(self) -> web.Response:
        return refusal(self.error_status, 0, f"{self.error_status}: Loopback Error")


def reset(request: web.Request) -> web.Response:
    """Break the connection so that its other end sees a reset; the response is for nobody."""
    transport = request.transport
    if transport is not None:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT_AT_ALL)
        transport.abort()
    return web.Response(status=502)
