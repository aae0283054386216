"""The two forecasts of a cross, proved by going there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signals.cross_columns import flat_sessions, trigger_close
from signals.windows import moving_averages, trend_state
from tests.signals.made_up import random_walk, real_prices

DEFAULTS = (50, 200)

series = st.builds(
    random_walk,
    st.integers(30, 120),
    seed=st.integers(0, 10**6),
    volatility=st.sampled_from([0.002, 0.03, 0.2]),
)
pairs = st.tuples(st.integers(2, 20), st.integers(3, 60)).filter(lambda pair: pair[0] < pair[1])


def state_of(close, windows):
    return trend_state(*moving_averages(close, windows))[:, 0]


def brute_flat_sessions(close, t, windows, horizon=60):
    """Append closes equal to the last one until the state turns."""
    known = close[: t + 1]
    ahead = np.vstack([known, np.full((horizon, 1), known[-1, 0])])
    state = state_of(ahead, windows)
    turned = np.flatnonzero(state[t + 1 :] == -state[t])
    return -1 if state[t] == 0 or not len(turned) else int(turned[0]) + 1


@given(series, pairs)
@settings(max_examples=100, deadline=None)
def test_the_averages_meet_at_the_trigger_close(close, windows):
    fast, slow = moving_averages(close, windows)
    trigger = trigger_close(close, fast, slow, windows=windows)[-1, 0]
    assume(not np.isnan(trigger))
    fast, slow = moving_averages(np.vstack([close, [[trigger]]]), windows)
    assert fast[-1, 0] == pytest.approx(slow[-1, 0], rel=1e-9)


@given(series, pairs, st.floats(1e-6, 1.0))
@settings(max_examples=100, deadline=None)
def test_without_a_trigger_close_no_positive_close_crosses_and_with_one_either_side_does(close, windows, share):
    fast, slow = moving_averages(close, windows)
    trigger = trigger_close(close, fast, slow, windows=windows)[-1, 0]
    assume(not np.isnan(slow[-1, 0]))
    if np.isnan(trigger):
        fast, slow = moving_averages(np.vstack([close, [[share]]]), windows)
        assert fast[-1, 0] >= slow[-1, 0] * (1 - 1e-9)
    else:
        for close_then, side in ((trigger * 1.01, 1), (trigger * 0.99, -1)):
            fast, slow = moving_averages(np.vstack([close, [[close_then]]]), windows)
            assert (fast[-1, 0] - slow[-1, 0]) * side > 0


@given(series, pairs)
@settings(max_examples=60, deadline=None)
def test_flat_sessions_are_those_of_brute_force(close, windows):
    columns = (close, *moving_averages(close, windows))
    flat = flat_sessions((*columns, trend_state(*columns[1:])), windows=windows)[:, 0]
    for t in {0, windows[1] - 2, windows[1] - 1, windows[1] + 3, len(close) // 2, len(close) - 2, len(close) - 1}:
        if 0 <= t < len(close):
            assert flat[t] == brute_flat_sessions(close, t, windows)


@pytest.mark.parametrize("windows", [(2, 3), (2, 400), (59, 61), (60, 61), (200, 399), (399, 400)])
@pytest.mark.parametrize(("level", "volatility"), [(1e-6, 0.03), (50.0, 1e-10), (1e8, 0.03)])
def test_both_forecasts_hold_for_the_widest_windows_and_the_oddest_prices(windows, level, volatility):
    close = random_walk(windows[1] + 30, volatility=volatility) * level / 50.0
    columns = (close, *moving_averages(close, windows))
    flat = flat_sessions((*columns, trend_state(*columns[1:])), windows=windows)[:, 0]
    trigger = trigger_close(*columns, windows=windows)[:, 0]
    for t in range(windows[1] - 1, len(close)):
        assert flat[t] == brute_flat_sessions(close, t, windows)
        if not np.isnan(trigger[t]):
            fast, slow = moving_averages(np.vstack([close[: t + 1], [[trigger[t]]]]), windows)
            assert fast[-1, 0] == pytest.approx(slow[-1, 0], rel=1e-9)


def test_flat_sessions_of_the_real_index_are_those_of_brute_force(market_data):
    close = real_prices(market_data, "^RUT").close
    close = close[~np.isnan(close[:, 0])]
    columns = (close, *moving_averages(close, DEFAULTS))
    flat = flat_sessions((*columns, trend_state(*columns[1:])), windows=DEFAULTS)[:, 0]
    for t in range(200, len(close), 97):
        assert flat[t] == brute_flat_sessions(close, t, DEFAULTS)


def test_a_scan_of_the_last_rows_finds_what_the_whole_finds():
    close = random_walk(3000, 7)
    columns = (close, *moving_averages(close, (20, 60)))
    columns = (*columns, trend_state(*columns[1:]))
    whole = flat_sessions(columns, windows=(20, 60))
    for first_row in (0, 10, 2047, 2990, 2999, 3000):
        some = flat_sessions(columns, windows=(20, 60), first_row=first_row)
        np.testing.assert_array_equal(some[first_row:], whole[first_row:])
        assert (some[:first_row] == -1).all()


def test_too_short_a_history_has_no_forecast():
    close = random_walk(30)
    columns = (close, *moving_averages(close, DEFAULTS))
    assert (flat_sessions((*columns, trend_state(*columns[1:])), windows=DEFAULTS) == -1).all()
    assert np.isnan(trigger_close(*columns, windows=DEFAULTS)).all()


def test_a_cross_beyond_sixty_flat_sessions_is_none():
    """After a long fall the averages of 100 and 300 sessions need the whole fast window to meet."""
    close = np.concatenate([np.linspace(100, 50, 300), np.full(5, 50.0)])[:, None]
    columns = (close, *moving_averages(close, (100, 300)))
    assert (flat_sessions((*columns, trend_state(*columns[1:])), windows=(100, 300)) == -1).all()


def test_the_sixtieth_flat_session_is_told_and_the_next_is_not():
    windows = (100, 300)
    close = random_walk(700, seed=4)
    columns = (close, *moving_averages(close, windows))
    flat = flat_sessions((*columns, trend_state(*columns[1:])), windows=windows)[:, 0]
    truth = np.array([brute_flat_sessions(close, t, windows, horizon=70) for t in range(300, len(close))])
    assert {60, 61} <= set(truth)
    np.testing.assert_array_equal(flat[300:], np.where(truth <= 60, truth, -1))


def test_forecasts_of_several_symbols_are_those_of_each_alone():
    close = random_walk(700, 30)
    close[400, 3] = np.nan
    columns = (close, *moving_averages(close, (10, 40)))
    together = flat_sessions((*columns, trend_state(*columns[1:])), windows=(10, 40))
    for n in (0, 3, 29):
        alone = tuple(column[:, [n]] for column in columns)
        flat = flat_sessions((*alone, trend_state(*alone[1:])), windows=(10, 40))
        np.testing.assert_array_equal(flat[:, 0], together[:, n])
