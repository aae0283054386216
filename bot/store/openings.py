"""Which message carries which delivery: one per destination and run, or one a day that fills up until it is due."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, MessageKind, Planned, Run
from bot.store.follow_ups import new_message
from bot.store.slices import slices
from bot.store.tables import message
from bot.store.upsert import insert

HANDFUL = 500
"""So many rows at a time that the event loop turns between them."""
ONCE_DUE = timedelta(hours=1)
"""So long at least a delivery that was wanted later is worth sending from then on."""

Place = tuple[int, bool, datetime | None]
"""A destination, whether it is for the one message a day, and from when on it is wanted."""
Opened = Mapping[Place, int]
"""The message of each place."""


def place_of(plan: Planned) -> Place:
    """Return what deliveries share that go into one message."""
    return plan.channel_id, plan.is_daily, plan.not_before


def lives_until(plan: Planned) -> datetime:
    """Return until when a delivery is worth sending: until the next close, and for an hour once it is wanted."""
    return plan.expires_at if plan.not_before is None else max(plan.expires_at, plan.not_before + ONCE_DUE)


def is_late(plan: Planned, at: datetime) -> bool:
    """Whether it is too late to tell: the message of a day tells of everything it brought, news must be new."""
    return (lives_until(plan) if plan.is_daily else plan.expires_at) <= at


async def open_messages(connection: AsyncConnection, held: Run, planned: Iterable[Planned], at: datetime) -> Opened:
    """Open the messages that what is planned needs; a message of a day that nobody has composed yet takes in more."""
    places: dict[Place, list[Planned]] = defaultdict(list)
    for plan in planned:
        if not plan.suppressed and not is_late(plan, at):
            places[place_of(plan)].append(plan)
    turns: Counter[int] = Counter()
    rows = {place: _row(held, plans, at, turns) for place, plans in places.items()}
    opened = await _inserted(connection, rows)
    full = {place: row for place, row in rows.items() if place not in opened}
    opened |= await _taken_in(connection, full)
    # Composed, or on its way, in this very moment: what came too late for it goes by itself.
    late = {place: row | _anew(row, held) for place, row in full.items() if place not in opened}
    return opened | await _inserted(connection, late)


async def _inserted(connection: AsyncConnection, rows: Mapping[Place, Mapping[str, Any]]) -> dict[Place, int]:
    """Write the rows that are not there yet; return the numbers of those."""
    places = {row["identity"]: place for place, row in rows.items()}
    opened: dict[Place, int] = {}
    once = insert(connection, message).on_conflict_do_nothing(index_elements=["identity"])
    for part in slices(list(rows.values()), HANDFUL):
        written = await connection.execute(once.returning(message.c.identity, message.c.id), list(part))
        opened |= {places[row.identity]: row.id for row in written}
    return opened


async def _taken_in(connection: AsyncConnection, rows: Mapping[Place, Mapping[str, Any]]) -> dict[Place, int]:
    """Let messages that wait, and that nobody has composed, speak of this run as well; return their numbers."""
    places = {row["identity"]: place for place, row in rows.items()}
    opened: dict[Place, int] = {}
    for part in slices(list(places), HANDFUL):
        waits = sa.and_(message.c.state == DeliveryState.PENDING, message.c.payload.is_(None))
        open_still = sa.select(message.c.id, message.c.identity).where(message.c.identity.in_(part), waits)
        found = (await connection.execute(open_still.order_by(message.c.id).with_for_update())).all()
        if found:
            news = [{"of": row.id, **_news(rows[places[row.identity]])} for row in found]
            await connection.execute(TAKE_IN, news)
        opened |= {places[row.identity]: row.id for row in found}
    return opened


def _news(row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"run_id": "run", "session": "day", "priority": "importance", "rank": "place", "expires_at": "until"}
    return {name: row[column] for column, name in names.items()}


def _greater(column: sa.Column[Any], name: str) -> sa.ColumnElement[Any]:
    given = sa.bindparam(name, type_=column.type)
    return sa.case((column < given, given), else_=column)


def _lesser(column: sa.Column[Any], name: str) -> sa.ColumnElement[Any]:
    given = sa.bindparam(name, type_=column.type)
    return sa.case((column > given, given), else_=column)


TAKE_IN = (
    sa.update(message)
    .where(message.c.id == sa.bindparam("of"))
    .values(
        run_id=sa.bindparam("run"),
        # The market of the latest session holds the bars of all others.
        session=_greater(message.c.session, "day"),
        priority=_greater(message.c.priority, "importance"),
        rank=_lesser(message.c.rank, "place"),
        expires_at=_greater(message.c.expires_at, "until"),
    )
)


def _row(held: Run, plans: Sequence[Planned], at: datetime, turns: Counter[int]) -> dict[str, Any]:
    first = plans[0]
    # A member who asked in a direct message is of no guild, and waits for no other member's turn.
    payer = first.guild_id or first.channel_id
    turn = turns[payer]
    turns[payer] += 1
    return new_message(
        MessageKind.DAILY if first.is_daily else MessageKind.ALERT,
        _identity(held, first),
        priority=max(plan.priority for plan in plans),
        turn=turn,
        run_id=held.id,
        session=held.session,
        guild_id=first.guild_id,
        channel_id=first.channel_id,
        is_direct=first.is_direct,
        created_at=at,
        due_at=max(at, first.not_before or at),
        expires_at=max(lives_until(plan) for plan in plans),
    )


def _identity(held: Run, plan: Planned) -> str:
    if plan.is_daily and plan.not_before is not None:
        return f"{plan.channel_id} {plan.not_before.astimezone(UTC).isoformat()}"
    later = f" {plan.not_before.astimezone(UTC).isoformat()}" if plan.not_before else ""
    return f"{held.id} {plan.channel_id}{later}"


def _anew(row: Mapping[str, Any], held: Run) -> dict[str, Any]:
    return {"identity": f"{row['identity']} again in {held.id}"}
