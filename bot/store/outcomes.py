"""How deliveries and their messages change state together; every way out of the outbox goes through here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, MessageKind, NoticeState, Settlement
from bot.store.tables import attachment, delivery, enclosed, message, notice

UNDER_WAY = (DeliveryState.PENDING, DeliveryState.CLAIMED)
ENDED = tuple(state for state in DeliveryState if state not in UNDER_WAY)


async def move(
    connection: AsyncConnection,
    which: sa.ColumnElement[bool],
    state: DeliveryState,
    *,
    reason: str = "",
    **columns: Any,
) -> list[int]:
    """Bring the messages that match `which`, and their deliveries under way, to `state`; return the messages' ids."""
    moved = await connection.execute(
        sa.update(message).where(which).values(state=state, reason=reason, **columns).returning(message.c.id)
    )
    ids = list(moved.scalars())
    await _deliveries_follow(connection, ids, state, reason)
    return ids


async def settle(connection: AsyncConnection, held: Sequence[Settlement]) -> None:
    """End the claims of messages that are `held`, each in its own way, and let their deliveries follow."""
    sent = [ending for ending in held if ending.state is DeliveryState.SENT]
    others = [ending for ending in held if ending.state is not DeliveryState.SENT]
    if sent:
        await _sent(connection, sent)
    if others:
        await connection.execute(OTHERWISE, [_parameters(ending) for ending in others])
    by_ending: dict[tuple[DeliveryState, str], list[int]] = {}
    for ending in held:
        by_ending.setdefault((ending.state, ending.reason), []).append(ending.message_id)
    for (state, reason), ids in by_ending.items():
        await _deliveries_follow(connection, ids, state, reason)
    await forget_files(connection, [ending.message_id for ending in held if ending.state in ENDED])


FREED: dict[str, Any] = {"lease": None, "leased_until": None}
KNOWN_AS = sa.update(message).where(message.c.id == sa.bindparam("of")).values(discord_id=sa.bindparam("known_as"))
OTHERWISE = (
    sa.update(message)
    .where(message.c.id == sa.bindparam("of"))
    .values(
        state=sa.bindparam("ends"),
        reason=sa.bindparam("says"),
        due_at=sa.func.coalesce(sa.bindparam("again", type_=message.c.due_at.type), message.c.due_at),
        maybe_sent_at=sa.bindparam("unsure", type_=message.c.maybe_sent_at.type),
        **FREED,
    )
)


async def _sent(connection: AsyncConnection, sent: Sequence[Settlement]) -> None:
    """Note that Discord has the messages: what differs row by row, what does not all at once."""
    ids = [ending.message_id for ending in sent]
    same = {"state": DeliveryState.SENT, "reason": "", "maybe_sent_at": None, "sent_at": sent[-1].at, **FREED}
    await connection.execute(sa.update(message).where(message.c.id.in_(ids)).values(**same))
    await connection.execute(KNOWN_AS, [{"of": e.message_id, "known_as": e.discord_id} for e in sent])
    twice = [ending.message_id for ending in sent if ending.is_possible_duplicate]
    if twice:
        marked = sa.update(message).where(message.c.id.in_(twice)).values(is_possible_duplicate=True)
        await connection.execute(marked)


def _parameters(ending: Settlement) -> dict[str, Any]:
    return {
        "of": ending.message_id,
        "ends": ending.state,
        "says": ending.reason,
        "again": ending.due_at,
        "unsure": ending.maybe_sent_at,
    }


async def _deliveries_follow(connection: AsyncConnection, ids: Collection[int], state: DeliveryState, why: str) -> None:
    if not ids:
        return
    columns: dict[str, Any] = {"state": state, "reason": why}
    if state is DeliveryState.EXPIRED:
        columns["is_untold"] = True
    theirs = sa.and_(delivery.c.message_id.in_(ids), delivery.c.state.in_(UNDER_WAY))
    await connection.execute(sa.update(delivery).where(theirs).values(**columns))
    if state in ENDED and state is not DeliveryState.SENT:
        await _return_notices(connection, ids)


async def _return_notices(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Let notices whose message did not arrive look for another address."""
    back = sa.and_(notice.c.message_id.in_(ids), notice.c.state == NoticeState.ADDRESSED)
    values = {"state": NoticeState.WAITING, "message_id": None, "tried": notice.c.tried + 1}
    await connection.execute(sa.update(notice).where(back).values(**values))


async def suppress(connection: AsyncConnection, which: sa.ColumnElement[bool], reason: str) -> None:
    """Keep back the deliveries that match `which`; an alert that loses its last one is kept back too."""
    touched = await connection.execute(
        sa.update(delivery)
        .where(which)
        .values(state=DeliveryState.SUPPRESSED, reason=reason)
        .returning(delivery.c.message_id)
    )
    left = sa.select(delivery.c.id).where(delivery.c.message_id == message.c.id, delivery.c.state.in_(UNDER_WAY))
    waits = sa.and_(message.c.state == DeliveryState.PENDING, message.c.kind == MessageKind.ALERT)
    await connection.execute(
        sa.update(message)
        .where(message.c.id.in_(set(touched.scalars())), waits, ~left.exists())
        .values(state=DeliveryState.SUPPRESSED, reason=reason)
    )


async def forget_files(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Drop the files of messages that have ended, except those another message still needs."""
    if not ids:
        return
    dropped = await connection.execute(
        sa.delete(enclosed).where(enclosed.c.message_id.in_(ids)).returning(enclosed.c.digest)
    )
    digests = set(dropped.scalars())
    if digests:
        needed = sa.select(enclosed.c.digest).where(enclosed.c.digest == attachment.c.digest)
        await connection.execute(sa.delete(attachment).where(attachment.c.digest.in_(digests), ~needed.exists()))
