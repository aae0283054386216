"""The one transaction of a run: its end, its events, its deliveries, and a message for every channel."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, Planned, Recorded, Run, RunState, StoredEvent
from bot.store.database import Database
from bot.store.rows import event_of, event_row
from bot.store.tables import delivery, event, message, run
from bot.store.upsert import insert
from signals.types import Event

HANDFUL = 500
T = TypeVar("T")


class Ledger:
    """What the bot has found, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(
        self,
        held: Run,
        events: Sequence[Event],
        planned: Sequence[Planned],
        *,
        at: datetime,
        absent: Sequence[str] = (),
    ) -> Recorded | None:
        """Finish the run with all it found, or not at all; None where another starter has taken the run over.

        An event that an earlier run has stored is not stored again, and nothing is planned for it again. `absent` are
        the symbols whose bars had not come: a later run looks for their events (`Runs.absent`).
        """
        async with self._database.write() as connection:
            if not await _finish(connection, held, at):
                return None
            new = await _store_events(connection, held, events, at)
            fresh = [plan for plan in planned if plan.identity in new]
            messages = await _open_messages(connection, held, fresh, at)
            await _store_deliveries(connection, fresh, new, messages)
            kept = {"computed": len(fresh), "absent": list(absent)}
            await connection.execute(sa.update(run).where(run.c.id == held.id).values(**kept))
        return Recorded(events=len(new), deliveries=len(fresh))

    async def latest(self, limit: int = 20, signal: str | None = None) -> list[StoredEvent]:
        """Return the newest events, the latest session first."""
        statement = sa.select(event).order_by(event.c.session.desc(), event.c.id.desc()).limit(limit)
        if signal is not None:
            statement = statement.where(event.c.signal == signal)
        async with self._database.read() as connection:
            return [event_of(row) for row in await connection.execute(statement)]


async def _finish(connection: AsyncConnection, held: Run, at: datetime) -> bool:
    mine = sa.and_(run.c.id == held.id, run.c.attempt == held.attempt, run.c.state == RunState.STARTED)
    ended = await connection.execute(sa.update(run).where(mine).values(state=RunState.FINISHED, finished_at=at))
    return ended.rowcount == 1


async def _store_events(
    connection: AsyncConnection, held: Run, events: Iterable[Event], at: datetime
) -> dict[str, int]:
    rows = {found.identity: {**event_row(found), "run_id": held.id, "found_at": at} for found in events}
    if not rows:
        return {}
    statement = insert(connection, event).on_conflict_do_nothing(index_elements=["identity"])
    stored = await connection.execute(statement.returning(event.c.identity, event.c.id), list(rows.values()))
    return {row.identity: row.id for row in stored}


async def _open_messages(
    connection: AsyncConnection, held: Run, planned: Iterable[Planned], at: datetime
) -> dict[int, int]:
    by_channel: dict[int, list[Planned]] = defaultdict(list)
    for plan in planned:
        if not plan.suppressed:
            by_channel[plan.channel_id].append(plan)
    if not by_channel:
        return {}
    opened: dict[int, int] = {}
    statement = sa.insert(message).returning(message.c.channel_id, message.c.id)
    for channels in _handfuls(list(by_channel.values())):
        rows = [_message_row(held, plans, at) for plans in channels]
        opened |= {row.channel_id: row.id for row in await connection.execute(statement, rows)}
    return opened


def _message_row(held: Run, plans: Sequence[Planned], at: datetime) -> dict[str, Any]:
    return {
        "run_id": held.id,
        "guild_id": plans[0].guild_id,
        "channel_id": plans[0].channel_id,
        "session": held.session,
        "nonce": secrets.token_hex(12),
        "state": DeliveryState.PENDING,
        "priority": max(plan.priority for plan in plans),
        "created_at": at,
        "due_at": at,
        "expires_at": max(plan.expires_at for plan in plans),
    }


async def _store_deliveries(
    connection: AsyncConnection, planned: Sequence[Planned], events: dict[str, int], messages: dict[int, int]
) -> None:
    for plans in _handfuls(planned):
        rows = [
            {
                "event_id": events[plan.identity],
                "channel_id": plan.channel_id,
                "guild_id": plan.guild_id,
                "route_id": plan.route_id,
                "message_id": None if plan.suppressed else messages[plan.channel_id],
                "state": DeliveryState.SUPPRESSED if plan.suppressed else DeliveryState.PENDING,
                "why": plan.why,
                "reason": plan.suppressed,
                "expires_at": plan.expires_at,
            }
            for plan in plans
        ]
        await connection.execute(sa.insert(delivery), rows)


def _handfuls(planned: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield `planned` in parts small enough for the event loop to turn between them."""
    for start in range(0, len(planned), HANDFUL):
        yield planned[start : start + HANDFUL]
