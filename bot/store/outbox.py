"""The outbox: messages on their way, each owned by at most one claim at a time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, Frozen, MessageKind, Outbound, Settlement
from bot.store import follow_ups, orders, outcomes
from bot.store.database import Database
from bot.store.outbound import outbound
from bot.store.quiet import Quiet, never
from bot.store.slices import slices
from bot.store.tables import attachment, delivery, destination, enclosed, message, run
from bot.store.upsert import insert

IN_VAIN = "not sent in time"

PATIENCE_ATTEMPTS = 3
"""So often a message that is no alert in its time may be tried while those after it wait."""

OTHER = message.alias("other")
IS_OFF = (
    sa.select(destination.c.channel_id)
    .where(destination.c.channel_id == message.c.channel_id, destination.c.off_since.is_not(None))
    .exists()
)


class Outbox:
    """Messages that must arrive, or say why not."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, limit: int, now: datetime, lease_s: float) -> list[Outbound]:
        """Claim up to `limit` messages that are due, the most important first and one per channel.

        Papers are claimed where nothing else is due, and by themselves: composing one takes longer than news may wait.
        A channel gets its messages in order, but one that keeps failing does not hold up alerts for days. A claim
        whose lease has lapsed is open to be claimed again: its holder is taken for dead. One that may have arrived is
        claimed even past its time, so that it is found out.
        """
        lease = secrets.token_hex(16)
        async with self._database.write() as connection:
            before = await _next(connection, limit, now)
            if not before:
                return []
            await outcomes.move(
                connection,
                message.c.id.in_(before),
                DeliveryState.CLAIMED,
                lease=lease,
                leased_until=now + timedelta(seconds=lease_s),
                attempt=message.c.attempt + 1,
                first_claimed_at=_or_now(message.c.first_claimed_at, now),
                maybe_sent_at=_or_now(message.c.maybe_sent_at, now),
            )
            return await outbound(connection, list(before), before)

    async def freeze(self, lease: str, contents: Sequence[Frozen]) -> set[int]:
        """Fix the contents for every attempt to come; return those done: the others' lease is lost."""
        given = {content.message_id: content for content in contents}
        mine = sa.and_(
            message.c.id.in_(given),
            message.c.lease == lease,
            message.c.state == DeliveryState.CLAIMED,
            message.c.payload.is_(None),
        )
        fix = (
            sa.update(message)
            .where(message.c.id == sa.bindparam("of"))
            .values(payload=sa.bindparam("content", type_=message.c.payload.type))
        )
        async with self._database.write() as connection:
            held = set((await connection.execute(sa.select(message.c.id).where(mine).with_for_update())).scalars())
            if held:
                await connection.execute(fix, [{"of": key, "content": dict(given[key].payload)} for key in held])
                await _enclose(connection, [given[key] for key in held])
        return held

    async def settle(self, endings: Sequence[Settlement]) -> set[int]:
        """End claims in one transaction; return those done: the others' lease is lost, and who holds it decides."""
        by_message = {ending.message_id: ending for ending in endings}
        done: set[int] = set()
        async with self._database.write() as connection:
            for ids in slices(by_message):
                which = sa.and_(message.c.id.in_(ids), message.c.state == DeliveryState.CLAIMED)
                claimed = sa.select(message.c.id, message.c.lease).where(which).with_for_update()
                leases = {row.id: row.lease for row in await connection.execute(claimed)}
                held = [by_message[key] for key in ids if leases.get(key) == by_message[key].lease]
                await _tell_unprinted(connection, held)
                await outcomes.settle(connection, held)
                done |= {ending.message_id for ending in held}
        return done

    async def expire(self, now: datetime) -> int:
        """End what is too old to be worth sending and surely was not sent; return how many messages."""
        async with self._database.write() as connection:
            return await _expire(connection, now)

    async def gather_missed(self, now: datetime, until: datetime, quiet: Quiet = never) -> int:
        """Put what expired untold into one digest per channel, worth sending `until`; return how many digests.

        A member is not written to in their `quiet` hours.
        """
        async with self._database.write() as connection:
            await _expire(connection, now)
            return await follow_ups.gather(connection, now, until, quiet)

    async def counts(self) -> dict[str, int]:
        """Return how many deliveries stand in each state, and under ``computed`` how many there ever were."""
        by_state = sa.select(delivery.c.state, sa.func.count()).group_by(delivery.c.state)
        async with self._database.read() as connection:
            found = {state: int(n) for state, n in await connection.execute(by_state)}
            computed = await connection.scalar(sa.select(sa.func.coalesce(sa.func.sum(run.c.computed), 0)))
        return {"computed": int(computed or 0), **{state.value: found.get(state.value, 0) for state in DeliveryState}}

    async def messages(self) -> dict[str, dict[str, int]]:
        """Return how many messages of each kind stand in each state."""
        statement = sa.select(message.c.kind, message.c.state, sa.func.count()).group_by(
            message.c.kind, message.c.state
        )
        found: dict[str, dict[str, int]] = {kind.value: {} for kind in MessageKind}
        async with self._database.read() as connection:
            for kind, state, n in await connection.execute(statement):
                found[kind][state] = int(n)
        return found

    async def possible_duplicates(self) -> int:
        """Return how many messages were sent, or left to a digest, although they may have arrived unseen before."""
        statement = sa.select(sa.func.count()).where(message.c.is_possible_duplicate)
        async with self._database.read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def next_due(self, now: datetime) -> datetime | None:
        """Return when the next message can be claimed, as things stand `now`; None where none is under way."""
        when = sa.case((message.c.state == DeliveryState.CLAIMED, message.c.leased_until), else_=message.c.due_at)
        is_next = sa.and_(message.c.state.in_(outcomes.UNDER_WAY), ~_must_wait(now), ~IS_OFF)
        statement = sa.select(when.label("due")).where(is_next).order_by("due").limit(1)
        async with self._database.read() as connection:
            found: datetime | None = await connection.scalar(statement)
        return found


def _or_now(column: sa.Column[datetime], now: datetime) -> sa.ColumnElement[datetime]:
    return sa.func.coalesce(column, sa.bindparam(None, now, type_=column.type, unique=True))


def _must_wait(now: datetime) -> sa.ColumnElement[bool]:
    """Return whether the same channel must first get another message, or see it ended.

    While one is being sent, all others wait. Otherwise those before it go first: an alert in its time, the message
    that this one takes back, and everything else for its first few attempts. What is not wanted yet, because of quiet
    hours or a daily hour, holds up nothing.
    """
    in_its_time = sa.and_(OTHER.c.kind.in_((MessageKind.ALERT, MessageKind.DAILY)), OTHER.c.expires_at > now)
    is_wanted = OTHER.c.not_before <= now
    goes_first = sa.or_(
        sa.and_(is_wanted, sa.or_(in_its_time, OTHER.c.attempt <= PATIENCE_ATTEMPTS)),
        OTHER.c.id == message.c.replies_to,
    )
    is_being_sent = sa.and_(OTHER.c.state == DeliveryState.CLAIMED, OTHER.c.id != message.c.id)
    return (
        sa.select(OTHER.c.id)
        .where(
            OTHER.c.channel_id == message.c.channel_id,
            OTHER.c.state.in_(outcomes.UNDER_WAY),
            sa.or_(is_being_sent, sa.and_(OTHER.c.id < message.c.id, goes_first)),
        )
        .exists()
    )


def claimable(now: datetime) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Return the queries for what can be claimed, the first in the queue first: lapsed claims, and what is due."""
    may_have_arrived = sa.and_(message.c.maybe_sent_at.is_not(None), message.c.payload.is_not(None))
    is_worth_it = sa.or_(message.c.expires_at > now, may_have_arrived)
    lapsed = sa.and_(message.c.state == DeliveryState.CLAIMED, message.c.leased_until <= now, is_worth_it)
    ready = sa.and_(
        message.c.state == DeliveryState.PENDING,
        message.c.due_at <= now,
        is_worth_it,
        ~_must_wait(now),
        ~IS_OFF,
    )
    queue = (
        sa.select(message.c.id, message.c.channel_id, message.c.maybe_sent_at)
        .order_by(message.c.rank, message.c.id)
        .with_for_update(skip_locked=True)
    )
    return queue.where(lapsed), queue.where(ready)


async def _next(connection: AsyncConnection, limit: int, now: datetime) -> dict[int, datetime | None]:
    """Return the messages to claim, in order, each with since when it may have been sent already."""
    found: dict[int, sa.Row[Any]] = {}
    for which in (message.c.kind != MessageKind.PAPER, message.c.kind == MessageKind.PAPER):
        for statement in claimable(now):
            if len(found) < limit:
                for row in await connection.execute(statement.where(which).limit(limit - len(found))):
                    found.setdefault(row.channel_id, row)
        if found:
            break
    return {row.id: row.maybe_sent_at for row in found.values()}


async def _expire(connection: AsyncConnection, now: datetime) -> int:
    waits = message.c.state == DeliveryState.PENDING
    lapsed = sa.and_(message.c.state == DeliveryState.CLAIMED, message.c.leased_until <= now)
    unsent = sa.and_(waits, message.c.maybe_sent_at.is_(None))
    bare = sa.and_(sa.or_(waits, lapsed), message.c.payload.is_(None))  # never composed, so never sent
    surely_unsent = sa.and_(message.c.expires_at <= now, sa.or_(unsent, bare))
    await orders.tell_unprinted(connection, await orders.unprinted(connection, surely_unsent), now)
    return len(await outcomes.move(connection, surely_unsent, DeliveryState.EXPIRED, reason=IN_VAIN))


async def _tell_unprinted(connection: AsyncConnection, held: Sequence[Settlement]) -> None:
    expired = [ending for ending in held if ending.state is DeliveryState.EXPIRED]
    if expired:
        which = message.c.id.in_([ending.message_id for ending in expired])
        await orders.tell_unprinted(connection, await orders.unprinted(connection, which), expired[0].at)


async def _enclose(connection: AsyncConnection, contents: Sequence[Frozen]) -> None:
    blobs: dict[str, bytes] = {}
    known: dict[int, str] = {}
    links = []
    for content in contents:
        for position, file in enumerate(content.attachments):
            # Many messages carry the very same bytes: a hundred times the same digest would hold up the loop.
            digest = known.get(id(file.content)) or hashlib.sha256(file.content).hexdigest()
            known[id(file.content)] = digest
            blobs[digest] = file.content
            link = {"message_id": content.message_id, "position": position, "digest": digest}
            links.append({**link, "name": file.name, "alt": file.alt})
    if links:
        keep = insert(connection, attachment).on_conflict_do_nothing()
        await connection.execute(keep, [{"digest": digest, "content": blob} for digest, blob in blobs.items()])
        await connection.execute(sa.insert(enclosed), links)
