"""The one path on which what moderators set is changed: locked, compared, written, and kept with who did it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import Change, Edit, Noun
from bot.store import guilds, orders, outcomes
from bot.store.breakers import forgive
from bot.store.edits import GUILD_FIELDS, Stated, hour_of, hour_words, key_parts, stated
from bot.store.paper_tables import keyword, standing_order
from bot.store.rows import change_of
from bot.store.tables import change, delivery, edit, guild, route, silence, threshold
from bot.store.upsert import insert

NOT_ASKED_FOR = "the channel no longer asks for it"
LONGEST_ACTION = 300
OF_CHANNELS = (Noun.ROUTE, Noun.ORDER)
"""What says that something is wanted in a channel."""

Key = tuple[Noun, str]
Rows = dict[Key, Mapping[str, Any]]
"""Everything that is set, by noun and key."""
Check = Callable[[Mapping[Key, Mapping[str, Any]]], None]
"""Raises where what would be set must not be."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What is to be changed, by whom and when.

    Attributes
    ----------
    undoes : int or None
        The change that it takes back.
    kept_back : str
        Why what waits for a route that ends is not sent.
    """

    guild_id: int
    by: int
    at: datetime
    action: str
    edits: Sequence[Edit]
    undoes: int | None = None
    kept_back: str = NOT_ASKED_FOR


async def apply(connection: AsyncConnection, intent: Intent, check: Check | None = None) -> Change:
    """Make all edits of `intent` inside the caller's transaction; return them with what was before.

    Those that change nothing are left out, and a change without any is not kept (its number is 0), unless it takes
    another back. Others who change the same guild wait until the transaction ends, so that each finds what the one
    before left. Where `check` raises, or an edit cannot be read (ValueError), nothing was written.
    """
    await guilds.hold(connection, intent.guild_id, intent.at)
    over = sa.and_(silence.c.guild_id == intent.guild_id, silence.c.until <= intent.at)
    await connection.execute(sa.delete(silence).where(over))
    rows = await everything(connection, intent.guild_id, intent.at)
    wanted = _wanted(intent, rows)
    made = [
        Edit(noun, key, after, rows.get((noun, key)))
        for (noun, key), after in wanted.items()
        if after != rows.get((noun, key))
    ]
    if check is not None:
        check({key: value for key, value in {**rows, **wanted}.items() if value is not None})
    for noun, key in (of for of, after in wanted.items() if after is not None and of[0] in OF_CHANNELS):
        await forgive(connection, key_parts(noun, key)[0])  # whoever asks could speak there
    await _write(connection, intent, made)
    number = await _keep(connection, intent, made) if made or intent.undoes is not None else 0
    return Change(number, intent.guild_id, intent.at, intent.by, intent.action, tuple(made), intent.undoes)


async def everything(connection: AsyncConnection, guild_id: int, now: datetime) -> Rows:
    """Return all that is set in a guild, each in the form of `Edit.after`; silences that ended are not set."""
    rows: Rows = {}
    for row in await connection.execute(_of(route, guild_id).order_by(route.c.channel_id, route.c.signal)):
        rows[Noun.ROUTE, f"{row.channel_id} {row.signal}"] = {
            "subjects": list(row.subjects),
            "importance": row.importance,
            "role_id": row.role_id,
            "cadence": str(row.cadence),
            "daily_at": hour_words(row.daily_at),
        }
    for row in await connection.execute(_of(threshold, guild_id).order_by(threshold.c.signal, threshold.c.name)):
        rows[Noun.THRESHOLD, f"{row.signal} {row.name}"] = {"value": row.value}
    lasting = _of(silence, guild_id).where(silence.c.until > now).order_by(silence.c.signal, silence.c.subject)
    for row in await connection.execute(lasting):
        rows[Noun.SILENCE, f"{row.signal} {row.subject}"] = {"until": row.until.isoformat()}
    rows |= await orders.everything(connection, guild_id)
    for row in await connection.execute(sa.select(guild).where(guild.c.id == guild_id)):
        for name in GUILD_FIELDS:
            if (value := row._mapping[name]) is not None:  # noqa: SLF001 - the public name
                rows[Noun.GUILD, name] = {"value": value}
    return rows


async def kept(connection: AsyncConnection, which: sa.ColumnElement[bool], limit: int) -> list[Change]:
    """Return the latest changes that match, the newest first."""
    found = sa.select(change, IS_UNDONE.label("is_undone")).where(which).order_by(change.c.id.desc()).limit(limit)
    rows = (await connection.execute(found)).all()
    theirs = sa.select(edit).where(edit.c.change_id.in_([row.id for row in rows])).order_by(edit.c.id)
    edits: dict[int, list[Edit]] = {row.id: [] for row in rows}
    for row in await connection.execute(theirs):
        edits[row.change_id].append(Edit(Noun(row.noun), row.key, row.after, row.before))
    return [change_of(row, edits[row.id]) for row in rows]


LATER = change.alias("later")
IS_UNDONE = sa.select(LATER.c.id).where(LATER.c.undoes == change.c.id).exists()


def _of(table: sa.Table, guild_id: int) -> sa.Select[Any]:
    return sa.select(table).where(table.c.guild_id == guild_id)


def _wanted(intent: Intent, rows: Rows) -> dict[Key, Stated]:
    """Return what each key is to be: of two edits of one key the last counts.

    What an edit does not name of a route stays as it is now, not as whoever asks for it last saw it.
    """
    wanted: dict[Key, Stated] = {}
    for given in intent.edits:
        noun, after = Noun(given.noun), given.after
        key_parts(noun, given.key)
        if noun is Noun.ROUTE and after is not None:
            after = {**rows.get((noun, given.key), {}), **after}
        wanted[noun, given.key] = stated(noun, given.key, after, intent.at)
    return wanted


async def _write(connection: AsyncConnection, intent: Intent, made: Sequence[Edit]) -> None:
    ended: list[int] = []
    for each in made:
        parts = key_parts(each.noun, each.key)
        if each.noun is Noun.ROUTE:
            ended += await _write_route(connection, intent, parts, each.after)
        elif each.noun is Noun.GUILD:
            value = None if each.after is None else each.after["value"]
            mine = sa.update(guild).where(guild.c.id == intent.guild_id)
            await connection.execute(mine.values({each.key: value}))
        elif each.noun is Noun.THRESHOLD:
            of = dict(zip(("signal", "name"), parts, strict=True))
            await _set(connection, threshold, {"guild_id": intent.guild_id, **of}, _by(intent, each.after, "value"))
        elif each.noun is Noun.ORDER:
            await _write_order(connection, intent, parts, each)
        elif each.noun is Noun.KEYWORD:
            of = {"guild_id": intent.guild_id, "words": parts[0]}
            await _set(connection, keyword, of, _by(intent, each.after, "paper"))
        else:
            of = dict(zip(("signal", "subject"), parts, strict=True))
            until = _by(intent, each.after, "until")
            if until is not None:
                until["until"] = datetime.fromisoformat(until["until"])
            await _set(connection, silence, {"guild_id": intent.guild_id, **of}, until)
    if ended:
        await outcomes.suppress(connection, delivery.c.route_id.in_(ended), intent.kept_back)


async def _write_route(
    connection: AsyncConnection, intent: Intent, parts: tuple[int, str], after: Stated
) -> Sequence[int]:
    """Write or end a route; return the numbers of those that ended."""
    of = {"channel_id": parts[0], "signal": parts[1]}
    if after is None:
        mine = [route.c.guild_id == intent.guild_id, *(route.c[name] == part for name, part in of.items())]
        return (await connection.execute(sa.delete(route).where(*mine).returning(route.c.id))).scalars().all()
    columns = {**after, "daily_at": hour_of(after["daily_at"])}
    made = {"guild_id": intent.guild_id, "created_by": intent.by, "created_at": intent.at}
    await _set(connection, route, of, {**columns, **made})
    return ()


async def _write_order(connection: AsyncConnection, intent: Intent, parts: tuple[int, str], made: Edit) -> None:
    """Write an order, or end it and keep back what waits of it; what waits keeps its hour where the order's changes."""
    after, before = made.after, made.before
    of = {"channel_id": parts[0], "paper": parts[1]}
    if after is None:
        mine = [standing_order.c[name] == part for name, part in of.items()]
        ended = sa.delete(standing_order).where(standing_order.c.guild_id == intent.guild_id, *mine)
        if (await connection.execute(ended)).rowcount:
            await orders.keep_back(connection, *parts, intent.kept_back)
        return
    if before is None:
        await orders.reopen(connection, *parts, intent.at)
    by = {"guild_id": intent.guild_id, "created_by": intent.by, "created_at": intent.at}
    await _set(connection, standing_order, of, {**after, "at": hour_of(after["at"]), **by})


def _by(intent: Intent, after: Stated, name: str) -> dict[str, Any] | None:
    return None if after is None else {name: after[name], "set_by": intent.by, "set_at": intent.at}


async def _set(
    connection: AsyncConnection, table: sa.Table, of: Mapping[str, Any], values: Mapping[str, Any] | None
) -> None:
    """Write the row that `of` names, or delete it."""
    if values is None:
        await connection.execute(sa.delete(table).where(*(table.c[name] == part for name, part in of.items())))
        return
    statement = insert(connection, table).values(**of, **values)
    await connection.execute(statement.on_conflict_do_update(index_elements=list(of), set_=dict(values)))


async def _keep(connection: AsyncConnection, intent: Intent, made: Sequence[Edit]) -> int:
    facts = {"guild_id": intent.guild_id, "at": intent.at, "by": intent.by, "undoes": intent.undoes}
    written = sa.insert(change).values(**facts, action=intent.action[:LONGEST_ACTION]).returning(change.c.id)
    number: int = (await connection.execute(written)).scalar_one()
    rows = [
        {"change_id": number, "noun": each.noun, "key": each.key, "before": each.before, "after": each.after}
        for each in made
    ]
    if rows:
        await connection.execute(sa.insert(edit), rows)
    return number
