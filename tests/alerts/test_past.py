from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.alerts import past as looking
from bot.alerts import scan as scanning
from bot.alerts.historian import PastUnavailable, ThreadHistorian, WorkerHistorian
from bot.alerts.past import past_events, past_of_market, recent
from bot.alerts.replay import replay
from bot.alerts.scan import Request, ScanError, scan_market
from bot.market.calendar import exchange_calendar
from bot.market.sample_market import END, simulate_market
from bot.worker import Worker, WorkerDied
from signals.cross import CROSS
from signals.definition import Needs
from signals.errors import InsufficientHistory
from signals.types import Coverage, Market
from tests.alerts.worlds import SIZE, WorldView, golden_row, market, session_at

DEFAULTS = Request("cross", CROSS.thresholds_with())
QUICK = Request("cross", CROSS.thresholds_with({"fast": 5, "slow": 20}))
NEAR = Request("cross", CROSS.thresholds_with({"approach_sessions": 30, "require_not_overheated": "yes"}))
WHOLE = WorldView(session_at(SIZE - 1))


@pytest.fixture(scope="module")
def sample() -> Market:
    calendar = exchange_calendar(date(2026, 12, 31))
    prices = simulate_market(calendar).prices
    return Market(prices, datetime(2026, 9, 30, 21, tzinfo=UTC), "simulated market", calendar)


def test_on_the_sample_market_each_session_brings_what_its_scan_would(sample: Market):
    requests = [DEFAULTS, Request("cross", CROSS.thresholds_with({"slow": 150}))]
    found = past_of_market(sample, requests)
    assert all(len(past.sessions) == 252 for past in found)
    assert found[0].sessions[-1] == END
    for session in np.random.default_rng(252).choice(found[0].sessions, 6, replace=False).tolist():
        for past in found:
            scanned = scan_market(sample, session, [past.request]).events
            assert [event for event in past.events if event.session == session] == list(scanned)


def test_on_the_sample_market_nothing_is_lost_with_the_years_that_are_not_looked_at(sample: Market):
    for past in past_of_market(sample, [DEFAULTS, QUICK, NEAR]):
        start, end = past.sessions[0], past.sessions[-1]
        assert list(past.events) == list(replay(sample, [past.request], start=start, end=end))
        assert len(past.events) > 100


def test_only_the_years_that_matter_are_looked_at(sample: Market):
    slow = CROSS.thresholds_with({"slow": 400})
    assert len(recent(sample, CROSS, DEFAULTS.thresholds, 252).prices.sessions) == 252 + 200 + 756
    assert len(recent(sample, CROSS, slow, 252).prices.sessions) == 252 + 400 + 756
    assert len(recent(sample, CROSS, slow, 5000).prices.sessions) == len(sample.prices.sessions)


def test_scans_of_a_small_market_bring_the_same_session_by_session():
    found = past_events(WHOLE, [DEFAULTS, QUICK, NEAR], SIZE - 195)
    for past in found:
        scans = [scan_market(market(), session_at(row), [past.request]).events for row in range(195, SIZE)]
        assert list(past.events) == [event for scan in scans for event in scan]
    assert [past.request for past in found] == [DEFAULTS, QUICK, NEAR]


def test_sets_with_the_same_windows_share_a_history(monkeypatch: pytest.MonkeyPatch):
    computed = []

    def counting(known: Market, thresholds):
        computed.append(thresholds["fast"])
        return CROSS.history(known, thresholds)

    monkeypatch.setattr(scanning, "by_name", lambda _name: replace(CROSS, history=counting))
    past_of_market(market(), [DEFAULTS, QUICK, NEAR, DEFAULTS])
    assert computed == [50, 5]


def test_a_session_of_which_too_few_bars_came_is_not_counted():
    row = golden_row()
    holes = {symbol: slice(row, row + 1) for symbol in ("VEE", "FLAT", "WAVE")}
    (past,) = past_of_market(market(holes), [QUICK], 100)
    assert len(past.sessions) == 99
    assert session_at(row) not in past.sessions
    assert all(event.session != session_at(row) for event in past.events)


def test_a_session_is_counted_exactly_where_its_scan_was_not_refused():
    row = golden_row()
    holes = {"VEE": slice(row, row + 1), "PEAK": slice(row, row + 1), "FLAT": slice(row, row + 1)}
    known = market(holes | {"WAVE": slice(row + 3, row + 4)})
    known = replace(known, universes={"smallcap": ("VEE", "PEAK", "FLAT")})
    assert scan_market(known, session_at(row), [DEFAULTS]).bars == Coverage(1, 4), "of the core, all has come"
    with pytest.raises(ScanError, match="only 0 of 1 symbols"):
        scan_market(known, session_at(row + 3), [DEFAULTS])
    (past,) = past_of_market(known, [DEFAULTS], 100)
    assert session_at(row) in past.sessions
    assert session_at(row + 3) not in past.sessions


def test_a_session_still_open_is_not_counted():
    last = session_at(SIZE - 1)
    (past,) = past_of_market(replace(market(), open_session=last), [QUICK], 100)
    assert past.sessions[-1] == session_at(SIZE - 2)
    assert len(past.sessions) == 100


def test_below_ninety_per_cent_of_its_universe_a_signal_raises_nothing(monkeypatch: pytest.MonkeyPatch):
    def partial(history, subject, thresholds, t=-1):
        return replace(CROSS.reading(history, subject, thresholds, t), coverage=Coverage(8, 10))

    wide = replace(CROSS, reading=partial, needs=Needs(universe="smallcap"))
    monkeypatch.setattr(scanning, "by_name", lambda _name: wide)
    assert past_of_market(market(), [QUICK])[0].events == ()


def test_a_signal_that_this_market_cannot_answer_says_why(monkeypatch: pytest.MonkeyPatch):
    def lacking(known, thresholds):
        raise InsufficientHistory("market", "made up", "has no such index")

    monkeypatch.setattr(scanning, "by_name", lambda _name: replace(CROSS, history=lacking))
    (past,) = past_of_market(market(), [DEFAULTS])
    assert "no such index" in past.unavailable
    assert past.events == ()


def test_a_signal_without_alerts_has_none_in_the_past():
    (past,) = past_of_market(market(), [Request("smallcap", {})])
    assert (past.events, past.unavailable, len(past.sessions)) == ((), "", 252)


def test_a_market_shorter_than_asked_is_counted_as_far_as_it_goes():
    (past,) = past_of_market(market(), [QUICK], 10_000)
    assert len(past.sessions) == SIZE
    assert past.last(10).sessions == past.sessions[-10:]
    assert past.last(10).events == tuple(event for event in past.events if event.session >= past.sessions[-10])


def test_it_says_what_it_was_counted_in():
    grounds = past_of_market(market({"VEE": slice(SIZE - 1, SIZE)}), [QUICK])[0].grounds
    assert (grounds.session, grounds.source, grounds.coverage) == (session_at(SIZE - 1), "made up", Coverage(3, 4))


def test_nothing_is_counted_without_a_session():
    empty = replace(market(), prices=market().prices.upto(date(2000, 1, 1)))
    (past,) = past_of_market(empty, [QUICK])
    assert (past.sessions, past.events) == ((), ())
    assert past.last(5) == past


async def test_a_worker_process_counts_the_same_and_leaves_the_values_behind():
    historian = WorkerHistorian()
    try:
        found = await historian.recall(WHOLE, [DEFAULTS, QUICK], 200)
    finally:
        await historian.close()
    assert found == await ThreadHistorian().recall(WHOLE, [DEFAULTS, QUICK], 200)
    whole = past_events(WHOLE, [DEFAULTS, QUICK], 200)
    assert [e.identity for past in found for e in past.events] == [e.identity for past in whole for e in past.events]
    assert all(event.values == {} for past in found for event in past.events)


async def test_a_worker_that_fails_or_does_not_answer_says_so_and_is_renewed():
    historian = WorkerHistorian(patience_s=0.0)
    try:
        with pytest.raises(PastUnavailable, match="cut short"):
            await historian.recall(WHOLE, [QUICK], 50)
        historian._patience_s = 60.0
        with pytest.raises(PastUnavailable) as failed, capture_logs() as logs:
            await historian.recall(WHOLE, [Request("unheard", {})], 50)
        [line] = logs
        assert str(failed.value) == f"this could not be counted just now (id {line['incident']})"
        assert (line["log_level"], "UnknownSignal" in str(line["exc_info"])) == ("error", True)
        assert (await historian.recall(WHOLE, [QUICK], 50))[0].sessions
    finally:
        await historian.close()


async def test_a_worker_that_dies_is_reported_under_an_id_and_renewed(monkeypatch):
    def dying(*_asked, **_given):
        raise WorkerDied("[Errno 32] Broken pipe")

    historian = WorkerHistorian()
    try:
        with monkeypatch.context() as broken, capture_logs() as logs:
            broken.setattr(Worker, "ask", dying)
            with pytest.raises(PastUnavailable) as failed:
                await historian.recall(WHOLE, [QUICK], 50)
        assert str(failed.value) == f"this could not be counted just now (id {logs[0]['incident']})"
        assert (await historian.recall(WHOLE, [QUICK], 50))[0].sessions
    finally:
        await historian.close()


def test_sessions_up_to_a_day_are_counted_as_they_were_on_that_day():
    until = session_at(SIZE - 61)
    whole, (past,) = past_of_market(market(), [QUICK], 160)[0], past_of_market(market(), [QUICK], 100, until)
    assert (past.sessions[-1], len(past.sessions)) == (until, 100)
    assert past.events == tuple(event for event in whole.events if event.session <= until)
    assert past.events
    assert past.grounds == whole.grounds


def test_what_settles_is_longer_than_what_an_event_looks_back_over():
    farthest = max(threshold.upper for threshold in CROSS.thresholds if threshold.unit == "sessions")
    assert farthest + 20 < looking.SETTLES_SESSIONS
