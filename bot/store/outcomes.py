"""How deliveries and their messages change state together; every way out of the outbox goes through here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState
from bot.store.tables import attachment, delivery, enclosed, message

UNDER_WAY = (DeliveryState.PENDING, DeliveryState.CLAIMED)


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
    if ids:
        await connection.execute(
            sa.update(delivery)
            .where(delivery.c.message_id.in_(ids), delivery.c.state.in_(UNDER_WAY))
            .values(state=state, reason=reason)
        )
    return ids


async def suppress(connection: AsyncConnection, which: sa.ColumnElement[bool], reason: str) -> None:
    """Keep back the deliveries that match `which`; a message that loses its last one is kept back too."""
    touched = await connection.execute(
        sa.update(delivery)
        .where(which)
        .values(state=DeliveryState.SUPPRESSED, reason=reason)
        .returning(delivery.c.message_id)
    )
    left = sa.select(delivery.c.id).where(delivery.c.message_id == message.c.id, delivery.c.state.in_(UNDER_WAY))
    await connection.execute(
        sa.update(message)
        .where(message.c.id.in_(set(touched.scalars())), ~left.exists())
        .values(state=DeliveryState.SUPPRESSED, reason=reason)
    )


async def forget_files(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Drop the files of messages that have ended, except those another message still needs."""
    dropped = await connection.execute(
        sa.delete(enclosed).where(enclosed.c.message_id.in_(ids)).returning(enclosed.c.digest)
    )
    digests = set(dropped.scalars())
    if digests:
        needed = sa.select(enclosed.c.digest).where(enclosed.c.digest == attachment.c.digest)
        await connection.execute(sa.delete(attachment).where(attachment.c.digest.in_(digests), ~needed.exists()))
