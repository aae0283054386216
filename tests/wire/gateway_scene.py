"""A client under supervision, and the loopback Discord that plays with its connection."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import discord

from bot.chat.client import ChatOptions, SmallcapBot
from bot.chat.gateway import Gateway
from bot.chat.lines import Patience
from bot.clock import WallClock
from tests.memory import Memory
from tests.wire.discord_server import LoopbackDiscord
from tests.wire.loopback import connector
from tests.wire.shapes import ALERTS, MEMBER, TOKEN

QUICK = Patience(
    first_rest_s=0.05,
    longest_rest_s=0.2,
    free_lines=4,
    longest_pause_s=0.1,
    shortest_zombie_s=0.3,
    look_every_s=0.05,
    polite_s=0.2,
)


@dataclass
class Purse:
    """A budget of so many IDENTIFYs, then a wait."""

    left: int = 1000
    wait_s: float = 0.3
    asked: int = 0

    async def take(self, _now: datetime, _per_day: int) -> float:
        self.asked += 1
        if self.left <= 0:
            self.left = 1000
            return self.wait_s
        self.left -= 1
        return 0.0

    async def count(self, _now: datetime) -> int:
        return 1000 - self.left


@dataclass
class Ports:
    """As much of the ports as a client without commands needs."""

    memory: Memory


class Client(SmallcapBot):
    """Our client without its commands: it only listens."""

    def __init__(self, options: ChatOptions, memory: Memory) -> None:
        super().__init__(options, cast("Any", Ports(memory)))
        self.heard: list[str] = []

    async def setup_hook(self) -> None:
        pass

    async def on_message(self, message: discord.Message, /) -> None:
        self.heard.append(message.content)


@dataclass
class Scene:
    """A client under supervision and the Discord it is connected to."""

    server: LoopbackDiscord
    client: Client
    gateway: Gateway
    purse: Purse
    memory: Memory
    opened: asyncio.Event
    running: asyncio.Task[None]

    async def is_in(self) -> None:
        await self.until(self.client.is_ready, "the client is ready")

    async def until(self, holds: Any, what: str, seconds: float = 5.0) -> None:
        await self.server.until(lambda: self.running.done() or holds(), what, seconds)
        if self.running.done():
            self.running.result()

    async def hears(self, word: str) -> None:
        """Say something until it is heard: the session may be on its way back."""
        deadline = time.monotonic() + 5
        while word not in self.client.heard:
            assert time.monotonic() < deadline, f"{word!r} is never heard"
            assert not self.running.done(), self.running
            await self.server.say(ALERTS, MEMBER, word)
            await asyncio.sleep(0.02)

    async def ends(self) -> BaseException | None:
        async with asyncio.timeout(5):
            await asyncio.wait({self.running})
        return self.running.exception()

    async def is_back(self, *, identifies: int | None = None, resumes: int | None = None) -> None:
        """Wait until the client has come back so often, and see that it hears again, on one connection."""
        wanted = (identifies or 1, resumes or 0)
        await self.until(lambda: self.ways == wanted, f"{wanted} identifies and resumes, not {self.ways}")
        await self.hears(f"after {wanted}")
        await self.until(lambda: len(self.client.lines.open) == 1, "one connection is left")
        assert self.ways == wanted

    @property
    def ways(self) -> tuple[int, int]:
        return self.server.identifies, self.server.resumes


@asynccontextmanager
async def supervised(
    server: LoopbackDiscord, ca: Any, *, purse: Purse | None = None, memory: Memory | None = None
) -> AsyncIterator[Scene]:
    purse, memory, opened = purse or Purse(), memory or Memory(), asyncio.Event()
    client = Client(
        ChatOptions(connection={"connector": connector(server.port, ca), "guild_ready_timeout": 0.05}), memory
    )
    gateway = Gateway(client, TOKEN, clock=WallClock(), budget=purse, per_day=200, patience=QUICK)
    async with client:
        running, watching = asyncio.create_task(gateway.run(opened)), asyncio.create_task(gateway.watch())
        try:
            yield Scene(server, client, gateway, purse, memory, opened, running)
        finally:
            running.cancel()
            watching.cancel()
            began = time.monotonic()
            await asyncio.gather(running, watching, return_exceptions=True)
            await gateway.close()
            assert time.monotonic() - began < 2
            while any(thread.name.startswith("keep-alive") for thread in threading.enumerate()):
                assert time.monotonic() - began < 3, "a heartbeat goes on"
                await asyncio.sleep(0.01)
