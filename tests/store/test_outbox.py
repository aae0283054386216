from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from bot.records import Attachment, DeliveryState, Recorded
from bot.store.store import Store
from tests.store.outbox_steps import (
    AT,
    EXPIRES,
    LEASE_S,
    SESSION,
    an_event,
    back,
    claim,
    end,
    ending,
    freeze,
    planned,
    record,
    sent,
    states,
)


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
    with pytest.raises(IntegrityError):  # the last rows to be written are refused
        await store.ledger.record(run, [event], [planned(event, why=None)], at=AT)
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
    assert not await freeze(store, first, {"content": "a"})
    for state in (DeliveryState.SENT, DeliveryState.PENDING, DeliveryState.DEAD, DeliveryState.EXPIRED):
        assert not await end(store, first, state)
    assert not await store.destinations.switch_off(first, "?", AT, notice_text="?")
    assert await sent(store, second)
    assert await states(store) == {"sent": 1}


async def test_the_content_is_frozen_once_and_every_later_claim_gets_it(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    chart = Attachment("chart.png", b"\x89PNG", "a chart")
    assert await freeze(store, first, {"content": "grüß"}, chart)
    assert not await freeze(store, first, {"content": "other"})
    [second] = await claim(store, AT + timedelta(seconds=LEASE_S))
    assert (second.payload, second.attachments) == ({"content": "grüß"}, (chart,))


async def test_a_picture_in_two_messages_is_kept_until_both_have_ended(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    chart = Attachment("chart.png", b"\x89PNG", "a chart")
    for message in await claim(store):
        assert await freeze(store, message, {}, chart)
    one, two = await claim(store, AT + timedelta(seconds=LEASE_S))
    await sent(store, one, 1, AT)
    assert await kept(store) == 1
    await sent(store, two, 2, AT)
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
    assert await back(store, first, later)
    assert await sent(store, second, 7, AT)
    assert await claim(store) == []
    assert await store.outbox.next_due(AT) == later
    [again] = await claim(store, later)
    assert (again.id, again.attempt) == (first.id, 2)


async def test_a_channel_gets_its_messages_in_order_even_when_the_first_is_delayed(store: Store):
    for day in (0, 1):
        event = an_event(session=SESSION + timedelta(days=day))
        await record(store, planned(event), events=(event,), session=event.session)
    [first] = await claim(store)
    assert first.session == SESSION
    await back(store, first, AT + timedelta(seconds=5))
    assert await claim(store) == []
    assert await store.outbox.next_due(AT) == AT + timedelta(seconds=5)
    [first] = await claim(store, AT + timedelta(seconds=5))
    await sent(store, first, 1, AT)
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
    assert await sent(store, kept_up, 1, EXPIRES)
    assert await states(store) == {"expired": 2, "sent": 1}


async def test_a_removed_route_keeps_back_what_waits_for_it(store: Store):
    routes = [
        await store.routes.add(guild_id=1, channel_id=11, signal=signal, subjects=(), by=7, at=AT)
        for signal in ("cross", "smallcap")
    ]
    events = (an_event(), an_event("IWM"))
    plans = [planned(event, 11, route_id=route.id) for event, route in zip(events, routes, strict=True)]
    await record(store, *plans, events=events)
    await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT, signal="cross")
    assert await states(store) == {"suppressed": 1, "pending": 1}
    [message] = await claim(store)
    assert [stored.event.subject for stored in message.events] == ["IWM"]


async def test_a_message_that_has_lost_all_its_events_is_never_sent(store: Store):
    route = await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    event = an_event()
    await record(store, planned(event, 11, route_id=route.id), events=(event,))
    await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT)
    assert await claim(store) == []
    assert await store.outbox.next_due(AT) is None
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
                assert await sent(which, message, message.id, AT)

    while (await store.outbox.counts())["pending"]:
        await asyncio.gather(*(empty(which) for which in (store, other, store, other)))
    assert len(claimed) == len(set(claimed)) == 60
    assert await states(store) == {"sent": 60}


async def test_a_claim_that_may_have_arrived_is_claimed_past_its_time_so_that_it_is_found_out(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    assert first.maybe_sent_at is None, "nobody can have sent it yet"
    assert await freeze(store, first, {"content": "a"})
    late = EXPIRES + timedelta(hours=1)
    assert await store.outbox.expire(late) == 0
    [again] = await claim(store, late)
    assert again.maybe_sent_at == AT
    assert await end(store, again, DeliveryState.EXPIRED, late, reason="it may have arrived")
    assert await states(store) == {"expired": 1}


async def test_a_claim_given_back_untried_is_as_good_as_new(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [first] = await claim(store)
    await freeze(store, first, {"content": "a"})
    assert await back(store, first, AT)
    [again] = await claim(store)
    assert (again.maybe_sent_at, again.payload) == (None, {"content": "a"})


async def test_every_guild_has_a_turn_before_any_has_its_second(store: Store):
    event = an_event()
    large = [planned(event, 100 + n, guild_id=1) for n in range(3)]
    small = [planned(event, 200 + n, guild_id=2 + n) for n in range(2)]
    await record(store, *large, *small, events=(event,))
    assert [message.channel_id for message in await claim(store)] == [100, 200, 201, 101, 102]


async def test_settling_many_ends_those_whose_lease_holds_and_says_which(store: Store):
    event = an_event()
    await record(store, *(planned(event, 100 + n) for n in range(4)), events=(event,))
    messages = await claim(store)
    stolen = await claim(store, AT + timedelta(seconds=LEASE_S), limit=1)
    held = await store.outbox.settle(
        [ending(message, DeliveryState.SENT, discord_id=message.id) for message in messages]
    )
    assert held == {message.id for message in messages} - {stolen[0].id}
    assert await states(store) == {"sent": 3, "claimed": 1}


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.EXPIRED, DeliveryState.DEAD])
async def test_what_has_ended_keeps_neither_content_nor_files(store: Store, state: DeliveryState):
    event = an_event()
    await record(store, *(planned(event, channel) for channel in (11, 12)), events=(event,))
    ended, waiting = await claim(store)
    for message in (ended, waiting):
        await freeze(store, message, {"content": "a"}, Attachment("chart.png", message.nonce.encode(), "a chart"))
    await end(store, ended, state)
    await back(store, waiting, AT)
    [again] = await claim(store)
    assert (again.id, again.payload, len(again.attachments)) == (waiting.id, {"content": "a"}, 1)
    assert await kept(store) == 1
    assert await composed(store) == [waiting.id]


async def test_what_expires_while_it_waits_keeps_neither_content_nor_files(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [message] = await claim(store)
    await freeze(store, message, {"content": "a"}, Attachment("chart.png", b"\x89PNG", "a chart"))
    await back(store, message, AT)
    assert await store.outbox.expire(EXPIRES) == 1
    assert await kept(store) == 0
    assert await composed(store) == []


async def composed(store: Store) -> list[int]:
    import sqlalchemy as sa

    async with store.database.read() as connection:
        return list((await connection.execute(sa.text("SELECT id FROM message WHERE payload IS NOT NULL"))).scalars())


async def test_possible_duplicates_are_counted(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    first, second = await claim(store)
    await end(store, first, DeliveryState.SENT, discord_id=1, is_possible_duplicate=True)
    await sent(store, second)
    assert await store.outbox.possible_duplicates() == 1
    assert await store.outbox.messages() == {
        "alert": {"sent": 2},
        "digest": {},
        "retraction": {},
        "notice": {},
        "daily": {},
        "paper": {},
    }
