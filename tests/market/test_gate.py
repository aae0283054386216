from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bot.market.gate import Gate, Kind, gate
from bot.market.gate_moves import split_words
from signals.types import Prices

SESSIONS = np.array(
    [f"2025-07-{day:02}" for day in (1, 2, 3, 7, 8, 9, 10, 11, 14, 15, 16, 17, 18, 21, 22, 23)], dtype="datetime64[D]"
)


def prices(**closes):
    """Build bars from closes; None is missing."""
    columns = [np.array([np.nan if c is None else c for c in column], dtype=float) for column in closes.values()]
    return Prices(SESSIONS[: len(columns[0])], tuple(closes), np.stack(columns, axis=1))


def whole(*bars):
    """Build one symbol X from (open, high, low, close, volume) bars."""
    table = np.array(bars, dtype=float)
    names = ("open", "high", "low", "close", "volume")
    return Prices(SESSIONS[: len(bars)], ("X",), **{name: table[:, [n]] for n, name in enumerate(names)})


def traded(closes, *, surge):
    """Build one symbol X whose usual volume is 1,000 and that of row `surge` a hundred times as much."""
    volume = np.full((len(closes), 1), 1_000.0)
    volume[surge] *= 100
    return Prices(SESSIONS[: len(closes)], ("X",), np.array(closes, dtype=float)[:, None], volume=volume)


def day(n):
    return SESSIONS[n].item()


def held_rows(bars, row, symbol="X"):
    found = Gate(bars).as_of(row)
    return sorted(int(r) for r, c in zip(found.rows, found.columns, strict=True) if bars.symbols[c] == symbol)


def kinds(bars, row):
    return {(h.symbol, h.session): h.kind for h in Gate(bars).as_of(row).held}


def test_an_ordinary_market_holds_nothing():
    gated = gate(prices(X=[100, 101, 99, 105, 102]), day(4))
    assert gated.held == ()
    assert gated.prices.close[:, 0].tolist() == [100, 101, 99, 105, 102]


def test_a_move_of_forty_percent_and_more_is_held_with_its_reason():
    gated = gate(prices(X=[100, 100, 145]), day(2))
    assert np.isnan(gated.prices.close[2, 0])
    (bar,) = gated.held
    assert (bar.symbol, bar.session, bar.kind) == ("X", day(2), Kind.JUMP)
    assert bar.reason == "moved +45 % while the market moved +0.0 %"


@pytest.mark.parametrize("close", [61, 139])
def test_a_move_just_below_forty_percent_passes(close):
    assert gate(prices(X=[100, 100, close]), day(2)).held == ()


def test_two_further_consistent_sessions_let_all_three_go():
    bars = prices(X=[100, 100, 145, 150, 148, 149])
    assert [held_rows(bars, row) for row in range(6)] == [[], [], [2], [2, 3], [], []]
    assert Gate(bars).as_of(4).released == {"X": day(2)}
    assert Gate(bars).as_of(5).released == {}


def test_a_held_move_needs_bars_and_not_days():
    bars = prices(X=[100, 145, None, None, 150, 148], Y=[10, 10, 10, 10, 10, 10])
    assert held_rows(bars, 4) == [1, 4]
    assert held_rows(bars, 5) == []


def test_a_spike_that_comes_back_stays_held_as_a_bad_print_and_the_rest_passes():
    bars = prices(X=[100, 100, 190, 101, 102, 103, 104])
    assert [held_rows(bars, row) for row in range(7)] == [[], [], [2], [2], [2], [2], [2]]
    (bar,) = Gate(bars).as_of(6).held
    assert "the bar of 2025-07-07 refuted it: a bad print" in bar.reason


def test_what_is_known_of_a_bad_print_is_only_said_once_it_is_known():
    (bar,) = Gate(prices(X=[100, 100, 190, 101])).as_of(2).held
    assert "refuted" not in bar.reason


def test_a_move_that_gives_back_a_third_is_no_bad_print():
    bars = prices(X=[100, 100, 160, 125, 128])
    assert held_rows(bars, 3) == [2, 3]
    assert held_rows(bars, 4) == []


def test_two_big_moves_in_a_row_are_let_go_together():
    bars = traded([100, 100, 100, 100, 100, 100, 160, 240, 245, 239, 240], surge=6)
    assert held_rows(bars, 8) == [6, 7, 8]
    assert held_rows(bars, 9) == []


def test_a_stray_on_the_way_to_a_new_level_stays_held():
    bars = prices(X=[100, 1000, 150, 152, 149, 151])
    assert held_rows(bars, 5) == [1]


@pytest.mark.parametrize(
    ("closes", "words"),
    [
        ([1.0, 1.0, 190.4], "1-for-190 reverse split"),
        ([100, 101, 1009.0], "1-for-10 reverse split"),
        ([100, 101, 50.3], "2-for-1 split"),
    ],
)
def test_a_move_near_a_whole_ratio_is_named_as_the_split_it_resembles(closes, words):
    (bar,) = gate(prices(X=closes), day(2)).held
    assert bar.kind is Kind.SPLIT
    assert words in bar.reason


@pytest.mark.parametrize(("ratio", "words"), [(1.5, ""), (2.2, ""), (0.34, "3-for-1 split"), (1.0, "")])
def test_other_ratios_resemble_no_split(ratio, words):
    assert split_words(ratio) == words


def test_a_crash_of_the_whole_market_holds_nobody():
    market = {f"S{n}": [100, 100, 80, 81] for n in range(25)}
    bars = prices(**market, X=[100, 100, 55, 55], Y=[100, 100, 115, 115])
    assert {held.symbol for held in Gate(bars).as_of(2).held} == {"Y"}


def test_in_a_small_list_the_market_is_the_index():
    bars = prices(**{"^GSPC": [100, 100, 80]}, X=[100, 100, 55])
    assert Gate(bars).as_of(2).held == ()  # 45 % down, 31 % beyond the index


def test_the_first_bar_of_a_symbol_is_never_held():
    assert gate(prices(X=[None, None, 500], Y=[1, 1, 1]), day(2)).held == ()


def test_a_bar_after_a_long_hole_is_a_new_beginning():
    sessions = np.arange("2025-01-01", "2025-03-12", dtype="datetime64[D]")
    close = np.full((len(sessions), 1), np.nan)
    close[:5] = 100
    close[40:] = 300
    bars = Prices(sessions, ("X",), close)
    assert held_rows(bars, 41) == []


def test_volatility_and_rates_are_no_prices():
    bars = prices(**{"^VIX": [17, 17, 37], "^IRX": [0.05, -0.01, 0.09]})
    assert gate(bars, day(2)).held == ()


def test_a_whole_copy_of_the_session_before_is_held_until_two_own_bars_follow():
    bars = whole((1, 3, 1, 2, 500), (1, 3, 1, 2, 500), (2, 3, 1, 2, 700), (2, 3, 2, 2, 800))
    assert kinds(bars, 1) == {("X", day(1)): Kind.DUPLICATED}
    assert [held_rows(bars, row) for row in range(4)] == [[], [1], [1], []]
    assert Gate(bars).as_of(3).released == {"X": day(1)}


def test_a_feed_that_stands_still_is_not_let_go():
    bars = whole(*[(1, 3, 1, 2, 500)] * 8)
    assert held_rows(bars, 7) == [1, 2, 3, 4, 5, 6, 7]


def test_an_older_bar_sent_again_is_out_of_order():
    bars = whole((11, 13, 11, 12, 500), (12, 14, 11, 13, 600), (13, 15, 12, 14, 700), (11, 13, 11, 12, 500))
    assert kinds(bars, 3) == {("X", day(3)): Kind.OUT_OF_ORDER}


def test_an_equal_close_alone_is_no_copy():
    assert gate(prices(X=[100, 100, 100, 100]), day(3)).held == ()
    assert gate(whole((1, 3, 1, 2, np.nan), (1, 3, 1, 2, np.nan)), day(1)).held == ()


def test_a_volume_without_a_close_is_held_and_not_used():
    bars = whole((1, 3, 1, 2, 500), (np.nan, np.nan, np.nan, np.nan, 900), (1, 3, 1, 2, 600))
    gated = gate(bars, day(1))
    assert [(h.kind, h.session) for h in gated.held] == [(Kind.MISSING, day(1)), (Kind.NAN_TAILED, day(1))]
    assert np.isnan(gated.prices.volume[1, 0])
    assert gate(bars, day(2)).held == ()  # of yesterday it is only a missing bar


def test_a_symbol_without_a_bar_is_missing_and_after_a_week_stale():
    bars = prices(X=[1, 1, None, None, None, None, None, None, None], Y=[1] * 9, Z=[None] * 9)
    assert kinds(bars, 2) == {("X", day(2)): Kind.MISSING}
    (bar,) = Gate(bars).as_of(8).held
    assert (bar.kind, bar.since) == (Kind.STALE, day(1))
    assert bar.reason == "no bar; the last one is of 2025-07-02, 7 sessions earlier"


def test_a_bar_somebody_vouches_for_passes_and_those_after_it_are_measured_from_it():
    bars = prices(X=[100, 100, 145, 150, 148])
    passed = frozenset({("X", day(2))})
    assert [Gate(bars, passed=passed).as_of(row).held for row in range(5)] == [()] * 5


def test_vouching_for_a_later_bar_lets_the_earlier_ones_go_with_it():
    bars = prices(X=[100, 100, 145, 150])
    found = Gate(bars, passed=frozenset({("X", day(3)), ("GONE", day(1)), ("X", date(2031, 1, 1))})).as_of(3)
    assert found.held == ()
    assert found.released == {"X": day(2)}


def test_the_given_bars_are_not_written_to():
    bars = prices(X=[100, 100, 145])
    gate(bars, day(2))
    assert bars.close[2, 0] == 145


def test_there_is_nothing_to_hold_before_the_first_session():
    assert gate(prices(X=[1, 2]), date(2025, 6, 1)).held == ()


MOVES = st.sampled_from([1.0, 1.01, 0.98, 1.3, 0.7, 1.6, 0.5, 2.0, 10.0, 0.1, 0.62])


@settings(max_examples=150, deadline=None)
@given(moves=arrays(float, (14, 4), elements=MOVES), gone=arrays(bool, (14, 4)), copied=arrays(bool, (14, 4)))
def test_what_is_held_as_of_a_session_depends_on_no_later_bar(moves, gone, copied):
    close = 100 * np.cumprod(moves, axis=0)
    volume = np.where(copied, 1000.0, np.arange(14.0)[:, None] + 1)
    close[gone & ~copied] = np.nan
    fields = dict.fromkeys(("open", "high", "low"), np.where(np.isnan(close), np.nan, 1.0))
    bars = Prices(SESSIONS[:14], ("^GSPC", "A", "B", "C"), close, volume=volume, **fields)
    everything = Gate(bars)
    for row in range(14):
        known = Gate(bars.upto(day(row))).as_of(row)
        told = everything.as_of(row)
        assert set(zip(known.rows, known.columns, strict=True)) == set(zip(told.rows, told.columns, strict=True))
        assert known.held == told.held
        assert known.released == told.released


@settings(max_examples=100, deadline=None)
@given(steps=arrays(float, (16,), elements=st.floats(0.85, 1.17)), jump=st.floats(0.02, 50))
def test_a_real_move_of_any_size_is_held_for_two_sessions_at_most(steps, jump):
    close = 100 * np.cumprod(steps)
    close[8:] *= jump
    bars = traded(close, surge=slice(8, None))
    bars.volume[8:] *= 100  # in money too, where the price is a fiftieth
    assert held_rows(bars, 15) == []
    assert set(held_rows(bars, 9)) <= {8, 9}
