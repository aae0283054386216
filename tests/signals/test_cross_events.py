"""Events of the cross: when they come, how often, and what they never depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.cross import CROSS
from tests.signals.made_up import a_market, cut, random_walk

WINDOWS = {"fast": 5, "slow": 20}
LAYERS = ("holds", "separation", "slow_rising", "above_both", "relative_volume", "not_overheated")
ALL_LAYERS = {f"require_{layer}": "yes" for layer in LAYERS}


def found(market, since=0, **changed):
    thresholds = CROSS.thresholds_with(WINDOWS | changed)
    return CROSS.events(CROSS.history(market, thresholds), thresholds, since)


def lively(sessions=160, symbols=3, seed=1, hole=None):
    close = random_walk(sessions, symbols, seed)
    if hole is not None:
        close[hole % sessions, 0] = np.nan
    volume = np.random.default_rng(seed).lognormal(10, 1, close.shape).round()
    return a_market(close, volume=volume)


markets = st.builds(
    lively,
    st.integers(20, 160),
    seed=st.integers(0, 10**6),
    hole=st.one_of(st.none(), st.integers(0, 160)),
)


@given(markets, st.data())
@settings(max_examples=60, deadline=None)
def test_events_do_not_depend_on_what_comes_after_them(market, data):
    count = data.draw(st.integers(1, len(market.prices.sessions)))
    last = market.prices.sessions[count - 1].item()
    for changed in ({}, ALL_LAYERS | {"separation_pct": 0.5, "relative_volume": 0.7}):
        assert found(cut(market, count), **changed) == [e for e in found(market, **changed) if e.session <= last]


@given(markets)
@settings(max_examples=15, deadline=None)
def test_columns_do_not_depend_on_what_comes_after_them(market):
    thresholds = CROSS.thresholds_with(WINDOWS)
    count = len(market.prices.sessions) * 2 // 3
    whole, part = (CROSS.history(m, thresholds) for m in (market, cut(market, count)))
    assert set(whole.columns) == set(part.columns)
    assert len(whole.columns) == len(set(whole.columns))
    for name in whole.columns:
        assert part[name].tobytes() == whole[name][:count].tobytes()


@pytest.mark.parametrize("changed", [{}, ALL_LAYERS | {"separation_pct": 0.2, "relative_volume": 0.5}])
def test_scanning_session_by_session_finds_what_the_whole_history_finds(changed):
    market = lively(130, symbols=12, hole=60)
    day_by_day = [e for count in range(1, 131) for e in found(cut(market, count), since=-1, **changed)]
    assert day_by_day == found(market, **changed)
    assert {e.kind for e in day_by_day} == {kind.name for kind in CROSS.kinds}


def test_events_come_by_session_then_subject():
    sessions = [(e.session, int(e.subject[1:])) for e in found(lively(160, 12))]
    assert sessions == sorted(sessions)


@pytest.mark.parametrize("level", [1e-4, 0.1, 1 / 3, 17.3, 4321.09, 1e6])
@pytest.mark.parametrize("period", [1, 2, 5, 50])
def test_flat_and_tied_series_never_cross_whatever_their_level(level, period):
    """A period that divides both windows ties the averages for ever, whatever the closes within it."""
    pattern = 1 + 0.3 * np.random.default_rng(3).standard_normal(period) ** 2
    market = a_market(np.tile(level * pattern, 3000 // period))
    assert found(market, fast=50, slow=200) == []
    assert found(market, fast=100, slow=400) == []


@given(st.integers(0, 10**6), st.floats(1e-3, 1e6))
@settings(max_examples=20, deadline=None)
def test_movements_below_the_tolerance_never_cross(seed, level):
    wiggle = 1 + 4e-10 * np.random.default_rng(seed).uniform(-1, 1, (600, 2))
    assert found(a_market(level * wiggle), fast=50, slow=200) == []


@given(markets, st.sampled_from([2.0**-9, 2.0, 1024.0]))
@settings(max_examples=20, deadline=None)
def test_the_unit_of_the_prices_does_not_matter(market, scale):
    scaled = a_market(market.prices.close * scale, volume=market.prices.volume)
    expected = [(e.kind, e.subject, e.session, e.values["gap_pct"]) for e in found(market)]
    assert [(e.kind, e.subject, e.session, e.values["gap_pct"]) for e in found(scaled)] == expected


def test_an_odd_scale_does_not_matter_either():
    market = lively(1000, 5)
    scaled = a_market(market.prices.close * 0.0137, volume=market.prices.volume)
    assert [(e.kind, e.session) for e in found(scaled)] == [(e.kind, e.session) for e in found(market)]


def test_the_first_state_is_no_event_neither_after_warm_up_nor_after_a_hole():
    rise = np.linspace(10, 20, 30)
    fall = np.linspace(20, 10, 30)
    assert found(a_market(rise)) == []
    with_hole = np.concatenate([rise, [np.nan], fall])
    assert not [e for e in found(a_market(with_hole)) if e.kind.endswith("_cross")]
    without = np.concatenate([rise, fall])
    assert [e.kind for e in found(a_market(without)) if e.kind.endswith("_cross")] == ["death_cross"]


def test_the_bar_of_an_open_session_raises_no_event():
    close = np.concatenate([np.linspace(20, 10, 40), [40.0]])
    closed = a_market(close)
    still_open = a_market(close, open_session=closed.prices.sessions[-1].item())
    assert [e.kind for e in found(closed)] == ["golden_cross"]
    assert found(still_open) == []
    assert found(a_market(close, open_session=closed.prices.sessions[-2].item())) == found(closed)


def machine(history, sessions):
    """Say approach by approach what the definition says, one session after the other."""
    flat, state, gap = history["flat_sessions"], history["state"], history["gap_pct"]
    events = []
    for n, subject in enumerate(history.subjects):
        is_armed = True
        for t in range(len(flat)):
            ahead, side = flat[t, n], state[t, n]
            if ahead == -1 or ahead > 2 * sessions or (t and state[t - 1, n] * side < 0):
                is_armed = True
            is_narrowing = t >= 5 and abs(gap[t, n] - gap[t - 5, n]) > 0 and (gap[t, n] > gap[t - 5, n]) == (side < 0)
            if is_armed and 1 <= ahead <= sessions and side and is_narrowing:
                is_armed = False
                events.append((t, subject, "approaching_golden" if side < 0 else "approaching_death"))
    return sorted(events)


@pytest.mark.parametrize("sessions", [1, 3, 10, 30])
def test_an_approach_is_told_once_and_again_only_after_a_cross_or_a_retreat(sessions):
    market = lively(600, 6, hole=300)
    thresholds = CROSS.thresholds_with({"fast": 10, "slow": 40, "approach_sessions": sessions})
    history = CROSS.history(market, thresholds)
    rows = {day.item(): t for t, day in enumerate(history.sessions)}
    told = [
        (rows[e.session], e.subject, e.kind)
        for e in CROSS.events(history, thresholds)
        if e.kind.startswith("approaching")
    ]
    assert sorted(told) == machine(history, sessions)
    assert told


def test_every_confirmation_is_the_first_session_on_which_all_required_layers_pass():
    market = lively(500, 8)
    thresholds = CROSS.thresholds_with(WINDOWS | ALL_LAYERS | {"separation_pct": 0.5, "relative_volume": 0.6})
    history = CROSS.history(market, thresholds)
    rows = {day.item(): t for t, day in enumerate(history.sessions)}
    events = CROSS.events(history, thresholds)
    confirmed = {(e.subject, rows[e.session]) for e in events if e.kind == "confirmed"}
    expected = set()
    for event in events:
        if event.kind.endswith("_cross"):
            began = rows[event.session]
            for t in range(began, min(began + 21, len(rows))):
                reading = CROSS.reading(history, event.subject, thresholds, t)
                if reading.values["sessions_since"] != t - began:
                    break
                if all(check.result == "pass" for check in reading.checks):
                    expected.add((event.subject, t))
                    break
    assert confirmed == expected
    assert confirmed


def test_only_required_layers_are_asked():
    close = np.concatenate([np.linspace(20, 10, 40), np.linspace(10, 30, 20)])
    without_volume = a_market(close)
    kinds = [e.kind for e in found(without_volume)]
    assert kinds.count("confirmed") == 1
    assert "confirmed" not in [e.kind for e in found(without_volume, require_relative_volume="yes")]


def test_a_confirmation_tells_of_which_cross_and_how_long_after_it():
    close = np.concatenate([np.linspace(20, 10, 40), np.linspace(10, 30, 20)])
    events = {e.kind: e for e in found(a_market(close), hold_sessions=4, separation_pct=0.0)}
    assert events["confirmed"].values["state"] == "golden"
    assert events["confirmed"].values["sessions_since"] == 4
    assert np.busday_count(events["golden_cross"].session, events["confirmed"].session) == 4


@pytest.mark.parametrize(("gap", "expected"), [(3, 1), (60, 0)])
def test_a_cross_has_failed_when_the_opposite_one_comes_within_twenty_sessions(gap, expected):
    close = np.concatenate([np.linspace(20, 10, 40), np.full(gap, 14.0), np.linspace(10, 1, 40)])
    events = found(a_market(close))
    assert [e.kind for e in events if e.kind.endswith("_cross")] == ["golden_cross", "death_cross"]
    failed = [e for e in events if e.kind == "failed"]
    assert len(failed) == expected
    for event in failed:
        assert event.values["state"] == "golden"
        assert event.session == next(e.session for e in events if e.kind == "death_cross")
        assert event.values["sessions_since"] <= 20


FALL_THEN_RISE = np.concatenate([np.arange(130.0, 110.0, -1.0), [114.0]])
"""With windows of 2 and 3 a golden cross on the last of these."""
TINY = {"fast": 2, "slow": 3}


@pytest.mark.parametrize(("later", "expected"), [(20, ["golden"]), (21, [])])
def test_the_opposite_cross_undoes_one_up_to_the_twentieth_session_and_no_later(later, expected):
    market = a_market(np.concatenate([FALL_THEN_RISE, 114.0 + np.arange(1, later), [50.0]]))
    kinds = [e.kind for e in found(market, **TINY) if e.kind.endswith("_cross")]
    assert kinds == ["golden_cross", "death_cross"]
    for since in (0, -1):
        assert [e.values["state"] for e in found(market, since, **TINY) if e.kind == "failed"] == expected


def test_a_cross_undoes_nothing_where_the_state_before_it_was_not_seen_to_begin():
    events = found(a_market([10.0, 11.0, 12.0, 13.0, 5.0]), **TINY)
    assert [e.kind for e in events if not e.kind.startswith("approaching")] == ["death_cross"]


@pytest.mark.parametrize(("later", "expected"), [(20, [20]), (21, [])])
def test_a_cross_is_confirmed_up_to_the_twentieth_session_and_no_later(later, expected):
    market = a_market(np.concatenate([FALL_THEN_RISE, 114.0 + np.arange(1, later), [200.0]]))
    for since in (0, -1):
        events = found(market, since, **TINY, separation_pct=5.0)
        assert [e.values["sessions_since"] for e in events if e.kind == "confirmed"] == expected


def test_a_confirmation_may_ask_for_twenty_closes():
    market = a_market(np.concatenate([FALL_THEN_RISE, 114.0 + np.arange(1, 30)]))
    events = found(market, **TINY, hold_sessions=20, separation_pct=0.0)
    assert [e.values["sessions_since"] for e in events if e.kind == "confirmed"] == [20]


def test_an_event_carries_only_the_thresholds_its_kind_depends_on():
    for event in found(lively(200, 5)):
        assert tuple(event.thresholds) == CROSS.kind(event.kind).thresholds
        assert {"fast", "slow"} <= set(event.thresholds)
    tight, loose = found(lively(200, 5), separation_pct=0.1), found(lively(200, 5), separation_pct=5.0)
    crosses = [{e.identity for e in events if e.kind.endswith("_cross")} for events in (tight, loose)]
    assert crosses[0] == crosses[1]


def test_values_of_an_event_are_plain_and_missing_is_none():
    events = found(lively(300, 5))
    assert {type(value) for e in events for value in e.values.values()} <= {float, int, str, type(None)}
    first = a_market(np.concatenate([[9.0, 8.0, 7.0], [12.0]]))
    (event,) = [e for e in found(first, fast=2, slow=3) if e.kind == "golden_cross"]
    assert event.values["gap_change_5"] is None


def test_nothing_to_look_at_gives_no_events():
    assert found(a_market(np.empty((0, 2)))) == []
    assert found(a_market(np.ones((1, 2)))) == []
    assert found(lively(50), since=50) == []
    assert found(lively(50), since=-500) == found(lively(50))
