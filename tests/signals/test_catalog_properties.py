"""What is true of every signal: no look-ahead, no unit, no guess, no order, nothing undocumented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, replace

import numpy as np
import pytest

from signals.catalog import SIGNALS, whole_history
from signals.definition import Signal
from signals.errors import InsufficientHistory
from signals.facts import Facts
from signals.types import Event, History, Market, Prices, Reading, Thresholds
from tests.signals.whole_world import GHOST, SYMBOLS, a_world, first_rows, split, with_closes

ROWS = (1, 2, 21, 61, 253, 301, 612, 757, 899)
FASTER = {
    "cross": {"fast": 10, "slow": 40},
    "rotation": {"short": 5, "long": 15, "lead_pct": 0.5},
    "leadership": {"banks_sessions": 20, "top_two_pct": 60.0, "hold_sessions": 3},
    "themes": {"high_sessions": 60, "average": 20},
    "catchup": {"peak_sessions": 120, "least_fall_pct": 2.0},
    "activity": {"crowded_rsi": 70.0, "crowded_rsi_rearm": 60.0},
    "options": {"crowded_relative_volume": 1.2, "crowded_call_put": 1.0},
    "valuation": {"discount_pct": -10.0},
    "leverage": {"median_limit": 1.1, "hysteresis": 0.05},
    "insiders": {"least_usd": 0.0, "cluster_buyers": 2},
    "breadth": {"hysteresis_points": 2.0, "thrust_low": 0.45, "thrust_high": 0.55, "divergence_pct": 90.0},
}
"""Thresholds under which much happens in a made-up market."""
TELLS_AT_ONCE = {
    "smallcap",
    "macro",
    "breadth",
    "leadership",
    "recon",
    "quality",
    "valuation",
    "leverage",
    "insiders",
    "deals",
}
"""They speak of several things, some of which one session or the facts beside prices tell."""
AT_ONCE = {"ten_year_move", "broadening_day", "gates_won", "gates_lost"}
"""What two sessions are enough for."""
BY_NAME = pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)


@pytest.fixture(scope="module")
def world() -> Market:
    return a_world()


@pytest.fixture(scope="module")
def whole(world) -> Callable[[Signal, Thresholds], History]:
    """Return how to have a history of the whole world: made once for all who look at it."""
    kept: dict[object, History] = {}

    def of_the_world(signal: Signal, thresholds: Thresholds) -> History:
        key = signal.name, tuple(sorted(thresholds.items()))
        if key not in kept:
            kept[key] = whole_history(signal, world, thresholds)
        return kept[key]

    return of_the_world


def without_reports(signal: Signal, facts: Facts) -> Facts:
    """Leave out what is known whether or not anything trades."""
    bare = replace(facts, series={}, fundamentals=None)
    return replace(bare, estimates=(), insiders=None) if signal.name == "quality" else bare


def used(signal: Signal) -> Iterator[Thresholds]:
    """Yield the thresholds that a signal is tried with."""
    yield signal.thresholds_with()
    if signal.name in FASTER:
        yield signal.thresholds_with(FASTER[signal.name])


def subjects_of(signal: Signal, market: Market) -> tuple[str, ...]:
    return tuple(signal.choices(market)) if signal.choices else market.prices.symbols


def assert_same_bits(left: np.ndarray, right: np.ndarray, name: str) -> None:
    assert left.dtype == right.dtype, name
    assert left.shape == right.shape, name
    if left.dtype.kind == "f":  # what is not a number has many bits
        left, right = (np.where(np.isnan(each), np.nan, each).view(np.int64) for each in (left, right))
    if not np.array_equal(left, right):  # which is quick, and says nothing
        np.testing.assert_array_equal(left, right, err_msg=name)


def told(reading: Reading) -> tuple[object, ...]:
    return reading.session, reading.state, dict(reading.values), reading.checks, reading.coverage, reading.labels


def until(events: list[Event], history: History, count: int) -> list[Event]:
    days = set(history.sessions[:count].tolist())
    return [event for event in events if event.session in days]


@BY_NAME
@pytest.mark.parametrize("count", ROWS)
def test_what_comes_later_changes_nothing(signal, count, world, whole):
    earlier = first_rows(world, count)
    for thresholds in used(signal):
        now, then = whole(signal, thresholds), whole_history(signal, earlier, thresholds)
        assert set(now.columns) == set(then.columns)
        for name in now.columns:
            assert_same_bits(now[name][:count], then[name], name)
        assert until(signal.events(now, thresholds), now, count) == signal.events(then, thresholds)
        for subject in subjects_of(signal, world):
            assert told(signal.reading(now, subject, thresholds, count - 1)) == told(
                signal.reading(then, subject, thresholds)
            )


@BY_NAME
def test_every_kind_of_event_is_raised_in_this_market(signal, world, whole):
    raised = {event.kind for own in used(signal) for event in signal.events(whole(signal, own), own)}
    assert raised == {kind.name for kind in signal.kinds}


@BY_NAME
@pytest.mark.parametrize("since", [-1, 0, 1, 300, 700, 899])
def test_events_since_a_row_are_those_of_all_rows_from_there_on(signal, since, world, whole):
    for thresholds in used(signal):
        history = whole(signal, thresholds)
        first = history.sessions[since].item()
        expected = [event for event in signal.events(history, thresholds) if event.session >= first]
        assert signal.events(history, thresholds, since) == expected


@BY_NAME
def test_a_price_in_cents_makes_no_other_event_and_no_other_state(signal, world, whole):
    """Each symbol has a unit of its own, as after a split; the VIX alone is a level that a threshold speaks of."""
    factors = np.where(np.arange(len(SYMBOLS)) % 2, 7.3, 0.31)
    factors[SYMBOLS.index("^VIX")] = 1.0
    scaled = split(world, factors)
    for thresholds in used(signal):
        one, other = (whole_history(signal, market, thresholds) for market in (world, scaled))
        assert [event.identity for event in signal.events(one, thresholds)] == [
            event.identity for event in signal.events(other, thresholds)
        ]
        for subject in subjects_of(signal, world):
            for row in (200, 500, 899):
                states = [signal.reading(each, subject, thresholds, row).state for each in (one, other)]
                assert states[0] == states[1], (subject, row)


def test_the_vix_is_a_level_and_no_price(world):
    signal = next(signal for signal in SIGNALS if signal.name == "macro")
    thresholds = signal.thresholds_with()
    factors = np.where(np.array(SYMBOLS) == "^VIX", 7.3, 1.0)
    one, other = (
        signal.events(whole_history(signal, market, thresholds), thresholds)
        for market in (world, with_closes(world, world.prices.close * factors))
    )
    assert {event.kind for event in one} - {event.kind for event in other} == {"vix_high"}


@BY_NAME
def test_without_prices_and_facts_nothing_is_known_and_nothing_happens(signal, world):
    prices = Prices(world.prices.sessions, SYMBOLS, np.full_like(world.prices.close, np.nan))
    nothing = replace(world, prices=prices, facts=without_reports(signal, world.facts))
    for thresholds in used(signal):
        history = whole_history(signal, nothing, thresholds)
        assert signal.events(history, thresholds) == []
        for subject in subjects_of(signal, nothing):
            reading = signal.reading(history, subject, thresholds)
            numbers = {name: value for name, value in reading.values.items() if isinstance(value, float)}
            assert reading.state == "unknown", subject
            assert numbers in ({}, {"covered_weight_pct": 0.0})
            assert reading.coverage.n == 0


@pytest.mark.parametrize(
    "signal",
    [signal for signal in SIGNALS if signal.choices is None and signal.name != "quality"],  # reports need no trade
    ids=lambda signal: signal.name,
)
def test_what_a_symbol_lacks_is_no_number_in_that_row(signal, world, whole):
    history = whole(signal, signal.thresholds_with())
    missing = np.isnan(world.prices.close)
    assert missing.any(axis=0).sum() > 10
    for name, values in history.columns.items():
        if values.dtype.kind == "f" and name not in {"volume", "rvol20"}:
            assert np.isnan(values[missing]).all(), name
    no_volume = np.isnan(world.prices.volume) | (world.prices.volume == 0)
    own = [n for n, symbol in enumerate(SYMBOLS) if not symbol.startswith("^")]
    if "rvol20" in history.columns:
        assert np.isnan(history["rvol20"][:, own][no_volume[:, own]]).all()
    ghost = signal.reading(history, GHOST, signal.thresholds_with())
    assert ghost.state == "unknown"
    assert {value for name, value in ghost.values.items() if name not in {"volume", "rvol20"}} == {None}


@BY_NAME
def test_a_session_without_a_single_price_is_read_at_the_one_before_and_raises_nothing(signal, world):
    closes = world.prices.close.copy()
    closes[-1] = np.nan
    silent = replace(with_closes(world, closes), facts=without_reports(signal, world.facts))
    for thresholds in used(signal):
        history = whole_history(signal, silent, thresholds)
        assert signal.events(history, thresholds, since=-1) == []
        for subject in subjects_of(signal, silent):
            reading = signal.reading(history, subject, thresholds)
            before = signal.reading(history, subject, thresholds, -2)
            assert reading.state == "unknown" or told(reading) == told(before), subject


@BY_NAME
@pytest.mark.parametrize("count", [1, 5])
def test_a_young_market_is_unknown_and_not_an_error(signal, count, world):
    young = first_rows(world, count)
    for thresholds in used(signal):
        history = whole_history(signal, young, thresholds)
        assert {len(values) for values in history.columns.values()} <= {count}
        assert {event.kind for event in signal.events(history, thresholds)} <= AT_ONCE
        for subject in subjects_of(signal, young):
            reading = signal.reading(history, subject, thresholds)
            assert reading.state == "unknown" or signal.name in TELLS_AT_ONCE, subject


@BY_NAME
def test_no_session_at_all_is_no_error_until_something_is_read(signal, world):
    empty = first_rows(world, 0)
    for thresholds in used(signal):
        history = whole_history(signal, empty, thresholds)
        assert {len(values) for values in history.columns.values()} <= {0}
        assert signal.events(history, thresholds) == []
        for subject in subjects_of(signal, empty):
            with pytest.raises(InsufficientHistory):
                signal.reading(history, subject, thresholds)


@BY_NAME
def test_a_market_without_anything_in_it_is_no_error(signal, world):
    prices = world.prices.only([])
    bare = replace(world, prices=prices, universes={}, sectors={}, facts=Facts())
    for thresholds in used(signal):
        history = whole_history(signal, bare, thresholds)
        assert signal.events(history, thresholds) == []
        for subject in subjects_of(signal, bare):
            assert signal.reading(history, subject, thresholds).state == "unknown"


@BY_NAME
def test_an_open_session_raises_nothing_and_hides_nothing_before_it(signal, world, whole):
    for thresholds in used(signal):
        everything = signal.events(whole(signal, thresholds), thresholds)
        busy = max((event.session for event in everything), default=world.prices.sessions[-1].item())
        count = int(np.searchsorted(world.prices.sessions, np.datetime64(busy))) + 1
        still_open = replace(first_rows(world, count), open_session=busy)
        history = whole_history(signal, still_open, thresholds)
        assert signal.events(history, thresholds) == [event for event in everything if event.session < busy]
        assert signal.events(history, thresholds, since=-1) == []
        subject = subjects_of(signal, world)[0]
        assert signal.reading(history, subject, thresholds).is_provisional


@BY_NAME
def test_the_order_of_symbols_does_not_matter(signal, world, whole):
    order = np.random.default_rng(3).permutation(len(SYMBOLS))
    shuffled = with_closes(world, world.prices.close, [SYMBOLS[n] for n in order])
    for thresholds in used(signal):
        one, other = whole(signal, thresholds), whole_history(signal, shuffled, thresholds)
        for name in one.columns:
            expected = one[name][:, order] if signal.choices is None else one[name]
            assert_same_bits(expected, other[name], name)
        found = [{event.identity: event for event in signal.events(each, thresholds)} for each in (one, other)]
        assert found[0] == found[1]


@BY_NAME
def test_every_value_is_documented_and_every_documented_value_is_given(signal, world, whole):
    given: set[str] = set()
    known: set[str] = set()
    themes = {theme.name for theme in world.facts.themes}
    for thresholds in used(signal):
        history = whole(signal, thresholds)
        for subject in subjects_of(signal, world):
            values = signal.reading(history, subject, thresholds).values
            names = {_documented(name, themes) for name in values}
            given |= names
            known |= {_documented(name, themes) for name, value in values.items() if value is not None}
    assert given == set(signal.values)
    assert {name for name in given - known if "10y" not in name and "sector_" not in name} <= set()


@BY_NAME
def test_what_is_told_is_python_s_own_and_can_be_written_as_json(signal, world, whole):
    for thresholds in used(signal):
        history = whole(signal, thresholds)
        for subject in subjects_of(signal, world):
            for row in (0, 250, 899):
                reading = signal.reading(history, subject, thresholds, row)
                _assert_plain(reading.values)
                _assert_plain({check.name: check.value for check in reading.checks})
                _assert_plain({check.name: check.bound for check in reading.checks})
        for event in signal.events(history, thresholds):
            assert event.values
            _assert_plain(event.values)
            assert set(event.thresholds) == set(signal.kind(event.kind).thresholds)
            assert event.subject in subjects_of(signal, world)


def _documented(name: str, themes: set[str]) -> str:
    subject, dot, measure = name.partition(".")
    return f"<theme>.{measure}" if dot and subject in themes else name


def _assert_plain(values: object) -> None:
    assert isinstance(values, dict)
    json.dumps(values, allow_nan=False)
    odd = {name: type(value) for name, value in values.items() if type(value) not in {float, int, str, type(None)}}
    assert not odd, odd


def test_what_signals_rest_on_are_parts_of_the_facts_that_may_be_missing():
    bare = Facts()
    named = {signal.rests_on for signal in SIGNALS if signal.rests_on}
    assert named <= {part.name for part in fields(Facts)}
    assert all(getattr(bare, name) is None for name in named)
