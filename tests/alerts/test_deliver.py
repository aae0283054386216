from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.alerts.deliver import Deliverer, Pace, Tally
from bot.alerts.ports import SendFailed
from bot.clock import SetClock
from bot.records import Outbound, Planned
from bot.store.store import Store
from signals.types import Event
from tests.alerts.worlds import FakeComposer, FakeDiscord

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
EXPIRES = AT + timedelta(hours=20)
FAST = Pace(per_second=5000.0)


async def fill(store: Store, channels: Iterable[int], session: date = date(2025, 8, 6)) -> None:
    """Record one event for `channels`."""
    event = Event("cross", "golden_cross", "^RUT", session, 1, {"fast": 50}, {"close": 1.0})
    run = await store.runs.start("session", session, AT)
    assert run is not None
    plans = [Planned(event.identity, 1, 1, channel, "it asked", 5, EXPIRES) for channel in channels]
    assert await store.ledger.record(run, [event], plans, at=AT) is not None


def deliverer(store: Store, discord: FakeDiscord, clock: SetClock | None = None, pace: Pace = FAST) -> Deliverer:
    return Deliverer(
        store.outbox,
        FakeComposer(),
        discord,
        clock or SetClock(AT),
        pace,
        random.Random(7),  # noqa: S311 - jitter
    )


async def sent(store: Store, count: int) -> None:
    """Wait until the database says that so many are sent."""
    async with asyncio.timeout(10):
        while (await store.outbox.counts())["sent"] < count:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.01)


async def states(store: Store) -> dict[str, int]:
    counts = await store.outbox.counts()
    assert counts["computed"] == sum(n for state, n in counts.items() if state != "computed")
    return {state: n for state, n in counts.items() if n and state != "computed"}


async def test_everything_due_is_sent_once_with_its_content_and_files(store: Store):
    await fill(store, range(100, 140))
    discord = FakeDiscord()
    sender = deliverer(store, discord)
    assert await sender.drain() == Tally(sent=40)
    assert await sender.drain() == Tally()
    assert len(discord.calls) == len(discord.posted) == 40
    assert {message.channel_id for message in discord.posted.values()} == set(range(100, 140))
    for message in discord.posted.values():
        assert message.payload == {"content": "^RUT golden_cross"}
        assert [file.name for file in message.attachments] == ["chart.png"]
    assert await states(store) == {"sent": 40}


async def test_a_channel_that_is_gone_is_given_up_at_once_and_says_why(store: Store):
    await fill(store, (11, 12))
    discord = FakeDiscord()
    discord.revoked.add(11)
    assert await deliverer(store, discord).drain() == Tally(sent=1, dead=1)
    assert len(discord.calls) == 2
    assert await states(store) == {"sent": 1, "dead": 1}


async def test_a_passing_failure_is_tried_again_with_the_same_nonce_and_content(store: Store):
    await fill(store, [11])
    discord, clock = FakeDiscord(), SetClock(AT)
    discord.refuse = [SendFailed("503", permanent=False), SendFailed("503", permanent=False)]
    sender = deliverer(store, discord, clock)
    assert await sender.drain() == Tally(retried=1)
    assert await sender.drain() == Tally()
    waits = []
    while not discord.posted:
        due = await store.outbox.next_due()
        assert due is not None
        waits.append((due - clock.now()).total_seconds())
        clock.set(due)
        await sender.drain()
    assert len(set(discord.calls)) == 1
    assert len(discord.calls) == 3
    assert isinstance(sender.composer, FakeComposer)
    assert len(sender.composer.composed) == 1
    assert 1.0 <= waits[0] <= 2.0 <= waits[1] <= 4.0


async def test_a_receiver_that_asks_to_wait_is_left_alone_that_long(store: Store):
    await fill(store, [11])
    discord = FakeDiscord()
    discord.refuse = [SendFailed("429", permanent=False, retry_after_s=90.0)]
    await deliverer(store, discord).drain()
    assert await store.outbox.next_due() == AT + timedelta(seconds=90)


async def test_an_answer_lost_after_the_message_arrived_posts_it_once(store: Store):
    await fill(store, [11])
    discord, clock = FakeDiscord(), SetClock(AT)
    discord.lose_answers = [SendFailed("connection reset", permanent=False)]
    sender = deliverer(store, discord, clock)
    await sender.drain()
    clock.set(AT + timedelta(seconds=5))
    assert await sender.drain() == Tally(sent=1)
    assert (len(discord.calls), len(discord.posted)) == (2, 1)


async def test_what_cannot_arrive_in_time_expires_with_the_reason_it_was_held_up(store: Store):
    await fill(store, [11])
    discord, clock = FakeDiscord(), SetClock(EXPIRES - timedelta(seconds=1))
    discord.refuse = [SendFailed("503", permanent=False, retry_after_s=60.0)]
    assert await deliverer(store, discord, clock).drain() == Tally(expired=1)
    assert await states(store) == {"expired": 1}


async def test_an_alert_found_too_old_is_expired_and_not_sent(store: Store):
    await fill(store, [11])
    discord = FakeDiscord()
    assert await deliverer(store, discord, SetClock(EXPIRES)).drain() == Tally(expired=1)
    assert discord.calls == []


async def test_a_mistake_of_ours_stops_no_other_message_and_is_given_up_in_the_end(store: Store):
    class Clumsy(FakeDiscord):
        async def send(self, message: Outbound) -> int:
            if message.channel_id == 11:
                raise KeyError("a mistake")
            return await super().send(message)

    await fill(store, (11, 12))
    clock = SetClock(AT)
    sender = deliverer(store, Clumsy(), clock)
    total = await sender.drain()
    for _ in range(10):
        clock.set(clock.now() + timedelta(minutes=10))
        total += await sender.drain()
    assert (total.sent, total.dead, total.retried) == (1, 1, 4)
    assert await states(store) == {"sent": 1, "dead": 1}


async def test_a_sender_that_lost_its_lease_does_not_send_what_another_has_frozen(store: Store):
    await fill(store, [11])

    class Slow(FakeComposer):
        async def compose(self, message: Outbound):
            clock.set(AT + timedelta(seconds=FAST.lease_s))
            assert await deliverer(store, discord, clock).drain() == Tally(sent=1)
            return await super().compose(message)

    discord, clock = FakeDiscord(), SetClock(AT)
    late = Deliverer(store.outbox, Slow(), discord, clock, FAST)
    assert await late.drain() == Tally()
    assert len(discord.calls) == 1


async def test_what_cannot_be_composed_for_an_hour_is_sent_once_it_can(store: Store):
    await fill(store, [11])
    clock, discord = SetClock(AT), FakeDiscord()

    class Waiting(FakeComposer):
        async def compose(self, message: Outbound):
            if clock.now() < AT + timedelta(hours=1):
                raise OSError("the bars are not there")
            return await super().compose(message)

    sender = Deliverer(store.outbox, Waiting(), discord, clock, FAST)
    total = await sender.drain()
    for _ in range(13):
        clock.set(clock.now() + timedelta(minutes=5))
        total += await sender.drain()
    assert (total.sent, total.dead) == (1, 0)
    assert total.retried > 5
    assert len(discord.calls) == 1


async def test_sends_begin_evenly_spaced(store: Store):
    await fill(store, range(100, 140))
    begun: list[float] = []

    class Timed(FakeDiscord):
        async def send(self, message: Outbound) -> int:
            begun.append(time.monotonic())
            await asyncio.sleep(0.05)
            return await super().send(message)

    await deliverer(store, Timed(), pace=Pace(per_second=100.0)).drain()
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert begun[-1] - begun[0] >= 0.99 * 39 / 100
    assert sorted(gaps)[len(gaps) // 2] >= 0.008


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
        async def send(self, message: Outbound) -> int:
            await super().send(message)
            reached.set()
            await asyncio.sleep(60)
            return 0

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


async def test_a_database_that_is_away_for_a_moment_does_not_end_the_deliverer(
    store: Store, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("bot.alerts.deliver.AFTER_TROUBLE_S", 0.01)
    troubles = [OSError("the database is locked")] * 3
    real = store.outbox.expire

    async def flaky(now: datetime) -> int:
        if troubles:
            raise troubles.pop()
        return await real(now)

    monkeypatch.setattr(store.outbox, "expire", flaky)
    await fill(store, [11])
    running = asyncio.create_task(deliverer(store, FakeDiscord()).run())
    await sent(store, 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Slow(FakeDiscord):
    """Answers `channel` only after a while, if ever; says when it has begun."""

    def __init__(self, channel: int, seconds: float) -> None:
        super().__init__()
        self.channel, self.seconds, self.begun = channel, seconds, asyncio.Event()

    async def send(self, message: Outbound) -> int:
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
