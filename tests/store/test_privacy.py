"""Everything of one member can be had and deleted, wherever it is; the proof looks into every table and column."""

from __future__ import annotations

import json
from datetime import time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.people import DIRECT, THE_BOT, Edit, Noun, Preferences, Snooze, Subscription
from bot.records import Address, Attachment, DeliveryState, MessageKind
from bot.store.privacy import NAMED
from bot.store.store import Store
from bot.store.tables import change
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, end, freeze, planned, record, sent, states

ANN, BOB = 501234567890123456, 602234567890123456
HERE = 11
WEEK = AT + timedelta(days=7)
TOMORROW, DAY_AFTER = AT + timedelta(days=1), AT + timedelta(days=2)


def wish(user_id: int, **given) -> Subscription:
    asked = {"guild_id": 1, "signal": "cross", "subject": "", "channel_id": DIRECT, "asked_in": HERE, "created_at": AT}
    return Subscription(**{"id": 0, "user_id": user_id, **asked, **given})


async def decide(store: Store, user_id: int) -> Subscription:
    """Let a member say everything that a member can say, and moderate as well."""
    await store.members.prefer(Preferences(user_id, quiet_from=time(22), quiet_to=time(6)), AT)
    await store.members.snooze(Snooze(user_id, "smallcap", AT))
    await store.members.watch(user_id, ["STRL"], AT)
    await store.members.subscribe(wish(user_id, channel_id=HERE))
    await store.ratings.rate(guild_id=1, user_id=user_id, symbol="STRL", stars=5, at=AT)
    await store.memberships.checked(1, user_id, AT, is_there=True)
    key = f"{HERE if user_id == ANN else 12}"
    edits = [
        Edit(Noun.ROUTE, f"{key} cross", {"subjects": []}),
        Edit(Noun.THRESHOLD, f"cross n{key}", {"value": 150}),
        Edit(Noun.SILENCE, f"cross S{key}", {"until": WEEK.isoformat()}),
        Edit(Noun.ORDER, f"{key} smallcap", {"rhythm": "daily"}),
        Edit(Noun.KEYWORD, f"words of {key}", {"paper": "smallcap"}),
    ]
    await store.configuration.change(guild_id=1, by=user_id, at=AT, action="set everything", edits=edits)
    return await store.members.subscribe(wish(user_id))


def direct(event, subscription: Subscription, **given):
    to = {"route_id": None, "subscription_id": subscription.id, "is_direct": True}
    return planned(event, subscription.user_id, **{**to, **given})


async def tell(store: Store, *subscriptions: Subscription) -> None:
    """Tell the members of events in every way there is: sent, taken back, missed, composed, waiting, kept back."""
    first, second, third = (an_event(session=SESSION + timedelta(days=n)) for n in range(3))
    mentioned = planned(first, HERE, mentions=(ANN, BOB))
    await record(store, *(direct(first, each) for each in subscriptions), mentioned, events=(first,))
    for message in await claim(store):
        await freeze(store, message, {"content": "it crossed"}, Attachment("chart.png", b"\x89PNG", "a chart"))
        await sent(store, message, message.id)
    kept_back = [direct(second, each, suppressed="they are asleep") for each in subscriptions]
    late = an_event("IWM", session=second.session)
    missed = [direct(late, each, expires_at=AT) for each in subscriptions]
    await record(store, *kept_back, *missed, events=(second, late), session=second.session, at=TOMORROW)
    await store.outbox.gather_missed(TOMORROW, WEEK)
    [digest, *_] = await claim(store, TOMORROW)
    assert digest.kind is MessageKind.DIGEST
    waiting = [direct(third, each, not_before=WEEK, is_daily=True, expires_at=WEEK) for each in subscriptions]
    mentioned = planned(third, HERE, mentions=(ANN, BOB), expires_at=WEEK)
    given = {"session": third.session, "at": DAY_AFTER, "gone": [first.identity], "until": WEEK}
    await record(store, *waiting, mentioned, events=(third,), **given)
    for message in await claim(store, DAY_AFTER):
        pinged = " ".join(f"<@{user}>" for user in message.mentions)
        pings = {"role": None, "users": list(message.mentions)}
        await freeze(store, message, {"content": pinged, "plain": f"{pinged}\nit crossed", "pings": pings})


@pytest.fixture
async def full(store: Store) -> Store:
    """A store in which both members have left traces in every place there is."""
    subscriptions = [await decide(store, user) for user in (ANN, BOB)]
    await tell(store, *subscriptions)
    await refuse(store, ANN)
    return store


async def refuse(store: Store, user_id: int) -> None:
    """Let the member's direct messages be refused, and compose the notice that says so where they asked."""
    event = an_event("AAON", session=SESSION + timedelta(days=3))
    alert = direct(event, wish(user_id), subscription_id=None, expires_at=WEEK)
    at = AT + timedelta(days=3)
    await record(store, alert, events=(event,), session=event.session, at=at)
    await store.outbox.expire(at)
    messages = {message.kind: message for message in await claim(store, at) if message.channel_id == user_id}
    refused = messages[MessageKind.ALERT] if MessageKind.ALERT in messages else next(iter(messages.values()))
    words = f"<@{user_id}>, your direct messages are closed"
    await store.destinations.switch_off(refused, f"{user_id} refuses them", at, notice_text=words)
    [notice] = [each for each in await store.notices.waiting() if each.user_id == user_id]
    assert await store.notices.address(notice, Address(HERE), at, WEEK)


async def traces(store: Store, *needles: int) -> dict[str, list[str]]:
    """Return where a number stands: every column of every table, as text."""
    found: dict[str, list[str]] = {}
    async with store.database.read() as connection:
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        for name in tables:
            for row in await connection.execute(sa.text(f'SELECT * FROM "{name}"')):  # noqa: S608 - our own tables
                for column, value in row._mapping.items():
                    shown = value.decode("latin-1") if isinstance(value, bytes) else json.dumps(value, default=str)
                    if any(str(needle) in shown for needle in needles):
                        found.setdefault(name, []).append(column)
    return found


async def count(store: Store, table: str) -> int:
    async with store.database.read() as connection:
        return int(await connection.scalar(sa.text(f"SELECT COUNT(*) FROM {table}")) or 0)  # noqa: S608 - ours


MEMBERS_OWN = {"subscription", "preference", "snooze", "watch", "rating", "membership"}
TOLD = {"delivery", "message", "notice", "destination"}
MODERATED = {"route", "threshold", "silence", "change", "standing_order", "keyword"}


async def test_what_is_deleted_leaves_no_trace_in_any_column_of_any_table(full: Store):
    before = await traces(full, ANN)
    assert set(before) == MEMBERS_OWN | TOLD | MODERATED, "the proof must look for what is there"
    assert {"payload", "channel_id", "identity"} <= set(before["message"])
    assert {"mentions", "channel_id"} <= set(before["delivery"])
    of_bob = {name: len(columns) for name, columns in (await traces(full, BOB)).items()}
    assert await full.privacy.delete(ANN, WEEK) > 0
    assert await traces(full, ANN) == {}
    assert {name: len(columns) for name, columns in (await traces(full, BOB)).items()} == of_bob
    assert await full.privacy.delete(ANN, WEEK) == 0


async def test_what_runs_have_computed_is_the_sum_of_all_states_afterwards(full: Store):
    before = await full.outbox.counts()
    await full.privacy.delete(ANN, WEEK)
    after = await full.outbox.counts()
    assert after["computed"] < before["computed"]
    await states(full)
    async with full.database.read() as connection:
        fewer = await connection.execute(
            sa.text(
                "SELECT run.computed, COUNT(delivery.id) FROM run LEFT JOIN event ON event.run_id = run.id"
                " LEFT JOIN delivery ON delivery.event_id = event.id GROUP BY run.id, run.computed"
            )
        )
        assert all(computed == deliveries for computed, deliveries in fewer)


async def test_the_number_of_rows_is_told(full: Store):
    tables = [*MEMBERS_OWN, *TOLD]
    before = {name: await count(full, name) for name in tables}
    told = await full.privacy.delete(ANN, WEEK)
    after = {name: await count(full, name) for name in tables}
    assert told == sum(before.values()) - sum(after.values())


async def test_what_a_moderator_has_set_stays_and_so_does_the_audit_without_their_name(full: Store):
    set_before = await full.configuration.rows(1, AT)
    await full.privacy.delete(ANN, WEEK)
    assert await full.configuration.rows(1, AT) == set_before
    made = await full.configuration.audit(1)
    assert [(each.by, each.action, len(each.edits)) for each in made] == [
        (BOB, "set everything", 5),
        (THE_BOT, "set everything", 5),
    ]
    async with full.database.read() as connection:
        for table, name in [each for each in NAMED if each[0] is not change]:
            named = (await connection.execute(sa.select(table.c[name]))).scalars()
            assert set(named) == {THE_BOT, BOB}


async def test_others_are_told_and_mentioned_as_before(full: Store):
    await full.privacy.delete(ANN, WEEK)
    messages = await claim(full, AT + timedelta(days=3, hours=1))
    [here] = [message for message in messages if message.channel_id == HERE and message.kind is MessageKind.ALERT]
    assert here.mentions == (BOB,)
    assert here.payload == {
        "content": f"<@{BOB}>",
        "plain": f"<@{BOB}>\nit crossed",
        "pings": {"role": None, "users": [BOB]},
    }


async def test_a_message_that_is_being_sent_to_the_member_is_lost_to_its_sender(store: Store):
    mine = await store.members.subscribe(wish(ANN))
    event = an_event()
    await record(store, direct(event, mine), events=(event,))
    [message] = await claim(store)
    await freeze(store, message, {"content": "it crossed"}, Attachment("chart.png", b"\x89PNG", "a chart"))
    await store.privacy.delete(ANN, AT)
    assert not await sent(store, message)
    assert not await end(store, message, DeliveryState.PENDING)
    assert await claim(store, EXPIRES) == []
    assert await states(store) == {}
    assert [await count(store, name) for name in ("attachment", "enclosed", "message")] == [0, 0, 0]


async def test_a_notice_to_moderators_that_an_owner_was_told_of_looks_for_another_address(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [failed] = await claim(store)
    await store.destinations.switch_off(failed, "it is gone", AT, notice_text="tell them")
    [notice] = await store.notices.waiting()
    await store.notices.address(notice, Address(ANN, is_direct=True), AT, WEEK)
    await store.privacy.delete(ANN, AT)
    assert await traces(store, ANN) == {}
    assert [(again.text, again.tried) for again in await store.notices.waiting()] == [("tell them", 1)]


async def test_who_has_said_nothing_has_nothing_kept(store: Store):
    assert await store.privacy.delete(ANN, AT) == 0
    assert all(rows == [] for rows in (await store.privacy.export(ANN)).values())


async def test_the_export_holds_everything_that_is_kept_and_nothing_of_others(full: Store):
    exported: dict[str, Any] = json.loads(json.dumps(await full.privacy.export(ANN)))
    assert set(exported) == MEMBERS_OWN | TOLD | MODERATED | {"mentioned"}
    for name in MEMBERS_OWN | TOLD | MODERATED | {"mentioned"}:
        assert exported[name], f"nothing of {name} is exported"
    assert str(BOB) not in json.dumps(exported)
    assert {tuple(row["mentions"]) for row in exported["mentioned"]} == {(ANN,)}
    assert exported["preference"][0]["quiet_from"] == "22:00:00"
    assert {row["subject"] for row in exported["delivery"]} == {"^RUT", "IWM", "AAON"}
    assert {row["symbol"] for row in exported["watch"]} == {"STRL"}
