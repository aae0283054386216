from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.records import Attachment, Outbound, Planned, Recorded
from bot.store.store import Store
from signals.types import Event

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
EXPIRES = AT + timedelta(days=1)
SESSION = date(2025, 8, 6)
LEASE_S = 60.0


def an_event(subject: str = "^RUT", kind: str = "golden_cross", session: date = SESSION) -> Event:
    values = {"close": 2221.29, "gap_pct": None, "flat_sessions": 3}
    return Event("cross", kind, subject, session, 1, {"fast": 50, "slow": 200}, values)


def planned(event: Event, channel_id: int = 11, **given) -> Planned:
    plan = {"identity": event.identity, "route_id": 1, "guild_id": 1, "channel_id": channel_id, "why": "it asked"}
    return Planned(**{**plan, "priority": 5, "expires_at": EXPIRES, **given})


async def record(store: Store, *plans: Planned, events: tuple[Event, ...] = (), session: date = SESSION) -> Recorded:
    run = await store.runs.start("session", session, AT)
    assert run is not None
    recorded = await store.ledger.record(run, events, plans, at=AT)
    assert recorded is not None
    return recorded


async def claim(store: Store, now: datetime = AT, limit: int = 10) -> list[Outbound]:
    return await store.outbox.claim(limit, now, LEASE_S)


async def states(store: Store) -> dict[str, int]:
    """Return what is not zero, having checked that nothing was lost on the way."""
    counts = await store.outbox.counts()
    assert counts["computed"] == sum(n for state, n in counts.items() if state != "computed")
    return {state: n for state, n in counts.items() if n and state != "computed"}


async def test_a_recorded_event_can_be_claimed_with_all_a_sender_needs(store: Store):
    event = an_event()
    assert await record(store, planned(event), events=(event,)) == Recorded(events=1, deliveries=1)
    [message] = await claim(store)
    assert [stored.event for stored in message.events] == [event]
    assert message.events[0].found_at == AT
    assert (message.whys, message.channel_id, message.guild_id, message.session) == (("it asked",), 11, 1, SESSION)
    assert (message.attempt, message.expires_at, message.payload) == (1, EXPIRES, None)
    assert 10 <= len(message.nonce) <= 25
    assert await states(store) == {"claimed": 1}


async def test_one_message_per_channel_and_run_gathers_all_its_events(store: Store):
    events = (an_event("^RUT"), an_event("IWM"), an_event("STRL"))
    await record(store, *(planned(event, channel) for event in events for channel in (11, 12)), events=events)
    messages = await claim(store)
    assert [len(message.events) for message in messages] == [3, 3]
    assert len({message.nonce for message in messages}) == 2
    assert await states(store) == {"claimed": 6}


async def test_an_event_found_twice_is_stored_and_planned_once(store: Store):
    event, late = an_event(), an_event("IWM")
    await record(store, planned(event), events=(event,))
    second = await record(
        store, planned(event), planned(late), events=(event, late), session=SESSION + timedelta(days=1)
    )
    assert second == Recorded(events=1, deliveries=1)
    assert await states(store) == {"pending": 2}
    assert [stored.event.subject for stored in await store.ledger.latest()] == ["IWM", "^RUT"]
    assert await store.ledger.latest(signal="smallcap") == []


async def test_a_run_taken_over_by_another_records_nothing(store: Store):
    event = an_event()
    old = await store.runs.start("session", SESSION, AT)
    await store.runs.start("session", SESSION, AT)
    assert old is not None
    assert await store.ledger.record(old, [event], [planned(event)], at=AT) is None
    assert await states(store) == {}
    assert await store.ledger.latest() == []


async def test_a_transaction_that_fails_leaves_nothing_behind(store: Store):
    event = an_event()
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    with pytest.raises(ValueError, match="no time zone"):
        await store.ledger.record(run, [event], [planned(event, expires_at=AT.replace(tzinfo=None))], at=AT)
    assert await store.ledger.latest() == []
    assert await store.runs.missing("session", [SESSION]) == [SESSION]
    assert await store.ledger.record(run, [event], [planned(event)], at=AT) == Recorded(1, 1)


async def test_a_suppressed_delivery_is_counted_and_never_sent(store: Store):
    event = an_event()
    await record(store, planned(event, suppressed="silenced"), events=(event,))
    assert await claim(store) == []
    assert await states(store) == {"suppressed": 1}


async def test_a_claimed_message_is_not_claimed_again_until_its_lease_lapses(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    assert await claim(store, AT + timedelta(seconds=LEASE_S - 1)) == []
    [second] = await claim(store, AT + timedelta(seconds=LEASE_S))
    assert (second.nonce, second.attempt) == (first.nonce, 2)
    assert second.lease != first.lease


async def test_who_has_lost_the_lease_can_settle_nothing(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    [second] = await claim(store, AT + timedelta(seconds=LEASE_S))
    assert not await store.outbox.freeze(first.id, first.lease, {"content": "a"})
    assert not await store.outbox.sent(first.id, first.lease, 1, AT)
    assert not await store.outbox.retry(first.id, first.lease, AT, "?")
    assert not await store.outbox.dead(first.id, first.lease, "?")
    assert not await store.outbox.expired(first.id, first.lease, "?")
    assert await store.outbox.sent(second.id, second.lease, 1, AT)
    assert await states(store) == {"sent": 1}


async def test_the_content_is_frozen_once_and_every_later_claim_gets_it(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    chart = Attachment("chart.png", b"\x89PNG", "a chart")
    assert await store.outbox.freeze(first.id, first.lease, {"content": "grüß"}, [chart])
    assert not await store.outbox.freeze(first.id, first.lease, {"content": "other"})
    [second] = await claim(store, AT + timedelta(seconds=LEASE_S))
    assert (second.payload, second.attachments) == ({"content": "grüß"}, (chart,))


async def test_a_picture_in_two_messages_is_kept_until_both_have_ended(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    chart = Attachment("chart.png", b"\x89PNG", "a chart")
    for message in await claim(store):
        assert await store.outbox.freeze(message.id, message.lease, {}, [chart])
    one, two = await claim(store, AT + timedelta(seconds=LEASE_S))
    await store.outbox.sent(one.id, one.lease, 1, AT)
    assert await kept(store) == 1
    await store.outbox.sent(two.id, two.lease, 2, AT)
    assert await kept(store) == 0


async def kept(store: Store) -> int:
    import sqlalchemy as sa

    async with store.database.read() as connection:
        return await connection.scalar(sa.text("SELECT COUNT(*) FROM attachment"))


async def test_a_retry_waits_and_keeps_its_reason_out_of_the_way_of_others(store: Store):
    events = (an_event(), an_event("IWM"))
    await record(store, planned(events[0], 11), planned(events[1], 12), events=events)
    first, second = await claim(store)
    later = AT + timedelta(seconds=30)
    assert await store.outbox.retry(first.id, first.lease, later, "503")
    assert await store.outbox.sent(second.id, second.lease, 7, AT)
    assert await claim(store) == []
    assert await store.outbox.next_due() == later
    [again] = await claim(store, later)
    assert (again.id, again.attempt) == (first.id, 2)


async def test_a_channel_gets_its_messages_in_order_even_when_the_first_is_delayed(store: Store):
    for day in (0, 1):
        event = an_event(session=SESSION + timedelta(days=day))
        await record(store, planned(event), events=(event,), session=event.session)
    [first] = await claim(store)
    assert first.session == SESSION
    await store.outbox.retry(first.id, first.lease, AT + timedelta(seconds=5), "503")
    assert await claim(store) == []
    assert await store.outbox.next_due() == AT + timedelta(seconds=5)
    [first] = await claim(store, AT + timedelta(seconds=5))
    await store.outbox.sent(first.id, first.lease, 1, AT)
    [second] = await claim(store, AT + timedelta(seconds=5))
    assert second.session == SESSION + timedelta(days=1)


async def test_the_most_important_go_first(store: Store):
    events = tuple(an_event(subject) for subject in "ABC")
    plans = (planned(event, 11 + n, priority=(3, 5, 4)[n]) for n, event in enumerate(events))
    await record(store, *plans, events=events)
    assert [message.channel_id for message in await claim(store, limit=2)] == [12, 13]


async def test_what_is_too_old_expires_and_says_so(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), planned(event, 13), events=(event,))
    [crashed] = await store.outbox.claim(1, EXPIRES - timedelta(seconds=2), 1.5)
    [kept_up] = await store.outbox.claim(1, EXPIRES - timedelta(seconds=1), LEASE_S)
    assert await claim(store, EXPIRES) == []
    assert await store.outbox.expire(EXPIRES) == 2
    assert crashed.id != kept_up.id
    assert await store.outbox.sent(kept_up.id, kept_up.lease, 1, EXPIRES)
    assert await states(store) == {"expired": 2, "sent": 1}


async def test_a_removed_route_keeps_back_what_waits_for_it(store: Store):
    routes = [
        await store.routes.add(guild_id=1, channel_id=11, signal=signal, subjects=(), by=7, at=AT)
        for signal in ("cross", "smallcap")
    ]
    events = (an_event(), an_event("IWM"))
    plans = [planned(event, 11, route_id=route.id) for event, route in zip(events, routes, strict=True)]
    await record(store, *plans, events=events)
    await store.routes.remove(guild_id=1, channel_id=11, signal="cross")
    assert await states(store) == {"suppressed": 1, "pending": 1}
    [message] = await claim(store)
    assert [stored.event.subject for stored in message.events] == ["IWM"]


async def test_a_message_that_has_lost_all_its_events_is_never_sent(store: Store):
    route = await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    event = an_event()
    await record(store, planned(event, 11, route_id=route.id), events=(event,))
    await store.routes.remove(guild_id=1, channel_id=11)
    assert await claim(store) == []
    assert await store.outbox.next_due() is None
    assert await states(store) == {"suppressed": 1}


async def test_two_senders_never_hold_the_same_message(url: str, store: Store, keep):
    other = keep(Store(url))
    await other.open()
    events = tuple(an_event(f"S{n}") for n in range(60))
    await record(store, *(planned(event, 100 + n) for n, event in enumerate(events)), events=events)
    claimed: list[int] = []

    async def empty(which: Store) -> None:
        while messages := await which.outbox.claim(3, AT, LEASE_S):
            claimed.extend(message.id for message in messages)
            for message in messages:
                assert await which.outbox.sent(message.id, message.lease, message.id, AT)

    while (await store.outbox.counts())["pending"]:
        await asyncio.gather(*(empty(which) for which in (store, other, store, other)))
    assert len(claimed) == len(set(claimed)) == 60
    assert await states(store) == {"sent": 60}
