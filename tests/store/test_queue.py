"""Who goes first in a channel, and how the database finds that out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from bot.records import DeliveryState, MessageKind, Outbound
from bot.store.outbox import claimable
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, back, claim, end, freeze, planned, record, sent

LATER = EXPIRES + timedelta(days=2)
WEEK = LATER + timedelta(days=7)
RETRY = timedelta(minutes=1)


async def alert(store: Store, day: int, at=LATER) -> None:
    event = an_event(session=SESSION + timedelta(days=day))
    plan = planned(event, expires_at=at + timedelta(days=1))
    await record(store, plan, events=(event,), session=event.session, at=at)


async def a_digest(store: Store) -> None:
    event = an_event()
    await record(store, planned(event), events=(event,), at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)


async def fail(store: Store, times: int, now=LATER, **given) -> None:
    for n in range(times):
        [message] = await claim(store, now + n * RETRY)
        assert await end(store, message, DeliveryState.PENDING, due_at=now + (n + 1) * RETRY, **given)


async def test_a_digest_that_keeps_failing_holds_up_three_attempts_and_then_no_alert(store: Store):
    await a_digest(store)
    await alert(store, 1)
    await fail(store, 3)
    now = LATER + 2 * RETRY
    assert await claim(store, now) == []
    assert await store.outbox.next_due(now) == LATER + 3 * RETRY
    [digest] = await claim(store, LATER + 3 * RETRY)
    assert (digest.kind, digest.attempt) == (MessageKind.DIGEST, 4)
    assert await claim(store, LATER + 3 * RETRY) == [], "one at a time"
    await back(store, digest, WEEK - RETRY)
    assert await store.outbox.next_due(LATER + 3 * RETRY) == LATER
    assert [m.kind for m in await claim(store, LATER + 3 * RETRY)] == [MessageKind.ALERT]


async def test_a_doubt_past_its_time_holds_up_three_attempts_and_then_no_alert(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    await freeze(store, first, {"content": "perhaps"})
    await end(store, first, DeliveryState.PENDING, due_at=LATER, maybe_sent_at=AT)
    await alert(store, 1)
    await fail(store, 2, maybe_sent_at=AT)
    assert await claim(store, LATER + RETRY) == []
    await fail(store, 1, LATER + 2 * RETRY, maybe_sent_at=AT)
    [second] = await claim(store, LATER + 2 * RETRY)
    assert second.session == SESSION + timedelta(days=1)


async def test_an_alert_in_its_time_goes_before_the_next_however_often_it_fails(store: Store):
    await alert(store, 0)
    await alert(store, 1)
    await fail(store, 6)
    assert await claim(store, LATER + 5 * RETRY) == []
    assert await store.outbox.next_due(LATER) == LATER + 6 * RETRY


async def test_a_message_that_was_overtaken_waits_until_the_later_one_is_through(store: Store):
    await a_digest(store)
    await fail(store, 4)
    await alert(store, 1)
    both_due = LATER + 4 * RETRY
    [first] = await claim(store, both_due)
    assert first.kind is MessageKind.ALERT, "one per channel, the more important"
    assert await claim(store, both_due) == []
    assert await store.outbox.next_due(both_due) == both_due + timedelta(seconds=60)
    await sent(store, first)
    [digest] = await claim(store, both_due)
    assert digest.kind is MessageKind.DIGEST


async def attempts(store: Store, messages: list[Outbound], **given) -> list[int]:
    await store.outbox.settle([])
    for message in messages:
        await end(store, message, DeliveryState.PENDING, due_at=AT, **given)
    return [message.attempt for message in await claim(store)]


@pytest.mark.parametrize(("is_untried", "expected"), [(True, [1, 1]), (False, [2, 2])])
async def test_a_claim_under_which_nothing_was_asked_is_no_attempt(store: Store, *, is_untried: bool, expected):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    assert await attempts(store, await claim(store), is_untried=is_untried) == expected


async def test_no_message_has_had_less_than_no_attempt(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    messages = await claim(store)
    async with store.database.write() as connection:
        await connection.execute(sa.text("UPDATE message SET attempt = 0"))
    assert await attempts(store, messages, is_untried=True) == [1]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.EXPIRED, DeliveryState.PENDING])
async def test_a_possible_duplicate_is_counted_however_the_claim_ends(store: Store, state: DeliveryState):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [message] = await claim(store)
    await end(store, message, state, due_at=AT, is_possible_duplicate=True)
    assert await store.outbox.possible_duplicates() == 1


async def plan(store: Store, statement: sa.Select) -> list[str]:
    compiled = statement.compile(
        dialect=sqlite.dialect(paramstyle="named"), compile_kwargs={"render_postcompile": True}
    )
    asked = sa.text(f"EXPLAIN QUERY PLAN {compiled}").bindparams(**dict.fromkeys(compiled.params, 0))
    async with store.database.read() as connection:
        return [row.detail for row in await connection.execute(asked)]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_sqlite_finds_what_is_due_by_its_indexes(store: Store):
    for statement in claimable(AT):
        queue, *others = await plan(store, statement.limit(10))
        assert queue.startswith("SEARCH message USING INDEX ix_message_state_rank (state=?)")
        assert not [detail for detail in others if detail.startswith("SCAN") or "TEMP B-TREE" in detail]
        if others:
            assert "SEARCH other USING INDEX ix_message_channel_id_state (channel_id=? AND state=?)" in others


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_sqlite_finds_what_was_missed_by_its_index(store: Store):
    from bot.store.follow_ups import UNTOLD

    assert any("USING INDEX ix_delivery_untold" in detail for detail in await plan(store, UNTOLD))
