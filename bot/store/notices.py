"""What moderators must be told: written down with the fact itself, addressed once somebody can be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.records import Address, MessageKind, Notice, NoticeState, RunState
from bot.store.breakers import forgive
from bot.store.database import Database
from bot.store.follow_ups import new_message
from bot.store.paper_tables import standing_order
from bot.store.tables import message, notice, route, run
from bot.store.upsert import insert

PRIORITY = 3
HANDFUL = 100


class Notices:
    """The notices of all guilds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self) -> list[Notice]:
        """Return notices that no message carries yet, those least tried first, and then the oldest."""
        facts = [notice.c[name.name] for name in fields(Notice)]
        statement = (
            sa.select(*facts)
            .where(notice.c.state == NoticeState.WAITING)
            .order_by(notice.c.tried, notice.c.id)
            .limit(HANDFUL)
        )
        async with self._database.read() as connection:
            return [Notice(**row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - public

    async def count_waiting(self) -> int:
        """Return how many notices no message carries yet."""
        statement = sa.select(sa.func.count()).where(notice.c.state == NoticeState.WAITING)
        async with self._database.read() as connection:
            return int(await connection.scalar(statement) or 0)

    async def address(self, waiting: Notice, to: Address, at: datetime, until: datetime) -> bool:
        """Open the message that carries the notice; False where another process has done so."""
        mine = sa.and_(
            notice.c.id == waiting.id, notice.c.state == NoticeState.WAITING, notice.c.tried == waiting.tried
        )
        async with self._database.write() as connection:
            statement = sa.select(notice.c.run_id, run.c.session).join(run).where(mine).with_for_update(of=notice)
            found = (await connection.execute(statement)).one_or_none()
            if found is None:
                return False
            await forgive(connection, to.channel_id)  # it may have been off once: this is the new try
            row = new_message(
                MessageKind.NOTICE,
                f"{waiting.id} try {waiting.tried}",
                priority=PRIORITY,
                run_id=found.run_id,
                session=found.session,
                guild_id=waiting.guild_id,
                channel_id=to.channel_id,
                is_direct=to.is_direct,
                payload=_content(waiting),
                created_at=at,
                due_at=at,
                expires_at=until,
            )
            opened = await connection.scalar(insert(connection, message).values(**row).returning(message.c.id))
            values = {"state": NoticeState.ADDRESSED, "message_id": opened}
            await connection.execute(sa.update(notice).where(mine).values(**values))
        return True

    async def give_up(self, waiting: Notice) -> None:
        """Note that nobody of the guild can be reached."""
        mine = sa.and_(notice.c.id == waiting.id, notice.c.state == NoticeState.WAITING)
        async with self._database.write() as connection:
            await connection.execute(sa.update(notice).where(mine).values(state=NoticeState.GIVEN_UP))

    async def unsaid_failures(self, job: str, before: datetime) -> list[tuple[int, date, str]]:
        """Return (run, session, reason) of runs that have failed since `before` or longer, untold so far."""
        which = sa.and_(
            run.c.job == job, run.c.state == RunState.FAILED, run.c.failing_since <= before, run.c.told_at.is_(None)
        )
        statement = sa.select(run.c.id, run.c.session, run.c.reason).where(which).order_by(run.c.session)
        async with self._database.read() as connection:
            return [(row.id, row.session, row.reason) for row in await connection.execute(statement)]

    async def tell_failure(self, run_id: int, text: str, at: datetime) -> int:
        """Write a notice for every guild that waits for anything; return how many. Said again, it writes none."""
        unsaid = sa.and_(run.c.id == run_id, run.c.told_at.is_(None), run.c.state != RunState.FINISHED)
        async with self._database.write() as connection:
            marked = await connection.execute(sa.update(run).where(unsaid).values(told_at=at))
            if marked.rowcount != 1:
                return 0
            waiting = sa.union(sa.select(route.c.guild_id), sa.select(standing_order.c.guild_id))
            guilds = (await connection.execute(waiting)).scalars().all()
            await write_for(connection, run_id, "held", guilds, text, at)
        return len(guilds)


def _content(waiting: Notice) -> dict[str, Any]:
    """Return the words of a notice; one for a member pings them and nobody else."""
    if waiting.user_id is None:
        return {"content": waiting.text}
    return {"content": waiting.text, "pings": {"role": None, "users": [waiting.user_id]}}


async def write_for(
    connection: AsyncConnection, run_id: int, what: str, guilds: Sequence[int], text: str, at: datetime
) -> None:
    """Write the same notice for many guilds, inside the caller's transaction."""
    rows = [
        {
            "identity": f"{what} {run_id} {guild_id}",
            "run_id": run_id,
            "guild_id": guild_id,
            "text": text,
            "state": NoticeState.WAITING,
            "created_at": at,
        }
        for guild_id in guilds
    ]
    if rows:
        await connection.execute(insert(connection, notice).on_conflict_do_nothing(index_elements=["identity"]), rows)


async def tell_made_good(connection: AsyncConnection, run_id: int, text: str, at: datetime) -> None:
    """Tell the guilds that were told of a failed run that it was made good; one not told yet need not hear of it."""
    mine = sa.and_(notice.c.run_id == run_id, notice.c.identity.like("held %"))
    unsent = sa.and_(mine, notice.c.state == NoticeState.WAITING)
    await connection.execute(sa.update(notice).where(unsent).values(state=NoticeState.GIVEN_UP))
    told = sa.select(notice.c.guild_id).where(mine, notice.c.state == NoticeState.ADDRESSED)
    guilds = (await connection.execute(told)).scalars().all()
    await write_for(connection, run_id, "good", guilds, text, at)
