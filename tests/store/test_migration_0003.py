"""A database of the release before: what it still owes is delivered, and what it may have sent is looked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.records import MessageKind
from bot.store import schema
from bot.store.database import Database
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, LEASE_S, SESSION, an_event, sent

CLAIMED = AT + timedelta(seconds=1)
NOW = AT + timedelta(hours=1)
CONTENT = {"content": "as it was"}
MESSAGES: dict[str, tuple[str, int, Any]] = {
    "never claimed": ("pending", 0, None),
    "given back before it was composed": ("pending", 1, None),
    "composed and given back": ("pending", 1, CONTENT),
    "tried again after a time-out": ("pending", 2, CONTENT),
    "claimed when the process died": ("claimed", 1, None),
    "claimed and composed when the process died": ("claimed", 1, CONTENT),
    "sent": ("sent", 1, CONTENT),
    "expired": ("expired", 3, CONTENT),
    "suppressed": ("suppressed", 0, None),
    "dead": ("dead", 1, CONTENT),
}
UNDER_WAY = list(MESSAGES)[:6]
MAY_HAVE_ARRIVED = {
    "composed and given back",
    "tried again after a time-out",
    "claimed and composed when the process died",
}


def fill(connection: sa.Connection) -> None:
    """Write what the program of 0002 leaves behind: a message in a channel of its own for each of MESSAGES."""
    old = sa.MetaData()
    old.reflect(connection)

    def write(table: str, **values: object) -> int:
        [key] = connection.execute(sa.insert(old.tables[table]).values(**values)).inserted_primary_key or [0]
        return key

    event = an_event()
    of_run = {"session": SESSION, "attempt": 1, "started_at": AT, "computed": len(MESSAGES) + 1}
    run_id = write("run", job="session", state="finished", **of_run)
    found = {"session": SESSION, "version": 1, "thresholds": dict(event.thresholds), "values": dict(event.values)}
    names = {"identity": event.identity, "signal": event.signal, "kind": event.kind, "subject": event.subject}
    event_id = write("event", run_id=run_id, found_at=AT, **found, **names)
    connection.execute(sa.insert(old.tables["attachment"]).values(digest="d", content=b"\x89PNG"))
    theirs = {"event_id": event_id, "guild_id": 1, "route_id": 1, "why": "it asked", "expires_at": EXPIRES}
    for channel, (name, (state, attempt, payload)) in enumerate(MESSAGES.items(), 11):
        once = {"guild_id": 1, "channel_id": channel, "run_id": run_id, "session": SESSION, "nonce": f"nonce {channel}"}
        instants = {"created_at": AT, "due_at": AT, "expires_at": EXPIRES}
        claim = {"attempt": attempt, "first_claimed_at": CLAIMED if attempt else None}
        lease = {"lease": "old", "leased_until": CLAIMED} if state == "claimed" else {}
        arrived = {"sent_at": CLAIMED, "discord_id": 700} if state == "sent" else {}
        stands = {"state": state, "reason": name, "priority": 4, "payload": payload or sa.null()}
        message_id = write("message", **once, **instants, **claim, **lease, **arrived, **stands)
        write("delivery", channel_id=channel, message_id=message_id, state=state, reason=name, **theirs)
        if payload:
            of_file = {"message_id": message_id, "position": 0, "digest": "d", "name": "chart.png", "alt": "a chart"}
            connection.execute(sa.insert(old.tables["enclosed"]).values(**of_file))
    write("delivery", channel_id=99, state="suppressed", **theirs)


@pytest.fixture
async def upgraded(url: str, keep) -> Store:
    older = keep(Database(url))
    async with older.write() as connection:
        await connection.run_sync(schema._upgrade, "0002")
        await connection.run_sync(fill)
    await older.close()
    store = keep(Store(url))
    await store.open(migrate=True)
    return store


async def rows(store: Store, table: str, *columns: str) -> list[tuple]:
    statement = sa.text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")  # noqa: S608 - our own words
    async with store.database.read() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


async def test_every_message_and_delivery_stands_as_it_stood(upgraded: Store):
    as_it_was = [(n, name, state) for n, (name, (state, *_)) in enumerate(MESSAGES.items(), 11)]
    assert await rows(upgraded, "message", "channel_id", "reason", "state") == as_it_was
    deliveries = await rows(upgraded, "delivery", "channel_id", "reason", "state")
    assert deliveries == [*as_it_was, (99, "", "suppressed")]
    counts = await upgraded.outbox.counts()
    assert counts.pop("computed") == sum(counts.values()) == len(MESSAGES) + 1
    facts = await rows(upgraded, "message", "channel_id", "kind", "identity", "rank")
    assert facts[0] == (11, "alert", "alert 1 11", 1_000_000)


async def test_what_may_have_arrived_is_known_to_and_goes_out_as_it_was(upgraded: Store):
    claimed = await upgraded.outbox.claim(20, NOW, LEASE_S)
    by_name = {list(MESSAGES)[message.channel_id - 11]: message for message in claimed}
    assert sorted(by_name) == sorted(UNDER_WAY)
    assert {name for name, message in by_name.items() if message.maybe_sent_at is not None} == MAY_HAVE_ARRIVED
    for name, message in by_name.items():
        _, attempt, payload = MESSAGES[name]
        assert (message.kind, message.payload, message.attempt) == (MessageKind.ALERT, payload, attempt + 1)
        assert message.maybe_sent_at in {None, CLAIMED}
        assert message.nonce == f"nonce {message.channel_id}"
        assert [file.name for file in message.attachments] == (["chart.png"] if payload else [])
        assert [stored.event for stored in message.events] == [an_event()]
        assert await sent(upgraded, message, at=NOW)
    assert await upgraded.outbox.claim(20, NOW, LEASE_S) == []


async def test_what_has_ended_is_told_of_no_more_and_keeps_neither_content_nor_files(upgraded: Store):
    assert await upgraded.outbox.gather_missed(NOW, EXPIRES) == 0
    ended = [row for row in await rows(upgraded, "message", "channel_id", "state", "payload") if row[0] > 16]
    assert [(state, payload) for _, state, payload in ended] == [
        (state, None) for state in ("sent", "expired", "suppressed", "dead")
    ]
    assert len(await rows(upgraded, "enclosed", "message_id")) == len(MAY_HAVE_ARRIVED)
    for message in await upgraded.outbox.claim(20, NOW, LEASE_S):
        await sent(upgraded, message, at=NOW)
    assert await rows(upgraded, "attachment", "digest") == []


async def test_a_sent_alert_of_the_release_before_can_be_taken_back(upgraded: Store):
    run = await upgraded.runs.start("session", SESSION + timedelta(days=1), NOW)
    assert run is not None
    await upgraded.ledger.record(run, [], [], at=NOW, gone=[an_event().identity], until=EXPIRES)
    replies = [m for m in await upgraded.outbox.claim(20, NOW, LEASE_S) if m.kind is MessageKind.RETRACTION]
    assert [(reply.channel_id, reply.replies_to) for reply in replies] == [(17, 700)]
