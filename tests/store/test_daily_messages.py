"""One message a day: it waits for its hour, fills up until then, and goes like any other."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bot.people import Subscription
from bot.records import DeliveryState, MessageKind, Outbound
from bot.store.store import Store
from bot.store.tables import message
from tests.store.outbox_steps import (
    AT,
    EXPIRES,
    SESSION,
    an_event,
    back,
    claim,
    freeze,
    planned,
    record,
    sent,
    states,
)

HOUR = timedelta(hours=1)
SIX = AT + 2 * HOUR
"""Later on the day of the session."""
LATE = EXPIRES + 5 * HOUR
"""A daily hour after the next close."""
WEEK = AT + timedelta(days=7)


def day(n: int) -> date:
    return SESSION + timedelta(days=n)


async def daily(store: Store, *subjects: str, n: int = 0, at=AT, not_before=SIX, **given) -> None:
    """Record an event of each subject in the `n`-th session, for the one message a day of channel 11."""
    events = tuple(an_event(subject, session=day(n)) for subject in subjects)
    plans = [planned(event, not_before=not_before, is_daily=True, **given) for event in events]
    await record(store, *plans, events=events, session=day(n), at=at)


def told(messages: list[Outbound]) -> list[tuple[MessageKind, list[str]]]:
    return [(each.kind, [stored.event.subject for stored in each.events]) for each in messages]


async def test_it_waits_for_its_hour_and_is_claimed_then(store: Store):
    await daily(store, "AAA", "BBB")
    assert await claim(store, SIX - timedelta(seconds=1)) == []
    assert await store.outbox.next_due(AT) == SIX
    [one] = await claim(store, SIX)
    assert told([one]) == [(MessageKind.DAILY, ["AAA", "BBB"])]
    assert await sent(store, one, at=SIX)
    assert await states(store) == {"sent": 2}
    assert (await store.outbox.messages())["daily"] == {"sent": 1}


async def test_a_later_run_adds_to_it_while_it_waits(store: Store):
    await daily(store, "AAA", not_before=LATE, priority=3)
    await daily(store, "BBB", n=1, at=EXPIRES + HOUR, not_before=LATE, expires_at=EXPIRES + timedelta(days=1))
    [one] = await claim(store, LATE)
    assert told([one]) == [(MessageKind.DAILY, ["AAA", "BBB"])]
    assert (one.session, one.expires_at) == (day(1), EXPIRES + timedelta(days=1))
    assert await states(store) == {"claimed": 2}
    async with store.database.read() as connection:
        assert (await connection.execute(sa.select(message.c.priority, message.c.rank))).all() == [(5, 0)]


async def test_an_older_session_that_comes_later_leaves_the_market_of_the_newer_one(store: Store):
    await daily(store, "AAA", n=1, not_before=LATE)
    await daily(store, "BBB", not_before=LATE)
    [one] = await claim(store, LATE)
    assert (one.session, len(one.events)) == (day(1), 2)


async def test_it_lives_for_an_hour_once_it_is_due_even_where_the_next_session_has_closed(store: Store):
    await daily(store, "AAA", not_before=LATE)
    assert await store.outbox.expire(LATE + HOUR - timedelta(seconds=1)) == 0
    assert [each.expires_at for each in await claim(store, LATE)] == [LATE + HOUR]


async def test_what_was_missed_for_longer_than_news_lasts_is_still_told_on_its_day(store: Store):
    await daily(store, "AAA", at=EXPIRES + HOUR, not_before=LATE)
    assert await store.outbox.gather_missed(EXPIRES + HOUR, WEEK) == 0
    assert told(await claim(store, LATE)) == [(MessageKind.DAILY, ["AAA"])]


@pytest.mark.parametrize("how_far", ["claimed", "composed", "sent"])
async def test_what_comes_too_late_for_it_gets_a_message_of_its_own(store: Store, how_far: str):
    await daily(store, "AAA")
    [first] = await claim(store, SIX)
    if how_far != "claimed":
        await freeze(store, first, {"content": "composed"})
    if how_far == "sent":
        await sent(store, first, at=SIX)
    await daily(store, "BBB", n=1, at=SIX)
    if how_far != "sent":
        assert await claim(store, SIX) == [], "one at a time"
        await sent(store, first, at=SIX)
    assert told(await claim(store, SIX)) == [(MessageKind.DAILY, ["BBB"])]


async def test_one_that_could_not_be_composed_still_takes_in_more(store: Store):
    await daily(store, "AAA")
    [first] = await claim(store, SIX)
    await back(store, first, SIX + HOUR / 2)
    await daily(store, "BBB", n=1, at=SIX)
    assert await claim(store, SIX) == []
    assert told(await claim(store, SIX + HOUR / 2)) == [(MessageKind.DAILY, ["AAA", "BBB"])]


async def test_a_channel_with_an_instant_and_a_daily_route_gets_both_and_neither_waits_for_the_other(store: Store):
    events = (an_event("AAA"), an_event("BBB"), an_event("CCC"))
    plans = (
        planned(events[0], not_before=SIX, is_daily=True),
        planned(events[1]),
        planned(events[2], not_before=SIX + HOUR, is_daily=True),
    )
    await record(store, *plans, events=events)
    [instant] = await claim(store)
    assert told([instant]) == [(MessageKind.ALERT, ["BBB"])]
    await sent(store, instant)
    assert await store.outbox.next_due(AT) == SIX
    for due, subject in ((SIX, "AAA"), (SIX + HOUR, "CCC")):
        [one] = await claim(store, due)
        assert told([one]) == [(MessageKind.DAILY, [subject])]
        await sent(store, one, at=due)
    assert await states(store) == {"sent": 3}


async def test_a_day_in_its_time_goes_before_the_next_message_however_often_it_fails(store: Store):
    await daily(store, "AAA")
    later = an_event("BBB", session=day(1))
    await record(store, planned(later, expires_at=EXPIRES), events=(later,), session=day(1))
    for n in range(6):
        due = SIX + n * HOUR / 60
        [first] = await claim(store, due)
        assert first.kind is MessageKind.DAILY
        await back(store, first, due + HOUR / 60)
    assert first.attempt == 6


async def test_what_is_taken_back_before_its_hour_leaves_it_and_what_was_told_is_followed(store: Store):
    await daily(store, "AAA", "BBB", not_before=LATE)
    gone = [an_event("AAA").identity]
    assert (await record(store, session=day(1), gone=gone, until=WEEK)).retracted == 1
    [one] = await claim(store, LATE)
    assert told([one]) == [(MessageKind.DAILY, ["BBB"])]
    await sent(store, one, discord_id=700, at=LATE)
    gone = [an_event("BBB").identity]
    await record(store, session=day(2), gone=gone, until=WEEK, at=LATE)
    [reply] = await claim(store, LATE)
    assert (told([reply]), reply.replies_to) == ([(MessageKind.RETRACTION, ["BBB"])], 700)
    assert await states(store) == {"sent": 1, "suppressed": 1}


async def test_one_that_could_not_be_sent_for_an_hour_is_told_late(store: Store):
    await daily(store, "AAA", not_before=LATE)
    assert await store.outbox.gather_missed(LATE + HOUR, WEEK) == 1
    assert told(await claim(store, LATE + HOUR)) == [(MessageKind.DIGEST, ["AAA"])]
    assert await states(store) == {"expired": 1}


async def test_two_processes_that_add_to_the_same_day_at_once_lose_nothing(url: str, store: Store, keep):
    other = keep(Store(url))
    await asyncio.gather(daily(store, "AAA"), daily(other, "BBB", n=1))
    [one] = await claim(store, SIX)
    assert sorted(told([one])[0][1]) == ["AAA", "BBB"]


async def test_a_message_pings_the_role_of_its_most_important_event_and_everybody_mentioned(store: Store):
    events = tuple(an_event(subject) for subject in ("AAA", "BBB", "CCC", "DDD"))
    given = (
        {"priority": 5, "mentions": (5, 6)},
        {"priority": 3, "role_id": 70},
        {"priority": 4, "role_id": 77, "mentions": (6, 8)},
        {"priority": 4, "role_id": 78},
    )
    plans = [planned(event, **each) for event, each in zip(events, given, strict=True)]
    for user_id in (5, 6, 8):
        await store.members.subscribe(Subscription(0, user_id, 1, "cross", "", plans[0].channel_id, 9, AT))
    await record(store, *plans, events=events)
    [one] = await claim(store)
    assert (one.role_id, one.mentions) == (77, (5, 6, 8))


async def test_what_is_told_late_or_taken_back_pings_nobody(store: Store):
    event = an_event()
    await record(store, planned(event, role_id=77, mentions=(5,)), events=(event,))
    await store.outbox.gather_missed(LATE, WEEK)
    [digest] = await claim(store, LATE)
    assert (digest.kind, digest.role_id, digest.mentions) == (MessageKind.DIGEST, None, ())
    await sent(store, digest, discord_id=700, at=LATE)
    await record(store, session=day(1), gone=[event.identity], until=WEEK, at=LATE)
    [reply] = await claim(store, LATE)
    assert (reply.kind, reply.role_id, reply.mentions) == (MessageKind.RETRACTION, None, ())


def folded(event, **given):
    return planned(event, suppressed="the alert about ^RUT speaks for it", is_folded=True, **given)


@pytest.mark.parametrize("own", [{}, {"not_before": SIX, "is_daily": True}])
async def test_what_an_index_speaks_for_is_counted_as_kept_back_and_shown_in_its_messages_list(store: Store, own):
    index, *members = (an_event(subject) for subject in ("^RUT", "AAA", "BBB"))
    plans = (planned(index, **own), *(folded(each, **own) for each in members))
    await record(store, *plans, events=(index, *members))
    assert await states(store) == {"pending": 1, "suppressed": 2}
    [one] = await claim(store, SIX)
    assert ([stored.event.subject for stored in one.events], one.folded) == (["^RUT"], 2)
    await sent(store, one, at=SIX)
    assert [each.event.subject for each in await store.ledger.told_in(one.id, 11)] == ["^RUT", "AAA", "BBB"]
    await record(store, session=day(1), gone=[members[0].identity], until=WEEK)
    assert [each.event.subject for each in await store.ledger.told_in(one.id, 11)] == ["^RUT", "BBB"]
    assert await states(store) == {"sent": 1, "suppressed": 2}


@pytest.mark.parametrize("found_at", [AT, LATE])
async def test_what_was_to_be_spoken_for_in_a_message_that_came_too_late_is_told_with_the_rest(store: Store, found_at):
    index, member = an_event("^RUT"), an_event("AAA")
    await record(store, planned(index), folded(member), events=(index, member), at=found_at)
    assert await store.outbox.gather_missed(LATE, WEEK) == 1
    [digest] = await claim(store, LATE)
    assert told([digest]) == [(MessageKind.DIGEST, ["^RUT", "AAA"])]
    assert await states(store) == {"expired": 2}


async def test_where_nothing_can_arrive_nothing_speaks_for_anything(store: Store):
    first = an_event(session=day(-1))
    await record(store, planned(first), events=(first,), session=day(-1))
    [lost] = await claim(store)
    await store.destinations.switch_off(lost, "it is gone", AT, notice_text="tell them")
    index, member = an_event("^RUT"), an_event("AAA")
    await record(store, planned(index), folded(member), events=(index, member))
    assert await states(store) == {"dead": 1, "suppressed": 2}
    assert await store.outbox.messages() == {kind.value: {} for kind in MessageKind} | {"alert": {"dead": 1}}


@pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.SUPPRESSED])
async def test_however_a_day_ends_every_event_is_counted(store: Store, state: DeliveryState):
    await daily(store, "AAA", "BBB")
    [one] = await claim(store, SIX)
    if state is DeliveryState.DEAD:
        await store.destinations.switch_off(one, "refused", SIX, notice_text="tell them")
    else:
        await record(store, session=day(1), gone=[an_event(s).identity for s in ("AAA", "BBB")], until=WEEK)
    assert await states(store) == {state.value: 2}
