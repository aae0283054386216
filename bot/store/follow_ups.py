"""Messages that come after the alert: the digest of what could not be told in time, the retraction of what was."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, MessageKind, Run, RunState
from bot.store import outcomes
from bot.store.quiet import Quiet, ends, never
from bot.store.slices import slices
from bot.store.tables import delivery, destination, event, message, run
from bot.store.upsert import insert

DIGEST_PRIORITY, RETRACTION_PRIORITY = 1, 4
NO_LONGER_HOLDS = "it no longer holds: the prices it rested on were corrected"
LEAST_PRIORITY = 5
HANDFUL = 500
"""So many rows at a time that the event loop turns between them."""


def rank_of(priority: int, turn: int) -> int:
    """Return the place in the queue: by importance, then all guilds' first channels before anybody's second."""
    return (LEAST_PRIORITY - priority) * 1_000_000 + turn


def new_message(kind: MessageKind, identity: str, *, priority: int, turn: int = 0, **columns: Any) -> dict[str, Any]:
    """Return the row of a message that waits to be claimed."""
    return {
        "not_before": columns["due_at"],
        "kind": kind,
        "identity": f"{kind} {identity}",
        "nonce": secrets.token_hex(12),
        "state": DeliveryState.PENDING,
        "priority": priority,
        "rank": rank_of(priority, turn),
        **columns,
    }


async def gather(connection: AsyncConnection, now: datetime, until: datetime, quiet: Quiet) -> int:
    """Put the deliveries that expired untold into one digest per channel; return how many channels get one.

    A digest that nobody has composed yet takes in what more was missed. A member's waits for the end of `quiet` hours.
    """
    off = sa.select(destination.c.channel_id).where(destination.c.off_since.is_not(None))
    nobody_there = sa.and_(delivery.c.is_untold, delivery.c.channel_id.in_(off))
    await connection.execute(sa.update(delivery).where(nobody_there).values(is_untold=False))
    # Held, so that no claim composes them before they have everything, and no second process opens its own.
    open_already = set(
        (await connection.execute(sa.select(message.c.channel_id).where(OPEN).with_for_update())).scalars()
    )
    held = sa.select(delivery.c.id).where(delivery.c.is_untold).order_by(delivery.c.id).with_for_update()
    await connection.execute(sa.select(sa.func.count()).select_from(held.subquery()))
    rows = (await connection.execute(UNTOLD)).all()
    if not rows:
        return 0
    last = (await connection.execute(LAST_RUN)).one()
    same = {"run_id": last.id, "session": last.session, "created_at": now, "due_at": now, "expires_at": until}
    hushed = await ends(connection, {row.channel_id for row in rows if row.is_direct}, quiet, now)
    opened = [
        _digest(row, turn, same | _due(hushed, row.channel_id))
        for turn, row in enumerate(rows)
        if row.channel_id not in open_already
    ]
    once = insert(connection, message).on_conflict_do_nothing(index_elements=["identity"])
    for part in slices(opened, HANDFUL):
        await connection.execute(once, part)
    if connection.dialect.name == "postgresql":
        # Tables that have just grown are unknown to its planner: it might compare every delivery with every message.
        await connection.execute(sa.text("SET LOCAL enable_nestloop = off"))
    theirs = sa.and_(delivery.c.is_untold, OPEN, message.c.channel_id == delivery.c.channel_id)
    await connection.execute(sa.update(delivery).where(theirs).values(is_untold=False, follow_up_id=message.c.id))
    return len(rows)


OPEN = sa.and_(
    message.c.kind == MessageKind.DIGEST, message.c.state == DeliveryState.PENDING, message.c.payload.is_(None)
)
"""A digest that nobody has composed yet."""
UNTOLD: sa.Select[Any] = (
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
LAST_RUN = (
    sa.select(run.c.id, run.c.session).where(run.c.state == RunState.FINISHED).order_by(run.c.session.desc()).limit(1)
)


def _due(hushed: Mapping[int, datetime], channel_id: int) -> dict[str, datetime]:
    return {"due_at": hushed[channel_id]} if channel_id in hushed else {}


def _digest(row: sa.Row[Any], turn: int, same: Mapping[str, Any]) -> dict[str, Any]:
    return new_message(
        MessageKind.DIGEST,
        f"{row.channel_id} from {row.first}",
        priority=DIGEST_PRIORITY,
        turn=turn,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        is_direct=bool(row.is_direct),
        **same,
    )


@dataclass(frozen=True, slots=True)
class Retraction:
    """What no longer holds, as the run that found out has it.

    Attributes
    ----------
    identities : collection of str
        The events' identities.
    until : datetime
        Until when it is worth saying so.
    quiet : callable
        A member is told after their quiet hours.
    """

    held: Run
    identities: Collection[str]
    at: datetime
    until: datetime
    quiet: Quiet = never


async def retract(connection: AsyncConnection, found: Retraction) -> int:
    """Take back the events that no longer hold, each at most once; return how many.

    What surely nobody has heard of is kept back. What was told, or may be, is followed by one message per original.
    """
    at = found.at
    events: list[int] = []
    for part in slices(found.identities):
        fresh = sa.and_(event.c.identity.in_(part), event.c.retracted_at.is_(None))
        taken = await connection.execute(sa.update(event).where(fresh).values(retracted_at=at).returning(event.c.id))
        events += taken.scalars()
    told: dict[int, _Original] = {}
    for ids in slices(events):
        theirs = delivery.c.event_id.in_(ids)
        await outcomes.suppress(connection, theirs, NO_LONGER_HOLDS)
        # Another event spoke for them: the list of its message shows them no more.
        await connection.execute(sa.update(delivery).where(theirs, outcomes.FOLDED).values(is_moot=True))
        await _find_told(connection, theirs, told)
    await _follow(connection, told, found)
    return len(events)


@dataclass(slots=True)
class _Original:
    """A message that told of events that no longer hold, or is about to."""

    where: dict[str, Any]
    deliveries: list[int] = field(default_factory=list)


async def _find_told(connection: AsyncConnection, theirs: sa.ColumnElement[bool], told: dict[int, _Original]) -> None:
    """Add to `told` the messages that told of the deliveries, or will: composed as they are, they cannot be changed."""
    will_or_did = (*outcomes.UNDER_WAY, DeliveryState.SENT)
    in_time = sa.and_(message.c.id == delivery.c.message_id, delivery.c.state.in_(will_or_did))
    later = sa.and_(
        message.c.id == delivery.c.follow_up_id,
        message.c.state.in_(will_or_did),
        delivery.c.state == DeliveryState.EXPIRED,
    )
    for link in (in_time, later):
        statement = sa.select(
            message.c.id, message.c.guild_id, message.c.channel_id, message.c.is_direct, delivery.c.id.label("told")
        )
        rows = await connection.execute(statement.join_from(delivery, message, link).where(theirs))
        for row in rows:
            where = {"guild_id": row.guild_id, "channel_id": row.channel_id, "is_direct": row.is_direct}
            told.setdefault(row.id, _Original(where)).deliveries.append(row.told)


async def _follow(connection: AsyncConnection, told: Mapping[int, _Original], found: Retraction) -> None:
    held, at = found.held, found.at
    same = {"run_id": held.id, "session": held.session, "created_at": at, "due_at": at, "expires_at": found.until}
    members = {original.where["channel_id"] for original in told.values() if original.where["is_direct"]}
    hushed = await ends(connection, members, found.quiet, at)
    rows = [
        new_message(
            MessageKind.RETRACTION,
            f"of {original} in {held.id}",
            priority=RETRACTION_PRIORITY,
            turn=turn,
            replies_to=original,
            **told[original].where,
            **(same | _due(hushed, told[original].where["channel_id"])),
        )
        for turn, original in enumerate(sorted(told))
    ]
    statement = insert(connection, message).returning(message.c.id, message.c.replies_to)
    mark = sa.update(delivery).where(delivery.c.id == sa.bindparam("of")).values(retraction_id=sa.bindparam("by"))
    for part in slices(rows, HANDFUL):
        written = (await connection.execute(statement, part)).all()
        taken_back = [{"of": key, "by": row.id} for row in written for key in told[row.replies_to].deliveries]
        await connection.execute(mark, taken_back)
