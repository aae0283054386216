from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bot.alerts import scan as scanning
from bot.alerts.proof import recompute, unpack
from bot.alerts.replay import replay
from bot.alerts.scan import Request, ScanError, scan_market, scan_session
from bot.alerts.scanner import ThreadScanner, WorkerScanner
from signals.catalog import by_name
from signals.cross import CROSS
from signals.definition import Needs
from signals.errors import InsufficientHistory
from signals.facts import Facts, Series
from signals.types import Coverage, Event, Market
from tests.alerts.worlds import SIZE, WorldView, golden_row, market, session_at

DEFAULTS = Request("cross", CROSS.thresholds_with())
QUICK = Request("cross", CROSS.thresholds_with({"fast": 5, "slow": 20}))
NEAR = Request("cross", CROSS.thresholds_with({"approach_sessions": 5}))


def told(events: tuple[Event, ...] | list[Event]) -> list[tuple[str, str, date]]:
    return [(event.subject, event.kind, event.session) for event in events]


def test_the_events_of_the_session_and_no_others_are_found():
    session = session_at(golden_row())
    found = scan_market(market(), session, [DEFAULTS])
    assert ("VEE", "golden_cross", session) in told(found.events)
    assert ("PEAK", "death_cross", session) in told(found.events)
    assert {event.session for event in found.events} == {session}
    assert found.bars == Coverage(4, 4)


def test_later_bars_are_not_looked_at():
    row = golden_row()
    now = scan_session(WorldView(session_at(row)), session_at(row), [DEFAULTS, QUICK])
    later = scan_session(WorldView(session_at(SIZE - 1)), session_at(row), [DEFAULTS, QUICK])
    assert now == later


def test_sets_of_thresholds_that_raise_the_same_event_share_it():
    session = session_at(golden_row())
    found = scan_market(market(), session, [DEFAULTS, NEAR, DEFAULTS, QUICK])
    assert len({event.identity for event in found.events}) == len(found.events)
    assert told(found.events).count(("VEE", "golden_cross", session)) == 1


def test_one_history_serves_all_sets_with_the_same_windows(monkeypatch: pytest.MonkeyPatch):
    computed = []

    def counting(known: Market, thresholds):
        computed.append(thresholds["fast"])
        return CROSS.history(known, thresholds)

    monkeypatch.setattr(scanning, "by_name", lambda _name: replace(CROSS, history=counting, deciding=None))
    scan_market(market(), session_at(golden_row()), [DEFAULTS, NEAR, QUICK])
    assert computed == [50, 5]


def test_a_session_without_bars_or_still_open_is_refused_in_words():
    with pytest.raises(ScanError, match="no bars of 2020-01-02"):
        scan_market(market(), date(2020, 1, 2), [DEFAULTS])
    with pytest.raises(ScanError, match="no bars of"):
        scan_session(WorldView(session_at(SIZE - 2)), session_at(SIZE - 1), [DEFAULTS])
    session = session_at(SIZE - 1)
    with pytest.raises(ScanError, match="has not closed"):
        scan_market(replace(market(), open_session=session), session, [DEFAULTS])


def test_bars_that_have_mostly_not_come_in_are_no_session():
    holes = {symbol: slice(300, 301) for symbol in ("VEE", "PEAK", "FLAT")}
    with pytest.raises(ScanError, match="only 1 of 4 symbols have a bar"):
        scan_market(market(holes), session_at(300), [DEFAULTS])
    found = scan_market(market({"VEE": slice(300, 301)}), session_at(300), [DEFAULTS])
    assert (found.bars, found.absent) == (Coverage(3, 4), ("VEE",))


def world_with_late_series(*, is_out: bool) -> Market:
    """Let the 10-year jump on a day whose value is known the business day after, at `session_at(300)`."""
    days = np.array([session_at(row) for row in range(280, 300)], dtype="datetime64[D]")
    values = np.where(np.arange(20) == 19, 4.5, 4.1)
    ten = Series("DGS10", "10-year", days if is_out else days[:-1], values if is_out else values[:-1])
    return replace(market(), facts=Facts(series={"DGS10": ten}))


RATES = Request("macro", by_name("macro").thresholds_with())


def test_a_fact_that_arrives_after_its_session_was_scanned_raises_its_event_in_a_later_scan():
    before, after = world_with_late_series(is_out=False), world_with_late_series(is_out=True)
    assert scan_market(before, session_at(300), [RATES]).events == ()
    assert scan_market(after, session_at(302), [RATES]).events == ()
    found = scan_market(after, session_at(302), [RATES], since=session_at(298))
    assert told(found.events) == [("DGS10", "ten_year_move", session_at(300))]
    assert scan_market(after, session_at(302), [RATES], since=session_at(301)).events == ()


def test_the_events_of_symbols_are_looked_for_in_the_session_alone():
    row = golden_row()
    found = scan_market(market(), session_at(row + 2), [DEFAULTS], since=session_at(row - 2))
    assert {event.session for event in found.events} <= {session_at(row + 2)}


def test_a_symbol_released_later_gets_the_events_it_missed():
    row = golden_row()
    held = scan_market(market({"VEE": slice(row - 1, row + 1)}), session_at(row), [DEFAULTS])
    assert all(event.subject != "VEE" for event in held.events)
    released = {"VEE": session_at(row - 1)}
    late = scan_session(WorldView(session_at(row + 2), released=released), session_at(row + 2), [DEFAULTS])
    assert ("VEE", "golden_cross", session_at(row)) in told(late.events)
    assert all(event.subject == "VEE" or event.session == session_at(row + 2) for event in late.events)


def test_below_ninety_per_cent_of_its_universe_a_signal_raises_nothing(monkeypatch: pytest.MonkeyPatch):
    covered = Coverage(8, 10)

    def partial(history, subject, thresholds, t=-1):
        return replace(CROSS.reading(history, subject, thresholds, t), coverage=covered)

    wide = replace(CROSS, reading=partial, needs=Needs(universe="smallcap"))
    monkeypatch.setattr(scanning, "by_name", lambda _name: wide)
    found = scan_market(market(), session_at(golden_row()), [DEFAULTS])
    assert found.events == ()
    assert set(found.withheld.values()) == {covered}


def test_a_universe_that_hardly_came_in_holds_up_no_index_and_its_signals_are_named(monkeypatch: pytest.MonkeyPatch):
    wide = replace(CROSS, name="wide", kinds=(), needs=Needs(universe="smallcap"))
    signals = {"cross": CROSS, "wide": wide}
    monkeypatch.setattr(scanning, "by_name", signals.__getitem__)
    holes = {symbol: slice(300, 301) for symbol in ("VEE", "PEAK")}
    known = replace(market(holes), universes={"smallcap": ("VEE", "PEAK", "GONE")})
    found = scan_market(known, session_at(300), [DEFAULTS, replace(DEFAULTS, signal="wide")])
    assert found.thin == {"wide": Coverage(0, 3)}
    assert (found.bars, found.absent) == (Coverage(2, 4), ("VEE", "PEAK"))
    whole = replace(market(), universes={"smallcap": ("VEE", "PEAK")})
    assert scan_market(whole, session_at(300), [replace(DEFAULTS, signal="wide")]).thin == {}


def test_a_market_that_is_all_universe_is_judged_as_a_whole():
    holes = {symbol: slice(300, 301) for symbol in ("VEE", "PEAK", "FLAT")}
    known = market(holes)
    known = replace(known, universes={"smallcap": known.prices.symbols})
    with pytest.raises(ScanError, match="only 1 of 4 symbols have a bar"):
        scan_market(known, session_at(300), [DEFAULTS])


def test_a_signal_that_this_market_cannot_answer_does_not_silence_the_others(monkeypatch: pytest.MonkeyPatch):
    def lacking(known, thresholds):
        raise InsufficientHistory("market", "made up", "has no such index")

    signals = {"cross": CROSS, "lacking": replace(CROSS, name="lacking", history=lacking, deciding=None)}
    monkeypatch.setattr(scanning, "by_name", signals.__getitem__)
    found = scan_market(market(), session_at(golden_row()), [replace(DEFAULTS, signal="lacking"), DEFAULTS])
    assert "no such index" in found.unavailable["lacking"]
    assert found.events


def test_every_new_event_comes_with_what_it_rests_on():
    session = session_at(golden_row())
    found = scan_market(market(), session, [DEFAULTS, QUICK])
    assert [kept.identity for kept in found.proofs] == [event.identity for event in found.events]
    known = {event.identity: event for event in found.events}
    for kept in found.proofs:
        assert recompute(known[kept.identity], kept.bars, market().calendar) == kept.reading
        assert json.loads(kept.reading)["session"] == session.isoformat()


def test_an_event_that_was_posted_before_is_not_proved_again():
    session = session_at(golden_row())
    first = scan_market(market(), session, [DEFAULTS])
    again = scan_market(market(), session, [DEFAULTS, QUICK], posted=first.events)
    assert {event.identity for event in first.events} <= {event.identity for event in again.events}
    assert {kept.identity for kept in again.proofs} == {event.identity for event in again.events} - {
        event.identity for event in first.events
    }


def test_a_late_event_rests_on_the_bars_of_the_scan_that_found_it():
    row = golden_row()
    released = {"VEE": session_at(row - 1)}
    late = scan_session(WorldView(session_at(row + 2), released=released), session_at(row + 2), [DEFAULTS])
    event = next(event for event in late.events if (event.subject, event.session) == ("VEE", session_at(row)))
    kept = next(kept for kept in late.proofs if kept.identity == event.identity)
    assert unpack(kept.bars, market().calendar).prices.sessions[-1] == np.datetime64(session_at(row + 2))
    assert json.loads(kept.reading)["session"] == session_at(row).isoformat()
    assert recompute(event, kept.bars, market().calendar) == kept.reading


def test_numbers_are_python_s_own_and_missing_is_none():
    event = Event("cross", "golden_cross", "A", date(2025, 1, 2), 1, {}, {"a": np.float64("nan"), "b": np.int64(3)})
    values = scanning.plain(event).values
    assert values == {"a": None, "b": 3}
    assert type(values["b"]) is int


def test_a_replay_finds_what_scans_of_cut_markets_find_session_by_session():
    requests = [DEFAULTS, QUICK, NEAR]
    start, end = 195, SIZE - 1
    one_by_one = [
        event
        for row in range(start, end)
        for event in scan_session(WorldView(session_at(row)), session_at(row), requests).events
    ]
    at_once = list(replay(market(), requests, start=session_at(start), end=session_at(end - 1)))
    assert len(at_once) > 20
    assert sorted(at_once, key=lambda event: event.identity) == sorted(one_by_one, key=lambda event: event.identity)
    assert [event.session for event in at_once] == sorted(event.session for event in at_once)


async def test_a_worker_process_finds_the_same_as_this_one():
    row = golden_row()
    scanner = WorkerScanner()
    try:
        found = await scanner.scan(WorldView(session_at(row)), session_at(row), [DEFAULTS], {})
        assert found == await ThreadScanner().scan(WorldView(session_at(row)), session_at(row), [DEFAULTS], {})
        with pytest.raises(ScanError, match=r"^there are no bars of 2020-01-02$"):
            await scanner.scan(WorldView(session_at(row)), date(2020, 1, 2), [DEFAULTS], {})
    finally:
        await scanner.close()


async def test_a_worker_that_does_not_answer_is_ended_and_renewed():
    row = golden_row()
    scanner = WorkerScanner(patience_s=0.0)
    try:
        with pytest.raises(ScanError, match="cut short"):
            await scanner.scan(WorldView(session_at(row)), session_at(row), [DEFAULTS], {})
        scanner._patience_s = 60.0
        assert (await scanner.scan(WorldView(session_at(row)), session_at(row), [DEFAULTS], {})).events
    finally:
        await scanner.close()
