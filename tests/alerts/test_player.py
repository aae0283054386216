from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts.player import Player, deliver_until
from bot.alerts.watch import Outcome as RunOutcome
from bot.alerts.watch import SessionReport, Timing
from bot.clock import ReplayClock, SetClock
from tests.alerts.worlds import calendar, session_at

SESSIONS = [session_at(row) for row in range(3)]
TIMING = Timing(calendar(), delay=timedelta(minutes=20))
BEFORE = datetime(2024, 1, 1, tzinfo=UTC)


class Seen:
    def __init__(self):
        self.clock = SetClock(BEFORE)
        self.due_at = []
        self.arrived = []

    async def run_due(self):
        self.due_at.append(self.clock.now())
        return [SessionReport(self.clock.now().date(), RunOutcome.SCANNED)]

    async def note(self, session, reports):
        self.arrived.append((session, [report.session for report in reports]))


def player(seen, sessions=SESSIONS, pace_s=0.0):
    return Player(sessions, TIMING, seen.clock, seen.run_due, seen.note, pace_s)


async def test_plays_every_session_in_order_each_when_it_is_due():
    seen = Seen()
    played = player(seen)
    await played.play()
    assert seen.arrived == [(session, [session]) for session in SESSIONS]
    assert seen.due_at == [
        datetime.combine(session, datetime.min.time(), UTC) + timedelta(hours=20, minutes=20) for session in SESSIONS
    ]
    assert played.is_over
    assert played.last == SESSIONS[-1]


async def test_before_the_first_session_there_is_no_last():
    assert player(Seen()).last is None


async def test_without_sessions_it_is_over_at_once():
    seen = Seen()
    played = player(seen, [])
    await played.play()
    await played.step()
    assert (played.is_over, seen.arrived) == (True, [])


async def test_a_pause_stops_before_the_next_session_and_steps_go_on_by_hand():
    seen = Seen()
    played = player(seen)
    played.pause()
    playing = asyncio.create_task(played.play())
    await asyncio.sleep(0.01)
    assert (played.is_paused, played.done) == (True, 0)
    await played.step()
    assert (played.done, played.last) == (1, SESSIONS[0])
    played.go_on()
    await asyncio.wait_for(playing, 5)
    assert [session for session, _ in seen.arrived] == SESSIONS
    assert not played.is_paused


async def test_a_step_while_it_plays_repeats_and_skips_nothing():
    seen = Seen()
    played = player(seen)
    await asyncio.gather(played.play(), played.step(), played.step())
    assert [session for session, _ in seen.arrived] == SESSIONS


async def test_a_step_after_the_last_session_does_nothing():
    seen = Seen()
    played = player(seen)
    await played.play()
    await played.step()
    assert len(seen.arrived) == 3


async def test_the_pace_lies_between_sessions_and_not_after_the_last():
    seen = Seen()
    started = asyncio.get_running_loop().time()
    await player(seen, SESSIONS[:2], pace_s=0.05).play()
    assert 0.05 <= asyncio.get_running_loop().time() - started < 5


async def test_a_session_that_fails_to_run_is_not_counted_as_played():
    seen = Seen()
    played = player(seen)

    async def broken():
        raise OSError("no disk")

    played.run_due = broken
    with pytest.raises(OSError, match="no disk"):
        await played.step()
    assert played.done == 0


def test_a_set_clock_never_goes_back():
    clock = SetClock(BEFORE)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(BEFORE - timedelta(seconds=1))


async def test_a_set_clock_sleeps_by_moving():
    clock = SetClock(BEFORE)
    await clock.sleep(90)
    assert clock.now() == BEFORE + timedelta(seconds=90)


async def test_a_replay_clock_runs_on_from_where_it_is_set_and_never_back():
    ticks = iter([0.0, 1.0, 2.0, 2.0, 5.0, 6.0, 6.0, 7.0])
    clock = ReplayClock(BEFORE, monotonic=lambda: next(ticks))
    assert clock.now() == BEFORE + timedelta(seconds=1)
    clock.set(BEFORE + timedelta(days=1))
    assert clock.now() == BEFORE + timedelta(days=1, seconds=3)
    clock.set(BEFORE)  # it has run past that: it stays where it is
    assert clock.now() == BEFORE + timedelta(days=1, seconds=5)


async def test_a_replay_clock_waits_in_real_time():
    loop = asyncio.get_running_loop()
    started = loop.time()
    await ReplayClock(BEFORE).sleep(0.02)
    assert loop.time() - started >= 0.019


class Outbox:
    """Messages by when they are due."""

    def __init__(self, clock, *due):
        self.clock, self.due, self.told = clock, sorted(due), []

    async def next_due(self, _now):
        return self.due[0] if self.due else None

    async def drain(self):
        while self.due and self.due[0] <= self.clock.now():
            self.told.append((self.due.pop(0), self.clock.now()))


async def test_what_waits_for_an_hour_between_two_sessions_is_told_at_that_hour():
    seen = Seen()
    seven, eight = BEFORE + timedelta(hours=7), BEFORE + timedelta(hours=8)
    outbox = Outbox(seen.clock, eight, seven, BEFORE + timedelta(days=300))
    played = player(seen, SESSIONS[:1])
    played.meanwhile = lambda until: deliver_until(until, outbox, outbox.drain, seen.clock)
    await played.step()
    assert outbox.told == [(seven, seven), (eight, eight)]
    assert len(outbox.due) == 1
    assert seen.due_at[0] > eight


async def test_what_waits_for_a_retry_is_waited_for():
    clock = ReplayClock(BEFORE)
    outbox = Outbox(clock, BEFORE + timedelta(seconds=0.3))
    await deliver_until(BEFORE + timedelta(minutes=1), outbox, outbox.drain, clock)
    [(_, told_at)] = outbox.told
    assert told_at < BEFORE + timedelta(seconds=30)
