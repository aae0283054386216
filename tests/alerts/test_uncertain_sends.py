"""When an answer is lost: the nonce while Discord remembers it, later a look at the channel, else a count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.alerts.courier import MAY_HAVE_ARRIVED
from bot.alerts.deliver import Tally
from bot.alerts.ports import SendFailed
from bot.clock import SetClock
from bot.records import DeliveryState
from bot.store.store import Store
from tests.alerts.deliveries import AT, EXPIRES, FAST, deliverer, fill, states
from tests.alerts.worlds import FakeDiscord


def lost() -> SendFailed:
    return SendFailed("connection reset", permanent=False, is_certain=False)


async def uncertain(store: Store, discord: FakeDiscord, clock: SetClock) -> None:
    """Send one message whose answer is lost."""
    await fill(store, [11])
    discord.lose_answers = [lost()]
    assert await deliverer(store, discord, clock).drain() == Tally(retried=1)


async def test_within_the_window_the_same_nonce_is_enough(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await uncertain(store, discord, clock)
    clock.set(AT + timedelta(seconds=FAST.nonce_window_s - 1))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert (discord.looked_for, len(discord.posted), len(discord.calls)) == ([], 1, 2)


async def test_after_the_window_the_message_is_found_in_the_channel_and_not_sent_again(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await uncertain(store, discord, clock)
    clock.set(AT + timedelta(seconds=FAST.nonce_window_s))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert (len(discord.looked_for), len(discord.calls)) == (1, 1)
    assert await store.outbox.possible_duplicates() == 0


async def test_a_message_that_is_not_there_is_sent_and_is_no_duplicate(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await fill(store, [11])
    discord.refuse = [lost()]
    await deliverer(store, discord, clock).drain()
    clock.set(AT + timedelta(hours=1))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert (len(discord.looked_for), len(discord.posted)) == (1, 1)
    assert await store.outbox.possible_duplicates() == 0


async def test_where_nobody_may_look_it_is_sent_and_counted(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await uncertain(store, discord, clock)
    discord.may_look = False
    clock.set(AT + timedelta(hours=1))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert await store.outbox.possible_duplicates() == 1
    assert await states(store) == {"sent": 1}


async def test_a_refusal_leaves_no_doubt_and_needs_no_look(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await fill(store, [11])
    discord.refuse = [SendFailed("not now", permanent=False)]
    await deliverer(store, discord, clock).drain()
    clock.set(AT + timedelta(hours=1))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert discord.looked_for == []


async def test_a_doubt_outlives_a_later_refusal(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await uncertain(store, discord, clock)
    clock.set(AT + timedelta(seconds=10))
    discord.refuse = [SendFailed("not now", permanent=False)]
    assert await deliverer(store, discord, clock).drain() == Tally(retried=1)
    clock.set(AT + timedelta(hours=1))
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert (len(discord.looked_for), len(discord.posted)) == (1, 1)


@pytest.mark.parametrize("is_there", [True, False])
async def test_past_its_time_a_doubt_is_resolved_by_looking_and_never_by_sending(store: Store, *, is_there: bool):
    discord, clock = FakeDiscord(), SetClock(AT)
    if is_there:
        await uncertain(store, discord, clock)
    else:
        await fill(store, [11])
        discord.refuse = [lost()]
        await deliverer(store, discord, clock).drain()
    calls = len(discord.calls)
    clock.set(EXPIRES + timedelta(minutes=1))
    assert await deliverer(store, discord, clock).drain() == (Tally(sent=1) if is_there else Tally(expired=1))
    assert len(discord.calls) == calls
    assert await states(store) == ({"sent": 1} if is_there else {"expired": 1})


async def test_a_doubt_that_nobody_can_resolve_ends_with_those_words(store: Store):
    discord, clock = FakeDiscord(), SetClock(AT)
    await uncertain(store, discord, clock)
    discord.may_look = False
    clock.set(EXPIRES)
    assert await deliverer(store, discord, clock).drain() == Tally(expired=1)
    async with store.database.read() as connection:
        from bot.store.tables import delivery

        row = (await connection.execute(delivery.select())).one()
    assert (row.state, row.reason) == (DeliveryState.EXPIRED, MAY_HAVE_ARRIVED)
