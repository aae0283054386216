"""What single members have decided for themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DIRECT, NO_GUILD, WATCHLIST, Preferences, Snooze, Subscriber, Subscription
from bot.store import guilds, mentions, outcomes
from bot.store.breakers import forgive
from bot.store.database import Database
from bot.store.member_tables import preference, snooze, subscription, watch
from bot.store.rows import preferences_of, snooze_of, subscription_of
from bot.store.tables import delivery, destination, event
from bot.store.upsert import insert

NOT_FOLLOWED = "you no longer follow it"

SAME_WISH = ("user_id", "signal", "subject", "channel_id")
"""By what a subscription is known again."""
WAITS = sa.or_(delivery.c.state.in_(outcomes.UNDER_WAY), delivery.c.is_untold, delivery.c.follow_up_id.is_not(None))
"""On its way, or to be told of in a digest."""


class Members:
    """Subscriptions, preferences, snoozes and lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def subscriber(self, user_id: int) -> Subscriber:
        """Return everything about one member, the defaults where they have said nothing, snoozes that ended too."""
        async with self._database.read() as connection:
            found = await _subscribers(connection, [user_id])
        return found[user_id]

    async def all_subscribers(self) -> list[Subscriber]:
        """Return every member who has a subscription."""
        async with self._database.read() as connection:
            return list((await _subscribers(connection)).values())

    async def subscribe(self, wanted: Subscription) -> Subscription:
        """Store a subscription, whose `id` the store gives; said again for the same, it takes the place of the old one.

        A direct one takes the member's direct messages for sound again, should they have been switched off.
        """
        row = {name: value for name, value in asdict(wanted).items() if name != "id"}
        anew = {name: value for name, value in row.items() if name not in SAME_WISH}
        async with self._database.write() as connection:
            if wanted.guild_id != NO_GUILD:
                await guilds.remember(connection, wanted.guild_id, wanted.created_at)
            stored = await connection.execute(
                insert(connection, subscription)
                .values(**row)
                .on_conflict_do_update(index_elements=SAME_WISH, set_=anew)
                .returning(subscription.c.id)
            )
            number = stored.scalar_one()
            if wanted.is_direct:
                await forgive(connection, wanted.user_id)
        return replace(wanted, id=number)

    async def unsubscribe(self, user_id: int, ids: Sequence[int]) -> int:
        """End those of the subscriptions that are this member's; return how many.

        What waits for them is kept back unless another of the member's subscriptions wants it as well, and no channel's
        message mentions the member for them any more.
        """
        theirs = sa.and_(subscription.c.user_id == user_id, subscription.c.id.in_(ids))
        async with self._database.write() as connection:
            deleted = sa.delete(subscription).where(theirs).returning(subscription)
            ended = [subscription_of(row) for row in (await connection.execute(deleted)).all()]
            if ended:
                left = (await _subscribers(connection, [user_id]))[user_id]
                await _keep_back(connection, {each.id for each in ended}, left)
                await _mention_no_more(connection, ended, left)
        return len(ended)

    async def prefer(self, wanted: Preferences, at: datetime) -> None:
        """Store how a member wants direct messages; what waits already goes as it was planned."""
        stated = {**asdict(wanted), "signals": list(wanted.signals), "updated_at": at}
        del stated["user_id"]
        async with self._database.write() as connection:
            await connection.execute(
                insert(connection, preference)
                .values(user_id=wanted.user_id, **stated)
                .on_conflict_do_update(index_elements=["user_id"], set_=stated)
            )

    async def snooze(self, wanted: Snooze) -> None:
        """Store a snooze in the place of the signal's (empty: the general) one; an `until` that is past ends it."""
        async with self._database.write() as connection:
            await connection.execute(
                insert(connection, snooze)
                .values(**asdict(wanted))
                .on_conflict_do_update(index_elements=["user_id", "signal"], set_={"until": wanted.until})
            )

    async def watch(self, user_id: int, symbols: Sequence[str], at: datetime) -> int:
        """Put symbols on the member's list; return how many were new."""
        rows = [{"user_id": user_id, "symbol": symbol, "added_at": at} for symbol in dict.fromkeys(symbols)]
        if not rows:
            return 0
        async with self._database.write() as connection:
            new = insert(connection, watch).on_conflict_do_nothing().returning(watch.c.symbol)
            return len((await connection.execute(new, rows)).all())

    async def unwatch(self, user_id: int, symbols: Sequence[str]) -> int:
        """Take symbols off the member's list; return how many were on it."""
        named = sa.and_(watch.c.user_id == user_id, watch.c.symbol.in_(symbols))
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(watch).where(named))).rowcount

    async def watched(self) -> list[str]:
        """Return every symbol that is on somebody's list, those on most lists first."""
        listed = sa.select(watch.c.symbol).group_by(watch.c.symbol).order_by(sa.func.count().desc(), watch.c.symbol)
        async with self._database.read() as connection:
            return list((await connection.execute(listed)).scalars())

    async def direct_off(self, user_id: int) -> str | None:
        """Return why the member's direct messages are switched off; None where they are not."""
        off = sa.and_(
            destination.c.channel_id == user_id, destination.c.is_direct, destination.c.off_since.is_not(None)
        )
        async with self._database.read() as connection:
            reason: str | None = await connection.scalar(sa.select(destination.c.reason).where(off))
        return reason


async def _subscribers(connection: AsyncConnection, of: Collection[int] | None = None) -> dict[int, Subscriber]:
    """Return the members `of`, or all who have a subscription: one query per table."""
    wanted = sa.select(subscription.c.user_id) if of is None else of

    async def rows(table: sa.Table, *order: str) -> Sequence[sa.Row[Any]]:
        mine = sa.select(table).where(table.c.user_id.in_(wanted)).order_by(*(table.c[name] for name in order))
        return (await connection.execute(mine)).all()

    subscriptions: dict[int, list[Subscription]] = {user_id: [] for user_id in of or ()}
    for row in await rows(subscription, "user_id", "id"):
        subscriptions.setdefault(row.user_id, []).append(subscription_of(row))
    preferences = {row.user_id: preferences_of(row) for row in await rows(preference)}
    snoozes: dict[int, list[Snooze]] = defaultdict(list)
    for row in await rows(snooze, "signal"):
        snoozes[row.user_id].append(snooze_of(row))
    watched: dict[int, list[str]] = defaultdict(list)
    for row in await rows(watch, "added_at", "symbol"):
        watched[row.user_id].append(row.symbol)
    return {
        user_id: Subscriber(
            preferences.get(user_id, Preferences(user_id)),
            tuple(theirs),
            tuple(snoozes[user_id]),
            tuple(watched[user_id]),
        )
        for user_id, theirs in subscriptions.items()
    }


async def _keep_back(connection: AsyncConnection, ended: Collection[int], left: Subscriber) -> None:
    """Suppress what waits for the subscriptions `ended`, or give it to one of those `left` that wants it too."""
    waiting = (
        sa.select(delivery.c.id, event.c.signal, event.c.subject)
        .join_from(delivery, event, delivery.c.event_id == event.c.id)
        .where(delivery.c.subscription_id.in_(ended), WAITS)
    )
    unwanted = []
    taken_over = []
    for row in (await connection.execute(waiting)).all():
        others = [each.id for each in left.subscriptions if _wants(each, row.signal, row.subject, left.watched)]
        if others:
            taken_over.append({"of": row.id, "by": others[0]})
        else:
            unwanted.append(row.id)
    await outcomes.suppress(connection, delivery.c.id.in_(unwanted), NOT_FOLLOWED)
    if taken_over:
        give = sa.update(delivery).where(delivery.c.id == sa.bindparam("of"))
        await connection.execute(give.values(subscription_id=sa.bindparam("by")), taken_over)


def _wants(following: Subscription, signal: str, subject: str, watched: Collection[str]) -> bool:
    """Whether a direct subscription surely wants an event; what a group holds is not known here."""
    named = {"", subject} | ({WATCHLIST} if subject in watched else set())
    return following.is_direct and following.signal == signal and following.subject in named


async def _mention_no_more(connection: AsyncConnection, ended: Iterable[Subscription], left: Subscriber) -> None:
    still = {(each.channel_id, each.signal) for each in left.subscriptions}
    for channel_id, signal in sorted({(each.channel_id, each.signal) for each in ended} - still):
        if channel_id != DIRECT:
            of_signal = sa.select(event.c.id).where(event.c.id == delivery.c.event_id, event.c.signal == signal)
            here = sa.and_(delivery.c.channel_id == channel_id, delivery.c.state.in_(outcomes.UNDER_WAY))
            await mentions.forget(connection, left.user_id, sa.and_(here, of_signal.exists()))
