"""Channels with which something is the matter: the breakers of delivery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, Destination, MessageKind, NoticeState, Outbound
from bot.store import outcomes
from bot.store.database import Database
from bot.store.tables import delivery, destination, message, notice, route
from bot.store.upsert import insert

REST = timedelta(days=1)

ASKED_FOR = sa.select(route.c.id).where(route.c.channel_id == destination.c.channel_id).exists()
"""Somebody wants alerts there."""

Found = list[Destination]
"""A name of its own: inside the class, `list` is the method."""


class Destinations:
    """Where nothing can arrive, and where only plain words can."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def switch_off(
        self, failed: Outbound, reason: str, at: datetime, *, notice_text: str, is_gone: bool = False
    ) -> bool:
        """End `failed` as dead and its destination with it: what waits there is kept back, moderators will be told.

        A destination that `is_gone` for good takes its routes along, and needs no mending. All in one transaction.
        False where the lease is lost: whoever holds the message will find out the same.
        """
        mine = sa.and_(
            message.c.id == failed.id, message.c.lease == failed.lease, message.c.state == DeliveryState.CLAIMED
        )
        async with self._database.write() as connection:
            ended = await outcomes.move(connection, mine, DeliveryState.DEAD, reason=reason)
            if not ended:
                return False
            has_routes = await _has_routes(connection, failed.channel_id)
            await connection.execute(_off(connection, failed, reason, at))
            if is_gone:
                await _end_routes(connection, failed.channel_id, reason)
            waiting = sa.and_(message.c.channel_id == failed.channel_id, message.c.state == DeliveryState.PENDING)
            await outcomes.move(
                connection, waiting, DeliveryState.SUPPRESSED, reason=f"the destination is switched off: {reason}"
            )
            if failed.kind is not MessageKind.NOTICE or has_routes:
                await _note(connection, failed, at, notice_text)
        return True

    async def plain(self, channel_id: int, guild_id: int, *, is_direct: bool = False) -> None:
        """Remember that embeds are refused there, so that the next message does not try them in vain."""
        values = {"channel_id": channel_id, "guild_id": guild_id, "is_direct": is_direct, "is_plain": True}
        async with self._database.write() as connection:
            await connection.execute(
                insert(connection, destination)
                .values(**values)
                .on_conflict_do_update(index_elements=["channel_id"], set_={"is_plain": True})
            )

    async def off(self, guild_id: int) -> Found:
        """Return the destinations of a guild that are switched off, or take plain words alone, and get alerts."""
        return await self._select(sa.and_(destination.c.guild_id == guild_id, ASKED_FOR))

    async def are_off(self, channel_ids: Sequence[int], now: datetime) -> set[int]:
        """Return those of the channels that are switched off and not to be tried again yet.

        Where somebody asks for alerts they are switched on by asking again. Elsewhere, such as in an owner's direct
        messages, nobody could: there a day is enough.
        """
        which = sa.and_(
            destination.c.channel_id.in_(channel_ids),
            destination.c.off_since.is_not(None),
            sa.or_(ASKED_FOR, destination.c.off_since > now - REST),
        )
        return {found.channel_id for found in await self._select(which)}

    async def count_off(self) -> int:
        """Return how many destinations that get alerts are switched off in all guilds."""
        statement = sa.select(sa.func.count()).where(destination.c.off_since.is_not(None), ASKED_FOR)
        async with self._database.read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def _select(self, which: sa.ColumnElement[bool]) -> Found:
        statement = sa.select(destination).where(which).order_by(destination.c.channel_id)
        async with self._database.read() as connection:
            return [Destination(**row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - public


async def _end_routes(connection: AsyncConnection, channel_id: int, reason: str) -> None:
    ended = await connection.execute(sa.delete(route).where(route.c.channel_id == channel_id).returning(route.c.id))
    theirs = delivery.c.route_id.in_(list(ended.scalars()))
    await outcomes.suppress(connection, theirs, reason)


async def _has_routes(connection: AsyncConnection, channel_id: int) -> bool:
    found = await connection.scalar(sa.select(route.c.id).where(route.c.channel_id == channel_id).limit(1))
    return found is not None


async def forgive(connection: AsyncConnection, channel_id: int) -> None:
    """Take the destination for sound again, inside the caller's transaction."""
    await connection.execute(sa.delete(destination).where(destination.c.channel_id == channel_id))


def _off(connection: AsyncConnection, failed: Outbound, reason: str, at: datetime) -> sa.Insert:
    stated = {"off_since": at, "reason": reason}
    where = {"channel_id": failed.channel_id, "guild_id": failed.guild_id, "is_direct": failed.is_direct}
    return (
        insert(connection, destination)
        .values(**where, **stated)
        .on_conflict_do_update(index_elements=["channel_id"], set_=stated)
    )


async def _note(connection: AsyncConnection, failed: Outbound, at: datetime, text: str) -> None:
    if not failed.guild_id:
        return
    run_id = sa.select(message.c.run_id).where(message.c.id == failed.id).scalar_subquery()
    await connection.execute(
        insert(connection, notice)
        .values(
            identity=f"off {failed.channel_id} by {failed.id}",
            run_id=run_id,
            guild_id=failed.guild_id,
            about_channel_id=failed.channel_id,
            text=text,
            state=NoticeState.WAITING,
            created_at=at,
        )
        .on_conflict_do_nothing(index_elements=["identity"])
    )
