"""Members of whom something is kept for one guild alone, and whether they are still there."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import NO_GUILD
from bot.store import guilds, outcomes
from bot.store.database import Database
from bot.store.member_tables import membership, rating, subscription
from bot.store.tables import delivery, guild
from bot.store.upsert import insert

MEMBER_LEFT = "you left the server in which you asked for it"

KEPT = (
    sa.select(rating.c.guild_id, rating.c.user_id)
    .union(sa.select(subscription.c.guild_id, subscription.c.user_id).where(subscription.c.guild_id != NO_GUILD))
    .subquery("kept")
)
"""Pairs of guild and member for whom something guild-bound is kept."""


class Memberships:
    """When it was last asked whether they are there, and since when they are not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, before: datetime, limit: int) -> list[tuple[int, int]]:
        """Return pairs of guild and member that were not asked after since that instant, those never asked first.

        In a guild that the bot has left nobody can be asked after.
        """
        same = sa.and_(membership.c.guild_id == KEPT.c.guild_id, membership.c.user_id == KEPT.c.user_id)
        asked = membership.c.checked_at
        statement = (
            sa.select(KEPT.c.guild_id, KEPT.c.user_id)
            .select_from(KEPT.outerjoin(membership, same).outerjoin(guild, guild.c.id == KEPT.c.guild_id))
            .where(sa.or_(asked.is_(None), asked < before), guild.c.left_at.is_(None))
            .order_by(asked.is_not(None), asked, KEPT.c.guild_id, KEPT.c.user_id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [(row.guild_id, row.user_id) for row in await connection.execute(statement)]

    async def checked(self, guild_id: int, user_id: int, at: datetime, is_there: bool) -> None:  # noqa: FBT001 - a fact, not a switch
        """Note whether a member is still there; of one who is not, the first time counts."""
        gone_since = None if is_there else at
        first = sa.func.coalesce(
            membership.c.gone_since, sa.bindparam(None, at, type_=membership.c.gone_since.type, unique=True)
        )
        async with self._database.write() as connection:
            await guilds.remember(connection, guild_id, at)
            await connection.execute(
                insert(connection, membership)
                .values(guild_id=guild_id, user_id=user_id, checked_at=at, gone_since=gone_since)
                .on_conflict_do_update(
                    index_elements=["guild_id", "user_id"],
                    set_={"checked_at": at, "gone_since": None if is_there else first},
                )
            )

    async def purge(self, before: datetime) -> int:
        """Delete what is kept for a guild of members gone since before that instant; return how many rows.

        Alerts that wait for them are kept back. A membership for which nothing is kept is no longer asked after.
        """
        async with self._database.write() as connection:
            deleted = await _delete_of_gone(connection, before)
            kept = sa.select(KEPT.c.user_id).where(
                KEPT.c.guild_id == membership.c.guild_id, KEPT.c.user_id == membership.c.user_id
            )
            await connection.execute(sa.delete(membership).where(~kept.exists()))
        return deleted


async def _delete_of_gone(connection: AsyncConnection, before: datetime) -> int:
    def gone(table: sa.Table) -> sa.ColumnElement[bool]:
        theirs = sa.and_(membership.c.guild_id == table.c.guild_id, membership.c.user_id == table.c.user_id)
        return sa.select(membership.c.user_id).where(theirs, membership.c.gone_since < before).exists()

    ratings = await connection.execute(sa.delete(rating).where(gone(rating)))
    ended = await connection.execute(sa.delete(subscription).where(gone(subscription)).returning(subscription.c.id))
    ids = list(ended.scalars())
    if ids:
        await outcomes.suppress(connection, delivery.c.subscription_id.in_(ids), MEMBER_LEFT)
    return ratings.rowcount + len(ids)
