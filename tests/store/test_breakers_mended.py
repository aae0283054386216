"""How a destination that was switched off comes back, and what becomes of one that never can."""

from __future__ import annotations

from datetime import timedelta

from bot.records import Address
from bot.store.store import Store
from tests.store.outbox_steps import AT, SESSION, an_event, claim, planned, record, sent, states

WEEK = AT + timedelta(days=7)
DAY = timedelta(days=1)


async def lose(store: Store, channel: int, *, is_gone: bool = False, session=SESSION) -> None:
    event = an_event(session=session)
    await record(store, planned(event, channel), events=(event,), session=session)
    [message] = [m for m in await claim(store) if m.channel_id == channel]
    assert await store.destinations.switch_off(message, "why", AT, notice_text="tell them", is_gone=is_gone)


async def route(store: Store, channel: int) -> None:
    await store.routes.add(guild_id=1, channel_id=channel, signal="cross", subjects=(), by=7, at=AT)


async def test_a_channel_that_is_gone_takes_its_routes_along_and_needs_no_mending(store: Store):
    await route(store, 11)
    await route(store, 12)
    await lose(store, 11, is_gone=True)
    assert [kept.channel_id for kept in await store.routes.list(1)] == [12]
    assert await store.destinations.off(1) == []
    assert len(await store.notices.waiting()) == 1
    assert await states(store) == {"dead": 1}


async def test_where_nobody_can_ask_for_alerts_again_a_day_is_enough(store: Store):
    await lose(store, 99)
    assert await store.destinations.are_off([99], AT + DAY - timedelta(seconds=1)) == {99}
    assert await store.destinations.are_off([99], AT + DAY) == set()


async def test_a_channel_with_alerts_stays_off_until_somebody_asks_again(store: Store):
    await lose(store, 11)
    async with store.database.write() as connection:
        from bot.store.tables import guild
        from bot.store.tables import route as route_table

        await connection.execute(guild.insert().values(id=1, first_seen=AT))
        row = {"guild_id": 1, "channel_id": 11, "signal": "cross", "subjects": [], "created_by": 7, "created_at": AT}
        await connection.execute(route_table.insert().values(**row))
    assert await store.destinations.are_off([11], AT + 30 * DAY) == {11}


async def test_a_new_notice_tries_an_owner_again_whose_direct_messages_were_closed(store: Store):
    await lose(store, 99)
    [notice] = await store.notices.waiting()
    assert await store.notices.address(notice, Address(99, is_direct=True), AT + DAY, WEEK)
    [message] = await claim(store, AT + DAY)
    assert (message.channel_id, message.is_direct) == (99, True)
    assert await sent(store, message, at=AT + DAY)


async def test_a_notice_refused_where_alerts_go_too_is_told_of_like_an_alert(store: Store):
    await lose(store, 77)
    [notice] = await store.notices.waiting()
    await route(store, 50)
    await store.notices.address(notice, Address(50), AT, WEEK)
    [message] = await claim(store)
    assert await store.destinations.switch_off(message, "no permission", AT, notice_text="alerts here are off")
    waiting = {(found.text, found.tried) for found in await store.notices.waiting()}
    assert waiting == {("tell them", 1), ("alerts here are off", 0)}


async def test_waiting_notices_are_counted_and_those_tried_least_come_first(store: Store):
    for n, channel in enumerate((71, 72)):
        await lose(store, channel, session=SESSION + timedelta(days=n))
    first, _ = await store.notices.waiting()
    await store.notices.address(first, Address(50), AT, WEEK)
    [message] = await claim(store)
    await store.destinations.switch_off(message, "no permission", AT, notice_text="unused")
    assert await store.notices.count_waiting() == 2
    assert [notice.tried for notice in await store.notices.waiting()] == [0, 1]
