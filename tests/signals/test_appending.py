"""One more session: its rows are those of the whole history, bit for bit, day after day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals import appending
from signals.appending import appended
from signals.catalog import SIGNALS, whole_history
from signals.definition import Signal
from signals.last_rows import LastRows, rows_after
from signals.types import Basis, History, Market, Thresholds
from signals.wilder import wilder_averages, wilder_continued
from signals.windows import wilder_rsi
from tests.signals.made_up import a_market, random_walk
from tests.signals.test_catalog_properties import BY_NAME, assert_same_bits, used
from tests.signals.whole_world import SYMBOLS, a_world, first_rows, with_closes

CONTINUED = [signal for signal in SIGNALS if signal.append is not None]
GOING_ON = pytest.mark.parametrize("signal", CONTINUED, ids=lambda signal: signal.name)


@pytest.fixture(scope="module")
def world() -> Market:
    return a_world()


def assert_last_rows(found: History, whole: History, first: int, end: int | None = None) -> None:
    np.testing.assert_array_equal(found.sessions, whole.sessions[first:end])
    assert set(found.columns) == set(whole.columns)
    for name in whole.columns:
        assert_same_bits(found[name], whole[name][first:end], name)


def assert_grows(signal: Signal, market: Market, thresholds: Thresholds, counts: list[int]) -> None:
    """Begin with the first of `counts` sessions, go on to each of the others.

    All are compared with the history of the last: that what comes later changes no row is asserted elsewhere.
    """
    known = whole_history(signal, first_rows(market, counts[0]), thresholds)
    whole = whole_history(signal, first_rows(market, counts[-1]), thresholds)
    for before, count in pairwise(counts):
        known = appended(signal, known, first_rows(market, count), thresholds)
        assert_last_rows(known, whole, before, count)


@BY_NAME
@pytest.mark.parametrize("start", [1, 2, 14, 60, 251, 261, 449, 610, 890])
def test_ten_sessions_one_after_the_other_are_those_of_the_whole_history(signal, start, world):
    for thresholds in used(signal):
        assert_grows(signal, world, thresholds, list(range(start, start + 10)))


@BY_NAME
def test_several_sessions_at_once_are_those_of_the_whole_history(signal, world):
    for thresholds in used(signal):
        assert_grows(signal, world, thresholds, [240, 243, 260, 281, 282, 303, 400, 402, 403, 889, 899, 900])


@GOING_ON
def test_total_returns_are_gone_on_with_as_well(signal, world):
    of_returns = replace(world, basis=Basis.TOTAL_RETURN)
    assert_grows(signal, of_returns, signal.thresholds_with(), [700, 701, 702])


@GOING_ON
def test_what_had_to_be_made_anew_is_gone_on_from(signal, world):
    thresholds = signal.thresholds_with()
    known = whole_history(signal, first_rows(world, 700), thresholds)
    fewer = replace(world, prices=world.prices.only(world.prices.symbols[:-1]))
    for count in (702, 702, 703):
        now = first_rows(fewer, count)
        known = appended(signal, known, now, thresholds)
    assert_last_rows(known, whole_history(signal, now, thresholds), 702)


def test_a_series_that_was_known_once_and_comes_again_takes_all_rows(world):
    closes = world.prices.close.copy()
    closes[100:899, SYMBOLS.index("^VIX")] = np.nan
    macro = next(signal for signal in CONTINUED if signal.name == "macro")
    assert_grows(macro, with_closes(world, closes), macro.thresholds_with(), [898, 899, 900])


@GOING_ON
def test_the_years_before_are_not_looked_at(signal, world, monkeypatch):
    """What comes of it is known by its memory: nothing was made anew."""
    known = whole_history(signal, first_rows(world, 899), signal.thresholds_with())

    def never(*_given: object) -> History:
        raise AssertionError("the whole history was made")

    monkeypatch.setattr(appending, "whole_history", never)
    assert len(appended(signal, known, world, signal.thresholds_with()).sessions) == 1


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([0.01, 1.0, 3.0]), start=st.integers(1, 300))
def test_holes_and_equal_averages_are_gone_on_with(seed: int, step: float, start: int):
    closes = np.round(random_walk(310, 6, seed, volatility=0.01) / step) * step + step
    rng = np.random.default_rng(seed)
    closes[rng.random(closes.shape) < 0.03] = np.nan
    closes[int(rng.integers(0, 300)) :, 0] = 50.0
    market = a_market(closes, volume=np.where(rng.random(closes.shape) < 0.05, 0.0, 100.0))
    for signal in CONTINUED:
        for thresholds in (signal.thresholds_with({"fast": 2, "slow": 4} if signal.name == "cross" else {}),):
            assert_grows(signal, market, thresholds, list(range(start, min(start + 6, 310))))


@GOING_ON
def test_what_does_not_simply_go_on_is_made_anew(signal, world):
    thresholds = signal.thresholds_with()
    early = first_rows(world, 700)
    known = whole_history(signal, early, thresholds)
    restated = with_closes(world, world.prices.close * 0.5)
    fewer = replace(world, prices=world.prices.only(world.prices.symbols[:-1]))
    later = replace(world, prices=world.prices.only(world.prices.symbols))
    later = replace(later, universes={"smallcap": later.prices.symbols[30:33]})
    files = world.facts.holdings
    other = replace(
        world, facts=replace(world.facts, holdings=(replace(files[0], symbols=files[0].symbols[::-1]), *files[1:]))
    )
    for changed in (restated, fewer, later, other, replace(world, basis=Basis.TOTAL_RETURN)):
        now = replace(changed, prices=changed.prices.upto(world.prices.sessions[701].item()))
        found = appended(signal, known, now, thresholds)
        assert_last_rows(found, whole_history(signal, now, thresholds), 700)


def test_an_unfinished_bar_is_not_gone_on_from(world):
    signal = CONTINUED[0]
    thresholds = signal.thresholds_with()
    last = world.prices.sessions[699].item()
    still_open = replace(first_rows(world, 700), open_session=last)
    found = appended(signal, whole_history(signal, still_open, thresholds), first_rows(world, 701), thresholds)
    assert_last_rows(found, whole_history(signal, first_rows(world, 701), thresholds), 700)


def test_other_windows_are_made_anew(world):
    signal = next(signal for signal in CONTINUED if signal.name == "cross")
    known = whole_history(signal, first_rows(world, 700), signal.thresholds_with())
    quick = signal.thresholds_with({"fast": 5, "slow": 20})
    found = appended(signal, known, first_rows(world, 701), quick)
    assert_last_rows(found, whole_history(signal, first_rows(world, 701), quick), 700)


@BY_NAME
def test_nothing_new_is_no_row_and_nothing_before_is_every_row(signal, world):
    thresholds = signal.thresholds_with()
    now = first_rows(world, 300)
    whole = whole_history(signal, now, thresholds)
    assert_last_rows(appended(signal, whole, now, thresholds), whole, 300)
    nothing = whole_history(signal, first_rows(world, 0), thresholds)
    assert_last_rows(appended(signal, nothing, now, thresholds), whole, 0)


def test_rows_after_a_day_that_is_no_session_are_those_that_follow(world):
    signal = CONTINUED[0]
    history = whole_history(signal, first_rows(world, 20), signal.thresholds_with())
    saturday = history.sessions[4].item() + timedelta(days=1)
    assert saturday.weekday() == 5
    np.testing.assert_array_equal(rows_after(history, np.datetime64(saturday, "D")).sessions, history.sessions[5:])


def test_last_rows_are_a_mapping():
    rows = LastRows({"a": np.zeros(1)}, {})
    assert (list(rows), len(rows)) == (["a"], 1)


@pytest.mark.parametrize("symbols", [1, 9])
@pytest.mark.parametrize("first", [1, 13, 14, 15, 16, 40, 99])
def test_wilder_s_averages_go_on_bit_for_bit(symbols, first):
    closes = random_walk(100, symbols, 7)
    closes[30:33, 0] = np.nan
    closes[first, -1] = np.nan
    rsi, averages = wilder_continued(closes, wilder_averages(closes[:first]), first)
    assert_same_bits(rsi, wilder_rsi(closes)[first:], "rsi")
    assert_same_bits(averages, wilder_averages(closes), "averages")
