"""A client that does what its script says, and a budget kept in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.chat.door import Door
from bot.chat.health import Pulse
from bot.chat.lines import Lines
from bot.clock import SetClock
from bot.store.identifies import wait_s
from tests.memory import Memory

AT = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
DAY = timedelta(hours=24)


@dataclass
class Budget:
    """The real arithmetic, kept in memory."""

    taken: list[datetime] = field(default_factory=list)

    async def take(self, now: datetime, per_day: int) -> float:
        wait = wait_s(self.taken, now, per_day)
        if wait == 0:
            self.taken.append(now)
        return wait

    async def count(self, now: datetime) -> int:
        return sum(at > now - DAY for at in self.taken)


class Over(BaseException):
    """The script has ended."""


@dataclass
class Client:
    """Does what its script says: an exception is raised, a number is a connection that lasts so many seconds."""

    clock: SetClock
    logins: list[Any] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    identifies: bool = True
    began: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    user: Any = None
    application: Any = None
    ws: Any = None
    admit: Any = None
    guilds: tuple[int, ...] = (1, 2)
    closed: bool = False

    def __post_init__(self) -> None:
        self.memory = Memory()
        self.door = Door(self.clock, self.memory)
        self.lines = Lines(self.clock, self.door)
        self.pulse = Pulse(self.clock)

    def is_closed(self) -> bool:
        return self.closed

    async def login(self, _token: str) -> None:
        self.tried.append(self.clock.now())
        if self.logins:
            raise self.logins.pop(0)
        self.user = self.application = "smallcap"

    async def connect(self) -> None:
        self.began.append(self.clock.now())
        if self.lines.resumes_next:
            self.lines.resumes_next = False
        elif self.identifies:
            await self.admit()
        if not self.connections:
            raise Over
        step = self.connections.pop(0)
        if isinstance(step, BaseException):
            raise step
        await self.clock.sleep(step)
        raise RuntimeError("the end of it")


ACK = '{"t":null,"s":null,"op":11,"d":null}'


def hello(interval_ms: Any) -> str:
    return json.dumps({"op": 10, "d": {"heartbeat_interval": interval_ms}, "s": None, "t": None})
