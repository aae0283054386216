from __future__ import annotations

from datetime import date, timedelta

import pytest

from bot.records import DeliveryState, MessageKind
from bot.store.store import Store
from tests.store.outbox_steps import (
    AT,
    EXPIRES,
    SESSION,
    an_event,
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


def day(n: int) -> date:
    return SESSION + timedelta(days=n)


# While we were away -----------------------------------------------------------------------------------------------


async def missed(store: Store, *channels: int, days: int = 2) -> None:
    """Scan sessions whose alerts are too late already."""
    for n in range(days):
        event = an_event(session=day(n))
        await record(
            store, *(planned(event, channel) for channel in channels), events=(event,), session=day(n), at=LATER
        )


async def test_what_is_found_too_late_is_expired_at_once_and_told_in_one_digest_per_channel(store: Store):
    await missed(store, 11, 12)
    assert await states(store) == {"expired": 4}
    assert await claim(store, LATER) == []
    assert await store.outbox.gather_missed(LATER, WEEK) == 2
    digests = await claim(store, LATER)
    assert [(m.kind, m.channel_id, len(m.events)) for m in digests] == [
        (MessageKind.DIGEST, 11, 2),
        (MessageKind.DIGEST, 12, 2),
    ]
    for digest in digests:
        assert await freeze(store, digest, {"content": "late"})
        assert await sent(store, digest, at=LATER)
    assert await store.outbox.gather_missed(LATER, WEEK) == 0
    assert await states(store) == {"expired": 4}


async def test_what_expired_while_it_waited_is_told_too(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    await missed(store, 11, days=0)
    assert await store.outbox.gather_missed(LATER, WEEK) == 1
    [digest] = await claim(store, LATER)
    assert (digest.kind, digest.events[0].event, digest.session) == (MessageKind.DIGEST, event, SESSION)


async def test_more_that_was_missed_goes_into_the_digest_nobody_has_composed_yet(store: Store):
    await missed(store, 11, days=1)
    await store.outbox.gather_missed(LATER, WEEK)
    event = an_event("IWM", session=day(1))
    await record(store, planned(event), events=(event,), session=day(1), at=LATER)
    assert await store.outbox.gather_missed(LATER, WEEK) == 1
    [digest] = await claim(store, LATER)
    assert [stored.event.subject for stored in digest.events] == ["^RUT", "IWM"]


async def test_a_digest_goes_after_what_is_more_important_elsewhere_and_before_what_is_newer_in_its_channel(
    store: Store,
):
    await missed(store, 11, days=1)
    await store.outbox.gather_missed(LATER, WEEK)
    event = an_event(session=day(1))
    plans = (planned(event, channel, expires_at=WEEK) for channel in (11, 12))
    await record(store, *plans, events=(event,), session=day(1), at=LATER)
    first = await claim(store, LATER)
    assert [(message.channel_id, message.kind) for message in first] == [
        (12, MessageKind.ALERT),
        (11, MessageKind.DIGEST),
    ]


# Taken back -------------------------------------------------------------------------------------------------------


async def retract(store: Store, *events, session=None, at=AT):
    gone = [event.identity for event in events]
    return (await record(store, session=session or day(1), gone=gone, until=WEEK, at=at)).retracted


async def test_a_posted_event_that_no_longer_holds_is_followed_by_one_reply_to_the_original(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    for number, message in enumerate(await claim(store)):
        await freeze(store, message, {"content": "golden"})
        await sent(store, message, discord_id=700 + number)
    assert await retract(store, event) == 1
    replies = await claim(store)
    assert [(m.kind, m.channel_id, m.replies_to, m.events[0].event) for m in replies] == [
        (MessageKind.RETRACTION, 11, 700, event),
        (MessageKind.RETRACTION, 12, 701, event),
    ]
    assert await retract(store, event, session=day(2)) == 0, "it is taken back once"
    assert await store.ledger.posted(SESSION, day(2)) == []


async def test_an_event_that_holds_again_is_not_told_again(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [message] = await claim(store)
    await sent(store, message)
    await retract(store, event)
    [reply] = await claim(store)
    await sent(store, reply)
    again = await record(store, planned(event), events=(event,), session=day(2))
    assert (again.events, again.deliveries) == (0, 0)
    assert await claim(store) == []
    assert await states(store) == {"sent": 1}


async def test_what_was_not_sent_yet_is_kept_back_and_needs_no_reply(store: Store):
    event, other = an_event(), an_event("IWM")
    await record(store, planned(event), planned(other), events=(event, other))
    assert await retract(store, event) == 1
    [message] = await claim(store)
    assert [stored.event for stored in message.events] == [other]
    assert await states(store) == {"suppressed": 1, "claimed": 1}


async def test_events_of_one_message_are_taken_back_together(store: Store):
    events = (an_event(), an_event("IWM"), an_event("STRL"))
    await record(store, *(planned(event) for event in events), events=events)
    [message] = await claim(store)
    await sent(store, message, discord_id=700)
    assert await retract(store, *events[:2]) == 2
    [reply] = await claim(store)
    assert [stored.event for stored in reply.events] == list(events[:2])


async def test_a_claim_under_way_is_followed_in_order_and_answers_nothing_if_it_never_arrives(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    [message] = await claim(store)
    await freeze(store, message, {"content": "golden"})
    await retract(store, event)
    assert await claim(store) == [], "the original goes first"
    await end(store, message, DeliveryState.DEAD, reason="too long")
    [reply] = await claim(store)
    assert reply.replies_to is None


@pytest.mark.parametrize("is_digest_sent", [True, False])
async def test_an_event_told_late_is_taken_back_from_the_digest(store: Store, *, is_digest_sent: bool):
    event = an_event()
    await record(store, planned(event), events=(event,), at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)
    if is_digest_sent:
        [digest] = await claim(store, LATER)
        await sent(store, digest, discord_id=800, at=LATER)
    await retract(store, event, at=LATER)
    messages = await claim(store, LATER)
    assert [(m.kind, m.replies_to) for m in messages] == ([(MessageKind.RETRACTION, 800)] if is_digest_sent else [])


async def test_a_digest_that_still_has_something_to_tell_goes_without_what_was_taken_back(store: Store):
    events = (an_event(), an_event("IWM"))
    await record(store, *(planned(event) for event in events), events=events, at=LATER)
    await store.outbox.gather_missed(LATER, WEEK)
    await retract(store, events[0], at=LATER)
    [digest] = await claim(store, LATER)
    assert (digest.kind, [stored.event for stored in digest.events]) == (MessageKind.DIGEST, [events[1]])


async def test_an_event_missed_and_taken_back_before_anybody_heard_of_it_is_told_to_nobody(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,), at=LATER)
    await retract(store, event, at=LATER)
    assert await store.outbox.gather_missed(LATER, WEEK) == 0


async def test_the_events_of_a_message_are_listed_for_its_own_channel_alone(store: Store):
    events = tuple(an_event(f"S{n}") for n in range(12))
    await record(store, *(planned(event) for event in events), events=events)
    [message] = await claim(store)
    assert [stored.event for stored in await store.ledger.told_in(message.id, 11)] == list(events)
    assert await store.ledger.told_in(message.id, 12) == []
    assert await store.ledger.told_in(999, 11) == []


# Held back --------------------------------------------------------------------------------------------------------


async def failing(store: Store, at=AT) -> None:
    held = await store.runs.start("session", SESSION, at)
    assert held is not None
    assert await store.runs.fail(held, "the source is down", at)


async def test_a_session_that_keeps_failing_is_told_once_to_every_guild_with_a_route_and_again_when_made_good(
    store: Store,
):
    for guild, channel in ((1, 11), (1, 12), (2, 21)):
        await store.routes.add(guild_id=guild, channel_id=channel, signal="cross", subjects=(), by=7, at=AT)
    await failing(store)
    await failing(store, AT + timedelta(minutes=5))
    assert await store.notices.unsaid_failures("session", AT - timedelta(seconds=1)) == []
    [(run, session, reason)] = await store.notices.unsaid_failures("session", AT)
    assert (session, reason) == (SESSION, "the source is down")
    assert await store.notices.tell_failure(run, "cannot be scanned", AT) == 2
    assert await store.notices.tell_failure(run, "cannot be scanned", AT) == 0
    assert await store.notices.unsaid_failures("session", LATER) == []
    told, untold = await store.notices.waiting()
    await store.notices.address(told, address_of(told), AT, WEEK)
    await record(store, made_good="has been scanned")
    [good] = await store.notices.waiting()
    assert (good.guild_id, good.text) == (told.guild_id, "has been scanned"), "who heard of the failure, and only they"
    assert untold.guild_id != told.guild_id


def address_of(notice):
    from bot.records import Address

    return Address(1000 + notice.guild_id)


async def test_a_session_that_succeeds_in_time_is_never_told(store: Store):
    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    await failing(store)
    await record(store, made_good="has been scanned")
    assert await store.notices.unsaid_failures("session", LATER) == []
    assert await store.notices.waiting() == []
