from __future__ import annotations

import asyncio
import itertools
import time
from datetime import date, datetime, timedelta

import pytest

from bot.alerts.deliver import Deliverer, Tally
from bot.alerts.pace import Pace
from bot.alerts.ports import Receipt, SendFailed
from bot.clock import SetClock
from bot.records import Outbound
from bot.store.store import Store
from tests.alerts.deliveries import AT, EXPIRES, FAST, deliverer, fill, sent, states
from tests.alerts.worlds import FakeComposer, FakeDiscord


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
        due = await store.outbox.next_due(clock.now())
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
    assert await store.outbox.next_due(AT) == AT + timedelta(seconds=90)


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
        async def send(self, message: Outbound) -> Receipt:
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
    late = Deliverer(store.outbox, store.destinations, Slow(), discord, clock, FAST)
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

    sender = Deliverer(store.outbox, store.destinations, Waiting(), discord, clock, FAST)
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
        async def send(self, message: Outbound) -> Receipt:
            begun.append(time.monotonic())
            await asyncio.sleep(0.05)
            return await super().send(message)

    await deliverer(store, Timed(), pace=Pace(per_second=100.0)).drain()
    gaps = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert begun[-1] - begun[0] >= 0.99 * 38.5 / 100, "39 gaps, of which half a one may be made up for"
    assert sorted(gaps)[len(gaps) // 2] >= 0.008


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


async def test_a_destination_that_refuses_is_asked_once_however_much_is_meant_for_it(store: Store):
    for day in (6, 7, 8):
        await fill(store, (11, 12), session=date(2025, 8, day))
    discord = FakeDiscord()
    discord.revoked.add(11)
    sender = deliverer(store, discord)
    assert await sender.drain() == Tally(sent=3, dead=1)
    assert len(discord.calls) == 4
    assert await states(store) == {"sent": 3, "dead": 1, "suppressed": 2}
    [notice] = await store.notices.waiting()
    assert "<#11>" in notice.text
    assert "the bot may not speak there" in notice.text
    assert "alerts here" in notice.text


async def test_endings_that_come_together_are_written_together(store: Store, monkeypatch: pytest.MonkeyPatch):
    await fill(store, range(100, 164))
    batches: list[int] = []
    real = store.outbox.settle

    async def counted(endings):
        batches.append(len(endings))
        return await real(endings)

    monkeypatch.setattr(store.outbox, "settle", counted)
    assert (await deliverer(store, FakeDiscord()).drain()).sent == 64
    assert sum(batches) == 64
    assert len(batches) < 32


async def test_a_channel_that_takes_plain_words_alone_is_remembered(store: Store):
    class Plain(FakeDiscord):
        async def send(self, message: Outbound) -> Receipt:
            receipt = await super().send(message)
            return Receipt(receipt.discord_id, is_plain=message.channel_id == 11)

    await store.routes.add(guild_id=1, channel_id=11, signal="cross", subjects=(), by=7, at=AT)
    await fill(store, (11, 12))
    assert await deliverer(store, Plain()).drain() == Tally(sent=2)
    assert [(found.channel_id, found.is_plain) for found in await store.destinations.off(1)] == [(11, True)]


async def test_what_moderators_must_be_told_goes_out_without_waiting_for_the_next_round(store: Store):
    asked = 0

    async def tell() -> int:
        nonlocal asked
        asked += 1
        if asked == 1:
            await fill(store, [11])
        return int(asked == 1)

    sender = deliverer(store, FakeDiscord())
    sender.tell_moderators = tell
    running = asyncio.create_task(sender.run())
    await sent(store, 1)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_defect_in_looking_blocks_nobody(store: Store):
    class Broken(FakeDiscord):
        async def find(self, _message: Outbound) -> int | None:
            raise KeyError("a mistake of ours")

    await fill(store, (11, 12))
    discord, clock = Broken(), SetClock(AT)
    discord.lose_answers = [SendFailed("reset", permanent=False, is_certain=False)]
    await deliverer(store, discord, clock).drain()
    clock.set(AT + timedelta(hours=1))
    assert (await deliverer(store, discord, clock).drain()).sent == 1
    assert await states(store) == {"sent": 2}
    assert await store.outbox.possible_duplicates() == 1


async def test_a_defect_beside_one_message_stops_no_other(store: Store, monkeypatch: pytest.MonkeyPatch):
    class Plain(FakeDiscord):
        async def send(self, message: Outbound) -> Receipt:
            return Receipt((await super().send(message)).discord_id, is_plain=True)

    async def broken(*_given, **_named) -> None:
        raise OSError("the database is locked")

    monkeypatch.setattr(store.destinations, "plain", broken)
    await fill(store, range(100, 120))
    await deliverer(store, Plain()).drain()
    assert await states(store) == {"sent": 20}


async def test_no_more_is_claimed_than_can_be_begun_before_the_claim_grows_old(store: Store):
    await fill(store, range(100, 200))
    discord, slow = FakeDiscord(), Pace(per_second=4.0, lease_s=8.0)
    claimed: list[int] = []
    real = store.outbox.claim

    async def counted(limit: int, now: datetime, lease_s: float):
        claimed.append(limit)
        return await real(limit, now, lease_s)

    store.outbox.claim = counted  # type: ignore[method-assign]
    draining = asyncio.create_task(deliverer(store, discord, pace=slow).drain())
    await asyncio.sleep(0.6)
    draining.cancel()
    await asyncio.gather(draining, return_exceptions=True)
    assert max(claimed) == 8


async def test_a_claim_that_grew_old_before_its_turn_is_given_back_and_no_attempt_counted(store: Store):
    await fill(store, (11, 12))
    clock = SetClock(AT)

    class Slow(FakeDiscord):
        async def send(self, message: Outbound) -> Receipt:
            if not self.posted:
                clock.set(AT + timedelta(seconds=FAST.lease_s / 2))
            return await super().send(message)

    discord = Slow()
    total = await deliverer(store, discord, clock, Pace(per_second=5000.0, in_flight=1)).drain()
    assert (total.sent, len(discord.calls)) == (2, 2)
    assert total.retried == 1
