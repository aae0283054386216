"""Bring a database to this program's tables, and refuse one that is newer than the program."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.database import Database
from bot.store.errors import SchemaTooNew, SchemaTooOld, StoreError

HEAD = "0005"
"""The newest revision in ``migrations/versions``; revisions are numbered, so older and newer can be told apart."""

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATOR = 7_320_501
"""PostgreSQL's advisory lock for this program's migrations: two of them wait for each other."""


def migrate(url: str) -> tuple[str | None, str]:
    """Bring the database at `url` forward; return the revisions before and after. Not for use inside a running loop.

    Raises
    ------
    SchemaTooNew
        If it was written by a newer program; nothing is changed.
    StoreError
        If it cannot be reached or written.
    """
    return asyncio.run(_migrate_and_close(url))


async def _migrate_and_close(url: str) -> tuple[str | None, str]:
    database = Database(url)
    try:
        return await bring_forward(database)
    finally:
        await database.close()


async def bring_forward(database: Database) -> tuple[str | None, str]:
    """Bring `database` forward inside one transaction: afterwards it is migrated or exactly as it was."""
    async with database.migrate() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATOR)))
        before = await revision(connection)
        _refuse_newer(before, database.name)
        if before != HEAD:
            await connection.run_sync(_upgrade)
    return before, HEAD


async def check(database: Database) -> None:
    """Raise unless `database` has exactly the tables this program was written for."""
    async with database.read() as connection:
        found = await revision(connection)
    _refuse_newer(found, database.name)
    if found is None:
        raise SchemaTooOld(f"the database {database.name} has no tables yet: run smallcap migrate")
    if found != HEAD:
        raise SchemaTooOld(
            f"the database {database.name} is of an older version ({found}, this program needs {HEAD}):"
            " run smallcap migrate"
        )


async def revision(connection: AsyncConnection) -> str | None:
    """Return the revision a database is at; None where it has never been migrated."""
    if not await connection.run_sync(lambda sync: sa.inspect(sync).has_table("alembic_version")):
        return None
    found: str | None = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return found


def _refuse_newer(found: str | None, name: str) -> None:
    if found is None:
        return
    if not found.isdigit():
        raise StoreError(f"the database {name} belongs to another program (revision {found}): choose another one")
    if found > HEAD:
        raise SchemaTooNew(
            f"the database {name} was written by a newer version of this program ({found}, this one knows {HEAD}):"
            " install that version, or restore a backup from before the upgrade"
        )


def _upgrade(connection: sa.Connection, to: str = HEAD) -> None:
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)

    def steps(found: Any, _context: Any) -> Any:
        return scripts._upgrade_revs(to, found)  # noqa: SLF001 - alembic's own command does the same

    with EnvironmentContext(config, scripts, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
