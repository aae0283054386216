"""What the gate holds beyond a move: other units, contradictions, bars of two symbols, a market that leaps."""

from __future__ import annotations

import numpy as np
import pytest

from bot.market.gate import Gate, Kind
from bot.market.gate_moves import PATIENT_SESSIONS
from signals.types import Prices

SESSIONS = np.arange("2025-01-01", "2025-04-01", dtype="datetime64[D]")


def prices(volume=None, **closes):
    columns = np.stack([np.asarray(column, dtype=float) for column in closes.values()], axis=1)
    return Prices(SESSIONS[: len(columns)], tuple(closes), columns, volume=volume)


def bars(symbols, rows):
    """Build bars from rows of (open, high, low, close, volume) per symbol."""
    table = np.array(rows, dtype=float)
    names = ("open", "high", "low", "close", "volume")
    return Prices(SESSIONS[: len(table)], symbols, **{name: table[:, :, n] for n, name in enumerate(names)})


def held(given, row):
    return [(bar.symbol, bar.session, bar.kind) for bar in Gate(given).as_of(row).held]


def reasons(given, row):
    return [bar.reason for bar in Gate(given).as_of(row).held]


def steady(factor, rows=60, at=30):
    close = 100 + np.sin(np.arange(rows))
    close[at:] *= factor
    return close


@pytest.mark.parametrize("factor", [190.0, 1 / 4, 100.0, 3.0])
def test_a_changed_unit_is_not_proved_by_two_more_bars_in_it(factor):
    given = prices(X=steady(factor))
    assert len(held(given, 30 + PATIENT_SESSIONS - 1)) == PATIENT_SESSIONS
    assert held(given, 30 + PATIENT_SESSIONS) == []
    assert "no surge in trading goes with it" in reasons(given, 31)[0]


def test_money_traded_as_usual_speaks_for_another_unit_and_a_surge_for_a_move():
    close = steady(1 / 4)
    volume = np.full((60, 1), 1_000.0)
    volume[30:] *= 4
    assert len(held(prices(volume, X=close), 36)) == 7
    assert len(held(prices(volume / 2, X=steady(1 / 2)), 36)) == 7
    volume[30] *= 10
    assert held(prices(volume, X=close), 32) == []


def test_as_many_shares_for_a_hundred_times_the_money_are_no_surge():
    assert len(held(prices(np.full((60, 1), 1_000.0), X=steady(100.0)), 36)) == 7


@pytest.mark.parametrize("factor", [1.66, 2.0])
def test_without_volumes_a_double_is_let_go_by_two_more_bars(factor):
    assert held(prices(X=steady(factor)), 32) == []


def test_prices_in_cents_are_named():
    assert "or prices in cents" in reasons(prices(X=steady(100.0)), 30)[0]
    assert "or prices in cents" in reasons(prices(X=steady(0.01)), 30)[0]
    assert "cents" not in reasons(prices(X=steady(190.0)), 30)[0]


def test_a_number_beyond_sense_is_told_without_its_digits():
    (reason,) = reasons(prices(X=steady(1e30)), 30)
    assert reason.startswith("stands at more than 10,000 times the close before while the market")


@pytest.mark.parametrize(("symbol", "is_held"), [("^RUT", True), ("IWM", True), ("XLE", False), ("STRL", False)])
def test_an_index_does_not_move_by_a_sixth_beyond_the_market(symbol, is_held):
    close = np.full(6, 100.0)
    close[4] = 116
    others = {f"S{n}": np.full(6, 50.0) for n in range(25)}
    assert bool(held(prices(**{symbol: close}, **others), 4)) is is_held
    assert bool(held(prices(**{symbol: close}, **others), 5)) is is_held  # the next bar refutes it


def test_an_index_that_stands_still_in_a_crash_is_not_held():
    others = {f"S{n}": [50.0, 50, 42] for n in range(25)}
    assert held(prices(TLT=[90.0, 90, 91], **others), 2) == []


@pytest.mark.parametrize(("move", "is_held"), [(1.2, True), (0.7, True), (0.795, False), (1.12, False)])
def test_a_market_that_moves_as_none_ever_did_is_held_whole(move, is_held):
    close = np.full(8, 50.0)
    close[4] *= move
    given = prices(**{f"S{n}": close * (1 + n) for n in range(25)})
    assert (len(held(given, 4)) == 25) is is_held
    assert held(given, 5)[:1] == ([("S0", SESSIONS[4].item(), Kind.MARKET)] if is_held else [])
    if is_held:
        assert "all prices moved together by" in reasons(given, 4)[0]
        assert f"the bar of {SESSIONS[5]} refuted it" in reasons(given, 5)[0]


def test_a_session_that_is_held_whole_is_held_for_rates_and_volatility_too():
    given = prices(**{f"S{n}": steady(1.3) for n in range(25)}, **{"^VIX": np.full(60, 17.0)})
    assert ("^VIX", SESSIONS[30].item(), Kind.MARKET) in held(given, 30)


def test_a_market_that_stays_where_it_leapt_is_let_go_after_a_month():
    given = prices(**{f"S{n}": steady(1.3) for n in range(25)})
    assert len(Gate(given).as_of(49).rows) == 25 * 20
    assert Gate(given).as_of(50).held == ()
    assert Gate(given).as_of(50).released["S0"] == SESSIONS[30].item()


def test_a_high_below_the_low_is_held_for_good():
    ordinary = [(10, 11, 9, 10.5, 500)]
    given = bars(("X",), [ordinary, [(10, 9, 11, 10.2, 600)], ordinary, [(10, 11, 9, 10.6, 700)]])
    assert reasons(given, 1) == ["the high, 9.00, is below the low, 11.00: the columns look swapped"]
    assert ("X", SESSIONS[1].item(), Kind.CONTRADICTION) in held(given, 3)


@pytest.mark.parametrize(
    ("bar", "words"),
    [
        ((10, 11, 9, 12, 5), "the close, 12.00, lies outside the session's own range, 9.00 to 11.00"),
        ((8, 11, 9, 10, 5), "the open, 8.00, lies outside the session's own range, 9.00 to 11.00"),
        ((10, 11, 9, 11.1, 5), None),
        ((10, np.nan, 9, 12, 5), None),
    ],
)
def test_a_close_or_open_outside_the_range_is_held_beyond_rounding(bar, words):
    assert reasons(bars(("X",), [[bar]]), 0) == ([words] if words else [])


def test_rates_have_no_range_to_be_in():
    assert held(bars(("^IRX",), [[(0.05, 0.02, 0.03, 0.09, 5)]]), 0) == []


def test_a_copy_with_a_range_and_a_real_volume_is_not_let_go():
    rows = [(10, 11, 9, 10.5, 5_000), (10, 11, 9, 10.5, 5_000), (10, 12, 9, 11, 6_000), (11, 12, 9, 10, 7_000)]
    assert held(bars(("X",), [[row] for row in rows]), 3) == [("X", SESSIONS[1].item(), Kind.DUPLICATED)]


A = [(10, 11, 9, 10, 5_000), (10, 11, 9, 10.5, 5_100), (10, 11, 9, 10.2, 5_200)]
B = [(40, 41, 39, 40, 8_000), (40, 41, 39, 40.5, 8_100), (40, 41, 39, 40.2, 8_200)]


def test_a_bar_of_another_symbol_is_held_where_it_does_not_belong():
    given = bars(("A", "B"), list(zip(A, [B[0], A[1], B[2]], strict=True)))
    assert held(given, 1) == [("B", SESSIONS[1].item(), Kind.TWIN)]
    assert "is also that of A: it cannot be both's" in reasons(given, 1)[0]
    assert held(given, 2) == [("B", SESSIONS[1].item(), Kind.TWIN)]


def test_two_symbols_with_one_history_are_both_held():
    assert [symbol for symbol, _, _ in held(bars(("A", "B"), list(zip(A, A, strict=True))), 0)] == ["B", "A"]


def test_small_bars_may_be_equal_by_chance():
    thin = [[(2, 2, 2, 2, 9_000), (2, 2, 2, 2, 9_000)], [(2, 3, 1, 2, 900), (2, 3, 1, 2, 900)]]
    assert held(bars(("A", "B"), thin), 1) == []
    near = [[(2, 3, 1, 2, 9_000), (2, 3, 1.5, 2, 9_000)]]
    assert held(bars(("A", "B"), near), 0) == []


def test_a_bar_somebody_vouches_for_passes_whatever_is_odd_about_it():
    given = bars(("X",), [[(10, 9, 11, 10, 600)]])
    assert Gate(given, passed=frozenset({("X", SESSIONS[0].item())})).as_of(0).held == ()
