"""Channels with which something is the matter: the breakers of delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DIRECT, NO_GUILD, THE_BOT, Edit, Noun
from bot.records import DeliveryState, Destination, MessageKind, NoticeState, Outbound
from bot.store import changes, guilds, outcomes
from bot.store.changes import Intent
from bot.store.database import Database
from bot.store.member_tables import subscription
from bot.store.paper_tables import standing_order
from bot.store.tables import destination, message, notice, route
from bot.store.upsert import insert

REST = timedelta(days=1)

ROUTED = sa.or_(
    sa.select(route.c.id).where(route.c.channel_id == destination.c.channel_id).exists(),
    sa.select(standing_order.c.id).where(standing_order.c.channel_id == destination.c.channel_id).exists(),
)
"""Moderators want alerts or papers there."""
FOLLOWED = (
    sa.select(subscription.c.id)
    .where(
        destination.c.is_direct,
        subscription.c.user_id == destination.c.channel_id,
        subscription.c.channel_id == DIRECT,
    )
    .exists()
)
"""The member it belongs to wants alerts there."""

Found = list[Destination]
"""A name of its own: inside the class, `list` is the method."""


class Destinations:
    """Where nothing can arrive, and where only plain words can."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def switch_off(
        self, failed: Outbound, reason: str, at: datetime, *, notice_text: str, is_gone: bool = False
    ) -> bool:
        """End `failed` as dead and its destination with it: what waits there is kept back, `notice_text` will be told.

        It is told to the moderators of a channel, and of direct messages to the member alone, in the channel where they
        asked for them; nobody is told where they asked in a direct message. A destination that `is_gone` for good takes
        its routes and orders along, and needs no mending. All in one transaction.
        False where the lease is lost: whoever holds the message will find out the same.
        """
        mine = sa.and_(
            message.c.id == failed.id, message.c.lease == failed.lease, message.c.state == DeliveryState.CLAIMED
        )
        async with self._database.write() as connection:
            if is_gone:
                await guilds.lock(connection, failed.guild_id)
            ended = await outcomes.move(connection, mine, DeliveryState.DEAD, reason=reason)
            if not ended:
                return False
            told = await _audience(connection, failed)
            await connection.execute(_off(connection, failed, reason, at))
            if is_gone:
                await _end_routes(connection, failed, reason, at)
            waiting = sa.and_(message.c.channel_id == failed.channel_id, message.c.state == DeliveryState.PENDING)
            await outcomes.move(
                connection, waiting, DeliveryState.SUPPRESSED, reason=f"the destination is switched off: {reason}"
            )
            if told is not None:
                await _note(connection, failed, at, {**told, "text": notice_text})
        return True

    async def gets(self, channel_id: int) -> set[Noun]:
        """Return what is set for a channel: routes, orders, both or neither."""
        async with self._database.read() as connection:
            return await _gets(connection, channel_id)

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
        """Return the channels of a guild that are switched off, or take plain words alone, and get alerts."""
        return await self._select(sa.and_(destination.c.guild_id == guild_id, ROUTED))

    async def are_off(self, channel_ids: Sequence[int], now: datetime) -> set[int]:
        """Return those of the channels that are switched off and not to be tried again yet.

        Where somebody asks for alerts they are switched on by asking again. Elsewhere, such as in an owner's direct
        messages, nobody could: there a day is enough.
        """
        which = sa.and_(
            destination.c.channel_id.in_(channel_ids),
            destination.c.off_since.is_not(None),
            sa.or_(ROUTED, FOLLOWED, destination.c.off_since > now - REST),
        )
        return {found.channel_id for found in await self._select(which)}

    async def count_off(self) -> int:
        """Return how many destinations that get alerts are switched off, in all guilds and with all members."""
        statement = sa.select(sa.func.count()).where(destination.c.off_since.is_not(None), sa.or_(ROUTED, FOLLOWED))
        async with self._database.read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def _select(self, which: sa.ColumnElement[bool]) -> Found:
        statement = sa.select(destination).where(which).order_by(destination.c.channel_id)
        async with self._database.read() as connection:
            return [Destination(**row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - public


async def _end_routes(connection: AsyncConnection, failed: Outbound, reason: str, at: datetime) -> None:
    routed = sa.select(route.c.guild_id, route.c.signal).where(route.c.channel_id == failed.channel_id)
    edits: dict[int, list[Edit]] = {}
    for row in await connection.execute(routed):
        edits.setdefault(row.guild_id, []).append(Edit(Noun.ROUTE, f"{failed.channel_id} {row.signal}", None))
    ordered = sa.select(standing_order.c.guild_id, standing_order.c.paper)
    for row in await connection.execute(ordered.where(standing_order.c.channel_id == failed.channel_id)):
        edits.setdefault(row.guild_id, []).append(Edit(Noun.ORDER, f"{failed.channel_id} {row.paper}", None))
    for guild_id, ended in edits.items():
        action = f"alerts ended: {reason}"
        await changes.apply(connection, Intent(guild_id, THE_BOT, at, action, ended, kept_back=reason))


async def _audience(connection: AsyncConnection, failed: Outbound) -> dict[str, int] | None:
    """Return who is to be told that `failed` was refused, as the columns of a notice; None where nobody is."""
    if failed.is_direct:
        return await _where_asked(connection, failed.channel_id)
    is_alert = failed.kind is not MessageKind.NOTICE or bool(await _gets(connection, failed.channel_id))
    return {"guild_id": failed.guild_id, "about_channel_id": failed.channel_id} if is_alert else None


async def _where_asked(connection: AsyncConnection, user_id: int) -> dict[str, int] | None:
    """Return the channel in which the member last asked for direct messages; None where there is none."""
    asked = sa.and_(
        subscription.c.user_id == user_id, subscription.c.channel_id == DIRECT, subscription.c.guild_id != NO_GUILD
    )
    newest = sa.select(subscription.c.guild_id, subscription.c.asked_in).where(asked)
    newest = newest.order_by(subscription.c.created_at.desc(), subscription.c.id.desc()).limit(1)
    found = (await connection.execute(newest)).one_or_none()
    if found is None:
        return None
    return {"guild_id": found.guild_id, "to_channel_id": found.asked_in, "user_id": user_id}


async def _gets(connection: AsyncConnection, channel_id: int) -> set[Noun]:
    tables = {Noun.ROUTE: route, Noun.ORDER: standing_order}
    wanted = (
        sa.select(sa.literal(noun.value)).where(sa.select(table.c.id).where(table.c.channel_id == channel_id).exists())
        for noun, table in tables.items()
    )
    return {Noun(noun) for noun in (await connection.execute(sa.union_all(*wanted))).scalars()}


def _off(connection: AsyncConnection, failed: Outbound, reason: str, at: datetime) -> sa.Insert:
    stated = {"off_since": at, "reason": reason}
    where = {"channel_id": failed.channel_id, "guild_id": failed.guild_id, "is_direct": failed.is_direct}
    return (
        insert(connection, destination)
        .values(**where, **stated)
        .on_conflict_do_update(index_elements=["channel_id"], set_=stated)
    )


async def _note(connection: AsyncConnection, failed: Outbound, at: datetime, told: Mapping[str, Any]) -> None:
    if not told["guild_id"]:
        return
    run_id = sa.select(message.c.run_id).where(message.c.id == failed.id).scalar_subquery()
    await connection.execute(
        insert(connection, notice)
        .values(
            identity=f"off {failed.channel_id} by {failed.id}",
            run_id=run_id,
            state=NoticeState.WAITING,
            created_at=at,
            **told,
        )
        .on_conflict_do_nothing(index_elements=["identity"])
    )
