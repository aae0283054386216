"""What is kept of one member: handed out in full, or deleted without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import THE_BOT
from bot.store import guilds, mentions
from bot.store.database import Database
from bot.store.erasure import erase
from bot.store.member_tables import membership, preference, rating, snooze, subscription, watch
from bot.store.paper_tables import keyword, standing_order
from bot.store.tables import change, delivery, destination, event, guild, message, notice, route, silence, threshold

ERASED = "the member had everything deleted that was kept of them"

OWN = (preference, subscription, snooze, watch, rating, membership)
"""The tables that are about members and nothing else."""
NAMED = (
    (route, "created_by"),
    (threshold, "set_by"),
    (silence, "set_by"),
    (standing_order, "created_by"),
    (keyword, "set_by"),
    (change, "by"),
)
"""Where moderators are named for what they did for their guild."""

MENTIONED = "mentioned"


class Privacy:
    """Everything of one member, wherever it is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def export(self, user_id: int) -> dict[str, list[dict[str, Any]]]:
        """Return everything that is kept of a member, by table, ready for JSON."""
        async with self._database.read() as connection:
            found = {
                name: [_plain(row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - public
                for name, statement in _everything(user_id).items()
            }
        # Whoever else is mentioned there is none of their business.
        found[MENTIONED] = [{**row, "mentions": [user_id]} for row in found[MENTIONED] if user_id in row["mentions"]]
        return found

    async def delete(self, user_id: int, at: datetime) -> int:  # noqa: ARG002 - what is deleted is not dated
        """Delete everything that is kept of a member; return how many rows that were.

        Where the audit or a setting names them as a moderator, the name alone is taken out; so are they from the
        messages of channels that were to mention them. What runs have computed stays in balance.
        """
        async with self._database.write() as connection:
            # In the order in which everybody locks: guilds and settings, members' own, messages, deliveries.
            await _take_names_out(connection, user_id)
            rows = 0
            for table in OWN:
                rows += (await connection.execute(sa.delete(table).where(table.c.user_id == user_id))).rowcount
            rows += await _delete_told(connection, user_id)
            await mentions.forget(connection, user_id, sa.true())
            theirs = sa.delete(destination).where(_is_theirs(destination, user_id))
            rows += (await connection.execute(theirs)).rowcount
        return rows


async def _take_names_out(connection: AsyncConnection, user_id: int) -> None:
    moderated = [sa.select(table.c.guild_id).where(table.c[name] == user_id) for table, name in NAMED]
    await guilds.lock_all(connection, guild.c.id.in_(sa.union(*moderated)))
    for table, name in NAMED:
        await connection.execute(sa.update(table).where(table.c[name] == user_id).values({name: THE_BOT}))


async def _delete_told(connection: AsyncConnection, user_id: int) -> int:
    """Delete what was told the member, or is about to be; take them out of what is told others."""
    about = _is_about(user_id)
    carriers = sa.select(notice.c.message_id).where(about, notice.c.message_id.is_not(None))
    ids = list((await connection.execute(carriers)).scalars())
    told = sa.or_(_is_theirs(message, user_id), message.c.id.in_(ids))
    concerned = sa.select(message.c.id).where(sa.or_(told, mentions.composed_for(user_id)))
    await connection.execute(concerned.order_by(message.c.id).with_for_update())
    rows = (await connection.execute(sa.delete(notice).where(about))).rowcount
    rows += await erase(connection, _is_theirs(delivery, user_id), told, reason=ERASED)
    await mentions.take_out(connection, user_id)
    return rows


def _is_theirs(table: sa.Table, user_id: int) -> sa.ColumnElement[bool]:
    """Whether a row is of the member's direct messages."""
    return sa.and_(table.c.channel_id == user_id, table.c.is_direct)


def _is_about(user_id: int) -> sa.ColumnElement[bool]:
    """Whether a notice is for the member, or about their direct messages."""
    return sa.or_(notice.c.user_id == user_id, notice.c.about_channel_id == user_id)


def _everything(user_id: int) -> Mapping[str, sa.Select[Any]]:
    """Return the queries for all that is kept of a member, by name."""
    of_event = (event.c.signal, event.c.kind, event.c.subject, event.c.session)
    told = sa.select(delivery, *of_event).join_from(delivery, event, delivery.c.event_id == event.c.id)
    own = {table.name: sa.select(table).where(table.c.user_id == user_id) for table in OWN}
    moderated = {table.name: sa.select(table).where(table.c[name] == user_id) for table, name in NAMED}
    return {
        **own,
        "delivery": told.where(_is_theirs(delivery, user_id)).order_by(delivery.c.id),
        "message": sa.select(message).where(_is_theirs(message, user_id)).order_by(message.c.id),
        "destination": sa.select(destination).where(_is_theirs(destination, user_id)),
        "notice": sa.select(notice).where(_is_about(user_id)).order_by(notice.c.id),
        MENTIONED: told.where(mentions.names(delivery.c.mentions, user_id)).order_by(delivery.c.id),
        **moderated,
    }


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row in JSON's own types."""
    return {name: value.isoformat() if isinstance(value, (date, time)) else value for name, value in row.items()}
