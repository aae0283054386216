"""What channels have ordered, and the messages that carry the papers of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.people import DuePaper, Noun, Order, PaperName, Rhythm
from bot.records import DeliveryState, MessageKind, Run
from bot.store import notices, outcomes
from bot.store.database import Database
from bot.store.edits import hour_words
from bot.store.follow_ups import new_message
from bot.store.paper_tables import keyword, standing_order
from bot.store.slices import slices
from bot.store.tables import destination, guild, message
from bot.store.upsert import insert

PRIORITY = 1
"""After all news of the same session."""
HANDFUL = 500
"""So many rows at a time that the event loop turns between them."""
UNPRINTED = (
    "**The {paper} paper of {day} could not be made in time** and does not come any more. The next one is made anew; "
    "nobody needs to do anything."
)

Unprinted = dict[tuple[int, str, date], list[int]]
"""Run, paper and session, each with the guilds that wait in vain."""


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
    """Return those of `due` whose order stands, in a guild that the bot has not left, and whose channel can be reached.

    What is looked at cannot be taken away before the caller's transaction ends.
    """
    standing: set[tuple[int, str]] = set()
    channels = {each.order.channel_id for each in due}
    left = sa.select(guild.c.id).where(guild.c.id == standing_order.c.guild_id, guild.c.left_at.is_not(None)).exists()
    for part in slices(channels):
        held = sa.select(standing_order.c.channel_id, standing_order.c.paper)
        held = held.where(standing_order.c.channel_id.in_(part), ~left).with_for_update(read=True)
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
    unsent = sa.and_(_carries(channel_id, paper), outcomes.SURELY_UNSENT)
    forgotten = {"maybe_sent_at": None, **outcomes.FREED}
    await outcomes.move(connection, unsent, DeliveryState.SUPPRESSED, reason=reason, **forgotten)


async def reopen(connection: AsyncConnection, channel_id: int, paper: str, at: datetime) -> None:
    """Let the newest paper go that was kept back of an order that is made again, where it is still worth sending."""
    mine = _carries(channel_id, paper)
    newest = sa.select(sa.func.max(message.c.session)).where(mine).scalar_subquery()
    kept_back = sa.and_(
        message.c.state == DeliveryState.SUPPRESSED, message.c.maybe_sent_at.is_(None), message.c.expires_at > at
    )
    # First by itself: as a part of the update, PostgreSQL might look for the newest once a row.
    found = sa.select(message.c.id).where(mine, kept_back, message.c.session == newest).with_for_update()
    ids = (await connection.execute(found)).scalars().all()
    if ids:
        await outcomes.move(connection, message.c.id.in_(ids), DeliveryState.PENDING, attempt=0)


async def unprinted(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> Unprinted:
    """Return the papers among the messages that match which could not be made: tried, and never composed."""
    never_made = sa.and_(message.c.kind == MessageKind.PAPER, message.c.payload.is_(None), message.c.attempt > 0)
    facts = (message.c.run_id, message.c.paper, message.c.session, message.c.guild_id)
    found: Unprinted = {}
    for row in await connection.execute(sa.select(*facts).where(which, never_made).order_by(message.c.id)):
        guilds = found.setdefault((row.run_id, row.paper, row.session), [])
        if row.guild_id not in guilds:
            guilds.append(row.guild_id)
    return found


async def tell_unprinted(connection: AsyncConnection, expired: Unprinted, at: datetime) -> None:
    """Tell the moderators of each guild once of a paper that came to nothing, in however many channels."""
    for (run_id, paper, session), guilds in expired.items():
        text = UNPRINTED.format(paper=paper, day=f"{session:%a} {session.day} {session:%b %Y}")
        await notices.write_for(connection, run_id, f"unprinted {paper}", guilds, text, at)


def _carries(channel_id: int, paper: str) -> sa.ColumnElement[bool]:
    of = (message.c.kind == MessageKind.PAPER, message.c.channel_id == channel_id, message.c.paper == paper)
    return sa.and_(*of)


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
