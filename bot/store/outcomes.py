"""How deliveries and their messages change state together; every way out of the outbox goes through here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import DeliveryState, NoticeState, Settlement
from bot.store.slices import slices
from bot.store.tables import attachment, delivery, enclosed, message, notice

UNDER_WAY = (DeliveryState.PENDING, DeliveryState.CLAIMED)
ENDED = tuple(state for state in DeliveryState if state not in UNDER_WAY)

FREED: dict[str, Any] = {"lease": None, "leased_until": None}
FORGOTTEN: dict[str, Any] = {"payload": sa.null()}
"""What has ended is never composed or sent again; its content would fill the disk over the years."""
UNTRIED: dict[str, Any] = {"attempt": sa.case((message.c.attempt > 0, message.c.attempt - 1), else_=0)}
FOLDED = sa.and_(delivery.c.state == DeliveryState.SUPPRESSED, delivery.c.message_id.is_not(None), ~delivery.c.is_moot)
"""Kept back because another event of its message speaks for it (or kept back with its whole message)."""
BARE = sa.and_(message.c.state.in_(UNDER_WAY), message.c.payload.is_(None))
"""Never composed, so never sent: freezing comes first, and needs the lease."""
SURELY_UNSENT = sa.or_(BARE, sa.and_(message.c.state == DeliveryState.PENDING, message.c.maybe_sent_at.is_(None)))


async def move(
    connection: AsyncConnection,
    which: sa.ColumnElement[bool],
    state: DeliveryState,
    *,
    reason: str = "",
    **columns: Any,
) -> list[int]:
    """Bring the messages that match `which`, and their deliveries under way, to `state`; return the messages' ids.

    Those that end lose their content and files.
    """
    given = {"state": state, "reason": reason, **(FORGOTTEN if state in ENDED else {}), **columns}
    moved = await connection.execute(sa.update(message).where(which).values(**given).returning(message.c.id))
    ids = list(moved.scalars())
    await _deliveries_follow(connection, ids, state, reason)
    if state in ENDED:
        await forget_files(connection, ids)
    return ids


async def settle(connection: AsyncConnection, held: Sequence[Settlement]) -> None:
    """End the claims of messages that are `held`, each in its own way, and let their deliveries follow."""
    await _sent(connection, [ending for ending in held if ending.state is DeliveryState.SENT])
    others = [ending for ending in held if ending.state is not DeliveryState.SENT]
    if others:
        await connection.execute(OTHERWISE, [_parameters(ending) for ending in others])
    await _mark(connection, (e.message_id for e in others if e.state in ENDED), FORGOTTEN)
    await _mark(connection, (e.message_id for e in held if e.is_possible_duplicate), {"is_possible_duplicate": True})
    await _mark(connection, (e.message_id for e in held if e.is_untried), UNTRIED)
    by_ending: dict[tuple[DeliveryState, str], list[int]] = {}
    for ending in held:
        by_ending.setdefault((ending.state, ending.reason), []).append(ending.message_id)
    for (state, reason), ids in by_ending.items():
        await _deliveries_follow(connection, ids, state, reason)
    await forget_files(connection, [ending.message_id for ending in held if ending.state in ENDED])


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
    if not sent:
        return
    same = {"state": DeliveryState.SENT, "reason": "", "maybe_sent_at": None, "sent_at": sent[-1].at}
    await _mark(connection, (ending.message_id for ending in sent), {**same, **FREED, **FORGOTTEN})
    await connection.execute(KNOWN_AS, [{"of": e.message_id, "known_as": e.discord_id} for e in sent])


async def _mark(connection: AsyncConnection, ids: Iterable[int], values: dict[str, Any]) -> None:
    for part in slices(list(ids)):
        await connection.execute(sa.update(message).where(message.c.id.in_(part)).values(**values))


def _parameters(ending: Settlement) -> dict[str, Any]:
    return {
        "of": ending.message_id,
        "ends": ending.state,
        "says": ending.reason,
        "again": ending.due_at,
        "unsure": ending.maybe_sent_at,
    }


async def _deliveries_follow(connection: AsyncConnection, ids: Collection[int], state: DeliveryState, why: str) -> None:
    columns: dict[str, Any] = {"state": state, "reason": why}
    follows: sa.ColumnElement[bool] = delivery.c.state.in_(UNDER_WAY)
    if state is DeliveryState.EXPIRED:
        columns["is_untold"] = ~delivery.c.is_moot
        follows = sa.or_(follows, FOLDED)  # what spoke for them was not told
    for part in slices(ids):
        theirs = sa.and_(delivery.c.message_id.in_(part), follows)
        await connection.execute(sa.update(delivery).where(theirs).values(**columns))
        if state in ENDED and state is not DeliveryState.SENT:
            await _return_notices(connection, part)


async def _return_notices(connection: AsyncConnection, ids: Collection[int]) -> None:
    """Let notices whose message did not arrive look for another address."""
    back = sa.and_(notice.c.message_id.in_(ids), notice.c.state == NoticeState.ADDRESSED)
    values = {"state": NoticeState.WAITING, "message_id": None, "tried": notice.c.tried + 1}
    await connection.execute(sa.update(notice).where(back).values(**values))


@dataclass(frozen=True, slots=True)
class _Telling:
    """How a delivery hangs on the message that tells of it, and how it leaves one that nobody has composed."""

    message_id: sa.Column[Any]
    is_told: sa.ColumnElement[bool]
    leaving: Mapping[str, Any]


def _tellings(reason: str) -> tuple[_Telling, _Telling]:
    """Return the two ways in which an event is told: by an alert, or too late for it, by a digest."""
    kept_back = {"state": DeliveryState.SUPPRESSED, "reason": reason}
    return (
        _Telling(delivery.c.message_id, delivery.c.state.in_(UNDER_WAY), kept_back),
        _Telling(delivery.c.follow_up_id, delivery.c.state == DeliveryState.EXPIRED, {"follow_up_id": None}),
    )


async def suppress(connection: AsyncConnection, which: sa.ColumnElement[bool], reason: str) -> None:
    """Let nobody hear any more of the deliveries that match `which`, as far as that can still be helped.

    They leave the alerts and digests that nobody has composed; whoever is composing one just now loses the claim. A
    message that is composed goes on telling of all it told of, except one that surely was not sent and has nothing but
    moot events left: it is kept back whole, like a bare one without any. No later digest tells of them.
    """
    tellings = _tellings(reason)
    still = sa.and_(which, sa.or_(*(telling.is_told for telling in tellings)))
    for telling in tellings:
        # Messages before their deliveries, as everywhere: a claim at the same time waits instead of blocking us.
        await _locked(connection, sa.select(telling.message_id).where(still))
    moot = sa.update(delivery).where(still, ~delivery.c.is_moot)
    await connection.execute(moot.values(is_moot=True, is_untold=False))
    for telling in tellings:
        ids = await _locked(connection, sa.select(telling.message_id).where(which, telling.is_told))
        for part in slices(ids):
            await _leave(connection, telling, part, reason)


async def _locked(connection: AsyncConnection, ids: sa.Select[Any]) -> list[int]:
    """Return those of the messages that are under way, which they then are until the transaction ends.

    Their numbers first, by themselves: joined, PostgreSQL has taken minutes for what it thought was hardly a message.
    """
    named = sorted(key for key in (await connection.execute(ids.distinct())).scalars() if key is not None)
    found: list[int] = []
    for part in slices(named):
        under_way = sa.select(message.c.id).where(message.c.id.in_(part), message.c.state.in_(UNDER_WAY))
        found += (await connection.execute(under_way.order_by(message.c.id).with_for_update())).scalars()
    return found


async def _leave(connection: AsyncConnection, telling: _Telling, ids: Sequence[int], reason: str) -> None:
    these = message.c.id.in_(ids)
    told_of = sa.and_(telling.message_id.in_(ids), telling.is_told)
    # Asked first: as a part of the next statement, where PostgreSQL knows too little of its tables, it takes minutes.
    worth_it = sa.select(telling.message_id).where(told_of, ~delivery.c.is_moot).distinct()
    worthy = set((await connection.execute(worth_it)).scalars())
    empty = sa.and_(message.c.id.in_([one for one in ids if one not in worthy]), SURELY_UNSENT)
    await move(connection, empty, DeliveryState.SUPPRESSED, reason=reason, maybe_sent_at=None, **FREED)
    being_composed = sa.and_(these, BARE, message.c.state == DeliveryState.CLAIMED)
    await move(connection, being_composed, DeliveryState.PENDING, maybe_sent_at=None, **FREED, **UNTRIED)
    bare = (await connection.execute(sa.select(message.c.id).where(these, BARE))).scalars().all()
    left = sa.and_(telling.message_id.in_(bare), telling.is_told, delivery.c.is_moot)
    await connection.execute(sa.update(delivery).where(left).values(**telling.leaving))


async def forget_files(connection: AsyncConnection, ids: Sequence[int]) -> None:
    """Drop the files of messages that have ended, except those another message still needs."""
    digests: set[str] = set()
    for part in slices(ids):
        dropped = sa.delete(enclosed).where(enclosed.c.message_id.in_(part)).returning(enclosed.c.digest)
        digests |= set((await connection.execute(dropped)).scalars())
    needed = sa.select(enclosed.c.digest).where(enclosed.c.digest == attachment.c.digest).exists()
    for some in slices(digests):
        await connection.execute(sa.delete(attachment).where(attachment.c.digest.in_(some), ~needed))
