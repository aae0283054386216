"""The one transaction of a run: its end, its events, its deliveries, the messages, and what it takes back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DuePaper
from bot.records import DeliveryState, Planned, Proof, Recorded, Run, RunState, StoredEvent
from bot.store import notices, orders
from bot.store.database import Database
from bot.store.follow_ups import Retraction, retract
from bot.store.openings import Opened, is_late, lives_until, open_messages, place_of
from bot.store.proofs import keep_proofs
from bot.store.quiet import Quiet, never
from bot.store.rows import event_of, event_row
from bot.store.slices import slices
from bot.store.tables import delivery, destination, event, run
from bot.store.upsert import insert
from bot.store.wanted import still_wanted
from signals.types import Event

HANDFUL = 500
"""So many rows at a time that the event loop turns between them."""
TOO_LATE = "its session was scanned after its time"


class Ledger:
    """What the bot has found, and what became of it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(  # noqa: PLR0913 - one transaction with all that a run found
        self,
        held: Run,
        events: Sequence[Event],
        planned: Sequence[Planned],
        *,
        at: datetime,
        absent: Sequence[str] = (),
        gone: Collection[str] = (),
        until: datetime | None = None,
        made_good: str = "",
        proofs: Sequence[Proof] = (),
        papers: Sequence[DuePaper] = (),
        quiet: Quiet = never,
        versions: Mapping[str, int] | None = None,
    ) -> Recorded | None:
        """Finish the run with all it found, or not at all; None where another starter has taken the run over.

        An event that an earlier run has stored is not stored again, and nothing is planned for it again. `absent` are
        the symbols whose bars had not come: a later run looks for their events (`Runs.absent`). `gone` are the
        identities of earlier events that no longer hold; their follow-ups are worth sending `until`. Moderators who
        were told that the run had failed are told `made_good`. Of `proofs`, those of events that are new are kept.
        In their `quiet` hours members are not told that something no longer holds. A message carries each of `papers`
        whose order still stands. `versions` are the signals that were looked for, with their formulas' versions.
        """
        async with self._database.write() as connection:
            if not await _finish(connection, held, at):
                return None
            new = await _store_events(connection, held, events, at)
            await keep_proofs(connection, new, proofs)
            standing = await orders.still_standing(connection, papers)
            fresh = await still_wanted(connection, [plan for plan in planned if plan.identity in new])
            fresh = await _without_breakers(connection, fresh)
            messages = await open_messages(connection, held, fresh, at)
            await _store_deliveries(connection, fresh, new, messages, at)
            await orders.open_papers(connection, held, standing, at)
            kept = {"computed": len(fresh), "absent": list(absent), "versions": dict(versions or {})}
            await connection.execute(sa.update(run).where(run.c.id == held.id).values(**kept))
            retracted = await retract(connection, Retraction(held, gone, at, until or at, quiet))
            if made_good:
                await notices.tell_made_good(connection, held.id, made_good, at)
        return Recorded(events=len(new), deliveries=len(fresh), retracted=retracted)

    async def posted(self, first: date, last: date) -> list[Event]:
        """Return the events of the sessions from `first` to `last` that were not taken back."""
        which = sa.and_(event.c.session.between(first, last), event.c.retracted_at.is_(None))
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(event).where(which).order_by(event.c.id))
            return [event_of(row).event for row in rows]

    async def identities(self, first: date, last: date) -> set[str]:
        """Return the identities of all events stored of the sessions from `first` to `last`, taken back or not."""
        async with self._database.read() as connection:
            which = event.c.session.between(first, last)
            return set((await connection.execute(sa.select(event.c.identity).where(which))).scalars())

    async def told_in(self, message_id: int, channel_id: int) -> list[StoredEvent]:
        """Return the events a message tells of, if it is one of that channel's; the order is that of the message."""
        left_out = sa.and_(delivery.c.state == DeliveryState.SUPPRESSED, delivery.c.is_moot)
        tells = sa.or_(
            sa.and_(delivery.c.message_id == message_id, ~left_out),
            delivery.c.follow_up_id == message_id,
            delivery.c.retraction_id == message_id,
        )
        statement = (
            sa.select(event)
            .select_from(delivery.join(event, delivery.c.event_id == event.c.id))
            .where(tells, delivery.c.channel_id == channel_id)
            .order_by(delivery.c.id)
        )
        async with self._database.read() as connection:
            return [event_of(row) for row in await connection.execute(statement)]

    async def latest(self, limit: int = 20, signal: str | None = None) -> list[StoredEvent]:
        """Return the newest events, the latest session first."""
        statement = sa.select(event).order_by(event.c.session.desc(), event.c.id.desc()).limit(limit)
        if signal is not None:
            statement = statement.where(event.c.signal == signal)
        async with self._database.read() as connection:
            return [event_of(row) for row in await connection.execute(statement)]


async def _finish(connection: AsyncConnection, held: Run, at: datetime) -> bool:
    mine = sa.and_(run.c.id == held.id, run.c.attempt == held.attempt, run.c.state == RunState.STARTED)
    values = {"state": RunState.FINISHED, "finished_at": at, "failing_since": None}
    ended = await connection.execute(sa.update(run).where(mine).values(**values))
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


async def _without_breakers(connection: AsyncConnection, planned: Sequence[Planned]) -> list[Planned]:
    """Keep back what is meant for a destination that is switched off: trying again would only draw refusals."""
    statement = sa.select(destination.c.channel_id, destination.c.reason).where(destination.c.off_since.is_not(None))
    off = {row.channel_id: row.reason for row in await connection.execute(statement)}
    return [
        replace(plan, suppressed=f"the destination is switched off: {off[plan.channel_id]}", is_folded=False)
        if plan.channel_id in off and (plan.is_folded or not plan.suppressed)
        else plan
        for plan in planned
    ]


async def _store_deliveries(
    connection: AsyncConnection,
    planned: Sequence[Planned],
    events: dict[str, int],
    messages: Opened,
    at: datetime,
) -> None:
    for plans in slices(planned, HANDFUL):
        rows = [{**_fate(plan, messages, at), **_delivery_row(plan, events)} for plan in plans]
        await connection.execute(sa.insert(delivery), rows)


def _delivery_row(plan: Planned, events: dict[str, int]) -> dict[str, Any]:
    return {
        "event_id": events[plan.identity],
        "channel_id": plan.channel_id,
        "guild_id": plan.guild_id,
        "is_direct": plan.is_direct,
        "route_id": plan.route_id,
        "subscription_id": plan.subscription_id,
        "role_id": plan.role_id,
        "mentions": list(plan.mentions),
        "priority": plan.priority,
        "why": plan.why,
        "expires_at": lives_until(plan),
    }


def _fate(plan: Planned, messages: Opened, at: datetime) -> dict[str, Any]:
    """Return how a delivery begins: kept back, too late already (a digest will tell of it), or on its way.

    What was folded into another stays with that one's message, and with it comes too late.
    """
    fate: dict[str, Any] = {"message_id": None, "reason": plan.suppressed, "is_untold": False}
    if plan.suppressed and not plan.is_folded:
        return {**fate, "state": DeliveryState.SUPPRESSED}
    if is_late(plan, at):
        return {**fate, "state": DeliveryState.EXPIRED, "reason": TOO_LATE, "is_untold": True}
    if plan.is_folded:
        return {**fate, "state": DeliveryState.SUPPRESSED, "message_id": messages.get(place_of(plan))}
    return {**fate, "state": DeliveryState.PENDING, "message_id": messages[place_of(plan)]}
