"""One database, SQLite or PostgreSQL: how it is reached, how a transaction begins, what its failures mean."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.store.columns import NaiveInstant, to_json
from bot.store.errors import StoreError

BUSY_TIMEOUT_S = 15
_SQLITE_READS = {"smallcap_reads": True}
_POSTGRES_READS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
"""By itself PostgreSQL would show every statement of a transaction the latest state."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}


class Database:
    """Connections to one database; writers of this process queue here instead of meeting in SQLite's lock."""

    def __init__(self, url: str) -> None:
        self.url = parsed(url)
        self._engine: AsyncEngine | None = None
        self._writing = asyncio.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """What to call it in a message: the file, or the address without its password."""
        return str(self.url.database) if self.is_sqlite else self.url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the database and changes nothing."""
        with _explained(self.name):
            async with self._connected().connect() as connection:
                await connection.execution_options(**(_SQLITE_READS if self.is_sqlite else _POSTGRES_READS))
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that is committed, and durable, once the block ends without an error."""
        with _explained(self.name):
            async with self._writing, self._connected().begin() as connection:
                yield connection

    @asynccontextmanager
    async def migrate(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may make tables anew; in the end every reference must lead somewhere as before."""
        with _explained(self.name):
            async with self._writing, self._connected().connect() as connection:
                await connection.execution_options(smallcap_migrates=True)
                async with connection.begin():
                    yield connection
                    if self.is_sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first():
                        raise StoreError(f"the database {self.name} has rows that refer to nothing: restore a backup")
        await self.close()  # SQLite's connection still has its foreign keys off

    async def close(self) -> None:
        """Let go of every connection."""
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None

    def _connected(self) -> AsyncEngine:
        if self._engine is None:
            self._engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        return self._engine


def parsed(url: str) -> URL:
    """Return `url` with this program's driver; people write ``sqlite:///path`` or ``postgresql://…``."""
    try:
        given = sa.make_url(url)
    except ArgumentError:
        raise StoreError(
            "the database URL cannot be read: write sqlite:///path or postgresql://user@host/name"
        ) from None
    backend = given.get_backend_name()
    if backend not in _DRIVERS:
        raise StoreError(f"{backend} is no database this program knows: write sqlite:///path or postgresql://…")
    if backend == "sqlite" and given.database in {None, "", ":memory:"}:
        raise StoreError("an in-memory database forgets what it promised: write sqlite:///path")
    sslmode = given.query.get("sslmode")
    if backend != "sqlite" and sslmode is not None:  # hosts hand out libpq's name for it; asyncpg has its own
        given = given.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})
    return given.set(drivername=_DRIVERS[backend])


def _sqlite_engine(url: URL) -> AsyncEngine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Tried here first: a thread of aiosqlite's that cannot open the file outlives the attempt.
        sqlite3.connect(path).close()
    except OSError as error:
        raise StoreError(
            f"the folder {path.parent} cannot be made ({error.strerror}): choose another database path"
        ) from None
    except sqlite3.Error as error:
        raise StoreError(_plainly(str(path), str(error))) from None
    engine = create_async_engine(url, json_serializer=to_json, connect_args={"timeout": BUSY_TIMEOUT_S})

    @sa.event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        try:
            _settle(connection)
        except BaseException:
            connection.close()  # nobody else knows this connection yet, and its thread would outlive the program
            raise

    @sa.event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        options = connection.get_execution_options()
        if options.get("smallcap_migrates"):
            # SQLite changes a table by making it anew, and dropping the old one would drop what refers to it.
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        # A deferred transaction that turns to writing cannot wait for the lock; an immediate one can.
        connection.exec_driver_sql("BEGIN" if options.get("smallcap_reads") else "BEGIN IMMEDIATE")

    return engine


def _settle(connection: Any) -> None:
    connection.isolation_level = None  # the driver would begin late and deferred; the engine says when and how
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={int(BUSY_TIMEOUT_S * 1000)}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _postgres_engine(url: URL) -> AsyncEngine:
    try:
        return create_async_engine(url, json_serializer=to_json, pool_pre_ping=True)
    except ModuleNotFoundError:
        raise StoreError('PostgreSQL needs its driver: pip install "smallcap-signals[postgres]"') from None


class _explained:  # noqa: N801 - reads as a word in a with statement
    """Turn the driver's error into one line for people; what a constraint refused is our own bug and stays as it is."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, IntegrityError):
            return
        if isinstance(error, StatementError) and isinstance(error.orig, NaiveInstant):
            raise error.orig from None
        if isinstance(error, DBAPIError):
            raise StoreError(_plainly(self._name, str(error.orig))) from error
        if isinstance(error, OSError):
            raise StoreError(
                f"the database {self._name} does not answer ({error}): is it running, is the URL right?"
            ) from error


_MEANINGS = {
    "readonly": "cannot be written to: check the permissions of the file and its folder",
    "database is locked": "is held by another program: stop the other one, or wait for it to finish",
    "disk is full": "has no room left: free some space on its disk",
    "malformed": "is damaged: restore a backup, or move the file away and run smallcap migrate",
    "not a database": "is not a database file: choose another path",
    "unable to open": "cannot be opened: check that its folder exists and may be written to",
    "no such table": "lacks a table: run smallcap migrate",
}


def _plainly(name: str, detail: str) -> str:
    for sign, meaning in _MEANINGS.items():
        if sign in detail:
            return f"the database {name} {meaning} ({detail})"
    return f"the database {name} refused: {detail}"
