"""A database of the release before learns of papers; what stands in it stays as it stood."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bot.people import DuePaper, Edit, Noun
from bot.records import MessageKind
from bot.store import schema
from bot.store.database import Database
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, SESSION, claim, record


def fill(connection: sa.Connection) -> None:
    """Write what the program of 0004 leaves behind: a change, and a message that waits."""
    old = sa.MetaData()
    old.reflect(connection)

    def write(table: str, **values: object) -> int:
        [key] = connection.execute(sa.insert(old.tables[table]).values(**values)).inserted_primary_key or [0]
        return key

    write("guild", id=1, first_seen=AT)
    changed = write("change", guild_id=1, at=AT, by=7, action="threshold set cross slow")
    write("edit", change_id=changed, noun="threshold", key="cross slow", after={"value": 150})
    run = write("run", job="session", session=SESSION, state="finished", attempt=1, started_at=AT, finished_at=AT)
    waits = {"state": "pending", "priority": 5, "created_at": AT, "not_before": AT, "due_at": AT, "expires_at": EXPIRES}
    where = {"guild_id": 1, "channel_id": 11, "session": SESSION, "run_id": run}
    write("message", identity="alert 1 11", kind="alert", nonce="n", payload={"content": "news"}, **waits, **where)


@pytest.fixture
async def upgraded(url: str, keep) -> Store:
    older = Database(url)
    async with older.migrate() as connection:
        await connection.run_sync(schema._upgrade, "0004")
        await connection.run_sync(fill)
    await older.close()
    store = keep(Store(url))
    await store.open(migrate=True)
    return store


async def test_what_waited_goes_out_and_what_was_changed_can_be_read(upgraded: Store):
    [message] = await claim(upgraded)
    assert (message.kind, message.paper, message.payload) == (MessageKind.ALERT, "", {"content": "news"})
    [change] = await upgraded.configuration.audit(1)
    assert (change.action, change.edits[0].after) == ("threshold set cross slow", {"value": 150})


async def test_papers_can_be_ordered_and_sent(upgraded: Store):
    edits = [
        Edit(Noun.ORDER, "12 smallcap", {"rhythm": "daily"}),
        Edit(Noun.KEYWORD, "morning note", {"paper": "rotation"}),
    ]
    await upgraded.configuration.change(guild_id=1, by=7, at=AT, action="papers", edits=edits)
    [order] = await upgraded.orders.all()
    await record(upgraded, session=SESSION.replace(day=7), papers=[DuePaper(order, AT, EXPIRES)])
    assert (await upgraded.outbox.messages())["paper"] == {"pending": 1}


async def test_of_runs_before_nobody_knows_what_they_looked_for(upgraded: Store):
    assert await upgraded.runs.scanned("session", SESSION, SESSION) == {SESSION: {}}
    run = await upgraded.runs.start("session", SESSION.replace(day=7), AT)
    assert run is not None
    assert await upgraded.ledger.record(run, [], [], at=AT, versions={"cross": 1}) is not None
    later = await upgraded.runs.scanned("session", SESSION.replace(day=7), SESSION.replace(day=7))
    assert later == {SESSION.replace(day=7): {"cross": 1}}


@pytest.mark.parametrize(("column", "value"), [("kind", "gossip"), ("state", "lost")])
async def test_a_message_of_no_kind_or_state_there_is_is_still_refused(upgraded: Store, column: str, value: str):
    statement = sa.text(f"UPDATE message SET {column} = '{value}'")  # noqa: S608 - our own words
    with pytest.raises(Exception, match=rf"ck_message_{column}"):
        async with upgraded.database.write() as connection:
            await connection.execute(statement)
