"""Direct messages that are refused: switched off, and said once to the member where they had asked for them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.records import Address, MessageKind
from bot.store.member_tables import subscription
from bot.store.store import Store
from tests.store.outbox_steps import AT, SESSION, an_event, claim, planned, record, sent, states

WEEK = AT + timedelta(days=7)


async def follow(store: Store, *, user_id: int = 5, guild_id: int = 1, asked_in: int = 90, hours: int = 0, **given):
    row = {"user_id": user_id, "guild_id": guild_id, "asked_in": asked_in, "created_at": AT + timedelta(hours=hours)}
    rest = {"signal": "cross", "subject": "", "channel_id": 0, **given}
    async with store.database.write() as connection:
        await connection.execute(subscription.insert().values(**row, **rest))


async def refuse(store: Store, *, n: int = 0, user_id: int = 5) -> None:
    event = an_event(session=SESSION + timedelta(days=n))
    plan = planned(event, user_id, is_direct=True, route_id=None)
    await record(store, plan, events=(event,), session=event.session)
    for message in await claim(store):
        assert await store.destinations.switch_off(message, "no direct messages", AT, notice_text="tell them")


async def test_the_member_is_told_in_the_channel_where_they_asked_last_and_nobody_else(store: Store):
    await follow(store, asked_in=90, hours=1)
    await follow(store, asked_in=91, hours=2, signal="smallcap", guild_id=2)
    await follow(store, asked_in=92, hours=3, subject="AAA", guild_id=0)
    await follow(store, asked_in=93, hours=4, channel_id=93)
    await follow(store, asked_in=94, hours=5, user_id=6)
    await refuse(store)
    [notice] = await store.notices.waiting()
    assert (notice.guild_id, notice.to_channel_id, notice.user_id, notice.about_channel_id) == (2, 91, 5, None)
    assert notice.text == "tell them"


async def test_it_is_said_once_and_whatever_comes_later_is_kept_back(store: Store):
    await follow(store)
    await refuse(store)
    await refuse(store, n=1)
    assert await states(store) == {"dead": 1, "suppressed": 1}
    assert len(await store.notices.waiting()) == 1


@pytest.mark.parametrize("given", [{"guild_id": 0}, {"channel_id": 90}, {"user_id": 6}])
async def test_nobody_is_told_where_the_member_did_not_ask_for_direct_messages_in_a_guild(store: Store, given):
    await follow(store, **given)
    await refuse(store)
    assert await store.notices.waiting() == []


async def test_the_message_that_says_so_pings_the_member_alone(store: Store):
    await follow(store)
    await refuse(store)
    [notice] = await store.notices.waiting()
    assert await store.notices.address(notice, Address(90), AT, WEEK)
    [message] = await claim(store)
    assert (message.kind, message.channel_id, message.is_direct) == (MessageKind.NOTICE, 90, False)
    assert message.payload == {"content": "tell them", "pings": {"role": None, "users": [5]}}
    assert await sent(store, message)
    assert await store.notices.waiting() == []


async def test_direct_messages_of_who_follows_something_stay_off_until_they_ask_again(store: Store):
    await follow(store)
    await refuse(store)
    await refuse(store, n=1, user_id=6)
    later = AT + timedelta(days=30)
    assert await store.destinations.are_off([5, 6], later) == {5}
    assert await store.destinations.count_off() == 1


async def test_moderators_do_not_see_whose_direct_messages_are_off(store: Store):
    await follow(store)
    await refuse(store)
    assert await store.destinations.off(1) == []
