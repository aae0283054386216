"""When the sender must stop: told to, turned away, refused, or left without an answer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.alerts.deliver import Tally
from bot.alerts.pace import Pace
from bot.alerts.ports import Receipt, Scope, SendFailed
from bot.clock import SetClock
from bot.records import Outbound
from bot.store.store import Store
from tests.alerts.deliveries import AT, FAST, deliverer, fill, sent, states
from tests.alerts.worlds import FakeDiscord


async def test_a_running_deliverer_wakes_for_news_and_can_be_stopped_midway(store: Store):
    discord = FakeDiscord()
    sender = deliverer(store, discord)
    running = asyncio.create_task(sender.run())
    await asyncio.sleep(0.05)
    await fill(store, (11, 12))
    sender.wake()
    await sent(store, 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_cancelled_send_stays_claimed_and_goes_out_later_under_the_same_nonce(store: Store):
    class Hanging(FakeDiscord):
        async def send(self, message: Outbound) -> Receipt:
            await super().send(message)
            reached.set()
            await asyncio.sleep(60)
            return Receipt(0)

    await fill(store, [11])
    reached, clock, hanging = asyncio.Event(), SetClock(AT), Hanging()
    draining = asyncio.create_task(deliverer(store, hanging, clock).drain())
    await reached.wait()
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    assert await states(store) == {"claimed": 1}
    clock.set(AT + timedelta(seconds=FAST.lease_s))
    discord = FakeDiscord()
    assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
    assert discord.calls == hanging.calls


class Slow(FakeDiscord):
    """Answers `channel` only after a while, if ever; says when it has begun."""

    def __init__(self, channel: int, seconds: float) -> None:
        super().__init__()
        self.channel, self.seconds, self.begun = channel, seconds, asyncio.Event()

    async def send(self, message: Outbound) -> Receipt:
        if message.channel_id == self.channel:
            self.begun.set()
            await asyncio.sleep(self.seconds)
        return await super().send(message)


async def test_a_send_without_an_answer_is_tried_again_and_holds_up_nobody_for_longer_than_its_lease(store: Store):
    await fill(store, (11, 12))
    sender = deliverer(store, Slow(11, 3600), pace=Pace(per_second=5000.0, lease_s=0.2))
    async with asyncio.timeout(5):
        assert await sender.drain() == Tally(sent=1, retried=1)
    assert await states(store) == {"sent": 1, "pending": 1}


async def test_a_send_under_way_is_recorded_when_the_program_is_told_to_stop(store: Store):
    await fill(store, [11])
    discord = Slow(11, 0.2)
    running = asyncio.create_task(deliverer(store, discord).run())
    await discord.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await states(store) == {"sent": 1}


async def test_a_send_that_does_not_end_does_not_keep_the_program_from_stopping(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.alerts.deliver.PARTING_S", 0.1)
    await fill(store, [11])
    discord = Slow(11, 3600)
    running = asyncio.create_task(deliverer(store, discord).run())
    await discord.begun.wait()
    running.cancel()
    async with asyncio.timeout(3):
        with pytest.raises(asyncio.CancelledError):
            await running
    assert await states(store) == {"claimed": 1}


async def test_when_the_doorkeeper_turns_one_away_nothing_else_is_asked_until_it_says(store: Store):
    await fill(store, range(100, 140))
    discord, clock = FakeDiscord(), SetClock(AT)
    discord.refuse = [
        SendFailed("banned", permanent=False, scope=Scope.EVERYTHING, retry_after_s=300.0, is_certain=False)
    ]
    sender = deliverer(store, discord, clock, Pace(per_second=200.0))
    await sender.drain()
    assert len(discord.calls) == 1
    assert await states(store) == {"pending": 40}
    clock.set(AT + timedelta(seconds=299))
    assert await sender.drain() == Tally()
    clock.set(AT + timedelta(seconds=300))
    assert (await sender.drain()).sent == 40
    assert len(discord.calls) == 41


async def test_what_was_claimed_and_not_begun_is_given_back_when_the_program_is_told_to_stop(store: Store):
    await fill(store, range(100, 140))
    discord = Slow(100, 0.1)
    running = asyncio.create_task(deliverer(store, discord, pace=Pace(per_second=2.0)).run())
    await discord.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await states(store) == {"sent": 1, "pending": 39}
    assert (await deliverer(store, FakeDiscord()).drain()).sent == 39, "at once: no lease has to lapse first"


async def test_what_a_refused_token_held_up_goes_out_at_once_under_a_better_one(store: Store):
    await fill(store, range(100, 110))
    discord = FakeDiscord()
    refused = {"permanent": False, "scope": Scope.EVERYTHING, "retry_after_s": 86_400.0, "is_certain": False}
    discord.refuse = [SendFailed("Discord refuses the token", **refused)]
    await deliverer(store, discord).drain()
    assert await states(store) == {"pending": 10}
    assert (await deliverer(store, FakeDiscord(), SetClock(AT + timedelta(minutes=10))).drain()).sent == 10


async def test_a_database_that_is_held_by_others_does_not_keep_the_program_from_stopping(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.alerts.deliver.LAST_WORDS_S", 0.1)

    async def stuck(_endings) -> set[int]:
        await asyncio.sleep(3600)
        return set()

    await fill(store, range(100, 140))
    discord = Slow(100, 0.05)
    monkeypatch.setattr(store.outbox, "settle", stuck)
    monkeypatch.setattr("bot.alerts.deliver.PARTING_S", 0.1)
    running = asyncio.create_task(deliverer(store, discord, pace=Pace(per_second=5.0)).run())
    await discord.begun.wait()
    running.cancel()
    async with asyncio.timeout(3):
        with pytest.raises(asyncio.CancelledError):
            await running
