from __future__ import annotations

from datetime import timedelta

from bot.records import Address, DeliveryState, MessageKind
from bot.store.store import Store
from tests.store.outbox_steps import AT, EXPIRES, SESSION, an_event, claim, end, planned, record, sent, states

WEEK = AT + timedelta(days=7)


async def broken(store: Store, *channels: int, at=AT) -> None:
    """Record an event for `channels` and let the first one refuse it for good."""
    event = an_event()
    for channel in channels:
        await store.routes.add(guild_id=1, channel_id=channel, signal="cross", subjects=(), by=7, at=AT)
    await record(store, *(planned(event, channel) for channel in channels), events=(event,))
    first = (await claim(store, limit=1))[0]
    assert await store.destinations.switch_off(first, "it is gone", at, notice_text="tell them")


async def test_a_destination_that_refuses_is_off_at_once_with_its_reason(store: Store):
    await broken(store, 11, 12)
    [off] = await store.destinations.off(1)
    assert (off.channel_id, off.off_since, off.reason) == (11, AT, "it is gone")
    assert await store.destinations.off(2) == []
    assert await store.destinations.are_off([11, 12], AT) == {11}
    assert await store.destinations.count_off() == 1
    assert await states(store) == {"dead": 1, "pending": 1}


async def test_what_waits_for_it_and_what_comes_later_is_kept_back_with_the_reason(store: Store):
    tomorrow = an_event(session=SESSION + timedelta(days=1))
    event = an_event()
    await record(store, planned(event), events=(event,))
    await record(store, planned(tomorrow), events=(tomorrow,), session=tomorrow.session)
    [first] = await claim(store)
    assert await store.destinations.switch_off(first, "it is gone", AT, notice_text="tell them")
    later = an_event(session=SESSION + timedelta(days=2))
    await record(store, planned(later), events=(later,), session=later.session)
    assert await states(store) == {"dead": 1, "suppressed": 2}
    assert await claim(store) == []
    assert await store.outbox.next_due(AT) is None


async def test_asking_for_alerts_again_switches_it_on(store: Store):
    await broken(store, 11)
    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    assert await store.destinations.off(1) == []
    later = an_event(session=SESSION + timedelta(days=1))
    await record(store, planned(later), events=(later,), session=later.session)
    assert [message.channel_id for message in await claim(store)] == [11]


async def test_the_moderators_are_told_once_whatever_else_fails_there(store: Store):
    await broken(store, 11)
    [notice] = await store.notices.waiting()
    assert (notice.guild_id, notice.about_channel_id, notice.text, notice.tried) == (1, 11, "tell them", 0)
    assert await store.notices.address(notice, Address(50), AT, WEEK)
    assert not await store.notices.address(notice, Address(51), AT, WEEK), "another process was quicker"
    [message] = await claim(store)
    assert (message.kind, message.channel_id, message.payload) == (MessageKind.NOTICE, 50, {"content": "tell them"})
    assert await sent(store, message)
    assert await store.notices.waiting() == []
    assert await states(store) == {"dead": 1}, "a notice is no delivery"


async def test_a_notice_that_cannot_arrive_waits_for_another_address_and_draws_no_notice_of_its_own(store: Store):
    await broken(store, 11)
    [notice] = await store.notices.waiting()
    await store.notices.address(notice, Address(50), AT, WEEK)
    [message] = await claim(store)
    assert await store.destinations.switch_off(message, "no permission", AT, notice_text="about the notice")
    [again] = await store.notices.waiting()
    assert (again.id, again.tried, again.text) == (notice.id, 1, "tell them")
    assert await store.destinations.are_off([50], AT) == {50}
    assert await store.notices.address(again, Address(99, is_direct=True), AT, WEEK)
    [second] = await claim(store)
    assert (second.channel_id, second.is_direct) == (99, True)
    assert second.nonce != message.nonce


async def test_a_notice_for_nobody_is_given_up(store: Store):
    await broken(store, 11)
    [notice] = await store.notices.waiting()
    await store.notices.give_up(notice)
    assert await store.notices.waiting() == []


async def test_plain_words_are_remembered_until_the_channel_asks_again(store: Store):
    event = an_event()
    await record(store, planned(event, 11), planned(event, 12), events=(event,))
    await store.destinations.plain(11, 1)
    assert [(m.channel_id, m.is_plain) for m in await claim(store)] == [(11, True), (12, False)]
    assert await store.destinations.are_off([11], AT) == set()
    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    assert await store.destinations.off(1) == []


async def test_what_expired_for_a_destination_that_is_off_goes_into_no_digest(store: Store):
    event = an_event()
    await record(store, planned(event), events=(event,))
    later = an_event(session=SESSION + timedelta(days=1))
    await record(store, planned(later, expires_at=EXPIRES), events=(later,), session=later.session)
    [first] = await claim(store)
    assert await end(store, first, DeliveryState.EXPIRED, reason="not sent in time")
    [second] = await claim(store)
    await store.destinations.switch_off(second, "it is gone", AT, notice_text="tell them")
    assert await store.outbox.gather_missed(EXPIRES, WEEK) == 0
