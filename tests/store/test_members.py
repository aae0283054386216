from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import sqlalchemy as sa

from bot.people import DIRECT, NO_GUILD, WATCHLIST, Cadence, Preferences, Snooze, Subscriber, Subscription
from bot.store.store import Store
from bot.store.tables import delivery
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, planned, record, states

ANN, BOB = 501, 502
TOMORROW = AT + timedelta(days=1)


def wish(user_id: int = ANN, subject: str = "", **given) -> Subscription:
    asked = {"guild_id": 1, "signal": "cross", "channel_id": DIRECT, "asked_in": 33, "created_at": AT}
    return Subscription(**{"id": 0, "user_id": user_id, "subject": subject, **asked, **given})


def direct(event, subscription: Subscription, **given):
    to = {"route_id": None, "subscription_id": subscription.id, "is_direct": True}
    return planned(event, subscription.user_id, **{**to, **given})


async def mentions(store: Store) -> list[list[int]]:
    async with store.database.read() as connection:
        return list((await connection.execute(sa.select(delivery.c.mentions).order_by(delivery.c.id))).scalars())


async def test_who_has_said_nothing_has_the_defaults(store: Store):
    assert await store.members.subscriber(ANN) == Subscriber(Preferences(ANN))
    assert await store.members.all_subscribers() == []


async def test_everything_a_member_decides_is_there_once_said(store: Store):
    quiet = {"time_zone": "Europe/Berlin", "quiet_from": time(22), "quiet_to": time(6, 30)}
    preferences = Preferences(ANN, **quiet, cadence=Cadence.DAILY, daily_at=time(7), importance=3, signals=("cross",))
    await store.members.prefer(Preferences(ANN, importance=2), AT)
    await store.members.prefer(preferences, AT)
    subscription = await store.members.subscribe(wish(subject="universe:smallcap"))
    await store.members.snooze(Snooze(ANN, "", TOMORROW))
    await store.members.snooze(Snooze(ANN, "", TOMORROW + timedelta(days=1)))
    assert await store.members.watch(ANN, ["STRL", "IWM", "STRL"], AT) == 2
    assert await store.members.watch(ANN, ["STRL", "AAON"], TOMORROW) == 1
    assert await store.members.watched() == ["AAON", "IWM", "STRL"]
    assert await store.members.watch(ANN, [], TOMORROW) == 0
    assert await store.members.unwatch(ANN, ["STRL", "MSFT"]) == 1
    assert subscription.id > 0
    everything = Subscriber(
        preferences,
        (subscription,),
        (Snooze(ANN, "", TOMORROW + timedelta(days=1)),),
        ("IWM", "AAON"),
    )
    assert await store.members.subscriber(ANN) == everything
    await store.members.watch(BOB, ["IWM"], AT)
    assert await store.members.all_subscribers() == [everything]


async def test_all_subscribers_are_read_with_one_query_per_table(store: Store, statements: list[str]):
    for user_id in range(501, 511):
        await store.members.subscribe(wish(user_id))
        await store.members.subscribe(wish(user_id, subject="IWM", guild_id=NO_GUILD))
    statements.clear()
    found = await store.members.all_subscribers()
    assert [(each.user_id, len(each.subscriptions)) for each in found] == [(n, 2) for n in range(501, 511)]
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 4


async def test_a_subscription_said_again_takes_the_place_of_the_old_one(store: Store):
    first = await store.members.subscribe(wish())
    second = await store.members.subscribe(wish(guild_id=2, asked_in=44, created_at=TOMORROW))
    here = await store.members.subscribe(wish(channel_id=11))
    assert second.id == first.id != here.id
    assert (await store.members.subscriber(ANN)).subscriptions == (second, here)


async def test_only_ones_own_subscriptions_can_be_ended(store: Store):
    mine, theirs = await store.members.subscribe(wish()), await store.members.subscribe(wish(BOB))
    assert await store.members.unsubscribe(ANN, [mine.id, theirs.id]) == 1
    assert await store.members.unsubscribe(ANN, [mine.id]) == 0
    assert (await store.members.subscriber(BOB)).subscriptions == (theirs,)


async def test_ending_a_subscription_keeps_back_what_waits_for_it_and_nothing_else(store: Store):
    mine, theirs = await store.members.subscribe(wish()), await store.members.subscribe(wish(BOB))
    event = an_event()
    await record(store, direct(event, mine), direct(event, theirs), planned(event, 11), events=(event,))
    await store.members.unsubscribe(ANN, [mine.id])
    assert await states(store) == {"pending": 2, "suppressed": 1}
    assert sorted(message.channel_id for message in await claim(store)) == [11, BOB]


async def test_what_came_too_late_goes_into_no_digest_of_a_subscription_that_ended(store: Store):
    mine = await store.members.subscribe(wish())
    event = an_event()
    await record(store, direct(event, mine), events=(event,), at=EXPIRES)
    await store.members.unsubscribe(ANN, [mine.id])
    assert await store.outbox.gather_missed(EXPIRES, EXPIRES + timedelta(days=7)) == 0


async def test_what_another_subscription_wants_as_well_goes_out_all_the_same_until_that_ends_too(store: Store):
    everything, one = await store.members.subscribe(wish()), await store.members.subscribe(wish(subject="^RUT"))
    listed = await store.members.subscribe(wish(subject=WATCHLIST))
    await store.members.watch(ANN, ["STRL"], AT)
    events = [an_event(subject) for subject in ("^RUT", "STRL", "IWM")]
    await record(store, *(direct(event, everything) for event in events), events=tuple(events))
    await store.members.unsubscribe(ANN, [everything.id])
    assert await states(store) == {"pending": 2, "suppressed": 1}
    await store.members.unsubscribe(ANN, [one.id, listed.id])
    assert await states(store) == {"suppressed": 3}


async def test_who_ends_a_subscription_here_is_mentioned_no_more(store: Store):
    here, other = [await store.members.subscribe(wish(channel_id=11, signal=name)) for name in ("cross", "smallcap")]
    for user_id, channel_id in ((BOB, 11), (ANN, 12)):
        await store.members.subscribe(wish(user_id, channel_id=channel_id))
    event = an_event()
    away = replace(event, signal="smallcap")
    plans = [planned(each, 11, mentions=(ANN, BOB)) for each in (event, away)]
    elsewhere = planned(event, 12, mentions=(ANN,))
    await record(store, *plans, elsewhere, events=(event, away))
    await store.members.unsubscribe(ANN, [here.id])
    assert await mentions(store) == [[BOB], [ANN, BOB], [ANN]]
    await store.members.unsubscribe(ANN, [other.id])
    assert await mentions(store) == [[BOB], [BOB], [ANN]]


async def test_who_still_follows_the_signal_here_is_mentioned(store: Store):
    one = await store.members.subscribe(wish(channel_id=11, subject="IWM"))
    await store.members.subscribe(wish(channel_id=11))
    event = an_event()
    await record(store, planned(event, 11, mentions=(ANN,)), events=(event,))
    await store.members.unsubscribe(ANN, [one.id])
    assert await mentions(store) == [[ANN]]


async def test_direct_messages_that_were_refused_are_off_until_the_member_asks_again(store: Store):
    mine = await store.members.subscribe(wish())
    event = an_event()
    await record(store, direct(event, mine), events=(event,))
    [message] = await claim(store)
    await store.destinations.switch_off(message, "they do not take them", AT, notice_text="told where they asked")
    assert await store.members.direct_off(ANN) == "they do not take them"
    assert await store.members.direct_off(BOB) is None
    assert await store.destinations.are_off([ANN], AT + timedelta(days=90)) == {ANN}
    assert await store.destinations.count_off() == 1
    await store.members.subscribe(wish(channel_id=11))
    assert await store.members.direct_off(ANN) is not None, "the channel has nothing to do with it"
    await store.members.subscribe(wish(subject="IWM"))
    assert await store.members.direct_off(ANN) is None
    later = an_event(session=SESSION + timedelta(days=1))
    await record(store, direct(later, mine), events=(later,), session=later.session)
    assert [found.channel_id for found in await claim(store)] == [ANN]


async def test_the_thresholds_of_a_guild_that_only_members_follow_are_known(store: Store):
    await store.thresholds.set(guild_id=1, signal="cross", name="slow", value=150, by=7, at=AT)
    await store.members.subscribe(wish())
    await store.members.subscribe(wish(BOB, guild_id=2, channel_id=22))
    await store.members.subscribe(wish(BOB, guild_id=NO_GUILD))
    assert await store.thresholds.by_guild("cross") == {1: {"slow": 150}, 2: {}}
    assert await store.thresholds.by_guild("smallcap") == {}


async def test_who_unsubscribed_or_was_forgotten_between_planning_and_recording_gets_nothing(store: Store):
    mine = await store.members.subscribe(wish())
    here = await store.members.subscribe(wish(BOB, channel_id=11))
    event = an_event()
    plans = [direct(event, mine), planned(event, 11, mentions=(BOB, ANN))]
    await store.privacy.delete(ANN, AT)
    await store.members.unsubscribe(BOB, [here.id])
    recorded = await record(store, *plans, events=(event,))
    assert recorded.deliveries == 1
    assert await mentions(store) == [[]]
    assert await states(store) == {"pending": 1}
