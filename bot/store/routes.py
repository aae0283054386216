"""Which channel wants what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.records import Route
from bot.store import destinations, guilds, outcomes
from bot.store.database import Database
from bot.store.rows import route_of
from bot.store.tables import delivery, route
from bot.store.upsert import insert

NOT_ASKED_FOR = "the channel no longer asks for it"

Found = list[Route]
"""A name of its own: inside the class, `list` is the method."""


class Routes:
    """The routes of all guilds; one row per channel and signal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self, *, guild_id: int, channel_id: int, signal: str, subjects: Sequence[str], by: int, at: datetime
    ) -> Route:
        """Route `signal` about `subjects` (empty: all) to the channel; said again, it replaces the subjects.

        A channel that was switched off is taken for mended: whoever asks could speak there.
        """
        async with self._database.write() as connection:
            await guilds.remember(connection, guild_id, at)
            await destinations.forgive(connection, channel_id)
            row = await connection.execute(
                insert(connection, route)
                .values(
                    guild_id=guild_id,
                    channel_id=channel_id,
                    signal=signal,
                    subjects=list(subjects),
                    created_by=by,
                    created_at=at,
                )
                .on_conflict_do_update(
                    index_elements=["channel_id", "signal"],
                    set_={"subjects": list(subjects), "created_by": by, "created_at": at, "guild_id": guild_id},
                )
                .returning(route)
            )
            return route_of(row.one())

    async def list(self, guild_id: int) -> Found:
        """Return the routes of one guild, by channel and signal."""
        return await self._select(route.c.guild_id == guild_id)

    async def all(self) -> Found:
        """Return every route."""
        return await self._select(sa.true())

    async def remove(self, *, guild_id: int, channel_id: int, signal: str | None = None) -> int:
        """End the channel's route of `signal` (None: all of them); what waits for it is kept back. Return how many.

        What was missed goes into no digest either.
        """
        which = sa.and_(route.c.guild_id == guild_id, route.c.channel_id == channel_id)
        if signal is not None:
            which = sa.and_(which, route.c.signal == signal)
        async with self._database.write() as connection:
            removed = (await connection.execute(sa.delete(route).where(which).returning(route.c.id))).scalars().all()
            await outcomes.suppress(connection, delivery.c.route_id.in_(removed), NOT_ASKED_FOR)
        return len(removed)

    async def _select(self, which: sa.ColumnElement[bool]) -> Found:
        statement = sa.select(route).where(which).order_by(route.c.guild_id, route.c.channel_id, route.c.signal)
        async with self._database.read() as connection:
            return [route_of(row) for row in await connection.execute(statement)]
