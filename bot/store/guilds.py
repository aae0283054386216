"""Guilds: a row to refer to and to lock, and the end of what is kept of one that the bot has left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DIRECT, NO_GUILD
from bot.store import erasure
from bot.store.database import Database
from bot.store.member_tables import membership, rating, subscription
from bot.store.paper_tables import keyword, standing_order
from bot.store.tables import change, delivery, destination, edit, guild, message, notice, route, silence, threshold
from bot.store.upsert import insert

BOT_LEFT = "the bot left the server"
ITS_OWN = (standing_order, membership, rating, subscription, notice, silence, threshold, route, keyword)
"""What belongs to a guild and to which nothing else refers; orders first, as where a run is recorded."""


async def remember(connection: AsyncConnection, guild_id: int, at: datetime) -> None:
    """Make sure there is a row for `guild_id`, inside the caller's transaction."""
    await connection.execute(insert(connection, guild).values(id=guild_id, first_seen=at).on_conflict_do_nothing())


async def lock(connection: AsyncConnection, guild_id: int) -> bool:
    """Keep others from changing the guild's settings until the transaction ends; False where it has never set any.

    It comes before every lock of messages and deliveries, so that two transactions never wait for each other.
    """
    mine = sa.select(guild.c.id).where(guild.c.id == guild_id).with_for_update(key_share=True)
    return await connection.scalar(mine) is not None


async def lock_all(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> None:
    """Lock the guilds that match, always in the same order."""
    statement = sa.select(guild.c.id).where(which).order_by(guild.c.id).with_for_update(key_share=True)
    await connection.execute(statement)


async def hold(connection: AsyncConnection, guild_id: int, at: datetime) -> None:
    """Make sure there is a row for `guild_id`, and lock it."""
    await remember(connection, guild_id, at)
    await lock(connection, guild_id)


class Guilds:
    """Which guilds the bot is in, as far as anything is kept of them; `forget` is called once one is deleted."""

    def __init__(self, database: Database, forget: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._forget = forget

    async def leave(self, guild_id: int, at: datetime) -> None:
        """Note that the bot has left the guild; noted already, the first time counts."""
        await self._mark(sa.and_(guild.c.id == guild_id, guild.c.left_at.is_(None)), at)

    async def rejoin(self, guild_id: int) -> None:
        """Note that the bot is in the guild: what is kept of it stays."""
        await self._mark(sa.and_(guild.c.id == guild_id, guild.c.left_at.is_not(None)), None)

    async def present(self) -> list[int]:
        """Return the guilds of which something is kept and that the bot is not known to have left."""
        statement = sa.select(guild.c.id).where(guild.c.left_at.is_(None)).order_by(guild.c.id)
        async with self._database.read() as connection:
            return list((await connection.execute(statement)).scalars())

    async def purge(self, before: datetime) -> list[int]:
        """Delete everything of the guilds that were left before that instant; return which, one transaction each."""
        long_gone = guild.c.left_at < before
        async with self._database.read() as connection:
            found = list((await connection.execute(sa.select(guild.c.id).where(long_gone))).scalars())
        purged = []
        for guild_id in sorted(found):
            async with self._database.write() as connection:
                still = sa.select(guild.c.id).where(guild.c.id == guild_id, long_gone).with_for_update()
                if await connection.scalar(still) is not None:
                    await _purge(connection, guild_id)
                    purged.append(guild_id)
            self._forget()
        return purged

    async def _mark(self, which: sa.ColumnElement[bool], left_at: datetime | None) -> None:
        async with self._database.write() as connection:
            await connection.execute(sa.update(guild).where(which).values(left_at=left_at))


async def _purge(connection: AsyncConnection, guild_id: int) -> None:
    for table in ITS_OWN:
        await connection.execute(sa.delete(table).where(table.c.guild_id == guild_id))
    await erasure.erase(connection, delivery.c.guild_id == guild_id, message.c.guild_id == guild_id, reason=BOT_LEFT)
    await _part_with_members(connection, guild_id)
    changes = sa.select(change.c.id).where(change.c.guild_id == guild_id)
    await connection.execute(sa.delete(edit).where(edit.c.change_id.in_(changes)))
    await connection.execute(sa.delete(change).where(change.c.guild_id == guild_id))
    await connection.execute(sa.delete(guild).where(guild.c.id == guild_id))


async def _part_with_members(connection: AsyncConnection, guild_id: int) -> None:
    """Keep what other guilds' alerts need of members' direct messages, without a word of this guild."""
    follows = sa.and_(subscription.c.user_id == destination.c.channel_id, subscription.c.channel_id == DIRECT)
    needed = sa.and_(destination.c.is_direct, sa.select(subscription.c.id).where(follows).exists())
    await connection.execute(sa.delete(destination).where(destination.c.guild_id == guild_id, ~needed))
    for table in (destination, message):
        await connection.execute(sa.update(table).where(table.c.guild_id == guild_id).values(guild_id=NO_GUILD))
