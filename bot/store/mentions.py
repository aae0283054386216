"""Members whom messages ping: found again and taken out, in what waits and in what is composed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.outcomes import UNDER_WAY
from bot.store.slices import slices
from bot.store.tables import delivery, message


def names(column: sa.Column[Any], user_id: int) -> sa.ColumnElement[bool]:
    """Return whether the JSON of `column` has a member's number anywhere in it, or one that it is a part of."""
    return sa.cast(column, sa.Text).like(f"%{user_id}%")


async def forget(connection: AsyncConnection, user_id: int, which: sa.ColumnElement[bool]) -> None:
    """Let those of the deliveries that match `which` no longer ping a member."""
    found = sa.select(delivery.c.id, delivery.c.mentions).where(which, names(delivery.c.mentions, user_id))
    left = [
        {"of": row.id, "others": [member for member in row.mentions if member != user_id]}
        for row in await connection.execute(found.order_by(delivery.c.id))
        if user_id in row.mentions
    ]
    others = sa.bindparam("others", type_=delivery.c.mentions.type)
    for part in slices(left):
        await connection.execute(
            sa.update(delivery).where(delivery.c.id == sa.bindparam("of")).values(mentions=others), list(part)
        )


def composed_for(user_id: int) -> sa.ColumnElement[bool]:
    """Return whether a message's content, composed and not sent yet, names a member."""
    return sa.and_(message.c.state.in_(UNDER_WAY), names(message.c.payload, user_id))


async def take_out(connection: AsyncConnection, user_id: int) -> None:
    """Take a member out of every content that is composed and not sent yet."""
    found = sa.select(message.c.id, message.c.payload).where(composed_for(user_id))
    for row in (await connection.execute(found.order_by(message.c.id))).all():
        own = sa.update(message).where(message.c.id == row.id)
        await connection.execute(own.values(payload=_without(row.payload, user_id)))


def _without(value: Any, user_id: int) -> Any:
    """Return JSON without a member: neither their number, nor words that ping them."""
    if isinstance(value, dict):
        return {name: _without(part, user_id) for name, part in value.items()}
    if isinstance(value, list):
        return [_without(part, user_id) for part in value if part not in (user_id, str(user_id))]
    if isinstance(value, str) and f"<@{user_id}>" in value:
        return value.replace(f"<@{user_id}> ", "").replace(f"<@{user_id}>", "").strip()
    return value
