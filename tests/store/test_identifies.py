from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.door import Door
from bot.chat.gateway import Gateway
from bot.chat.lines import Lines
from bot.clock import SetClock
from bot.store.identifies import APART, DAY, wait_s
from bot.store.store import Store

AT = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
STEP = timedelta(seconds=6)


def most_in_a_day(instants: list[datetime]) -> int:
    first, most = 0, 0
    for last, instant in enumerate(instants):
        while instant - instants[first] >= DAY:
            first += 1
        most = max(most, last - first + 1)
    return most


rests = st.one_of(
    st.floats(0, 30), st.floats(0, 4000), st.floats(0, 100_000), st.sampled_from([0.0, 5.0, 432.0, 480.0, 86_400.0])
)


@given(per_day=st.integers(10, 60), gaps=st.lists(rests, max_size=150))
def test_no_day_sees_more_than_it_may_and_waiting_as_told_is_enough(per_day, gaps):
    now, taken = AT, []
    for gap in gaps:
        now += timedelta(seconds=gap)
        wait = wait_s(taken, now, per_day)
        if wait > 0:
            now += timedelta(seconds=wait)
            assert wait_s(taken, now, per_day) == 0
        taken.append(now)
    assert most_in_a_day(taken) <= per_day
    assert all(later - earlier >= APART for earlier, later in pairwise(taken))


@given(per_day=st.integers(10, 1000))
def test_who_asks_as_soon_as_it_may_gets_a_tenth_at_once_and_the_whole_in_a_day(per_day):
    now, taken = AT, []
    while len(taken) <= per_day // 10:
        wait = wait_s(taken, now, per_day)
        now += timedelta(seconds=wait)
        taken.append(now)
    at_once = [instant for instant in taken if instant - AT <= APART * (per_day // 10)]
    assert len(at_once) >= per_day // 10
    assert wait_s(taken, now, per_day) <= 86_400 / (per_day - per_day // 10) + 1


async def test_a_tenth_goes_at_once_and_the_rest_evenly(store: Store):
    now = AT
    for _ in range(20):
        assert await store.identifies.take(now, 200) == 0
        now += STEP
    wait = await store.identifies.take(now, 200)
    assert 0 < wait <= 480
    assert await store.identifies.take(now + timedelta(seconds=wait - 0.002), 200) > 0
    assert await store.identifies.count(now) == 20
    assert await store.identifies.take(now + timedelta(seconds=wait), 200) == 0
    assert await store.identifies.count(now + timedelta(seconds=wait)) == 21


async def test_two_must_be_five_seconds_apart(store: Store):
    assert await store.identifies.take(AT, 200) == 0
    assert await store.identifies.take(AT + timedelta(seconds=1.5), 200) == 3.5
    assert await store.identifies.take(AT + timedelta(seconds=5), 200) == 0


async def test_what_is_older_than_a_day_no_longer_counts_and_is_forgotten_later(store: Store):
    await store.identifies.take(AT, 200)
    assert await store.identifies.count(AT + timedelta(hours=23)) == 1
    assert await store.identifies.count(AT + timedelta(hours=25)) == 0
    await store.identifies.take(AT + timedelta(hours=49), 200)
    assert await store.identifies.count(AT) == 1


async def test_instants_of_a_clock_that_was_wrong_shut_nobody_out(store: Store):
    for number in range(20):
        await store.identifies.take(AT + timedelta(days=900) + number * STEP, 200)
    assert await store.identifies.take(AT, 200) == 0
    assert await store.identifies.count(AT) == 1


async def test_processes_that_race_do_not_overdraw(store: Store, url: str, keep):
    others = [keep(Store(url)) for _ in range(5)]
    for number in range(19):
        await store.identifies.take(AT - timedelta(minutes=10) + number * STEP, 200)
    waits = await asyncio.gather(*(other.identifies.take(AT, 200) for other in others))
    assert waits.count(0) == 1
    assert await store.identifies.count(AT) == 20


class Crash(BaseException):
    """The process is gone."""


class Doomed:
    """A client that crashes once it has sent its IDENTIFY."""

    ws = admit = user = application = None
    pulse = SimpleNamespace(event=None)

    def __init__(self, clock: SetClock, sent: list[datetime]) -> None:
        self.door = Door(clock, SimpleNamespace(get=nothing))
        self.lines = Lines(clock, self.door)
        self._clock = clock
        self._sent = sent

    def is_closed(self) -> bool:
        return False

    async def login(self, _token: str) -> None:
        pass

    async def connect(self) -> None:
        await self.admit()
        self._sent.append(self._clock.now())
        raise Crash


async def nothing(_key: str) -> None:
    return None


async def test_a_crash_loop_is_slowed_and_never_shut_out(migrated_file, tmp_path):
    path = tmp_path / "smallcap.sqlite3"
    shutil.copy(migrated_file, path)
    clock, sent = SetClock(AT), []
    while clock.now() < AT + timedelta(hours=30):
        store = Store(f"sqlite:///{path}")  # a start: nothing but the file remembers
        client = Doomed(clock, sent)
        gateway = Gateway(client, "token", clock=clock, budget=store.identifies, per_day=200)
        with pytest.raises(Crash):
            await gateway.run(asyncio.Event())
        await store.close()
        await clock.sleep(0.5)
    assert most_in_a_day(sent) <= 200
    for begin in (AT, AT + timedelta(hours=6)):
        assert 150 < len([instant for instant in sent if begin <= instant < begin + DAY]) <= 200
    assert max(later - earlier for earlier, later in pairwise(sent)) <= timedelta(minutes=9)
