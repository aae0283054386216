"""Messages that come after the alert: the digest of what could not be told in time, the retraction of what was."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, MessageKind, Run, RunState
from bot.store import outcomes
from bot.store.tables import delivery, destination, event, message, run
from bot.store.upsert import insert

DIGEST_PRIORITY, RETRACTION_PRIORITY = 1, 4
NO_LONGER_HOLDS = "it no longer holds: the prices it rested on were corrected"
LEAST_PRIORITY = 5


def rank_of(priority: int, turn: int) -> int:
    """Return the place in the queue: by importance, then all guilds' first channels before anybody's second."""
    return (LEAST_PRIORITY - priority) * 1_000_000 + turn


def new_message(kind: MessageKind, identity: str, *, priority: int, turn: int = 0, **columns: Any) -> dict[str, Any]:
    """Return the row of a message that waits to be claimed."""
    return {
        "kind": kind,
        "identity": f"{kind} {identity}",
        "nonce": secrets.token_hex(12),
        "state": DeliveryState.PENDING,
        "priority": priority,
        "rank": rank_of(priority, turn),
        **columns,
    }


async def gather(connection: AsyncConnection, now: datetime, until: datetime) -> int:
    """Put the deliveries that expired untold into one digest per channel; return how many digests were opened."""
    off = sa.select(destination.c.channel_id).where(destination.c.off_since.is_not(None))
    nobody_there = sa.and_(delivery.c.is_untold, delivery.c.channel_id.in_(off))
    await connection.execute(sa.update(delivery).where(nobody_there).values(is_untold=False))
    rows = (await connection.execute(_untold())).all()
    if not rows:
        return 0
    last = (await connection.execute(_last_run())).one()
    for turn, row in enumerate(rows):
        digest = await _open_digest(connection, row.channel_id)
        if digest is None:
            opened = new_message(
                MessageKind.DIGEST,
                f"{row.channel_id} from {row.first}",
                priority=DIGEST_PRIORITY,
                turn=turn,
                run_id=last.id,
                session=last.session,
                guild_id=row.guild_id,
                channel_id=row.channel_id,
                is_direct=bool(row.is_direct),
                created_at=now,
                due_at=now,
                expires_at=until,
            )
            once = insert(connection, message).on_conflict_do_nothing(index_elements=["identity"])
            digest = await connection.scalar(once.values(**opened).returning(message.c.id))
        if digest is None:
            continue  # another process is opening it
        theirs = sa.and_(delivery.c.channel_id == row.channel_id, delivery.c.is_untold)
        await connection.execute(sa.update(delivery).where(theirs).values(is_untold=False, follow_up_id=digest))
    return len(rows)


def _untold() -> sa.Select[Any]:
    return (
        sa.select(
            delivery.c.channel_id,
            sa.func.min(delivery.c.guild_id).label("guild_id"),
            sa.func.max(sa.case((delivery.c.is_direct, 1), else_=0)).label("is_direct"),
            sa.func.min(delivery.c.id).label("first"),
        )
        .where(delivery.c.is_untold)
        .group_by(delivery.c.channel_id)
        .order_by(sa.func.min(delivery.c.id))
    )


def _last_run() -> sa.Select[Any]:
    ended = run.c.state == RunState.FINISHED
    return sa.select(run.c.id, run.c.session).where(ended).order_by(run.c.session.desc()).limit(1)


async def _open_digest(connection: AsyncConnection, channel_id: int) -> int | None:
    """Return the channel's digest that nobody has composed yet; what more was missed still goes into it."""
    waits = sa.and_(message.c.state == DeliveryState.PENDING, message.c.payload.is_(None))
    statement = sa.select(message.c.id).where(
        message.c.channel_id == channel_id, message.c.kind == MessageKind.DIGEST, waits
    )
    found: int | None = await connection.scalar(statement.limit(1))
    return found


async def retract(
    connection: AsyncConnection, held: Run, identities: Collection[str], at: datetime, until: datetime
) -> int:
    """Take back the events that no longer hold, each at most once; return how many.

    What has not been sent is kept back. What has, or may just be on its way, is followed by one message per original.
    """
    if not identities:
        return 0
    fresh = sa.and_(event.c.identity.in_(identities), event.c.retracted_at.is_(None))
    taken = await connection.execute(sa.update(event).where(fresh).values(retracted_at=at).returning(event.c.id))
    events = list(taken.scalars())
    if not events:
        return 0
    theirs = delivery.c.event_id.in_(events)
    waiting = sa.and_(theirs, delivery.c.state == DeliveryState.PENDING)
    await outcomes.suppress(connection, waiting, NO_LONGER_HOLDS)
    untold = sa.and_(theirs, delivery.c.is_untold)
    await connection.execute(sa.update(delivery).where(untold).values(is_untold=False))
    await _leave_digests(connection, theirs)
    for turn, (original, deliveries) in enumerate((await _posted(connection, theirs)).items()):
        await _follow(connection, held, original, deliveries, {"created_at": at, "expires_at": until, "turn": turn})
    return len(events)


async def _leave_digests(connection: AsyncConnection, theirs: sa.ColumnElement[bool]) -> None:
    """Take the deliveries out of digests nobody has composed yet; one with nothing left to tell is kept back."""
    bare = sa.and_(
        message.c.kind == MessageKind.DIGEST, message.c.state == DeliveryState.PENDING, message.c.payload.is_(None)
    )
    inside = sa.and_(theirs, delivery.c.follow_up_id.in_(sa.select(message.c.id).where(bare)))
    await connection.execute(sa.update(delivery).where(inside).values(follow_up_id=None))
    left = sa.select(delivery.c.id).where(delivery.c.follow_up_id == message.c.id)
    kept_back = {"state": DeliveryState.SUPPRESSED, "reason": NO_LONGER_HOLDS}
    await connection.execute(sa.update(message).where(bare, ~left.exists()).values(**kept_back))


async def _posted(connection: AsyncConnection, theirs: sa.ColumnElement[bool]) -> dict[int, list[int]]:
    """Return the messages that told of the deliveries, or are about to, and which deliveries each told of."""
    told = (DeliveryState.SENT, DeliveryState.CLAIMED)
    itself = sa.and_(delivery.c.state.in_(told), message.c.id == delivery.c.message_id)
    later = sa.and_(
        delivery.c.state == DeliveryState.EXPIRED,
        message.c.id == delivery.c.follow_up_id,
        message.c.kind == MessageKind.DIGEST,
        message.c.state.in_((*told, DeliveryState.PENDING)),
    )
    statement = sa.select(message.c.id.label("original"), delivery.c.id).where(theirs, sa.or_(itself, later))
    found: dict[int, list[int]] = defaultdict(list)
    for row in await connection.execute(statement.order_by(message.c.id, delivery.c.id)):
        found[row.original].append(row.id)
    return found


async def _follow(
    connection: AsyncConnection, held: Run, original: int, deliveries: Collection[int], given: dict[str, Any]
) -> None:
    first = (await connection.execute(sa.select(message).where(message.c.id == original))).one()
    row = new_message(
        MessageKind.RETRACTION,
        f"of {original} in {held.id}",
        priority=RETRACTION_PRIORITY,
        run_id=held.id,
        session=held.session,
        guild_id=first.guild_id,
        channel_id=first.channel_id,
        is_direct=first.is_direct,
        replies_to=original,
        due_at=given["created_at"],
        **given,
    )
    follow_up = await connection.scalar(insert(connection, message).values(**row).returning(message.c.id))
    await connection.execute(sa.update(delivery).where(delivery.c.id.in_(deliveries)).values(follow_up_id=follow_up))
