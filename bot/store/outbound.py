"""From the rows of claimed messages to what a sender needs of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Attachment, DeliveryState, MessageKind, Outbound, StoredEvent
from bot.store.outcomes import FOLDED
from bot.store.rows import event_of
from bot.store.tables import attachment, delivery, destination, enclosed, event, message

SPEAKS_OF = (
    (MessageKind.ALERT, delivery.c.message_id, delivery.c.state == DeliveryState.CLAIMED),
    (MessageKind.DAILY, delivery.c.message_id, delivery.c.state == DeliveryState.CLAIMED),
    (MessageKind.DIGEST, delivery.c.follow_up_id, sa.true()),
    (MessageKind.RETRACTION, delivery.c.retraction_id, sa.true()),
)
"""By which column a kind of message finds the deliveries it speaks of, and which of them."""
PINGS = (MessageKind.ALERT, MessageKind.DAILY)
"""What comes late, or takes back, pings nobody."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a message: why it is told there, and whom that pings."""

    stored: StoredEvent
    why: str
    priority: int
    role_id: int | None
    mentions: tuple[int, ...]


ORIGINAL = message.alias("original")
CLAIMED: sa.Select[Any] = sa.select(
    message.c.id,
    message.c.kind,
    message.c.channel_id,
    message.c.is_direct,
    message.c.guild_id,
    message.c.session,
    message.c.nonce,
    message.c.lease,
    message.c.attempt,
    message.c.expires_at,
    message.c.payload,
    message.c.paper,
    ORIGINAL.c.discord_id.label("answers"),
    destination.c.is_plain,
).select_from(
    message.outerjoin(ORIGINAL, message.c.replies_to == ORIGINAL.c.id).outerjoin(
        destination, destination.c.channel_id == message.c.channel_id
    )
)


async def outbound(
    connection: AsyncConnection, ids: Sequence[int], before: Mapping[int, datetime | None]
) -> list[Outbound]:
    """Return the messages `ids` as they were just claimed; `before` is since when each may have been sent already."""
    rows = {row.id: row for row in await connection.execute(CLAIMED.where(message.c.id.in_(ids)))}
    events = await _events(connection, rows.values())
    files = await _files(connection, ids)
    folded = await _folded(connection, ids)
    return [replace(_of(rows[key], events[key], files[key], before.get(key)), folded=folded.get(key, 0)) for key in ids]


async def _events(connection: AsyncConnection, rows: Iterable[sa.Row[Any]]) -> dict[int, list[Told]]:
    """Return what each message speaks of: an alert of its own deliveries, a follow-up of those of others."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row.id)
    told: list[Any] = []
    for kind, column, which in SPEAKS_OF:
        if by_kind[kind]:
            told += await _told(connection, column, sa.and_(column.in_(by_kind[kind]), which))
    stored = await _stored(connection, {row.event_id for row in told})
    found: dict[int, list[Told]] = defaultdict(list)
    for row in told:
        mentions = tuple(row.mentions)
        found[row.of_message].append(Told(stored[row.event_id], row.why, row.priority, row.role_id, mentions))
    return found


async def _told(connection: AsyncConnection, column: sa.Column[Any], which: sa.ColumnElement[bool]) -> list[Any]:
    facts = (delivery.c.event_id, delivery.c.why, delivery.c.priority, delivery.c.role_id, delivery.c.mentions)
    wanted = sa.select(column.label("of_message"), *facts).where(which)
    return list(await connection.execute(wanted.order_by(delivery.c.id)))


async def _folded(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, int]:
    which = sa.and_(delivery.c.message_id.in_(ids), FOLDED)
    counted = sa.select(delivery.c.message_id, sa.func.count().label("n")).where(which).group_by(delivery.c.message_id)
    return {row.message_id: row.n for row in await connection.execute(counted)}


async def _stored(connection: AsyncConnection, ids: Collection[int]) -> dict[int, StoredEvent]:
    """Return each event once, however many messages speak of it."""
    if not ids:
        return {}
    rows = await connection.execute(sa.select(event).where(event.c.id.in_(ids)))
    return {row.id: event_of(row) for row in rows}


async def _files(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    statement = sa.select(enclosed).where(enclosed.c.message_id.in_(ids)).order_by(enclosed.c.position)
    rows = (await connection.execute(statement)).all()
    contents = await _contents(connection, {row.digest for row in rows})
    files: dict[int, list[Attachment]] = defaultdict(list)
    for row in rows:
        files[row.message_id].append(Attachment(name=row.name, content=contents[row.digest], alt=row.alt))
    return files


async def _contents(connection: AsyncConnection, digests: Iterable[str]) -> dict[str, bytes]:
    """Return each picture once, however many messages show it."""
    wanted = set(digests)
    if not wanted:
        return {}
    statement = sa.select(attachment.c.digest, attachment.c.content).where(attachment.c.digest.in_(wanted))
    return {row.digest: row.content for row in await connection.execute(statement)}


def _of(
    row: sa.Row[Any], told: Sequence[Told], files: Sequence[Attachment], maybe_sent_at: datetime | None
) -> Outbound:
    pinging = told if row.kind in PINGS else ()
    return Outbound(
        id=row.id,
        kind=MessageKind(row.kind),
        channel_id=row.channel_id,
        session=row.session,
        nonce=row.nonce,
        lease=row.lease,
        attempt=row.attempt,
        expires_at=row.expires_at,
        events=tuple(each.stored for each in told),
        payload=row.payload,
        guild_id=row.guild_id,
        whys=tuple(each.why for each in told),
        attachments=tuple(files),
        is_direct=row.is_direct,
        is_plain=bool(row.is_plain),
        maybe_sent_at=maybe_sent_at if row.payload is not None else None,
        replies_to=row.answers,
        paper=row.paper,
        role_id=_role(pinging),
        mentions=tuple(dict.fromkeys(member for each in pinging for member in each.mentions)),
    )


def _role(told: Sequence[Told]) -> int | None:
    """Return the role of the most important event that has one: a message pings one at most."""
    with_role = [each for each in told if each.role_id is not None]
    return max(with_role, key=lambda each: each.priority).role_id if with_role else None
