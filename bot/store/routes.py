"""Which channel wants what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

import sqlalchemy as sa

from bot.people import Cadence, Edit, Noun
from bot.records import Route
from bot.store import changes, guilds
from bot.store.changes import Intent
from bot.store.database import Database
from bot.store.edits import hour_words
from bot.store.rows import route_of
from bot.store.tables import route

Found = list[Route]
"""A name of its own: inside the class, `list` is the method."""


class Routes:
    """The routes of all guilds; one row per channel and signal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(  # noqa: PLR0913 - a route has that many sides
        self,
        *,
        guild_id: int,
        channel_id: int,
        signal: str,
        subjects: Sequence[str],
        by: int,
        at: datetime,
        importance: int = 1,
        role_id: int | None = None,
        cadence: Cadence = Cadence.INSTANT,
        daily_at: time | None = None,
    ) -> Route:
        """Route `signal` about `subjects` (empty: all) to the channel; said again, it takes the place of the old one.

        A channel that was switched off is taken for mended: whoever asks could speak there.
        """
        wanted = {
            "subjects": list(subjects),
            "importance": importance,
            "role_id": role_id,
            "cadence": cadence.value,
            "daily_at": hour_words(daily_at),
        }
        edits = [Edit(Noun.ROUTE, f"{channel_id} {signal}", wanted)]
        mine = sa.and_(route.c.channel_id == channel_id, route.c.signal == signal)
        async with self._database.write() as connection:
            await changes.apply(connection, Intent(guild_id, by, at, f"alerts here {signal}", edits))
            return route_of((await connection.execute(sa.select(route).where(mine))).one())

    async def list(self, guild_id: int) -> Found:
        """Return the routes of one guild, by channel and signal."""
        return await self._select(route.c.guild_id == guild_id)

    async def all(self) -> Found:
        """Return every route."""
        return await self._select(sa.true())

    async def remove(self, *, guild_id: int, channel_id: int, by: int, at: datetime, signal: str | None = None) -> int:
        """End the channel's route of `signal` (None: all of them); what waits for it is kept back. Return how many.

        What was missed goes into no digest either.
        """
        which = sa.and_(route.c.guild_id == guild_id, route.c.channel_id == channel_id)
        if signal is not None:
            which = sa.and_(which, route.c.signal == signal)
        async with self._database.write() as connection:
            if not await guilds.lock(connection, guild_id):
                return 0
            ended = (await connection.execute(sa.select(route.c.signal).where(which))).scalars().all()
            edits = [Edit(Noun.ROUTE, f"{channel_id} {name}", None) for name in sorted(ended)]
            action = f"alerts off {signal or ''}".strip()
            return len((await changes.apply(connection, Intent(guild_id, by, at, action, edits))).edits)

    async def _select(self, which: sa.ColumnElement[bool]) -> Found:
        statement = sa.select(route).where(which).order_by(route.c.guild_id, route.c.channel_id, route.c.signal)
        async with self._database.read() as connection:
            return [route_of(row) for row in await connection.execute(statement)]
