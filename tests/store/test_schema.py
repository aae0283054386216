from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.store import schema
from bot.store.database import Database
from bot.store.errors import SchemaTooNew, SchemaTooOld, StoreError
from bot.store.store import Store
from bot.store.tables import metadata


async def test_an_unmigrated_database_is_refused_with_the_command_that_mends_it(url: str, keep):
    store = keep(Store(url))
    with pytest.raises(SchemaTooOld, match="smallcap migrate"):
        await store.open()


def test_migrating_brings_an_empty_database_forward_and_is_quick_the_second_time(url: str):
    assert schema.migrate(url) == (None, schema.HEAD)
    assert schema.migrate(url) == (schema.HEAD, schema.HEAD)


async def test_migrations_end_in_the_tables_the_program_expects(store: Store):
    def differences(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": False}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)

    async with store.database.read() as connection:
        assert await connection.run_sync(differences) == []


def test_the_head_is_the_newest_migration():
    assert ScriptDirectory(str(schema.MIGRATIONS)).get_current_head() == schema.HEAD


async def test_an_older_database_is_brought_forward_with_all_it_remembers(url: str, keep):
    older = keep(Database(url))
    async with older.write() as connection:
        await connection.run_sync(schema._upgrade, "0001")
        await connection.execute(
            sa.text(
                "INSERT INTO run (job, session, state, attempt, started_at)"
                " VALUES ('session', '2025-08-06', 'finished', 1, '2025-08-06 20:20:00')"
            )
        )
    await older.close()
    store = keep(Store(url))
    with pytest.raises(SchemaTooOld, match="older version"):
        await store.open()
    await store.open(migrate=True)
    last = await store.runs.last("session")
    assert last is not None
    assert (last.session, last.started_at) == (date(2025, 8, 6), datetime(2025, 8, 6, 20, 20, tzinfo=UTC))
    assert await store.runs.absent("session", date(2025, 8, 1)) == {}


async def set_revision(store: Store, revision: str) -> None:
    async with store.database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = :new"), {"new": revision})


async def test_a_newer_database_is_refused_by_opening_and_by_migrating_and_left_alone(store: Store):
    await set_revision(store, "9999")
    for migrate in (False, True):
        with pytest.raises(SchemaTooNew, match=r"newer version of this program \(9999"):
            await store.open(migrate=migrate)
    async with store.database.read() as connection:
        assert await schema.revision(connection) == "9999"


async def test_an_older_database_is_refused_until_migrated(store: Store):
    await set_revision(store, "0000")
    with pytest.raises(SchemaTooOld, match="older version"):
        await store.open()


async def test_a_database_of_another_program_is_refused(store: Store):
    await set_revision(store, "27c6a30d7c24")
    with pytest.raises(StoreError, match="another program"):
        await store.open()


async def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str, keep, monkeypatch: pytest.MonkeyPatch):
    def torn(connection: sa.Connection, _to: str = "") -> None:
        connection.execute(sa.text("CREATE TABLE half (id INTEGER)"))
        raise RuntimeError("the power went")

    monkeypatch.setattr(schema, "_upgrade", torn)
    database = keep(Database(url))
    with pytest.raises(RuntimeError, match="power"):
        await schema.bring_forward(database)
    async with database.read() as connection:
        assert not await connection.run_sync(lambda sync: sa.inspect(sync).has_table("half"))


async def test_sqlite_is_set_to_lose_nothing(tmp_path: Path, keep):
    database = keep(Database(f"sqlite:///{tmp_path / 'new' / 'folder' / 'a.sqlite3'}"))
    async with database.write() as connection:
        asked = [await connection.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
        assert asked == ["wal", 2]
        assert await connection.scalar(sa.text("PRAGMA foreign_keys")) == 1
        assert await connection.scalar(sa.text("PRAGMA busy_timeout")) == 15000


async def test_a_reading_transaction_sees_one_state_whatever_is_written_meanwhile(store: Store):
    count = sa.text("SELECT COUNT(*) FROM meta")
    async with store.database.read() as reading:
        assert await reading.scalar(count) == 0
        await store.notes.set("tree", "a")
        assert await reading.scalar(count) == 0
    async with store.database.read() as reading:
        assert await reading.scalar(count) == 1


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://host/name", "no database this program knows"),
        ("sqlite://", "forgets"),
        ("sqlite:///:memory:", "forgets"),
    ],
)
def test_a_url_that_cannot_serve_is_refused_in_one_line(url: str, says: str):
    with pytest.raises(StoreError, match=says):
        Store(url)


async def opened_error(path: Path) -> str:
    store = Store(f"sqlite:///{path}")
    with pytest.raises(StoreError) as caught:
        await store.open(migrate=True)
    await store.close()
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_file_that_is_no_database_says_so(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    path.write_text("these are my notes\n" * 100)
    assert "is not a database file" in await opened_error(path)


async def test_a_folder_in_place_of_the_file_says_so(tmp_path: Path):
    assert "cannot be opened" in await opened_error(tmp_path)


async def test_a_torn_file_says_so_and_how_to_go_on(tmp_path: Path):
    path = tmp_path / "a.sqlite3"
    schema_of = Store(f"sqlite:///{path}")
    await schema_of.open(migrate=True)
    await schema_of.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(255 - byte for byte in whole[100:]))
    assert "damaged" in await opened_error(path)


async def test_a_database_held_by_another_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.store.database.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "a.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("BEGIN IMMEDIATE")
    assert "held by another program" in await opened_error(path)
    holder.close()


async def test_a_postgres_that_does_not_answer_says_so(keep):
    store = keep(Store("postgresql://nobody@127.0.0.1:1/none"))
    with pytest.raises(StoreError, match="does not answer"):
        await store.open()


async def test_a_postgres_address_may_say_sslmode_as_hosts_hand_it_out(postgres_server: str, keep):
    store = keep(Store(f"{postgres_server}&sslmode=disable"))
    with pytest.raises(SchemaTooOld, match="no tables yet"):
        await store.open()


def test_the_password_stays_out_of_messages():
    assert "secret" not in Database("postgresql://me:secret@127.0.0.1/name").name
