"""The array kernels against the plainest possible reading of their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from signals import windows
from signals.errors import InvalidWindow, UnalignedInput
from tests.signals.made_up import random_walk

LEVELS = st.floats(1e-3, 1e6)
WITH_HOLES = st.one_of(LEVELS, st.just(float("nan")))


def panels(elements=WITH_HOLES, longest=45, widest=2):
    return st.tuples(st.integers(0, longest), st.integers(1, widest)).flatmap(
        lambda shape: arrays(np.float64, shape, elements=elements)
    )


def plainly(function, values, window):
    """Call `function` on every whole window, one at a time."""
    out = np.full(values.shape, np.nan)
    for t in range(window - 1, len(values)):
        for n in range(values.shape[1]):
            out[t, n] = function(values[t - window + 1 : t + 1, n])
    return out


KERNELS = {
    "average": windows.simple_moving_average,
    "rsi": windows.wilder_rsi,
    "relative volume": windows.relative_volume,
    "high": windows.rolling_high,
    "low": windows.rolling_low,
    "new high": lambda values, window: windows.is_new_high(values, window + 1),
    "new low": lambda values, window: windows.is_new_low(values, window + 1),
    "state": lambda values, window: windows.trend_state(values, windows.simple_moving_average(values, window)),
    "share": lambda values, window: windows.share_above(values, windows.simple_moving_average(values, window))[0],
}


@pytest.mark.parametrize("kernel", KERNELS)
@given(values=panels(), window=st.integers(1, 20), data=st.data())
@settings(max_examples=40, deadline=None)
def test_a_longer_history_gives_the_same_bits(kernel, values, window, data):
    upto = data.draw(st.integers(0, len(values)))
    compute = KERNELS[kernel]
    assert compute(values[:upto], window).tobytes() == compute(values, window)[:upto].tobytes()


@pytest.mark.parametrize("kernel", KERNELS)
def test_one_symbol_alone_gives_the_same_bits_as_among_many(kernel):
    values = random_walk(600, 150)
    values[[50, 51, 200], [3, 70, 140]] = np.nan
    if kernel != "share":
        together = KERNELS[kernel](values, 50)
        for n in (0, 3, 70, 149):
            assert KERNELS[kernel](values[:, [n]], 50).tobytes() == together[:, n].tobytes()


@given(panels(), st.integers(1, 25))
@settings(max_examples=50, deadline=None)
def test_average_is_the_mean_of_every_whole_window(values, window):
    expected = plainly(np.mean, values, window)
    np.testing.assert_allclose(windows.simple_moving_average(values, window), expected, rtol=1e-12)


@given(panels(), st.lists(st.integers(1, 30), min_size=1, max_size=4, unique=True))
@settings(max_examples=40, deadline=None)
def test_averages_made_together_are_those_made_apart(values, lengths):
    for length, together in zip(lengths, windows.moving_averages(values, lengths), strict=True):
        assert together.tobytes() == windows.simple_moving_average(values, length).tobytes()


@given(panels(), st.integers(1, 25))
@settings(max_examples=40, deadline=None)
def test_extremes_are_those_of_every_whole_window(values, window):
    np.testing.assert_array_equal(windows.rolling_high(values, window), plainly(np.max, values, window))
    np.testing.assert_array_equal(windows.rolling_low(values, window), plainly(np.min, values, window))


@given(panels(st.integers(1, 6).map(float)), st.integers(2, 25))
@settings(max_examples=40, deadline=None)
def test_a_new_extreme_beats_all_before_and_a_tie_is_nothing_new(values, window):
    highs = plainly(lambda part: part[-1] > part[:-1].max(), values, window) == 1
    lows = plainly(lambda part: part[-1] < part[:-1].min(), values, window) == 1
    np.testing.assert_array_equal(windows.is_new_high(values, window), highs)
    np.testing.assert_array_equal(windows.is_new_low(values, window), lows)
    np.testing.assert_array_equal(windows.are_new_extremes(values, window), (highs, lows))


@given(panels(st.one_of(LEVELS, st.just(0.0), st.just(float("nan")))), st.integers(1, 22))
@settings(max_examples=40, deadline=None)
def test_relative_volume_excludes_today_and_takes_zero_for_missing(values, window):
    def ratio(part):
        part = np.where(part == 0, np.nan, part)
        return part[-1] / part[:-1].mean()

    expected = plainly(ratio, values, window + 1)
    np.testing.assert_allclose(windows.relative_volume(values, window), expected, rtol=1e-12)


@given(panels(st.one_of(st.just(5.0), WITH_HOLES)), st.integers(1, 16))
@settings(max_examples=50, deadline=None)
def test_rsi_is_wilders_and_begins_anew_after_a_hole(values, window):
    expected = np.column_stack([plain_rsi(values[:, n], window) for n in range(values.shape[1])])
    np.testing.assert_allclose(windows.wilder_rsi(values, window), expected.reshape(values.shape), atol=1e-7)


def plain_rsi(close, window):
    out = np.full(len(close), np.nan)
    gain = loss = None
    for t in range(1, len(close)):
        changes = np.diff(close[max(0, t - window) : t + 1])
        rise, fall = max(changes[-1], 0), max(-changes[-1], 0)
        if np.isnan(changes[-1]):
            gain = loss = None
        elif gain is not None:
            gain, loss = ((gain * (window - 1) + rise) / window, (loss * (window - 1) + fall) / window)
        elif len(changes) == window and not np.isnan(changes).any():
            gain, loss = changes.clip(min=0).mean(), (-changes).clip(min=0).mean()
        if gain is not None:
            out[t] = 50.0 if gain == loss == 0 else 100.0 * gain / (gain + loss)
    return out


@settings(deadline=None)
@given(holes=st.lists(st.tuples(st.integers(0, 119), st.integers(0, 5)), max_size=8))
def test_rsi_of_a_few_symbols_is_to_the_bit_that_of_many(holes):
    close = random_walk(120, 6)
    for row, column in holes:
        close[row, column] = np.nan
    together = windows.wilder_rsi(close)
    for n in range(6):
        np.testing.assert_array_equal(windows.wilder_rsi(close[:, [n]])[:, 0], together[:, n])


def test_rsi_agrees_with_talib():
    talib = pytest.importorskip("talib")
    close = random_walk(1000)
    np.testing.assert_allclose(windows.wilder_rsi(close, 14)[:, 0], talib.RSI(close[:, 0], 14), rtol=1e-10)


def test_rsi_of_a_rise_is_exactly_100_of_a_fall_0_and_of_no_change_50():
    rise = np.cumsum(np.full(60, 0.1))[:, None]
    rsi = windows.wilder_rsi(np.hstack([rise, 100 - rise, np.full((60, 1), 7.3)]), 14)
    assert (rsi[14:] == [100.0, 0.0, 50.0]).all()
    assert np.isnan(rsi[:14]).all()


def test_average_recovers_once_the_hole_has_left_the_window():
    values = random_walk(300, 2)
    values[100, 0] = np.nan
    average = windows.simple_moving_average(values, 50)
    assert np.isnan(average[100:150, 0]).all()
    assert not np.isnan(average[150:, 0]).any()
    assert not np.isnan(average[49:, 1]).any()


def test_average_does_not_drift_over_a_long_history():
    values = random_walk(30_000, volatility=0.001)
    average = windows.simple_moving_average(values, 200)
    assert abs(average[-1, 0] / values[-200:, 0].mean() - 1) < 1e-14


def test_results_can_be_put_into_arrays_of_the_caller():
    values = random_walk(100, 3)
    for compute in (windows.simple_moving_average, windows.wilder_rsi, windows.relative_volume):
        out = np.zeros(values.shape)
        assert compute(values, 10, out=out) is out
        np.testing.assert_array_equal(out, compute(values, 10))


def test_any_memory_layout_gives_the_same():
    values = random_walk(300, 5)
    for other in (np.asfortranarray(values), np.repeat(values, 2, axis=1)[:, ::2], values.astype(object)):
        np.testing.assert_array_equal(
            windows.simple_moving_average(other, 20), windows.simple_moving_average(values, 20)
        )


@pytest.mark.parametrize("window", [0, -5, 2.0, True, "50", None])
def test_a_window_that_is_no_whole_number_of_sessions_is_refused(window):
    values = np.ones((5, 1))
    for compute in (
        windows.simple_moving_average,
        windows.wilder_rsi,
        windows.relative_volume,
        windows.rolling_high,
        windows.is_new_low,
    ):
        with pytest.raises(InvalidWindow, match=r"window is .*: must be a whole number of sessions, at least"):
            compute(values, window)


def test_a_new_high_needs_something_to_beat():
    with pytest.raises(InvalidWindow, match="at least 2"):
        windows.is_new_high(np.ones((5, 1)), 1)


def test_arrays_that_do_not_fit_are_refused():
    flat, panel = np.ones(5), np.ones((5, 2))
    with pytest.raises(UnalignedInput, match=r"values is .*two axes"):
        windows.simple_moving_average(flat, 2)
    with pytest.raises(UnalignedInput, match=r"slow is .*must have the shape"):
        windows.trend_state(panel, panel[:4])
    with pytest.raises(UnalignedInput, match="average is"):
        windows.share_above(panel, panel[:, :1])
    with pytest.raises(UnalignedInput, match="out is"):
        windows.wilder_rsi(panel, 2, out=np.ones((4, 2)))
    with pytest.raises(UnalignedInput, match="float32"):
        windows.wilder_rsi(panel, 2, out=np.ones((5, 2), dtype=np.float32))


def test_a_tie_keeps_the_state_and_a_hole_forgets_it():
    slow = np.full((7, 1), 100.0)
    fast = np.array([[100.0], [101.0], [100.0 + 5e-8], [99.0], [100.0], [np.nan], [100.0]])
    assert windows.trend_state(fast, slow).ravel().tolist() == [0, 1, 1, -1, -1, 0, 0]


def test_negative_series_have_a_state_too():
    slow = np.full((2, 1), -2.0)
    assert windows.trend_state(np.array([[-1.0], [-3.0]]), slow).ravel().tolist() == [1, -1]


def test_share_counts_only_what_is_covered():
    nan = np.nan
    share, covered = windows.share_above(
        np.array([[2.0, 1.0, nan], [nan, nan, 1.0]]), np.array([[1.0, 1.0, 1.0], [1.0, 1.0, nan]])
    )
    np.testing.assert_array_equal(share, [0.5, nan])
    assert covered.tolist() == [2, 0]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_empty_and_tiny_panels_are_answered(shape):
    values = np.ones(shape)
    for kernel in KERNELS.values():
        assert len(kernel(values, 5)) == shape[0]
