"""A database that is full, read-only, locked or torn while the bot runs: one clear line, and no half-written state."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store.errors import StoreError
from bot.store.store import Store
from tests.store.outbox_steps import AT, SESSION, an_event, claim, planned, record, sent, states


@pytest.fixture
async def running(tmp_path: Path, migrated_file: Path):
    path = tmp_path / "smallcap.sqlite3"
    shutil.copy(migrated_file, path)
    opened = Store(f"sqlite:///{path}")
    await opened.open()
    yield opened
    await opened.close()


async def pragma(store: Store, text: str) -> None:
    """Say it to the one connection that the store has pooled so far."""
    async with store.database.read() as connection:
        await connection.exec_driver_sql(f"PRAGMA {text}")


async def whole(store: Store) -> bool:
    async with store.database.read() as connection:
        return (await connection.scalar(sa.text("PRAGMA integrity_check"))) == "ok"


def many(count: int = 3000):
    return [planned(an_event(), 100 + n, why="a reason of some length, so that pages are filled") for n in range(count)]


async def test_a_full_disk_is_said_and_leaves_the_run_as_it_was(running: Store):
    held = await running.runs.start("session", SESSION, AT)
    assert held is not None
    await pragma(running, "max_page_count=60")
    with pytest.raises(StoreError, match="has no room left: free some space"):
        await running.ledger.record(held, [an_event()], many(), at=AT)
    assert await states(running) == {}
    assert await running.ledger.latest() == []
    assert await running.runs.missing("session", [SESSION]) == [SESSION]
    assert await whole(running)
    await pragma(running, "max_page_count=100000")
    recorded = await running.ledger.record(held, [an_event()], many(), at=AT)
    assert recorded is not None
    assert recorded.deliveries == 3000


async def test_a_disk_that_fills_while_messages_are_settled_keeps_their_claims(running: Store):
    await record(running, planned(an_event()), events=(an_event(),))
    [message] = await claim(running)
    await pragma(running, "query_only=ON")
    with pytest.raises(StoreError, match="cannot be written to: check the permissions"):
        await sent(running, message)
    await pragma(running, "query_only=OFF")
    assert await states(running) == {"claimed": 1}
    assert await sent(running, message)


async def test_a_lock_that_somebody_else_holds_is_said_and_changes_nothing(running: Store, tmp_path: Path):
    await record(running, planned(an_event()), events=(an_event(),))
    await pragma(running, "busy_timeout=50")
    other = sqlite3.connect(tmp_path / "smallcap.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="held by another program"):
        await claim(running)
    other.execute("ROLLBACK")
    other.close()
    assert await states(running) == {"pending": 1}
    assert len(await claim(running)) == 1


async def test_pages_torn_under_the_running_bot_are_said(running: Store, tmp_path: Path):
    held = await running.runs.start("session", SESSION, AT)
    assert held is not None
    await running.ledger.record(held, [an_event()], many(), at=AT)
    await running.close()
    path = tmp_path / "smallcap.sqlite3"
    content = bytearray(path.read_bytes())
    content[4096 * 8 :] = bytes(255 - byte for byte in content[4096 * 8 :])
    path.write_bytes(content)
    with pytest.raises(StoreError, match="is damaged: restore a backup"):
        await running.outbox.claim(100, AT, 60.0)
