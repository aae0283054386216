"""Deliveries and messages deleted for good, for those who have a right to it: what is counted stays in balance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState
from bot.store import outcomes
from bot.store.slices import slices
from bot.store.tables import delivery, enclosed, event, message, notice, run

TELLS_OF = (delivery.c.message_id, delivery.c.follow_up_id, delivery.c.retraction_id)
"""Every way in which a delivery hangs on a message."""


async def erase(
    connection: AsyncConnection, deliveries: sa.ColumnElement[bool], messages: sa.ColumnElement[bool], *, reason: str
) -> int:
    """Delete the deliveries, and those of the messages that then tell of no others; return how many rows.

    What is on its way is kept back first, for `reason`: whoever holds it loses the claim, and notices that it carried
    look for another address. Runs count what they computed without the deliveries that are gone.
    """
    await outcomes.suppress(connection, deliveries, reason)
    rows = await _deliveries(connection, deliveries)
    tells = sa.or_(*(sa.select(delivery.c.id).where(column == message.c.id).exists() for column in TELLS_OF))
    doomed = sa.select(message.c.id).where(messages, ~tells).order_by(message.c.id).with_for_update()
    ids = list((await connection.execute(doomed)).scalars())
    for part in slices(ids):
        await _messages(connection, part, reason)
    return rows + len(ids)


async def _deliveries(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    """Delete deliveries, and take them out of what their events' runs have computed."""
    gone = await connection.execute(sa.delete(delivery).where(which).returning(delivery.c.event_id))
    by_event = Counter(gone.scalars())
    by_run: Counter[int] = Counter()
    for part in slices(by_event):
        runs = await connection.execute(sa.select(event.c.id, event.c.run_id).where(event.c.id.in_(part)))
        for row in runs:
            by_run[row.run_id] += by_event[row.id]
    for run_id, count in sorted(by_run.items()):
        fewer = sa.update(run).where(run.c.id == run_id).values(computed=run.c.computed - count)
        await connection.execute(fewer)
    return by_event.total()


async def _messages(connection: AsyncConnection, ids: Collection[int], reason: str) -> None:
    these = message.c.id.in_(ids)
    under_way = sa.and_(these, message.c.state.in_(outcomes.UNDER_WAY))
    await outcomes.move(connection, under_way, DeliveryState.SUPPRESSED, reason=reason)
    for column in (notice.c.message_id, message.c.replies_to):
        await connection.execute(sa.update(column.table).where(column.in_(ids)).values({column.name: None}))
    await connection.execute(sa.delete(enclosed).where(enclosed.c.message_id.in_(ids)))
    await connection.execute(sa.delete(message).where(these))
