"""A smaller history that decides about the last rows raises exactly the events of the whole one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals import cross_last
from signals.breadth import BREADTH
from signals.catalog import SIGNALS, whole_history
from signals.cross import CROSS
from signals.definition import Signal
from signals.leadership import LEADERSHIP
from signals.types import Event, Market, Thresholds
from tests.signals.made_up import a_market, cut, random_walk
from tests.signals.whole_world import SYMBOLS, a_world, first_rows, with_closes

DECIDED = [signal for signal in SIGNALS if signal.deciding is not None]
SETS = {
    "quality": [[{}]],
    "cross": [
        [{"fast": 5, "slow": 20}, {"fast": 5, "slow": 20, "approach_sessions": 30, "require_not_overheated": "yes"}],
        [{"fast": 2, "slow": 3, "rising_sessions": 1, "require_slow_rising": "yes"}],
        [{}, {"require_relative_volume": "yes", "relative_volume": 0.5}],
    ],
    "valuation": [
        [
            {"discount_pct": float(level), "hysteresis_points": 0.5, "earnings": which}
            for level in range(-45, 20, 3)
            for which in ("forward", "trailing")
        ],
        [{}],
    ],
    "leverage": [
        [{"median_limit": level / 50, "hysteresis": 0.05} for level in range(40, 80)],
        [{}],
    ],
    "leadership": [
        [{"banks_sessions": 5, "hold_sessions": 1, "top_two_pct": 50.0}, {"banks_sessions": 5}],
        [{}, {"hold_sessions": 21}],
    ],
    "breadth": [
        [
            {},
            {"hysteresis_points": 2.0, "thrust_low": 0.45, "thrust_high": 0.55, "divergence_pct": 90.0},
            {"above_pct": 60.0, "thrust_sessions": 60, "rearm_sessions": 252, "thrust_high": 0.5},
        ],
    ],
}


def sets_of(signal: Signal) -> list[list[Thresholds]]:
    return [[signal.thresholds_with(changed) for changed in alike] for alike in SETS[signal.name]]


def assert_decides(signal: Signal, market: Market, sets: list[Thresholds], last: int = 1) -> list[Event]:
    """Compare the events of the `last` rows; return them."""
    count = len(market.prices.sessions)
    assert signal.deciding is not None
    smaller = signal.deciding(market, sets, count - last)
    whole = whole_history(signal, market, sets[0])
    found = []
    for thresholds in sets:
        expected = signal.events(whole, thresholds, since=count - last)
        assert signal.events(smaller, thresholds, since=len(smaller.sessions) - last) == expected
        found += expected
    return found


@pytest.mark.parametrize("signal", DECIDED, ids=lambda signal: signal.name)
def test_it_raises_the_events_of_the_whole_history_in_every_session(signal):
    """The whole history is made once: that what comes later changes no event is asserted elsewhere."""
    world, raised = a_world(), []
    for sets in sets_of(signal):
        whole = whole_history(signal, world, sets[0])
        told = [signal.events(whole, thresholds) for thresholds in sets]
        for count in range(1, 901, 7):
            smaller = signal.deciding(first_rows(world, count), sets, count - 1)
            day = world.prices.sessions[count - 1].item()
            for thresholds, events in zip(sets, told, strict=True):
                expected = [event for event in events if event.session == day]
                assert signal.events(smaller, thresholds, since=len(smaller.sessions) - 1) == expected
                raised += expected
    assert len(raised) > 10


@pytest.mark.parametrize("signal", DECIDED, ids=lambda signal: signal.name)
def test_it_decides_about_several_rows_as_well(signal):
    world = a_world()
    for sets in sets_of(signal):
        assert_decides(signal, world, sets, last=40)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([0.5, 1.0, 3.0]), count=st.integers(1, 420))
def test_equal_averages_and_halted_shares_are_told_from_the_past(seed: int, step: float, count: int):
    closes = np.round(random_walk(420, 6, seed, volatility=0.01) / step) * step + step
    rng = np.random.default_rng(seed)
    closes[rng.random(closes.shape) < 0.002] = np.nan
    closes[int(rng.integers(0, 400)) :, 0] = 50.0  # one price from some day on: the averages become equal for good
    market = cut(a_market(closes, volume=np.full_like(closes, 100.0)), count)
    for sets in sets_of(CROSS):
        assert_decides(CROSS, market, sets)


def test_an_approach_that_began_long_ago_takes_the_whole_history(monkeypatch: pytest.MonkeyPatch):
    rows = np.arange(420.0)
    closes = np.where(rows < 300, 400.0 - rows, 100.0 + 1.5 * (rows - 300))
    market = a_market(np.column_stack([closes, random_walk(420)]), volume=np.full((420, 2), 1.0))
    sets = [CROSS.thresholds_with({"approach_sessions": 30, "rising_sessions": 1})]
    (ahead, *_), (crossed, *_) = (
        [event.session for event in CROSS.events(CROSS.history(market, sets[0]), sets[0]) if event.kind == kind]
        for kind in ("approaching_golden", "golden_cross")
    )
    first, cross = (int(np.searchsorted(market.prices.sessions, np.datetime64(day))) for day in (ahead, crossed))
    known = [cut(market, count) for count in range(first + 1, cross + 2)]
    for earlier in known:
        assert_decides(CROSS, earlier, sets)
    monkeypatch.setattr(cross_last, "APPROACH_SESSIONS", 1)
    lengths = [len(CROSS.deciding(earlier, sets, len(earlier.prices.sessions) - 1).sessions) for earlier in known]
    assert max(lengths[:-1]) == len(known[-2].prices.sessions), "no end of an approach is in sight"
    for earlier in known:
        assert_decides(CROSS, earlier, sets)


def test_it_is_a_small_part_of_the_market():
    world = a_world()
    smaller = CROSS.deciding(world, [CROSS.thresholds_with()], 899)
    assert len(smaller.sessions) < 500
    assert len(smaller.subjects) < len(world.prices.symbols) / 2
    assert list(smaller.subjects) == [symbol for symbol in world.prices.symbols if symbol in smaller.subjects]


def test_an_index_comes_with_the_fund_whose_volume_speaks_for_it():
    closes = np.array([9.0, 8.0, 7.0, 6.0, 5.0, 9.0])
    volume = np.array([[np.nan, 10.0]] * 5 + [[np.nan, 30.0]])
    market = a_market(np.column_stack([closes, np.full(6, 4.0)]), ("^RUT", "IWM"), volume=volume)
    thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    assert CROSS.deciding(market, [thresholds], 5).subjects == ("^RUT", "IWM")


def test_banks_that_lead_for_years_take_the_whole_history():
    """Level with the index for two years: only the past tells whether they were ahead."""
    closes = np.full((900, 2), 100.0)
    closes[50:, 0] = np.linspace(100.0, 120.0, 850)
    closes[100:, :] = 120.0
    market = a_market(closes, ("KRE", "^RUT"))
    sets = [LEADERSHIP.thresholds_with()]
    assert len(LEADERSHIP.deciding(market, sets, 899).sessions) == 900
    assert_decides(LEADERSHIP, market, sets)


def test_a_share_that_hangs_about_its_threshold_for_years_takes_the_whole_history():
    """Half of the members rise for ever and half of them fall: two years do not tell where the share came from."""
    world = a_world()
    rows = np.arange(900.0)[:, None]
    halves = 100.0 * np.where(np.arange(len(SYMBOLS)) % 2 == 0, 1.001, 0.999) ** rows
    halves[:300] = 100.0 + rows[:300]
    market = with_closes(world, halves)
    sets = [BREADTH.thresholds_with()]
    assert len(BREADTH.deciding(market, sets, 899).sessions) == 900
    assert len(BREADTH.deciding(world, sets, 899).sessions) < 600
    assert_decides(BREADTH, market, sets)


def test_an_index_that_comes_back_after_years_takes_the_whole_history():
    """What is new is told by a session on which its high was known: years ago."""
    world = a_world(holes=False)
    closes = world.prices.close.copy()
    index = np.linspace(100.0, 200.0, 900)
    index[300:648] = np.nan
    closes[:, SYMBOLS.index("^RUT")] = index
    members = [column for column, symbol in enumerate(SYMBOLS) if symbol.startswith("M")]
    closes[:, members] = 100.0 * 0.999 ** np.arange(900.0)[:, None]  # all are below their averages: the high is thin
    market = with_closes(world, closes)
    listed = replace(world.facts.holdings[0], symbols=SYMBOLS[members[0] : members[16]])
    market = replace(market, facts=replace(market.facts, holdings=(listed,)))
    sets = [BREADTH.thresholds_with()]
    assert len(BREADTH.deciding(market, sets, 899).sessions) == 900
    assert [event.kind for event in assert_decides(BREADTH, market, sets)] == ["divergence"]


def test_a_market_without_holdings_or_volumes_is_decided_as_well():
    world = a_world()
    bare = replace(with_closes(world, world.prices.close), facts=replace(world.facts, holdings=()))
    for signal in DECIDED:
        for sets in sets_of(signal):
            assert_decides(signal, bare, sets)
