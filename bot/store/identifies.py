"""How often the bot has begun a session with Discord, which counts them and resets the token at 1,000 a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.tables import identify

DAY = timedelta(hours=24)
KEPT = timedelta(hours=48)
ASTRAY = timedelta(hours=1)
"""An instant further ahead than this was written by a clock that was wrong."""
APART = timedelta(seconds=5)
"""Discord takes one IDENTIFY every five seconds; one that comes sooner is turned away and counted all the same."""

_TICK = timedelta(microseconds=1)
_ONE = DAY // _TICK
"""An IDENTIFY in the bucket's measure, in which all its arithmetic is in whole numbers: nothing is rounded."""


class Identifies:
    """The IDENTIFYs sent, over all starts of the program and all processes on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, now: datetime, per_day: int) -> float:
        """Record an IDENTIFY about to be sent and return 0.0; or, recording nothing, the seconds until one may be."""
        async with self._database.write() as connection:
            await self._alone(connection)
            outdated = sa.or_(identify.c.at < now - KEPT, identify.c.at > now + ASTRAY)
            await connection.execute(sa.delete(identify).where(outdated))
            taken = (await connection.scalars(sa.select(identify.c.at))).all()
            wait = wait_s(taken, now, per_day)
            if wait == 0:
                await connection.execute(sa.insert(identify).values(at=now))
        return wait

    async def count(self, now: datetime) -> int:
        """Return how many were recorded in the last 24 hours."""
        counted = sa.select(sa.func.count()).select_from(identify).where(identify.c.at > now - DAY)
        async with self._database.read() as connection:
            return int(await connection.scalar(counted) or 0)

    async def _alone(self, connection: AsyncConnection) -> None:
        """Keep other processes from deciding at the same time; SQLite's write transaction does so by itself."""
        if not self._database.is_sqlite:
            await connection.execute(sa.text("LOCK TABLE identify IN SHARE ROW EXCLUSIVE MODE"))


def wait_s(taken: Iterable[datetime], now: datetime, per_day: int) -> float:
    """Return the seconds until the next IDENTIFY may be sent, after those of `taken`.

    A bucket that holds a tenth of `per_day` and fills with the rest over the day: no 24 hours see more than `per_day`,
    and a bot that has used them up goes on, slowly, instead of being shut out until tomorrow.
    """
    burst = per_day // 10
    refill = per_day - burst
    full = level = burst * _ONE
    before: datetime | None = None
    for at in sorted(min(instant, now) for instant in taken):
        if before is not None:
            level = min(full, level + refill * ((at - before) // _TICK))
        level -= _ONE
        before = at
    if before is None:
        return 0.0
    level = min(full, level + refill * ((now - before) // _TICK))
    ticks = max(-(-(_ONE - level) // refill), (before + APART - now) // _TICK, 0)
    return -(-ticks // 1000) / 1000  # in whole milliseconds, rounded up, so that a float holds it
