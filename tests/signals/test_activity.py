"""Momentum and activity: extremes, volatility, the crowded flag with its unknown half, and what is told only once."""

from __future__ import annotations

import statistics
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.activity import ACTIVITY
from signals.errors import InsufficientHistory, InvalidThreshold, InvalidWindow, UnalignedInput, UnknownSubject
from signals.inquiry import history_of
from signals.types import Basis, Prices, Result
from signals.volatility import realised_volatility
from signals.volumes import VOLUME_FROM, volume_columns, volume_symbol
from tests.signals.made_up import a_market, cut, random_walk

DEFAULTS = ACTIVITY.thresholds_with()


def read(market, subject="S0", t=-1, **changed):
    thresholds = ACTIVITY.thresholds_with(changed)
    return ACTIVITY.reading(ACTIVITY.history(market, thresholds), subject, thresholds, t)


def told(market, since=0, **changed):
    thresholds = ACTIVITY.thresholds_with(changed)
    found = ACTIVITY.events(ACTIVITY.history(market, thresholds), thresholds, since)
    row = {day: place for place, day in enumerate(market.prices.sessions.tolist())}
    return [(event.subject, row[event.session]) for event in found]


def climbing(*stretches):
    """Build closes from (sessions, change in per cent) pairs."""
    changes = np.concatenate([np.full(count, change) for count, change in stretches])
    return np.concatenate([[100.0], 100 * np.cumprod(1 + changes / 100)])


def test_the_values_are_those_it_declares():
    assert list(read(a_market(random_walk(300), volume=np.full((300, 1), 7.0))).values) == list(ACTIVITY.values)


def test_a_new_high_is_above_all_other_closes_and_a_tie_is_none():
    closes = np.concatenate([np.linspace(100, 200, 252), [200.0, 199.0, 210.0]])
    market = a_market(closes)
    values = [read(market, t=t).values for t in (250, 251, 252, 253, 254)]
    assert [one["new_52w"] for one in values] == [None, "high", "none", "none", "high"]
    assert [one["since_high_sessions"] for one in values] == [None, 0, 1, 2, 0]
    assert [one["high_52w"] for one in values] == [None, 200.0, 200.0, 200.0, 210.0]
    assert values[3]["from_high_pct"] == pytest.approx(-0.5)
    assert values[4]["since_low_sessions"] is None


def test_a_new_low_is_told_like_a_high():
    values = read(a_market(np.linspace(200, 100, 260))).values
    assert (values["new_52w"], values["since_low_sessions"], values["from_low_pct"]) == ("low", 0, 0.0)
    assert values["from_high_pct"] == pytest.approx(100 * (100 / values["high_52w"] - 1))


def test_changes_start_one_and_five_sessions_before():
    values = read(a_market([100.0, 110, 120, 130, 140, 150])).values
    assert values["d1_pct"] == pytest.approx(100 * (150 / 140 - 1))
    assert values["d5_pct"] == pytest.approx(50.0)
    assert values["volatility20_pct"] is None


def test_volatility_is_the_sample_deviation_of_log_returns_over_a_year():
    closes = random_walk(60, 3, seed=4)
    closes[30, 1] = np.nan
    found = realised_volatility(closes, 20)
    for row in range(60):
        for n in range(3):
            window = closes[max(0, row - 20) : row + 1, n]
            if len(window) < 21 or np.isnan(window).any():
                assert np.isnan(found[row, n])
                continue
            returns = [np.log(after / before) for before, after in pairwise(window)]
            assert found[row, n] == pytest.approx(100 * 252**0.5 * statistics.stdev(returns), rel=1e-9)


def test_a_flat_price_has_no_volatility_and_a_steady_one_none_but_rounding():
    assert (realised_volatility(np.full((300, 2), 7.3))[20:] == 0.0).all()
    assert np.nanmax(realised_volatility(100 * 1.01 ** np.arange(300.0)[:, None])) < 1e-5


def test_a_close_of_zero_or_less_has_no_logarithm_and_is_missing():
    closes = random_walk(50)
    closes[10], closes[11] = 0.0, -1.0
    found = realised_volatility(closes)
    assert np.isnan(found[:32]).all()
    assert np.isfinite(found[32:]).all()


def test_volatility_refuses_a_window_of_one_and_a_single_column():
    with pytest.raises(InvalidWindow, match="at least 2"):
        realised_volatility(np.ones((5, 1)), 1)
    with pytest.raises(UnalignedInput):
        realised_volatility(np.ones(5))


def test_each_half_of_the_flag_is_checked_and_without_a_chain_one_stays_unknown():
    volume = np.append(np.full(29, 100.0), 350.0)[:, None]
    quiet = random_walk(30, seed=2)
    reading = read(a_market(quiet, volume=volume))
    checks = {check.name: (check.result, check.bound) for check in reading.checks}
    assert checks == {
        "rsi": (Result.FAIL, 80.0),
        "relative_volume": (Result.PASS, 3.0),
        "call_put": (Result.UNKNOWN, 3.0),
    }
    assert reading.checks[1].value == 3.5
    assert "no option chain" in reading.checks[2].title
    assert reading.state == "unknown"  # the calls would decide
    assert read(a_market(quiet, volume=volume), crowded_relative_volume=4.0).state == "not crowded"


def test_an_rsi_of_80_is_crowded_whatever_the_rest():
    reading = read(a_market(climbing((30, 1.0))))
    assert (reading.state, reading.checks[0].result, reading.values["rsi14"]) == ("crowded", Result.PASS, 100.0)
    assert reading.checks[1].result is Result.UNKNOWN
    assert "no volume" in reading.checks[1].title


def test_too_short_a_history_is_unknown():
    reading = read(a_market([100.0, 101.0, 102.0]))
    assert (reading.state, reading.values["rsi14"], reading.coverage.n) == ("unknown", None, 1)


def test_a_symbol_without_a_bar_is_read_at_its_last_one():
    closes = random_walk(40)
    closes[38:] = np.nan
    reading = read(a_market(closes))
    assert reading.stale_sessions == 2
    assert reading.values["close"] == closes[37, 0]
    nothing = read(a_market(np.full((5, 1), np.nan)))
    assert (nothing.coverage.n, nothing.state) == (0, "unknown")


def test_there_is_no_reading_of_an_unknown_symbol_or_row():
    with pytest.raises(UnknownSubject, match="there are no prices"):
        read(a_market(random_walk(5)), "NOPE")
    with pytest.raises(InsufficientHistory):
        read(a_market(random_walk(5)), t=5)


def test_crowded_is_told_once_and_again_only_after_the_rsi_was_below_70():
    zigzag = [(1, 1.0), (1, -1.0)] * 20
    closes = climbing(*zigzag, (12, 2.0), (2, -2.0), (3, 2.0), (12, -2.0), (20, 2.0))
    market = a_market(closes)
    rsi = ACTIVITY.history(market, DEFAULTS)["rsi14"][:, 0]
    is_armed, expected = True, []
    for row in range(14, len(rsi)):
        if is_armed and rsi[row] >= 80:
            expected.append(("S0", row))
        is_armed = rsi[row] < 70 or (is_armed and rsi[row] < 80)
    assert told(market) == expected
    assert len(expected) == 2
    assert ((rsi >= 80) & ~np.isnan(rsi)).sum() > 4
    assert told(market, since=expected[1][1]) == expected[1:]
    assert told(market, since=-1) == []
    assert len(told(market, crowded_rsi_rearm=30)) <= 2


def test_a_first_rsi_above_the_bound_was_not_seen_to_rise_and_one_between_was():
    assert told(a_market(climbing((40, 1.0)))) == []
    between = climbing((1, -4.0), (13, 1.0), (30, 1.0))
    rsi = ACTIVITY.history(a_market(between), DEFAULTS)["rsi14"][:, 0]
    assert 70 < rsi[14] < 80
    assert told(a_market(between)) == [("S0", int(np.flatnonzero(rsi >= 80)[0]))]


def test_an_event_tells_what_it_rests_on_and_its_identity_its_two_limits():
    between = climbing((1, -4.0), (13, 1.0), (30, 1.0))
    market = a_market(np.column_stack([between] * 3), volume=np.full((45, 3), 9.0))
    first, *others = ACTIVITY.events(ACTIVITY.history(market, DEFAULTS), DEFAULTS)
    assert [event.subject for event in (first, *others)] == ["S0", "S1", "S2"]
    assert set(first.values) == {"close", "d5_pct", "rsi14", "rvol20"}
    assert first.values["rsi14"] >= 80
    assert dict(first.thresholds) == {"crowded_rsi": 80.0, "crowded_rsi_rearm": 70.0}


def test_no_event_on_an_open_session_and_none_where_nothing_is_asked_for():
    between = climbing((1, -4.0), (13, 1.0), (30, 1.0))
    ((_, row),) = told(a_market(between))
    market = a_market(between[: row + 1])
    assert told(market, since=-1) == [("S0", row)]
    assert told(replace(market, open_session=market.prices.sessions[-1].item()), since=-1) == []
    assert told(market, since=row + 1) == []


def test_a_hole_raises_nothing():
    between = climbing((1, -4.0), (13, 1.0), (30, 1.0))
    between[15:20] = np.nan
    assert told(a_market(between)) == []


def test_an_index_takes_its_funds_volume_and_none_without_it():
    closes, volume = random_walk(40, 2), np.column_stack([np.full(40, 1.0), np.arange(1.0, 41.0)])
    market = a_market(closes, ("^RUT", "IWM"), volume=volume)
    assert read(market, "^RUT").values["volume"] == read(market, "IWM").values["volume"] == 40.0
    alone = market.only(["^RUT"])
    assert read(alone, "^RUT").values["rvol20"] is None
    assert volume_symbol(replace(market.prices, volume=None), "IWM") is None
    assert volume_columns(a_market(closes, ("^VIX", "IWM"), volume=volume).prices).tolist() == [-1, 1]
    assert set(VOLUME_FROM.values()) == {"IWM", "SPY", "QQQ", "DIA"}


def test_the_basis_asked_for_is_used():
    market = a_market(random_walk(30))
    assert read(replace(market, basis=Basis.TOTAL_RETURN)).values["close"] is None
    prices = Prices(market.prices.sessions, ("S0",), market.prices.close, adj_close=2 * market.prices.close)
    total = read(replace(market, prices=prices, basis=Basis.TOTAL_RETURN))
    assert total.values["close"] == 2 * market.prices.close[-1, 0]


def test_a_limit_that_would_tell_the_same_for_ever_is_refused():
    with pytest.raises(InvalidThreshold, match="must be below crowded_rsi, which is 75"):
        ACTIVITY.thresholds_with({"crowded_rsi": 75, "crowded_rsi_rearm": 75})


def test_only_what_is_asked_for_is_computed():
    history = ACTIVITY.history(a_market(random_walk(300, 3)), DEFAULTS)
    ACTIVITY.events(history, DEFAULTS, since=-1)
    assert set(history.columns._known) == {"close", "rsi14"}
    assert len(list(history.columns)) == len(history.columns)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 1000), count=st.integers(1, 299), holes=st.integers(0, 9))
def test_a_row_never_depends_on_later_rows_nor_a_column_on_others(seed, count, holes):
    rng = np.random.default_rng(seed)
    closes, volume = random_walk(300, 3, seed), rng.integers(0, 5, (300, 3)).astype(float)
    closes[rng.integers(0, 300, holes), rng.integers(0, 3, holes)] = np.nan
    market = a_market(closes, ("^RUT", "IWM", "STRL"), volume=volume)
    prices = market.prices.upto(market.prices.sessions[count - 1].item())
    whole, part = (
        ACTIVITY.history(market, DEFAULTS),
        ACTIVITY.history(replace(cut(market, count), prices=prices), DEFAULTS),
    )
    alone = history_of(ACTIVITY, market, "^RUT", DEFAULTS)
    for name in whole.columns:
        np.testing.assert_array_equal(part[name], whole[name][:count], err_msg=name)
        np.testing.assert_array_equal(alone[name][:, 0], whole[name][:, 0], err_msg=name)
