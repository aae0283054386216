"""Between planning and recording somebody may have unsubscribed, or asked to be forgotten: then nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DIRECT
from bot.records import Planned
from bot.store.member_tables import subscription
from bot.store.slices import slices


async def still_wanted(connection: AsyncConnection, planned: Sequence[Planned]) -> list[Planned]:
    """Return those of `planned` whose subscription still stands, each mentioning those alone who still ask for it.

    What is looked at cannot be taken away before the caller's transaction ends.
    """
    asked = {plan.subscription_id for plan in planned if plan.subscription_id is not None}
    standing: set[int | None] = {None}
    for part in slices(asked):
        held = sa.select(subscription.c.id).where(subscription.c.id.in_(part)).with_for_update(read=True)
        standing |= set((await connection.execute(held)).scalars())
    here = await _here(connection) if any(plan.mentions for plan in planned) else set()
    return [
        replace(plan, mentions=tuple(user for user in plan.mentions if (user, plan.channel_id) in here))
        if plan.mentions
        else plan
        for plan in planned
        if plan.subscription_id in standing
    ]


async def _here(connection: AsyncConnection) -> set[tuple[int, int]]:
    """Return every member and channel in which they are to be mentioned."""
    which = subscription.c.channel_id != DIRECT
    wanted = sa.select(subscription.c.user_id, subscription.c.channel_id).where(which).with_for_update(read=True)
    return {(row.user_id, row.channel_id) for row in await connection.execute(wanted)}
