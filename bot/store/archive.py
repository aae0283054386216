"""What was told, what it rested on, and what became of it: read when somebody asks why, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from bot.records import Delivered, DeliveryState, Filed, MessageKind, Proof, StoredEvent
from bot.store.database import Database
from bot.store.ledger import Ledger
from bot.store.rows import event_of
from bot.store.tables import bars, delivery, event, message, proof

MOST = 50
"""More events, or deliveries, about one subject than anybody wants to read."""

TELLS = message.alias("tells")
"""The message that told of a delivery, or will: the digest of what came too late, otherwise the alert."""
FATES: sa.Select[Any] = sa.select(
    event,
    delivery.c.state.label("fate"),
    delivery.c.why,
    delivery.c.reason.label("fate_reason"),
    delivery.c.is_moot,
    TELLS.c.kind.label("message_kind"),
    TELLS.c.state.label("message_state"),
    TELLS.c.discord_id,
    TELLS.c.sent_at,
    TELLS.c.due_at,
).select_from(
    delivery.join(event, delivery.c.event_id == event.c.id).outerjoin(
        TELLS, TELLS.c.id == sa.func.coalesce(delivery.c.follow_up_id, delivery.c.message_id)
    )
)


class Archive:
    """Events looked up by what people point at: a message, a number, a subject."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    async def message_events(self, channel_id: int, discord_id: int) -> list[StoredEvent]:
        """Return the events that a message told of, as Discord numbers it; `channel_id` is the user's of a direct one.

        There are none where it is no message of this bot's, or one that speaks of no event.
        """
        which = sa.and_(message.c.discord_id == discord_id, message.c.channel_id == channel_id)
        async with self._database.read() as connection:
            own_id = await connection.scalar(sa.select(message.c.id).where(which).limit(1))
        return [] if own_id is None else await self._ledger.told_in(own_id, channel_id)

    async def event(self, event_id: int) -> Filed | None:
        """Return the event of that number, and whether it was taken back; None where there is none."""
        found = await self._events(event.c.id == event_id)
        return found[0] if found else None

    async def proof_of(self, event_id: int) -> Proof | None:
        """Return what an event rested on; None where nothing was kept with it."""
        statement = (
            sa.select(event.c.identity, proof.c.reading, bars.c.content)
            .select_from(
                proof.join(event, proof.c.event_id == event.c.id).join(bars, proof.c.bars_digest == bars.c.digest)
            )
            .where(proof.c.event_id == event_id)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return None if row is None else Proof(row.identity, row.reading, row.content)

    async def events_about(self, subject: str, signal: str, since: date) -> Sequence[Filed]:
        """Return the events of `signal` about `subject` of sessions from `since` on, the latest first."""
        return await self._events(event.c.subject == subject, event.c.signal == signal, event.c.session >= since)

    async def deliveries_about(self, subject: str, signal: str, channel_id: int, since: date) -> Sequence[Delivered]:
        """Return what became, in one destination, of the events of `signal` about `subject`, the latest first.

        `channel_id` is the user's where it is about direct messages.
        """
        statement = (
            FATES.where(event.c.subject == subject, event.c.signal == signal)
            .where(event.c.session >= since, delivery.c.channel_id == channel_id)
            .order_by(event.c.session.desc(), delivery.c.id.desc())
            .limit(MOST)
        )
        async with self._database.read() as connection:
            return [_delivered(row) for row in await connection.execute(statement)]

    async def _events(self, *which: sa.ColumnElement[bool]) -> list[Filed]:
        statement = sa.select(event).where(*which).order_by(event.c.session.desc(), event.c.id.desc()).limit(MOST)
        async with self._database.read() as connection:
            return [Filed(event_of(row), row.retracted_at) for row in await connection.execute(statement)]


def _delivered(row: sa.Row[Any]) -> Delivered:
    return Delivered(
        about=event_of(row),
        state=DeliveryState(row.fate),
        why=row.why,
        reason=row.fate_reason,
        is_moot=row.is_moot,
        message_kind=None if row.message_kind is None else MessageKind(row.message_kind),
        message_state=None if row.message_state is None else DeliveryState(row.message_state),
        discord_id=row.discord_id,
        sent_at=row.sent_at,
        due_at=row.due_at,
    )
