"""Which sessions have been scanned; UNIQUE(job, session) decides, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.records import Run, RunState
from bot.store.database import Database
from bot.store.rows import run_of
from bot.store.tables import run
from bot.store.upsert import insert


class Runs:
    """The runs of all jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def start(self, job: str, session: date, at: datetime) -> Run | None:
        """Start the run, or take over one that crashed or failed; None where it has finished already.

        Who takes over raises the attempt number: whoever held the run before can no longer finish it.
        """
        begun = {"state": RunState.STARTED, "reason": "", "started_at": at}
        async with self._database.write() as connection:
            row = await connection.execute(
                insert(connection, run)
                .values(job=job, session=session, attempt=1, **begun)
                .on_conflict_do_update(
                    index_elements=["job", "session"],
                    set_={"attempt": run.c.attempt + 1, **begun},
                    where=run.c.state != RunState.FINISHED,
                )
                .returning(run)
            )
            found = row.one_or_none()
        return None if found is None else run_of(found)

    async def baseline(self, job: str, session: date, at: datetime) -> None:
        """Note at the very first start that `session` and everything before it are not this bot's to report."""
        async with self._database.write() as connection:
            await connection.execute(
                insert(connection, run)
                .values(
                    job=job,
                    session=session,
                    state=RunState.FINISHED,
                    reason="first start: sessions up to this one are history",
                    attempt=1,
                    started_at=at,
                    finished_at=at,
                )
                .on_conflict_do_nothing(index_elements=["job", "session"])
            )

    async def fail(self, held: Run, reason: str, at: datetime, *, is_waiting: bool = False) -> bool:
        """Note why the session could not be scanned; it stays due. False where another starter has taken it over.

        One that `is_waiting` for what has not come yet is not failing, however long that takes.
        """
        since: sa.ColumnElement[Any] = sa.null()
        if not is_waiting:
            since = sa.func.coalesce(
                run.c.failing_since, sa.bindparam(None, at, type_=run.c.failing_since.type, unique=True)
            )
        return await self._end(held, state=RunState.FAILED, reason=reason, finished_at=at, failing_since=since)

    async def last(self, job: str) -> Run | None:
        """Return the finished run of the latest session."""
        which = sa.and_(run.c.job == job, run.c.state == RunState.FINISHED)
        found = await self._select(which)
        return found[0] if found else None

    async def first(self, job: str) -> Run | None:
        """Return the finished run of the earliest session: where this bot's memory begins."""
        which = sa.and_(run.c.job == job, run.c.state == RunState.FINISHED)
        found = await self._select(which, order=run.c.session.asc())
        return found[0] if found else None

    async def of(self, job: str, session: date) -> Run | None:
        """Return the run of `session`, however it stands."""
        found = await self._select(sa.and_(run.c.job == job, run.c.session == session))
        return found[0] if found else None

    async def failed(self, job: str) -> list[Run]:
        """Return the runs that failed and were not made good yet, the latest first."""
        return await self._select(sa.and_(run.c.job == job, run.c.state == RunState.FAILED), limit=100)

    async def missing(self, job: str, sessions: Sequence[date]) -> list[date]:
        """Return those of `sessions` that have no finished run, in order."""
        if not sessions:
            return []
        which = sa.and_(run.c.job == job, run.c.state == RunState.FINISHED)
        span = run.c.session.between(min(sessions), max(sessions))
        async with self._database.read() as connection:
            done = set((await connection.execute(sa.select(run.c.session).where(which, span))).scalars())
        return sorted(session for session in sessions if session not in done)

    async def absent(self, job: str, since: date) -> dict[str, date]:
        """Return the symbols whose bars had not come when a session from `since` on was scanned, and the first such."""
        which = sa.and_(run.c.job == job, run.c.state == RunState.FINISHED, run.c.session >= since)
        statement = sa.select(run.c.session, run.c.absent).where(which).order_by(run.c.session.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return {symbol: row.session for row in rows for symbol in row.absent}

    async def scanned(self, job: str, first: date, last: date) -> dict[date, dict[str, int]]:
        """Return the sessions from `first` to `last` that have been scanned, each with what for: signal and version."""
        which = sa.and_(run.c.job == job, run.c.state == RunState.FINISHED, run.c.session.between(first, last))
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(run.c.session, run.c.versions).where(which))
            return {row.session: row.versions for row in rows}

    async def _end(self, held: Run, **columns: object) -> bool:
        mine = sa.and_(run.c.id == held.id, run.c.attempt == held.attempt, run.c.state == RunState.STARTED)
        async with self._database.write() as connection:
            return (await connection.execute(sa.update(run).where(mine).values(**columns))).rowcount == 1

    async def _select(
        self, which: sa.ColumnElement[bool], *, limit: int = 1, order: sa.ColumnElement[date] | None = None
    ) -> list[Run]:
        by = run.c.session.desc() if order is None else order
        statement = sa.select(run).where(which).order_by(by).limit(limit)
        async with self._database.read() as connection:
            return [run_of(row) for row in await connection.execute(statement)]
