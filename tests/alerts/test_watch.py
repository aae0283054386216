from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from bot.alerts.match import effective_thresholds, requests_for
from bot.alerts.route import Audience, plan
from bot.alerts.scanner import ThreadScanner
from bot.alerts.schedule import run_instant
from bot.alerts.timetable import Timetable
from bot.alerts.watch import JOB, Outcome, Timing, Watch
from bot.clock import SetClock, WallClock
from bot.records import Address, DeliveryState, MessageKind, Planned, Settlement
from bot.store.store import Store
from bot.store.tables import event as event_table
from signals.cross import CROSS
from signals.types import Calendar, Coverage, Event
from tests.alerts.worlds import SIZE, TURN, FakeBook, calendar, closes, golden_row, session_at

TIMING = Timing(calendar())
ROW = golden_row()


def due_at(row: int) -> datetime:
    return run_instant(TIMING.calendar, session_at(row), TIMING.delay)


def watch_over(store: Store, clock: SetClock, book: FakeBook | None = None, **given) -> Watch:
    return Watch(book or FakeBook(), store, ThreadScanner(), (CROSS,), TIMING, clock, **given)


async def follow(store: Store, channel_id: int = 11, guild_id: int = 1, subjects: tuple[str, ...] = ("VEE",)):
    return await store.routes.add(
        guild_id=guild_id, channel_id=channel_id, signal="cross", subjects=subjects, by=7, at=due_at(ROW - 5)
    )


async def started(store: Store, row: int = ROW - 1, book: FakeBook | None = None) -> tuple[Watch, SetClock]:
    """Return a watch that has been through its first start at `row`."""
    clock = SetClock(due_at(row))
    watch = watch_over(store, clock, book)
    assert await watch.run_due() == []
    return watch, clock


async def test_the_first_start_reports_nothing_of_the_past(store: Store):
    await follow(store)
    watch, _ = await started(store, ROW)
    assert await watch.run_due() == []
    assert await store.ledger.latest() == []
    last = await store.runs.last(JOB)
    assert last is not None
    assert (last.session, last.reason) == (session_at(ROW), "first start: sessions up to this one are history")


class Thin(ThreadScanner):
    """A scanner that finds a universe thinly covered."""

    async def scan(self, *asked, **more):
        return replace(await super().scan(*asked, **more), thin={"breadth": Coverage(2139, 3012)})


async def test_what_a_thin_universe_withholds_is_reported_and_told_with_the_good_news(store: Store):
    await follow(store)
    book = FakeBook()
    watch, clock = await started(store, book=book)
    watch.scanner = Thin()
    book.problems[session_at(ROW)] = "only 2,139 of 3,012 of smallcap have come so far"
    clock.set(due_at(ROW))
    [failed] = await watch.run_due()
    assert failed.outcome is Outcome.FAILED
    [(run_id, session, reason)] = await store.notices.unsaid_failures(JOB, clock.now())
    assert (session, reason) == (session_at(ROW), book.problems[session])
    await store.notices.tell_failure(run_id, "it hangs", clock.now())
    [notice] = await store.notices.waiting()
    await store.notices.address(notice, Address(5), clock.now(), clock.now() + timedelta(days=1))
    book.problems.clear()
    clock.set(due_at(ROW) + timedelta(minutes=20))
    [report] = await watch.run_due()
    assert (report.outcome, report.withheld) == (Outcome.SCANNED, "breadth (2,139 of 3,012, 71 %)")
    [told] = await store.notices.waiting()
    assert "Left out, because less than 90 % of what they count has come in: breadth (2,139 of" in told.text


async def test_a_due_session_is_scanned_once_and_its_events_are_planned_for_who_follows(store: Store):
    route = await follow(store)
    watch, clock = await started(store)
    told = []
    watch.tell = lambda: told.append(True)
    clock.set(due_at(ROW) - timedelta(seconds=1))
    assert await watch.run_due() == []
    clock.set(due_at(ROW))
    [report] = await watch.run_due()
    assert (report.session, report.outcome, report.deliveries) == (session_at(ROW), Outcome.SCANNED, 1)
    assert await watch.run_due() == []
    assert told == [True]
    [message] = await store.outbox.claim(10, clock.now(), 60)
    assert [(stored.event.subject, stored.event.kind) for stored in message.events] == [("VEE", "golden_cross")]
    assert message.channel_id == route.channel_id
    assert message.whys == ("this channel follows cross for VEE (/alerts list)",)
    assert message.expires_at == due_at(ROW + 1) - TIMING.delay


async def test_missed_sessions_are_run_once_and_in_order(store: Store):
    await follow(store)
    book = FakeBook()
    watch, clock = await started(store, ROW - 3, book)
    clock.set(due_at(ROW + 4))
    reports = await watch.run_due()
    assert [report.session for report in reports] == [session_at(row) for row in range(ROW - 2, ROW + 5)]
    assert book.brought == [report.session for report in reports]
    assert await watch.run_due() == []
    assert sum(report.deliveries for report in reports) == (await store.outbox.counts())["computed"] > 0


async def test_alerts_missed_for_longer_than_they_last_are_told_in_one_digest_before_what_is_new(store: Store):
    await follow(store)
    watch, clock = await started(store)
    clock.set(due_at(ROW + 4))
    await watch.run_due()
    counts = await store.outbox.counts()
    assert counts["expired"] >= 1
    assert counts["computed"] == counts["expired"] + counts["pending"]
    [digest] = await store.outbox.claim(10, clock.now(), 60)
    assert (digest.kind, digest.channel_id, len(digest.events)) == (MessageKind.DIGEST, 11, counts["expired"])
    assert digest.expires_at > clock.now() + timedelta(days=1)
    assert await watch.run_due() == []
    assert await store.outbox.claim(10, clock.now(), 60) == [], "a digest is opened once"


async def posted_cross(store: Store) -> tuple[Watch, SetClock, FakeBook]:
    """Let VEE's golden cross be told in channel 11."""
    await follow(store)
    book = FakeBook()
    watch, clock = await started(store, ROW - 1, book)
    clock.set(due_at(ROW))
    await watch.run_due()
    [message] = await store.outbox.claim(10, clock.now(), 60)
    ending = Settlement(message.id, message.lease, DeliveryState.SENT, clock.now(), discord_id=700)
    assert await store.outbox.settle([ending])
    return watch, clock, book


async def test_a_correction_that_removes_a_posted_event_is_told_once_whatever_comes_later(store: Store):
    watch, clock, book = await posted_cross(store)
    book.revised = {"VEE": closes()["VEE"] - np.maximum(0, np.arange(SIZE) - TURN) * 3.0}
    clock.set(due_at(ROW + 1))
    [report] = await watch.run_due()
    assert (report.events, report.retracted) == (0, 1)
    [reply] = await store.outbox.claim(10, clock.now(), 60)
    assert (reply.kind, reply.replies_to) == (MessageKind.RETRACTION, 700)
    for row, revised in ((ROW + 2, {}), (ROW + 3, book.revised)):
        book.revised = revised
        clock.set(due_at(row))
        [report] = await watch.run_due()
        assert (report.deliveries, report.retracted) == (0, 0)


async def test_bars_that_are_missing_now_take_nothing_back(store: Store):
    watch, clock, book = await posted_cross(store)
    book.holes = {"VEE": slice(ROW, ROW + 1)}
    clock.set(due_at(ROW + 1))
    [report] = await watch.run_due()
    assert report.retracted == 0


async def test_events_of_more_than_twenty_sessions_ago_are_left_as_they_were_told(store: Store):
    watch, clock, book = await posted_cross(store)
    for row in range(ROW + 1, ROW + 22):
        clock.set(due_at(row))
        if row == ROW + 21:
            book.revised = {"VEE": closes()["VEE"] - np.maximum(0, np.arange(SIZE) - TURN) * 3.0}
        await watch.run_due()
    standing = await store.ledger.posted(session_at(ROW), session_at(ROW))
    assert "golden_cross" in {event.kind for event in standing}


async def test_an_event_of_another_version_of_its_formula_is_not_taken_back(store: Store):
    watch, clock, book = await posted_cross(store)
    async with store.database.write() as connection:
        await connection.execute(event_table.update().values(version=0))
    book.revised = {"VEE": closes()["VEE"] - np.maximum(0, np.arange(SIZE) - TURN) * 3.0}
    clock.set(due_at(ROW + 1))
    [report] = await watch.run_due()
    assert report.retracted == 0


async def test_a_session_that_fails_says_why_holds_up_nobody_and_is_made_good(store: Store):
    await follow(store)
    book = FakeBook(problems={session_at(ROW): "the source is down"})
    watch, clock = await started(store, ROW - 1, book)
    clock.set(due_at(ROW + 1))
    failed, scanned = await watch.run_due()
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, "the source is down")
    assert scanned.outcome is Outcome.SCANNED
    [run] = await store.runs.failed(JOB)
    assert (run.session, run.reason) == (session_at(ROW), "the source is down")

    [resting] = await watch.run_due()
    assert (resting.outcome, resting.reason) == (Outcome.RESTING, "the source is down")
    book.problems.clear()
    clock.set(clock.now() + timedelta(minutes=1))
    [good] = await watch.run_due()
    assert (good.session, good.outcome) == (session_at(ROW), Outcome.SCANNED)
    assert await store.runs.failed(JOB) == []
    assert good.deliveries == 1


async def test_the_last_session_of_the_calendar_fails_by_itself_and_holds_up_no_other(store: Store):
    await follow(store)
    days = calendar()
    stop = int(np.searchsorted(days.sessions, np.datetime64(session_at(ROW), "D"))) + 1
    short = Calendar(days.sessions[:stop], days.closes[:stop])
    clock = SetClock(due_at(ROW - 2))
    watch = Watch(FakeBook(), store, ThreadScanner(), (CROSS,), Timing(short), clock)
    await watch.run_due()
    clock.set(due_at(ROW))
    assert [report.outcome for report in await watch.run_due()] == [Outcome.SCANNED, Outcome.FAILED]


async def test_a_bar_that_comes_a_session_late_still_brings_its_event_once(store: Store):
    await follow(store)
    book = FakeBook(holes={"VEE": slice(ROW, ROW + 1)})
    watch, clock = await started(store, ROW - 1, book)
    clock.set(due_at(ROW))
    [held_up] = await watch.run_due()
    assert (held_up.outcome, held_up.deliveries) == (Outcome.SCANNED, 0)
    book.holes = {}
    for row in (ROW + 1, ROW + 2):
        clock.set(due_at(row))
        await watch.run_due()
    crosses = [s.event.session for s in await store.ledger.latest() if s.event.subject == "VEE"]
    assert crosses.count(session_at(ROW)) == 1


async def test_the_rest_between_tries_grows_to_half_an_hour(store: Store):
    book = FakeBook(problems={session_at(ROW): "the source is down"})
    watch, clock = await started(store, ROW - 1, book)
    clock.set(due_at(ROW))
    await watch.run_due()
    for minutes in (1, 2, 4, 8, 16, 30, 30):
        clock.set(clock.now() + timedelta(minutes=minutes, seconds=-1))
        assert [report.outcome for report in await watch.run_due()] == [Outcome.RESTING]
        clock.set(clock.now() + timedelta(seconds=1))
        assert [report.outcome for report in await watch.run_due()] == [Outcome.FAILED]


@pytest.mark.parametrize("ahead_s", [0, 5])
async def test_a_run_left_behind_by_a_crash_is_taken_up_at_once(store: Store, ahead_s: int):
    """Even where its clock was ahead: a replay that is started again begins a moment before it was stopped."""
    await follow(store)
    watch, clock = await started(store)
    clock.set(due_at(ROW))
    await store.runs.start(JOB, session_at(ROW), clock.now() + timedelta(seconds=ahead_s))
    [report] = await watch.run_due()
    assert (report.outcome, report.deliveries) == (Outcome.SCANNED, 1)


async def test_of_two_watches_on_one_database_one_plans_the_deliveries(store: Store):
    await follow(store)
    _, clock = await started(store)
    clock.set(due_at(ROW))
    reports = await asyncio.gather(*(watch_over(store, clock).run_due() for _ in range(4)))
    outcomes = [report.outcome for one in reports for report in one]
    assert outcomes.count(Outcome.SCANNED) == 1
    assert set(outcomes) <= {Outcome.SCANNED, Outcome.TAKEN}
    assert (await store.outbox.counts())["computed"] == 1


async def test_each_guild_hears_of_events_under_its_own_thresholds(store: Store):
    await follow(store, 11, 1, ())
    await follow(store, 22, 2, ())
    quick = {"fast": 5, "slow": 20}
    for name, value in quick.items():
        await store.thresholds.set(guild_id=2, signal="cross", name=name, value=value, by=7, at=due_at(ROW - 5))
    watch, clock = await started(store, TURN)
    windows: dict[int, set[tuple[object, object]]] = {11: set(), 22: set()}
    for row in range(TURN + 1, ROW + 3):
        clock.set(due_at(row))
        await watch.run_due()
        for message in await store.outbox.claim(10, clock.now(), 60):
            for stored in message.events:
                windows[message.channel_id].add((stored.event.thresholds["fast"], stored.event.thresholds["slow"]))
            ending = Settlement(message.id, message.lease, DeliveryState.SENT, clock.now(), discord_id=message.id)
            assert await store.outbox.settle([ending])
    assert windows == {11: {(50, 200)}, 22: {(5, 20)}}


async def test_a_guild_whose_thresholds_contradict_each_other_silences_itself_alone(store: Store):
    await follow(store, 11, 1)
    await follow(store, 22, 2)
    await store.thresholds.set(guild_id=2, signal="cross", name="slow", value=30, by=7, at=due_at(ROW))
    effective = await effective_thresholds(store.thresholds, (CROSS,))
    assert set(effective) == {(0, "cross"), (1, "cross")}, "who asked in a direct message has the defaults"
    assert [request.thresholds for request in requests_for((CROSS,), effective)] == [CROSS.thresholds_with()]


async def test_a_plan_names_every_channel_once_with_the_importance_of_the_kind(store: Store):
    routes = [await follow(store), await follow(store, 12, subjects=()), await follow(store, 13, subjects=("IWM",))]
    effective = await effective_thresholds(store.thresholds, (CROSS,))
    thresholds = {"fast": 50, "slow": 200}
    events = [
        Event("cross", kind, "VEE", session_at(ROW), 1, given, {})
        for kind, given in (
            ("golden_cross", thresholds),
            ("approaching_golden", {**thresholds, "approach_sessions": 10}),
            ("approaching_golden", {**thresholds, "approach_sessions": 5}),
        )
    ]
    planned = plan(events, Audience(routes, effective), signals=(CROSS,), expires_at=due_at(ROW + 1), now=due_at(ROW))
    assert [(one.channel_id, one.priority) for one in planned] == [(11, 5), (11, 3), (12, 5), (12, 3)]
    assert isinstance(planned[0], Planned)
    assert planned[2].why == "this channel follows cross for every symbol (/alerts list)"


async def test_a_route_of_many_symbols_has_one_short_reason_for_all_its_events(store: Store):
    few = await follow(store, 11, subjects=("VEE", "PEAK"))
    many = await follow(store, 12, subjects=tuple(f"S{n}" for n in range(60)))
    effective = await effective_thresholds(store.thresholds, (CROSS,))
    events = [
        Event("cross", "golden_cross", subject, session_at(ROW), 1, {"fast": 50, "slow": 200}, {})
        for subject in (*few.subjects, *many.subjects)
    ]
    wanting = Audience((few, many), effective)
    planned = plan(events, wanting, signals=(CROSS,), expires_at=due_at(ROW + 1), now=due_at(ROW))
    assert len(planned) == 62
    assert {one.why for one in planned} == {
        "this channel follows cross for VEE, PEAK (/alerts list)",
        "this channel follows cross for 60 symbols (/alerts list)",
    }


async def test_the_timetable_rings_at_start_and_at_the_session_s_instant(monkeypatch: pytest.MonkeyPatch):
    rung: list[datetime] = []
    thrice = asyncio.Event()
    clock = WallClock()
    soon = clock.now() + timedelta(seconds=0.3)
    monkeypatch.setattr(
        "bot.alerts.timetable.next_instant", lambda _calendar, now, _delay: max(soon, now + timedelta(seconds=0.3))
    )

    async def ring() -> None:
        rung.append(clock.now())
        if len(rung) == 2:
            raise OSError("the database is away")
        if len(rung) == 3:
            thrice.set()

    timetable = Timetable(TIMING, clock, ring)
    await timetable.start()
    assert len(rung) == 1
    async with asyncio.timeout(10):
        await thrice.wait()
    await timetable.stop()
    assert soon <= rung[1] < rung[2]
