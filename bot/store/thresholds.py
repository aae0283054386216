"""What moderators set; everything they did not set is the signal's default."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import sqlalchemy as sa

from bot.store import guilds
from bot.store.database import Database
from bot.store.tables import route, threshold
from bot.store.upsert import insert

Changed = dict[str, float | int | str]
"""Threshold name to the value set; names left out have their default."""


class Thresholds:
    """The thresholds that guilds have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int, signal: str) -> Changed:
        """Return what the guild changed of `signal`."""
        which = sa.and_(threshold.c.guild_id == guild_id, threshold.c.signal == signal)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(threshold.c.name, threshold.c.value).where(which))
            return {row.name: row.value for row in rows}

    async def set(self, *, guild_id: int, signal: str, name: str, value: float | str, by: int, at: datetime) -> None:
        """Set one threshold; the caller has checked it against the signal's bounds."""
        stated = {"value": value, "set_by": by, "set_at": at}
        async with self._database.write() as connection:
            await guilds.remember(connection, guild_id, at)
            await connection.execute(
                insert(connection, threshold)
                .values(guild_id=guild_id, signal=signal, name=name, **stated)
                .on_conflict_do_update(index_elements=["guild_id", "signal", "name"], set_=stated)
            )

    async def reset(self, *, guild_id: int, signal: str, name: str | None = None) -> int:
        """Return one threshold (None: all of the signal's) to its default; return how many were changed."""
        which = sa.and_(threshold.c.guild_id == guild_id, threshold.c.signal == signal)
        if name is not None:
            which = sa.and_(which, threshold.c.name == name)
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(threshold).where(which))).rowcount

    async def by_guild(self, signal: str) -> dict[int, Changed]:
        """Return what each guild with a route of `signal` changed of it; guilds that changed nothing are included."""
        mine = sa.and_(threshold.c.guild_id == route.c.guild_id, threshold.c.signal == route.c.signal)
        statement = (
            sa.select(route.c.guild_id, threshold.c.name, threshold.c.value)
            .select_from(route.outerjoin(threshold, mine))
            .where(route.c.signal == signal)
        )
        found: dict[int, Changed] = defaultdict(dict)
        async with self._database.read() as connection:
            for row in await connection.execute(statement):
                changed = found[row.guild_id]
                if row.name is not None:
                    changed[row.name] = row.value
        return dict(found)
