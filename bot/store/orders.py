"""What channels have ordered, and the messages that carry the papers of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DuePaper, Noun, Order, PaperName, Rhythm
from bot.records import DeliveryState, MessageKind, Run
from bot.store import outcomes
from bot.store.database import Database
from bot.store.edits import hour_words
from bot.store.follow_ups import new_message
from bot.store.paper_tables import keyword, standing_order
from bot.store.slices import slices
from bot.store.tables import destination, message
from bot.store.upsert import insert

PRIORITY = 1
"""After all news of the same session."""
HANDFUL = 500
"""So many rows at a time that the event loop turns between them."""


class Orders:
    """The orders of all guilds; one row per channel and paper."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Order]:
        """Return every order."""
        statement = sa.select(standing_order).order_by(standing_order.c.id)
        async with self._database.read() as connection:
            return [_order_of(row) for row in await connection.execute(statement)]


async def everything(connection: AsyncConnection, guild_id: int) -> dict[tuple[Noun, str], Mapping[str, Any]]:
    """Return a guild's orders and keywords, each in the form of `Edit.after`."""
    ordered = sa.select(standing_order).where(standing_order.c.guild_id == guild_id)
    ordered = ordered.order_by(standing_order.c.channel_id, standing_order.c.paper)
    rows: dict[tuple[Noun, str], Mapping[str, Any]] = {
        (Noun.ORDER, f"{row.channel_id} {row.paper}"): {"rhythm": str(row.rhythm), "at": hour_words(row.at)}
        for row in await connection.execute(ordered)
    }
    words = sa.select(keyword).where(keyword.c.guild_id == guild_id).order_by(keyword.c.words)
    return rows | {(Noun.KEYWORD, row.words): {"paper": str(row.paper)} for row in await connection.execute(words)}


async def still_standing(connection: AsyncConnection, due: Sequence[DuePaper]) -> list[DuePaper]:
    """Return those of `due` whose order stands and whose channel can be reached.

    What is looked at cannot be taken away before the caller's transaction ends.
    """
    standing: set[tuple[int, str]] = set()
    channels = {each.order.channel_id for each in due}
    for part in slices(channels):
        held = sa.select(standing_order.c.channel_id, standing_order.c.paper)
        held = held.where(standing_order.c.channel_id.in_(part)).with_for_update(read=True)
        standing |= {(row.channel_id, row.paper) for row in await connection.execute(held)}
    off = sa.select(destination.c.channel_id).where(destination.c.off_since.is_not(None))
    unreached = set((await connection.execute(off)).scalars()) if due else set()
    return [
        each
        for each in due
        if (each.order.channel_id, each.order.paper) in standing and each.order.channel_id not in unreached
    ]


async def open_papers(connection: AsyncConnection, held: Run, due: Sequence[DuePaper], at: datetime) -> None:
    """Open a message for each paper of the run's session, inside the caller's transaction, and none a second time."""
    turns: Counter[int] = Counter()
    rows = []
    for each in due:
        order = each.order
        rows.append(
            new_message(
                MessageKind.PAPER,
                f"{order.paper} {held.session.isoformat()} {order.channel_id}",
                priority=PRIORITY,
                turn=turns[order.guild_id],
                paper=order.paper,
                run_id=held.id,
                session=held.session,
                guild_id=order.guild_id,
                channel_id=order.channel_id,
                created_at=at,
                due_at=max(at, each.not_before),
                expires_at=each.expires_at,
            )
        )
        turns[order.guild_id] += 1
    once = insert(connection, message).on_conflict_do_nothing(index_elements=["identity"])
    for part in slices(rows, HANDFUL):
        await connection.execute(once, list(part))


async def keep_back(connection: AsyncConnection, channel_id: int, paper: str, reason: str) -> None:
    """Keep back what waits of an order that has ended; whoever composes it just now loses the claim."""
    waits = sa.and_(message.c.kind == MessageKind.PAPER, message.c.channel_id == channel_id, message.c.paper == paper)
    unsent = sa.and_(waits, outcomes.SURELY_UNSENT)
    forgotten = {"maybe_sent_at": None, **outcomes.FREED}
    await outcomes.move(connection, unsent, DeliveryState.SUPPRESSED, reason=reason, **forgotten)


def _order_of(row: sa.Row[Any]) -> Order:
    return Order(
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        paper=PaperName(row.paper),
        rhythm=Rhythm(row.rhythm),
        at=row.at,
        created_by=row.created_by,
        created_at=row.created_at,
    )
