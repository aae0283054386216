"""Events that no longer hold, and routes that were removed, at every point on a message's way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.records import Attachment, DeliveryState, MessageKind, Outbound
from bot.store.store import Store
from signals.types import Event
from tests.store.outbox_steps import (
    AT,
    EXPIRES,
    LEASE_S,
    SESSION,
    an_event,
    back,
    claim,
    end,
    freeze,
    planned,
    record,
    sent,
    states,
)

LATER = EXPIRES + timedelta(days=2)
WEEK = LATER + timedelta(days=7)
CHART = Attachment("chart.png", b"\x89PNG", "a chart")


def day(n: int) -> date:
    return SESSION + timedelta(days=n)


def two() -> tuple[Event, Event]:
    return an_event("AAA"), an_event("BBB")


async def retract(store: Store, *events: Event, session: date | None = None, at=AT) -> int:
    gone = [event.identity for event in events]
    return (await record(store, session=session or day(1), gone=gone, until=WEEK, at=at)).retracted


async def composed(store: Store, *events: Event, at=AT, unsure=None, **given) -> Outbound:
    """Record `events` for one channel, compose their message, and let the first attempt fail."""
    await record(store, *(planned(event, **given) for event in events), events=events)
    [message] = await claim(store, at)
    assert await freeze(store, message, {"content": "as it was"}, CHART)
    assert await end(store, message, DeliveryState.PENDING, due_at=at, reason="503", maybe_sent_at=unsure)
    return message


def told(messages: list[Outbound]) -> list[tuple[MessageKind, list[str]]]:
    return [(message.kind, [stored.event.subject for stored in message.events]) for message in messages]


async def kept_files(store: Store) -> int:
    async with store.database.read() as connection:
        return await connection.scalar(sa.text("SELECT COUNT(*) FROM attachment"))


async def test_a_composed_message_still_tells_all_it_told_of_and_is_followed(store: Store):
    first, second = two()
    await composed(store, first, second)
    assert await retract(store, first) == 1
    assert await states(store) == {"pending": 2}
    [original] = await claim(store)
    assert told([original]) == [(MessageKind.ALERT, ["AAA", "BBB"])]
    await sent(store, original, discord_id=700)
    [reply] = await claim(store)
    assert (told([reply]), reply.replies_to) == ([(MessageKind.RETRACTION, ["AAA"])], 700)
    assert await states(store) == {"sent": 2}


@pytest.mark.parametrize("is_direct", [False, True])
async def test_a_message_that_may_have_arrived_is_found_out_and_followed(store: Store, *, is_direct: bool):
    event = an_event()
    await composed(store, event, unsure=AT, is_direct=is_direct)
    await retract(store, event)
    assert await states(store) == {"pending": 1}
    [original] = await claim(store)
    assert original.maybe_sent_at == AT
    await sent(store, original, discord_id=700)
    [reply] = await claim(store)
    assert (reply.kind, reply.replies_to, reply.is_direct) == (MessageKind.RETRACTION, 700, is_direct)


async def test_a_composed_message_that_surely_was_not_sent_and_has_nothing_left_is_kept_back_whole(store: Store):
    event = an_event()
    await composed(store, event)
    await retract(store, event)
    assert await claim(store) == []
    assert await states(store) == {"suppressed": 1}
    assert await kept_files(store) == 0


async def test_it_is_kept_back_too_once_its_last_event_falls(store: Store):
    first, second = two()
    await composed(store, first, second)
    await retract(store, first)
    await retract(store, second, session=day(2))
    assert await states(store) == {"suppressed": 2}
    [reply] = await claim(store)
    assert reply.replies_to is None, "so the courier keeps it back"


async def test_whoever_is_composing_an_event_that_falls_loses_the_claim(store: Store):
    first, second = two()
    await record(store, planned(first), planned(second), events=(first, second))
    [composing] = await claim(store)
    await retract(store, first)
    assert not await freeze(store, composing, {"content": "both"})
    [again] = await claim(store)
    assert (told([again]), again.attempt) == ([(MessageKind.ALERT, ["BBB"])], 1)
    await sent(store, again)
    assert await claim(store) == [], "nobody heard of it"
    assert await states(store) == {"sent": 1, "suppressed": 1}


async def test_a_digest_that_is_being_composed_loses_what_falls_and_is_not_composed_without_anything(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,), at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)
    [digest] = await claim(store, LATER)
    await retract(store, event, at=LATER)
    assert not await freeze(store, digest, {"content": "late"})
    assert await claim(store, LATER + timedelta(seconds=LEASE_S)) == []
    assert (await store.outbox.messages())["digest"] == {"suppressed": 1}


async def test_what_expires_after_it_was_taken_back_goes_into_no_digest(store: Store):
    first, second = two()
    await record(store, planned(first), planned(second), events=(first, second))
    [message] = await claim(store)
    await freeze(store, message, {"content": "both"})
    await retract(store, first)
    assert await end(store, message, DeliveryState.EXPIRED, LATER, reason="not sent in time")
    assert await store.outbox.gather_missed(LATER, WEEK) == 1
    reply, *_ = await claim(store, LATER)
    assert (reply.kind, reply.replies_to) == (MessageKind.RETRACTION, None)
    await end(store, reply, DeliveryState.SUPPRESSED)
    assert told(await claim(store, LATER)) == [(MessageKind.DIGEST, ["BBB"])]


async def frozen_digest(store: Store, *events: Event, **given) -> Outbound:
    await record(store, *(planned(event, **given) for event in events), events=events, at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)
    [digest] = await claim(store, LATER)
    await freeze(store, digest, {"content": "late"}, CHART)
    return digest


async def test_a_retraction_leaves_the_digest_whole(store: Store):
    first, second = two()
    digest = await frozen_digest(store, first, second)
    await retract(store, first, at=LATER)
    await back(store, digest, LATER)
    [digest] = await claim(store, LATER)
    assert told([digest]) == [(MessageKind.DIGEST, ["AAA", "BBB"])]
    await sent(store, digest, discord_id=800, at=LATER)
    [reply] = await claim(store, LATER)
    assert (told([reply]), reply.replies_to) == ([(MessageKind.RETRACTION, ["AAA"])], 800)
    assert [s.event.subject for s in await store.ledger.told_in(digest.id, 11)] == ["AAA", "BBB"]
    assert [s.event.subject for s in await store.ledger.told_in(reply.id, 11)] == ["AAA"]


async def test_a_composed_digest_with_nothing_left_is_kept_back_with_its_files(store: Store):
    event = an_event()
    digest = await frozen_digest(store, event)
    await back(store, digest, LATER)
    await retract(store, event, at=LATER)
    assert await claim(store, LATER) == []
    assert await kept_files(store) == 0


async def test_a_retraction_waits_for_its_original_however_often_that_has_failed(store: Store):
    event = an_event()
    digest = await frozen_digest(store, event)
    await end(store, digest, DeliveryState.PENDING, due_at=LATER, maybe_sent_at=LATER)
    for _ in range(6):
        [digest] = await claim(store, LATER)
        await end(store, digest, DeliveryState.PENDING, due_at=LATER, maybe_sent_at=LATER)
    await retract(store, event, at=LATER)
    [digest] = await claim(store, LATER)
    assert digest.kind is MessageKind.DIGEST
    await sent(store, digest, discord_id=800)
    [reply] = await claim(store, LATER)
    assert reply.replies_to == 800


async def test_the_whole_list_of_a_message_leaves_out_what_it_never_told_of(store: Store):
    first, second = two()
    await record(store, planned(first), planned(second), events=(first, second))
    await retract(store, first)
    [message] = await claim(store)
    await sent(store, message)
    assert [s.event.subject for s in await store.ledger.told_in(message.id, 11)] == ["BBB"]


async def test_an_event_told_in_many_channels_is_taken_back_in_each_with_few_statements(store: Store, statements):
    event = an_event()
    channels = range(100, 1300)
    await record(store, *(planned(event, channel) for channel in channels), events=(event,))
    for message in await claim(store, limit=2000):
        assert message.events
    async with store.database.write() as connection:
        await connection.execute(sa.text("UPDATE message SET payload = '{}'"))
    statements.clear()
    await retract(store, event)
    assert len(statements) < 60
    assert (await store.outbox.messages())["retraction"] == {"pending": 1200}


# Alerts off -------------------------------------------------------------------------------------------------------


async def routes(store: Store) -> list[int]:
    added = [
        await store.routes.add(guild_id=1, channel_id=11, signal=signal, subjects=(), by=7, at=AT)
        for signal in ("cross", "smallcap")
    ]
    return [route.id for route in added]


async def off(store: Store, signal: str | None = None) -> None:
    await store.routes.remove(guild_id=1, channel_id=11, by=7, at=AT, signal=signal)


async def test_alerts_off_stops_what_waits_for_a_digest(store: Store):
    cross, smallcap = await routes(store)
    first, second = two()
    plans = planned(first, route_id=cross), planned(second, route_id=smallcap)
    await record(store, *plans, events=(first, second), at=LATER)
    await off(store, "cross")
    assert await store.outbox.gather_missed(LATER, WEEK) == 1
    assert told(await claim(store, LATER)) == [(MessageKind.DIGEST, ["BBB"])]


@pytest.mark.parametrize("signal", ["cross", None])
async def test_alerts_off_takes_it_out_of_a_digest_that_nobody_has_composed(store: Store, signal: str | None):
    cross, smallcap = await routes(store)
    first, second = two()
    plans = planned(first, route_id=cross), planned(second, route_id=smallcap)
    await record(store, *plans, events=(first, second), at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)
    await off(store, signal)
    assert told(await claim(store, LATER)) == ([(MessageKind.DIGEST, ["BBB"])] if signal else [])
    assert (await store.outbox.messages())["digest"] == ({"claimed": 1} if signal else {"suppressed": 1})


async def test_alerts_off_keeps_back_a_composed_message_or_digest_whole_or_not_at_all(store: Store):
    cross, smallcap = await routes(store)
    first, second = two()
    await record(store, planned(first, route_id=cross), planned(second, route_id=smallcap), events=(first, second))
    [message] = await claim(store)
    await freeze(store, message, {"content": "both"}, CHART)
    await back(store, message, AT)
    await off(store, "cross")
    assert await states(store) == {"pending": 2}
    await off(store, "smallcap")
    assert await states(store) == {"suppressed": 2}
    assert await kept_files(store) == 0


async def test_alerts_off_while_it_is_being_sent_stops_the_digest_of_it(store: Store):
    cross, _ = await routes(store)
    event = an_event()
    await record(store, planned(event, route_id=cross), events=(event,))
    [message] = await claim(store)
    await freeze(store, message, {"content": "one"})
    await off(store)
    assert await end(store, message, DeliveryState.EXPIRED, LATER, reason="not sent in time")
    assert await store.outbox.gather_missed(LATER, WEEK) == 0


async def test_an_event_taken_back_and_another_no_longer_asked_for_leave_nothing_to_tell(store: Store):
    cross, smallcap = await routes(store)
    first, second = two()
    await record(store, planned(first, route_id=cross), planned(second, route_id=smallcap), events=(first, second))
    [message] = await claim(store)
    await freeze(store, message, {"content": "both"})
    await back(store, message, AT)
    await off(store, "cross")
    await retract(store, second)
    assert await claim(store) == []
    assert await states(store) == {"suppressed": 2}
