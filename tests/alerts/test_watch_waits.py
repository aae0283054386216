"""To wait for the rest of a universe is no failure: nobody is told that a session could not be scanned."""

from __future__ import annotations

from datetime import timedelta

from bot.alerts.notices import GRACE
from bot.alerts.watch import JOB, Outcome
from bot.errors import StillComing
from bot.store.store import Store
from tests.alerts.test_watch import ROW, due_at, follow, started
from tests.alerts.worlds import FakeBook, session_at


class Awaiting(FakeBook):
    """Waits for the rest of a universe as long as it has problems."""

    async def bring(self, session):
        if session in self.problems:
            raise StillComing(self.problems[session])
        return await super().bring(session)


async def test_while_a_universe_is_waited_for_nothing_has_failed_and_nobody_is_told(store: Store):
    await follow(store)
    book = Awaiting(problems={session_at(ROW): "only 2,139 of 3,012 of smallcap have come so far"})
    watch, clock = await started(store, book=book)
    for minutes in (0, 2, 5, 10, 20, 40):
        clock.set(due_at(ROW) + timedelta(minutes=minutes))
        [waits] = await watch.run_due()
        assert (waits.outcome, waits.reason) == (Outcome.WAITING, book.problems[session_at(ROW)])
    assert await store.notices.unsaid_failures(JOB, clock.now()) == []
    book.problems.clear()
    clock.set(due_at(ROW) + timedelta(minutes=75))
    [report] = await watch.run_due()
    assert (report.outcome, report.deliveries) == (Outcome.SCANNED, 1)
    assert await store.notices.waiting() == []


async def test_what_fails_after_it_has_been_waited_for_is_told_once_it_has_failed_for_long(store: Store):
    await follow(store)
    book = Awaiting(problems={session_at(ROW): "only 2,139 of 3,012 of smallcap have come so far"})
    watch, clock = await started(store, book=book)
    clock.set(due_at(ROW))
    await watch.run_due()
    watch.book = FakeBook(problems={session_at(ROW): "the source is down"})
    clock.set(due_at(ROW) + timedelta(minutes=60))
    await watch.run_due()
    assert await store.notices.unsaid_failures(JOB, clock.now() - GRACE) == []
    [(_, session, reason)] = await store.notices.unsaid_failures(JOB, clock.now())
    assert (session, reason) == (session_at(ROW), "the source is down")


async def test_what_waits_is_looked_at_again_soon_however_long_it_has_waited(store: Store):
    book = Awaiting(problems={session_at(ROW): "only 2,139 of 3,012 of smallcap have come so far"})
    watch, clock = await started(store, book=book)
    for minute in range(20):
        clock.set(due_at(ROW) + timedelta(minutes=minute))
        assert [report.outcome for report in await watch.run_due()] == [Outcome.WAITING]
    clock.set(clock.now() + timedelta(seconds=59))
    assert [report.outcome for report in await watch.run_due()] == [Outcome.RESTING]
    book.problems.clear()
    clock.set(due_at(ROW) + timedelta(minutes=20))
    assert [report.outcome for report in await watch.run_due()] == [Outcome.SCANNED]


async def test_the_first_failure_after_a_long_wait_is_tried_again_soon(store: Store):
    book = Awaiting(problems={session_at(ROW): "only 2,139 of 3,012 of smallcap have come so far"})
    watch, clock = await started(store, book=book)
    for minute in range(10):
        clock.set(due_at(ROW) + timedelta(minutes=minute))
        await watch.run_due()
    watch.book = FakeBook(problems={session_at(ROW): "the source is down"})
    for minute, outcome in ((10, Outcome.FAILED), (11, Outcome.FAILED), (12, Outcome.RESTING), (13, Outcome.FAILED)):
        clock.set(due_at(ROW) + timedelta(minutes=minute))
        assert [report.outcome for report in await watch.run_due()] == [outcome]
