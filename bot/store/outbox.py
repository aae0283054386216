"""The outbox: messages on their way, each owned by at most one claim at a time."""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Attachment, DeliveryState, Outbound, StoredEvent
from bot.store import outcomes
from bot.store.database import Database
from bot.store.rows import event_of
from bot.store.tables import attachment, delivery, enclosed, event, message
from bot.store.upsert import insert

INTERRUPTED = "expired while it was being sent; it may have arrived"


class Outbox:
    """Messages that must arrive, or say why not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, limit: int, now: datetime, lease_s: float) -> list[Outbound]:
        """Claim up to `limit` messages that are due, the most important first and one per channel.

        A claim whose lease has lapsed is open to be claimed again: its holder is taken for dead.
        """
        lease = secrets.token_hex(16)
        async with self._database.write() as connection:
            ids = list((await connection.execute(_claimable(limit, now))).scalars())
            if not ids:
                return []
            until = now + timedelta(seconds=lease_s)
            await outcomes.move(
                connection,
                message.c.id.in_(ids),
                DeliveryState.CLAIMED,
                lease=lease,
                leased_until=until,
                attempt=message.c.attempt + 1,
                first_claimed_at=sa.func.coalesce(message.c.first_claimed_at, sa.bindparam(None, now, unique=True)),
            )
            return await _outbound(connection, ids)

    async def freeze(
        self, message_id: int, lease: str, payload: Mapping[str, Any], attachments: Sequence[Attachment] = ()
    ) -> bool:
        """Fix the content for every attempt to come; False where the lease is lost or it was frozen before."""
        mine = sa.and_(_held(message_id, lease), message.c.payload.is_(None))
        async with self._database.write() as connection:
            frozen = await connection.execute(sa.update(message).where(mine).values(payload=dict(payload)))
            if frozen.rowcount != 1:
                return False
            for position, file in enumerate(attachments):
                await _enclose(connection, message_id, position, file)
        return True

    async def sent(self, message_id: int, lease: str, discord_id: int, at: datetime) -> bool:
        """Note that Discord has the message; False where the lease is lost (whoever holds it will note the same)."""
        return await self._end(message_id, lease, DeliveryState.SENT, sent_at=at, discord_id=discord_id)

    async def retry(self, message_id: int, lease: str, at: datetime, reason: str) -> bool:
        """Give the message back, to be claimed again at `at`; False where the lease is lost."""
        columns = {"due_at": at, "lease": None, "leased_until": None}
        async with self._database.write() as connection:
            held = _held(message_id, lease)
            return bool(await outcomes.move(connection, held, DeliveryState.PENDING, reason=reason, **columns))

    async def dead(self, message_id: int, lease: str, reason: str) -> bool:
        """Note that the message can never arrive, and why; False where the lease is lost."""
        return await self._end(message_id, lease, DeliveryState.DEAD, reason=reason)

    async def expired(self, message_id: int, lease: str, reason: str) -> bool:
        """Note that the message can no longer arrive in time, and what held it up; False where the lease is lost."""
        return await self._end(message_id, lease, DeliveryState.EXPIRED, reason=reason)

    async def expire(self, now: datetime) -> int:
        """End what is too old to be worth sending; return how many messages."""
        old = message.c.expires_at <= now
        waiting = sa.and_(old, message.c.state == DeliveryState.PENDING)
        abandoned = sa.and_(old, message.c.state == DeliveryState.CLAIMED, message.c.leased_until <= now)
        async with self._database.write() as connection:
            late = await outcomes.move(connection, waiting, DeliveryState.EXPIRED, reason="not sent in time")
            cut = await outcomes.move(connection, abandoned, DeliveryState.EXPIRED, reason=INTERRUPTED)
            await outcomes.forget_files(connection, late + cut)
        return len(late) + len(cut)

    async def counts(self) -> dict[str, int]:
        """Return how many deliveries stand in each state, and under ``computed`` how many there ever were."""
        by_state = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
        async with self._database.read() as connection:
            found = {state: int(n) for state, n in await connection.execute(by_state)}
            computed = await connection.scalar(sa.text("SELECT COALESCE(SUM(computed), 0) FROM run"))
        return {"computed": int(computed or 0), **{state.value: found.get(state.value, 0) for state in DeliveryState}}

    async def next_due(self) -> datetime | None:
        """Return when the next message can be claimed; None where none is under way."""
        when = sa.case((message.c.state == DeliveryState.CLAIMED, message.c.leased_until), else_=message.c.due_at)
        is_next = sa.and_(message.c.state.in_(outcomes.UNDER_WAY), ~_queued_before().exists())
        statement = sa.select(when.label("due")).where(is_next).order_by("due").limit(1)
        async with self._database.read() as connection:
            found: datetime | None = await connection.scalar(statement)
        return found

    async def _end(self, message_id: int, lease: str, state: DeliveryState, **columns: Any) -> bool:
        async with self._database.write() as connection:
            ended = await outcomes.move(connection, _held(message_id, lease), state, **columns)
            await outcomes.forget_files(connection, ended)
        return bool(ended)


def _held(message_id: int, lease: str) -> sa.ColumnElement[bool]:
    return sa.and_(message.c.id == message_id, message.c.lease == lease, message.c.state == DeliveryState.CLAIMED)


def _claimable(limit: int, now: datetime) -> sa.Select[int]:
    ready = sa.and_(message.c.state == DeliveryState.PENDING, message.c.due_at <= now)
    lapsed = sa.and_(message.c.state == DeliveryState.CLAIMED, message.c.leased_until <= now)
    return (
        sa.select(message.c.id)
        .where(sa.or_(ready, lapsed), message.c.expires_at > now, ~_queued_before().exists())
        .order_by(message.c.priority.desc(), message.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def _queued_before() -> sa.Select[int]:
    """Select what the same channel must get, or must see expired, first."""
    earlier = message.alias("earlier")
    return sa.select(earlier.c.id).where(
        earlier.c.channel_id == message.c.channel_id,
        earlier.c.state.in_(outcomes.UNDER_WAY),
        earlier.c.id < message.c.id,
    )


async def _enclose(connection: AsyncConnection, message_id: int, position: int, file: Attachment) -> None:
    digest = hashlib.sha256(file.content).hexdigest()
    blob = insert(connection, attachment).values(digest=digest, content=file.content).on_conflict_do_nothing()
    await connection.execute(blob)
    link = {"message_id": message_id, "position": position, "digest": digest, "name": file.name, "alt": file.alt}
    await connection.execute(sa.insert(enclosed).values(**link))


async def _outbound(connection: AsyncConnection, ids: Sequence[int]) -> list[Outbound]:
    rows = {row.id: row for row in await connection.execute(sa.select(message).where(message.c.id.in_(ids)))}
    speaks_of = (
        sa.select(delivery.c.message_id, delivery.c.why, *(c for c in event.c if c.name != "identity"))
        .select_from(delivery.join(event))
        .where(delivery.c.message_id.in_(ids), delivery.c.state == DeliveryState.CLAIMED)
        .order_by(delivery.c.id)
    )
    events: dict[int, list[tuple[StoredEvent, str]]] = defaultdict(list)
    for row in await connection.execute(speaks_of):
        events[row.message_id].append((event_of(row), row.why))
    files = await _files(connection, ids)
    return [_outbound_of(rows[key], events[key], files[key]) for key in ids]


async def _files(connection: AsyncConnection, ids: Sequence[int]) -> dict[int, list[Attachment]]:
    statement = (
        sa.select(enclosed.c.message_id, enclosed.c.name, enclosed.c.alt, attachment.c.content)
        .select_from(enclosed.join(attachment))
        .where(enclosed.c.message_id.in_(ids))
        .order_by(enclosed.c.position)
    )
    files: dict[int, list[Attachment]] = defaultdict(list)
    for row in await connection.execute(statement):
        files[row.message_id].append(Attachment(name=row.name, content=row.content, alt=row.alt))
    return files


def _outbound_of(row: sa.Row[Any], events: Sequence[tuple[StoredEvent, str]], files: Sequence[Attachment]) -> Outbound:
    return Outbound(
        id=row.id,
        channel_id=row.channel_id,
        session=row.session,
        nonce=row.nonce,
        lease=row.lease,
        attempt=row.attempt,
        expires_at=row.expires_at,
        events=tuple(stored for stored, _ in events),
        payload=row.payload,
        guild_id=row.guild_id,
        whys=tuple(why for _, why in events),
        attachments=tuple(files),
    )
