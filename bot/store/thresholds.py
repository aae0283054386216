"""What moderators set; everything they did not set is the signal's default."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.people import NO_GUILD, Edit, Noun
from bot.store import changes, guilds
from bot.store.changes import Intent
from bot.store.database import Database
from bot.store.edits import key_parts
from bot.store.member_tables import subscription
from bot.store.tables import change, edit, route, threshold

Changed = dict[str, float | int | str]
"""Threshold name to the value set; names left out have their default."""


class Thresholds:
    """The thresholds that guilds have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int, signal: str) -> Changed:
        """Return what the guild changed of `signal`."""
        which = sa.and_(threshold.c.guild_id == guild_id, threshold.c.signal == signal)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(threshold.c.name, threshold.c.value).where(which))
            return {row.name: row.value for row in rows}

    async def set(self, *, guild_id: int, signal: str, name: str, value: float | str, by: int, at: datetime) -> None:
        """Set one threshold; the caller has checked it against the signal's bounds."""
        edits = [Edit(Noun.THRESHOLD, f"{signal} {name}", {"value": value})]
        async with self._database.write() as connection:
            await changes.apply(connection, Intent(guild_id, by, at, f"threshold set {signal} {name}", edits))

    async def reset(self, *, guild_id: int, signal: str, by: int, at: datetime, name: str | None = None) -> int:
        """Return one threshold (None: all of the signal's) to its default; return how many were changed."""
        which = sa.and_(threshold.c.guild_id == guild_id, threshold.c.signal == signal)
        if name is not None:
            which = sa.and_(which, threshold.c.name == name)
        async with self._database.write() as connection:
            if not await guilds.lock(connection, guild_id):
                return 0
            changed = (await connection.execute(sa.select(threshold.c.name).where(which))).scalars().all()
            edits = [Edit(Noun.THRESHOLD, f"{signal} {each}", None) for each in sorted(changed)]
            action = f"threshold reset {signal} {name or ''}".strip()
            return len((await changes.apply(connection, Intent(guild_id, by, at, action, edits))).edits)

    async def by_guild(self, signal: str) -> dict[int, Changed]:
        """Return what each guild with a route or a subscription of `signal` changed of it, even where that is nothing.

        A subscription that was made in a direct message is of no guild, and follows the defaults.
        """
        routed = sa.select(route.c.guild_id).where(route.c.signal == signal)
        followed = sa.select(subscription.c.guild_id).where(
            subscription.c.signal == signal, subscription.c.guild_id != NO_GUILD
        )
        concerned = routed.union(followed).subquery()
        mine = sa.and_(threshold.c.guild_id == concerned.c.guild_id, threshold.c.signal == signal)
        statement = sa.select(concerned.c.guild_id, threshold.c.name, threshold.c.value).select_from(
            concerned.outerjoin(threshold, mine)
        )
        found: dict[int, Changed] = defaultdict(dict)
        async with self._database.read() as connection:
            for row in await connection.execute(statement):
                changed = found[row.guild_id]
                if row.name is not None:
                    changed[row.name] = row.value
        return dict(found)

    async def changed_since(self, at: datetime) -> dict[tuple[int, str, str], datetime]:
        """Return which guilds changed which thresholds after `at` (guild, signal, name), and when they did last."""
        statement = (
            sa.select(change.c.guild_id, change.c.at, edit.c.key)
            .select_from(edit.join(change, edit.c.change_id == change.c.id))
            .where(edit.c.noun == Noun.THRESHOLD, change.c.at > at)
            .order_by(change.c.at)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return {(row.guild_id, *_threshold_key(row.key)): row.at for row in rows}

    async def followed_since(self, at: datetime) -> dict[tuple[int, str], datetime]:
        """Return which guilds follow which signals only since after `at`, by a route or a subscription, and since when.

        A route that is set anew in between counts from when it was first there.
        """
        both = sa.union_all(
            sa.select(route.c.guild_id, route.c.signal, route.c.created_at),
            sa.select(subscription.c.guild_id, subscription.c.signal, subscription.c.created_at),
        ).subquery()
        began = sa.func.min(both.c.created_at, type_=both.c.created_at.type)
        newly = sa.select(both.c.guild_id, both.c.signal, began.label("at")).group_by(both.c.guild_id, both.c.signal)
        edits = (
            sa.select(change.c.guild_id, change.c.at, edit.c.key, edit.c.before, edit.c.after)
            .select_from(edit.join(change, edit.c.change_id == change.c.id))
            .where(edit.c.noun == Noun.ROUTE, change.c.at > at)
            .order_by(change.c.at, change.c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(newly.having(began > at))).all()
            found = {(row.guild_id, row.signal): row.at for row in rows}
            standing = _standing((await connection.execute(edits)).all()) if found else {}
        for (guild_id, _, signal), since in standing.items():
            key = guild_id, signal
            if key in found and (since is None or since < found[key]):
                found[key] = since
        return {key: since for key, since in found.items() if since is not None}


def _threshold_key(key: str) -> tuple[str, str]:
    signal, name = key_parts(Noun.THRESHOLD, key)
    return signal, name


def _standing(edits: Iterable[Any]) -> dict[tuple[int, int, str], datetime | None]:
    """Return the routes that stand after `edits`, by guild, channel and signal: when they were made; None before."""
    found: dict[tuple[int, int, str], datetime | None] = {}
    for row in edits:
        channel_id, signal = key_parts(Noun.ROUTE, row.key)
        key = row.guild_id, channel_id, signal
        if row.after is None:
            found.pop(key, None)
        elif row.before is None:
            found[key] = row.at
        else:
            found.setdefault(key, None)
    return found
