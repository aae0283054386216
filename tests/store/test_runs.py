from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime

from bot.records import RunState
from bot.store.store import Store

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
SESSION = date(2025, 8, 6)


async def test_a_session_runs_once(store: Store):
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    assert (run.session, run.state, run.attempt) == (SESSION, RunState.STARTED, 1)
    assert await store.ledger.record(run, [], [], at=AT)
    assert await store.runs.start("session", SESSION, AT) is None


async def test_another_job_has_its_own_runs(store: Store):
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    await store.ledger.record(run, [], [], at=AT)
    assert await store.runs.start("digest", SESSION, AT) is not None


async def test_a_crashed_run_is_taken_over_and_its_first_holder_can_end_it_no_more(store: Store):
    crashed = await store.runs.start("session", SESSION, AT)
    heir = await store.runs.start("session", SESSION, AT)
    assert crashed is not None
    assert heir is not None
    assert (heir.id, heir.attempt) == (crashed.id, 2)
    assert not await store.ledger.record(crashed, [], [], at=AT)
    assert not await store.runs.fail(crashed, "too late", AT)
    assert await store.ledger.record(heir, [], [], at=AT)


async def test_a_failed_run_keeps_its_reason_and_stays_due(store: Store):
    run = await store.runs.start("session", SESSION, AT)
    assert run is not None
    await store.runs.fail(run, "the source is down", AT)
    found = await store.runs.of("session", SESSION)
    assert found is not None
    assert (found.state, found.reason, found.finished_at) == (RunState.FAILED, "the source is down", AT)
    assert [failed.session for failed in await store.runs.failed("session")] == [SESSION]
    assert await store.runs.missing("session", [SESSION]) == [SESSION]
    again = await store.runs.start("session", SESSION, AT)
    assert again is not None
    assert (again.attempt, again.reason) == (2, "")


async def test_missing_sessions_come_in_order(store: Store):
    days = [date(2025, 8, day) for day in (4, 5, 6, 7)]
    run = await store.runs.start("session", days[1], AT)
    assert run is not None
    await store.ledger.record(run, [], [], at=AT)
    await store.runs.start("session", days[2], AT)
    assert await store.runs.missing("session", days[::-1]) == [days[0], days[2], days[3]]
    assert await store.runs.missing("session", []) == []


async def test_what_was_absent_is_remembered_with_the_first_session_it_was_absent_at(store: Store):
    for day, absent in ((4, ["A"]), (5, ["B"]), (6, ["B", "C"]), (7, [])):
        run = await store.runs.start("session", date(2025, 8, day), AT)
        assert run is not None
        await store.ledger.record(run, [], [], at=AT, absent=absent)
    assert await store.runs.absent("session", date(2025, 8, 5)) == {"B": date(2025, 8, 5), "C": date(2025, 8, 6)}
    assert await store.runs.absent("other", date(2025, 8, 5)) == {}


async def test_the_baseline_is_the_first_and_last_finished_run_until_there_are_others(store: Store):
    assert await store.runs.first("session") is None
    assert await store.runs.last("session") is None
    await store.runs.baseline("session", SESSION, AT)
    await store.runs.baseline("session", SESSION, AT)
    later = await store.runs.start("session", date(2025, 8, 7), AT)
    assert later is not None
    await store.ledger.record(later, [], [], at=AT)
    first, last = await store.runs.first("session"), await store.runs.last("session")
    assert first is not None
    assert last is not None
    assert (first.session, last.session) == (SESSION, date(2025, 8, 7))


async def test_of_two_processes_that_start_a_run_one_records_it(url: str, store: Store, keep):
    other = keep(Store(url))
    await other.open()
    for day in range(1, 29):
        session = date(2025, 2, day)
        runs = await asyncio.gather(store.runs.start("session", session, AT), other.runs.start("session", session, AT))
        ended = await asyncio.gather(
            *(which.ledger.record(run, [], [], at=AT) for which, run in zip((store, other), runs, strict=True) if run)
        )
        assert sum(recorded is not None for recorded in ended) == 1
