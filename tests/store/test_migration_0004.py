"""A database of the release before learns what people decide; what stands in it stays as it stood."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.people import Cadence, Edit, GuildSettings, Noun
from bot.records import Address, MessageKind, Route
from bot.store import schema
from bot.store.database import Database
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, LEASE_S, SESSION, an_event, planned, record, sent

DUE = AT + timedelta(minutes=5)
NOW = AT + timedelta(hours=1)
KINDS = ("alert", "digest", "retraction", "notice")
SAME = {
    "message": ("id", "identity", "kind", "state", "channel_id", "nonce", "rank", "replies_to", "discord_id"),
    "delivery": ("id", "event_id", "message_id", "follow_up_id", "retraction_id", "route_id", "state", "why"),
    "destination": ("channel_id", "guild_id", "off_since", "reason"),
    "notice": ("id", "identity", "state", "message_id", "text", "about_channel_id"),
}
"""What a migration has no business with."""


def fill(connection: sa.Connection) -> None:
    """Write what the program of 0003 leaves behind: settings, and one message of each kind, referring to others."""
    old = sa.MetaData()
    old.reflect(connection)

    def write(table: str, **values: object) -> int:
        [key] = connection.execute(sa.insert(old.tables[table]).values(**values)).inserted_primary_key or [0]
        return key

    event = an_event()
    write("guild", id=1, first_seen=AT)
    routed = {"guild_id": 1, "channel_id": 11, "subjects": ["^RUT"], "created_by": 7, "created_at": AT}
    write("route", signal="removed", **routed)
    connection.execute(sa.delete(old.tables["route"]))
    route_id = write("route", signal="cross", **routed)
    threshold = {"guild_id": 1, "signal": "cross", "name": "slow", "value": 150, "set_by": 7, "set_at": AT}
    connection.execute(sa.insert(old.tables["threshold"]).values(**threshold))
    run_id = write("run", job="session", session=SESSION, state="finished", attempt=1, started_at=AT, computed=1)
    found = {"session": SESSION, "version": 1, "thresholds": dict(event.thresholds), "values": dict(event.values)}
    names = {"identity": event.identity, "signal": event.signal, "kind": event.kind, "subject": event.subject}
    event_id = write("event", run_id=run_id, found_at=AT, **found, **names)
    messages: dict[str, int] = {}
    for kind in KINDS:
        once = {"identity": f"{kind} 1", "nonce": f"nonce {kind}", "kind": kind, "run_id": run_id, "session": SESSION}
        place = {"guild_id": 1, "channel_id": 12 if kind == "notice" else 11, "priority": 4, "rank": 1_000_000}
        instants = {"created_at": AT, "due_at": DUE, "expires_at": EXPIRES}
        stands: dict[str, Any] = {"state": "pending", "payload": {"content": kind}, "attempt": 0}
        if kind == "alert":
            stands = {"state": "sent", "payload": sa.null(), "discord_id": 700, "sent_at": AT}
        if kind == "retraction":
            stands["replies_to"] = messages["alert"]
        messages[kind] = write("message", **once, **place, **instants, **stands)
    told = {
        "message_id": messages["alert"],
        "follow_up_id": messages["digest"],
        "retraction_id": messages["retraction"],
    }
    asked = {"event_id": event_id, "channel_id": 11, "guild_id": 1, "route_id": route_id, "why": "it asked"}
    write("delivery", **told, **asked, state="sent", expires_at=EXPIRES)
    stands = {"state": "addressed", "message_id": messages["notice"], "created_at": AT}
    write("notice", identity="off 11 by 1", run_id=run_id, guild_id=1, about_channel_id=11, text="tell them", **stands)
    write("notice", identity="off 12 by 2", run_id=run_id, guild_id=1, text="waits", state="waiting", created_at=AT)
    write("destination", channel_id=12, guild_id=1, off_since=AT, reason="it is gone")


async def rows(database: Database, table: str, *columns: str) -> list[tuple]:
    statement = sa.text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")  # noqa: S608 - our own words
    async with database.read() as connection:
        return [tuple(row) for row in await connection.execute(statement)]


@pytest.fixture
async def before(url: str, keep) -> dict[str, list[tuple]]:
    """Return the rows that must stay as they are, as 0003 wrote them."""
    older = keep(Database(url))
    async with older.migrate() as connection:
        await connection.run_sync(schema._upgrade, "0003")
        await connection.run_sync(fill)
    found = {table: await rows(older, table, *columns) for table, columns in SAME.items()}
    await older.close()
    return found


@pytest.fixture
async def upgraded(url: str, before, keep) -> Store:
    store = keep(Store(url))
    await store.open(migrate=True)
    return store


async def test_every_row_and_every_reference_stands_as_it_stood(upgraded: Store, before):
    assert len(before["message"]) == len(KINDS)
    assert {table: await rows(upgraded.database, table, *columns) for table, columns in SAME.items()} == before
    counts = await upgraded.outbox.counts()
    assert (counts["computed"], counts["sent"]) == (1, 1)


async def test_a_route_goes_on_as_it_was_at_once_and_without_a_ping(upgraded: Store):
    [route] = await upgraded.routes.all()
    assert route == Route(route.id, 1, 11, "cross", ("^RUT",), 7, AT, 1, None, Cadence.INSTANT, None)
    assert await upgraded.thresholds.of(1, "cross") == {"slow": 150}
    assert await upgraded.configuration.settings(1) == GuildSettings(1)
    assert await upgraded.configuration.audit(1) == []
    assert await upgraded.guilds.present() == [1]


async def test_the_numbers_of_removed_rows_are_still_not_given_out_again(upgraded: Store):
    [route] = await upgraded.routes.all()
    assert route.id == 2, "the first was removed before"
    await upgraded.routes.remove(guild_id=1, channel_id=11, by=7, at=AT)
    again = await upgraded.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    assert again.id == 3


async def test_what_waited_is_due_as_before_and_goes_out(upgraded: Store):
    async with upgraded.database.read() as connection:
        early = await connection.scalar(sa.text("SELECT COUNT(*) FROM message WHERE not_before <> created_at"))
    assert early == 0
    assert await upgraded.outbox.next_due(AT) == DUE
    gone: list[tuple[MessageKind, Any, int | None]] = []
    while claimed := await upgraded.outbox.claim(10, NOW, LEASE_S):
        for message in claimed:
            assert (message.role_id, message.mentions) == (None, ())
            gone.append((message.kind, message.payload, message.replies_to))
            assert await sent(upgraded, message, message.id, NOW)
    assert gone == [
        (MessageKind.DIGEST, {"content": "digest"}, None),
        (MessageKind.RETRACTION, {"content": "retraction"}, 700),
    ], "the notice waits for its destination, which is off"


async def test_a_notice_to_moderators_is_still_one(upgraded: Store):
    [notice] = await upgraded.notices.waiting()
    assert (notice.text, notice.user_id, notice.to_channel_id) == ("waits", None, None)
    assert await upgraded.notices.address(notice, Address(13), NOW, EXPIRES)


async def test_what_is_new_can_be_stored(upgraded: Store):
    await upgraded.configuration.change(
        guild_id=1, by=7, at=AT, action="more", edits=[Edit(Noun.THRESHOLD, "cross slow", {"value": 160})]
    )
    [change] = await upgraded.configuration.audit(1)
    assert change.edits[0].before == {"value": 150}
    event = an_event(session=SESSION + timedelta(days=1))
    daily = planned(event, 21, not_before=EXPIRES, is_daily=True)
    await record(upgraded, daily, events=(event,), session=event.session)
    assert (await upgraded.outbox.messages())["daily"] == {"pending": 1}
