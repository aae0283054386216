"""Rates, spreads and volatility: when a value is known, what is unknown, which changes are told, and only once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import InsufficientHistory, InvalidThreshold, InvalidWindow, UnalignedInput, UnknownSubject
from signals.facts import Appointment, Facts, Series
from signals.macro import MACRO
from signals.macro_rates import daily_changes, rolling_regression
from signals.macro_series import NAMES, beside, percentiles, published
from tests.signals.made_up import a_market, cut, random_walk, some_sessions

DEFAULTS = MACRO.thresholds_with()


def series(values, name="DGS10", days=None, first=0):
    days = some_sessions(first + len(values))[first:] if days is None else np.array(days, dtype="M8[D]")
    return Series(name, name, days, np.asarray(values, dtype=float))


def market(*known, sessions=40, vix=None, appointments=()):
    closes = np.column_stack([random_walk(sessions, 2), np.full(sessions, 15.0) if vix is None else vix])
    found = a_market(closes, ("^RUT", "^GSPC", "^VIX"))
    return replace(found, facts=Facts(series={one.name: one for one in known}, appointments=appointments))


def read(market, subject="market", t=-1, thresholds=DEFAULTS):
    return MACRO.reading(MACRO.history(market, thresholds), subject, thresholds, t)


def told(market, thresholds=DEFAULTS, since=0):
    found = MACRO.events(MACRO.history(market, thresholds), thresholds, since)
    row = {day: place for place, day in enumerate(market.prices.sessions.tolist())}
    return [(event.kind, row[event.session]) for event in found]


def kept_at(level, moves, count=40):
    values = np.full(count, float(level))
    for row, value in moves.items():
        values[row:] = value
    return values


def test_a_value_is_known_one_session_later_and_a_price_at_once():
    values = read(market(series(kept_at(4.0, {10: 4.1}))), t=10).values
    assert (values["DGS10.level_pct"], values["DGS10.observed"]) == (4.0, str(some_sessions(10)[-1]))
    assert values["^VIX.observed"] == str(some_sessions(11)[-1])
    after = read(market(series(kept_at(4.0, {10: 4.1}))), t=11).values
    assert (after["DGS10.level_pct"], after["DGS10.change_1d_bp"], after["DGS10.change_21d_bp"]) == (4.1, 10.0, None)
    assert read(market(series(kept_at(4.0, {10: 4.1}))), t=25).values["DGS10.change_21d_bp"] == 10.0


def test_the_values_are_those_it_declares_whatever_is_there():
    assert list(read(market()).values) == list(MACRO.values)
    assert list(read(market(*(series(kept_at(4.0, {}), name) for name in NAMES))).values) == list(MACRO.values)


def test_what_is_absent_is_missing_and_counted():
    reading = read(market(series(kept_at(4.0, {}))))
    assert (reading.state, reading.coverage.n, reading.coverage.of) == ("partial", 2, 7)
    assert reading.values["curve.level_pct"] is None
    assert reading.values["DGS2.observed"] is None
    nothing = read(a_market(random_walk(30), ("STRL",)))
    assert (nothing.state, nothing.coverage.n) == ("unknown", 0)
    assert set(nothing.values.values()) == {None, 0}
    assert nothing.values["sensitivity.pairs"] == 0


def test_each_series_is_a_subject_with_a_state_of_its_own():
    ten, two = series(kept_at(4.0, {30: 3.5})), series(kept_at(3.8, {35: 3.5}), "DGS2")
    known = market(ten, two, vix=kept_at(15, {39: 25}))
    assert [read(known, "curve", t).state for t in (5, 32, 38)] == ["normal", "inverted", "flat"]
    assert [read(known, "^VIX", t).state for t in (5, 39)] == ["calm", "high"]
    assert (read(known, "DGS10").state, read(known, "DFF").state) == ("known", "unknown")
    assert read(known, "DGS10").coverage.of == 1
    with pytest.raises(UnknownSubject, match="it is market or one of DFF"):
        read(known, "SOFR")
    with pytest.raises(InsufficientHistory):
        read(known, t=40)


def test_everything_there_is_known():
    names = [name for name in NAMES if name not in {"curve", "^VIX"}]
    assert read(market(*(series(kept_at(4.0, {}), name) for name in names))).state == "known"


def test_a_series_that_has_ended_is_no_level_and_its_last_day_is_told():
    values = read(market(series(np.full(10, 4.0)))).values
    assert (values["DGS10.level_pct"], values["DGS10.change_1d_bp"]) == (None, None)
    assert values["DGS10.observed"] == str(some_sessions(10)[-1])


def test_two_values_weeks_apart_are_not_one_days_change():
    days = [*some_sessions(10), *some_sessions(40)[20:]]
    known = market(series([4.0] * 10 + [5.0] * 20, days=days))
    assert read(known, t=21).values["DGS10.change_1d_bp"] is None
    assert told(known) == []


def test_a_weekend_repeats_friday_and_hides_no_change():
    days = np.arange("2010-01-04", "2010-01-20", dtype="M8[D]")
    values = np.where(days < np.datetime64("2010-01-08"), 4.0, 4.25)  # a Friday
    monday = read(market(series(values, "DFF", days)), t=5).values
    assert (monday["DFF.observed"], monday["DFF.change_1d_bp"]) == ("2010-01-08", 25.0)


@pytest.mark.parametrize(("after", "is_told"), [(4.11, True), (4.12, False), (4.41, True), (4.40, False)])
def test_a_large_move_of_the_ten_year_is_told_once_when_it_is_known(after, is_told):
    found = told(market(series(kept_at(4.26, {10: after}))))
    assert found == ([("ten_year_move", 11)] if is_told else [])


def test_of_two_values_that_become_known_together_the_larger_change_is_told():
    values, days = kept_at(4.0, {10: 4.2}), some_sessions(41)
    with_holiday = market(series(values))
    without = [day for place, day in enumerate(days) if place != 11]
    prices = replace(with_holiday.prices, sessions=np.array(without))
    (event,) = MACRO.events(MACRO.history(replace(with_holiday, prices=prices), DEFAULTS), DEFAULTS)
    assert str(event.session) == str(days[12])
    assert event.values == {"level_pct": 4.2, "change_1d_bp": 20.0, "observed": str(days[10])}


def test_a_value_known_before_the_first_session_is_no_event():
    days = np.array([some_sessions(1)[0] - np.timedelta64(n, "D") for n in (4, 3)])
    assert told(market(series([4.0, 4.5], days=days))) == []


def test_equality_is_no_turn_of_the_curve():
    two = series(np.full(40, 4.0), "DGS2")
    ten = series(kept_at(4.2, {10: 4.0, 12: 4.1, 20: 4.0, 22: 3.95, 30: 4.0, 32: 4.05}))
    known = market(ten, two)
    assert [event for event in told(known) if event[0] == "curve_sign"] == [("curve_sign", 23), ("curve_sign", 33)]
    events = MACRO.events(MACRO.history(known, DEFAULTS), DEFAULTS)
    turns = [event.values["state"] for event in events if event.kind == "curve_sign"]
    assert turns == ["inverted", "normal"]


def test_a_hole_is_no_turn_and_the_turn_is_told_on_the_far_side():
    days = [*some_sessions(10), *some_sessions(40)[25:]]
    ten, two = series([4.2] * 10 + [3.8] * 15, days=days), series([4.0] * 25, "DGS2", days)
    assert [event for event in told(market(ten, two)) if event[0] == "curve_sign"] == [("curve_sign", 26)]


def test_credit_widens_once_and_again_only_after_it_has_calmed():
    spread = kept_at(3.0, {30: 3.5, 32: 3.4, 33: 3.6, 60: 3.0, 90: 3.55}, count=110)
    known = market(series(spread, "BAMLH0A0HYM2"), sessions=110)
    assert told(known) == [("credit_widening", 31), ("credit_widening", 91)]
    (first, _) = MACRO.events(MACRO.history(known, DEFAULTS), DEFAULTS)
    assert first.values == {"level_pct": 3.5, "change_21d_bp": 50.0, "observed": str(some_sessions(31)[-1])}
    assert told(known, MACRO.thresholds_with({"credit_widening_bp": 51})) == [
        ("credit_widening", 34),
        ("credit_widening", 91),
    ]


def test_the_vix_is_high_from_25_and_again_only_after_it_was_below_22():
    vix = kept_at(24, {3: 25, 5: 22, 6: 26, 8: 21.99, 9: np.nan, 12: 25.0, 14: 15})
    assert told(market(vix=vix)) == [("vix_high", 3), ("vix_high", 12)]
    assert told(market(vix=np.full(40, 30.0))) == []


def test_only_rows_from_since_on_are_told_and_none_of_an_open_session():
    vix = kept_at(15, {5: 30, 8: 15, 39: 30})
    known = market(vix=vix)
    assert told(known, since=6) == told(known, since=-1) == [("vix_high", 39)]
    open_one = replace(known, open_session=known.prices.sessions[-1].item())
    assert told(open_one, since=-1) == []
    assert read(open_one).is_provisional


def test_dates_ahead_are_the_next_of_each_kind_and_never_today():
    days = [some_sessions(41)[-1].item(), some_sessions(40)[-1].item(), date(2010, 3, 19), date(2010, 4, 1)]
    meetings = tuple(Appointment("fomc", day, "FOMC decision", "published") for day in days)
    values = read(market(appointments=meetings)).values
    assert (values["fomc.date"], values["fomc.days"]) == (days[0].isoformat(), 3)  # a Friday, then a Monday
    assert (values["cpi.date"], values["jobs.days"]) == (None, None)


def found_of(reading):
    return {check.name: (check.result.value, check.value, check.bound) for check in reading.checks}


def test_checks_say_whether_rates_credit_and_volatility_are_within_their_limits_and_the_inputs_fresh():
    names = ("DFF", "DFEDTARU", "DGS3MO")
    calm = [series(kept_at(4.0, {38: 4.1}), "DGS10"), series(kept_at(3.8, {}), "DGS2")]
    calm += [series(kept_at(4.0, {}), name) for name in names] + [series(kept_at(3.0, {38: 3.2}), "BAMLH0A0HYM2")]
    assert found_of(read(market(*calm))) == {
        "ten_year_move": ("pass", 10.0, 15.0),
        "curve_sign": ("pass", 0.3, 0.0),
        "credit_widening": ("pass", 20.0, 50.0),
        "vix_high": ("pass", 15.0, 25.0),
        "fresh": ("pass", 1, 10),
    }
    tense = [series(kept_at(4.0, {38: 3.8}), "DGS10"), series(kept_at(3.8, {}), "DGS2")]
    tense += [series(kept_at(4.0, {})[:30], name) for name in names]
    tense += [series(kept_at(3.0, {38: 3.5}), "BAMLH0A0HYM2")]
    after = read(market(*tense, vix=kept_at(15, {39: 25})))
    assert found_of(after) == {
        "ten_year_move": ("fail", 20.0, 15.0),
        "curve_sign": ("fail", 0.0, 0.0),
        "credit_widening": ("fail", 50.0, 50.0),
        "vix_high": ("fail", 25.0, 25.0),
        "fresh": ("fail", 14, 10),
    }


def test_checks_follow_the_thresholds_and_are_those_of_every_subject():
    known = market(series(kept_at(4.0, {38: 4.1})), vix=kept_at(15, {}))
    tight = MACRO.thresholds_with({"ten_year_move_bp": 10, "vix_high": 15, "vix_rearm": 14})
    found = found_of(read(known, thresholds=tight))
    assert found["ten_year_move"] == ("fail", 10.0, 10.0)
    assert found["vix_high"] == ("fail", 15.0, 15.0)
    assert read(known, "curve").checks == read(known, "^VIX").checks == read(known).checks


def test_checks_of_what_is_not_there_are_unknown_and_no_input_is_fresh_that_never_came():
    assert {result for result, *_ in found_of(read(a_market(random_walk(30), ("STRL",)))).values()} == {"unknown"}
    assert found_of(read(market(series(kept_at(4.0, {})))))["fresh"] == ("unknown", None, 10)


def test_limits_that_would_tell_the_same_thing_for_ever_are_refused():
    with pytest.raises(InvalidThreshold, match="must be below vix_high"):
        MACRO.thresholds_with({"vix_rearm": 25})
    with pytest.raises(InvalidThreshold, match="must be below credit_widening_bp"):
        MACRO.thresholds_with({"credit_rearm_bp": 60})


def test_every_subject_is_offered_the_whole_first():
    assert list(MACRO.choices(market())) == ["market", *NAMES]
    assert MACRO.studied == "^RUT"


def test_percentiles_from_a_later_row_on_are_the_same_and_nothing_wanted_is_nothing():
    days = np.arange("2000-01-03", "2004-01-01", 7, dtype="M8[D]")
    weekly = Series("DGS2", "2-year", days, np.random.default_rng(3).normal(4, 1, len(days)).round(1))
    whole = percentiles(weekly, years=2)
    some = percentiles(weekly, years=2, needed=np.arange(150, len(days)))
    np.testing.assert_array_equal(whole[150:], some[150:])
    assert np.isnan(percentiles(weekly, needed=np.empty(0, dtype=np.int64))).all()
    for row in range(110, len(days), 17):
        inside = weekly.values[:row][days[:row] > np.datetime64(f"{int(str(days[row])[:4]) - 2}{str(days[row])[4:]}")]
        rank = (np.sum(inside < weekly.values[row]) + np.sum(inside == weekly.values[row]) / 2) / len(inside)
        assert whole[row] == pytest.approx(100 * rank)


def test_a_value_alone_in_its_years_has_no_percentile():
    sparse = series([4.0, 4.1], days=["2000-01-03", "2004-01-05"])
    assert np.isnan(percentiles(sparse, years=2)).all()


def test_without_sessions_there_is_nothing():
    days = some_sessions(3)
    assert all(len(column) == 0 for column in beside(published(series([4.0] * 3), days[:0]), days[:0]).values())
    with pytest.raises(InsufficientHistory):
        read(cut(market(), 1), t=1)


@pytest.mark.parametrize("window", [3, 20, 252])
def test_the_regression_is_numpys_on_every_window(window):
    rng = np.random.default_rng(window)
    x, y = rng.normal(0, 1, 300), rng.normal(0, 1, 300)
    found = rolling_regression(x, y, window)
    assert np.isnan(found.slope[: window - 1]).all()
    for row in range(window - 1, 300, 23):
        cells = slice(row - window + 1, row + 1)
        design = np.column_stack([x[cells], np.ones(window)])
        (slope, _), residual, *_ = np.linalg.lstsq(design, y[cells], rcond=None)
        error = np.sqrt(residual[0] / (window - 2) * np.linalg.inv(design.T @ design)[0, 0])
        assert found.slope[row] == pytest.approx(slope, rel=1e-9)
        assert found.t_value[row] == pytest.approx(slope / error, rel=1e-6)


def test_too_few_pairs_no_spread_and_a_perfect_line_are_unknown():
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 1, 20), rng.normal(0, 1, 20)
    x[[3, 7]] = np.nan
    assert np.isfinite(rolling_regression(x, y, 20).slope[-1])
    assert rolling_regression(x, y, 20).pairs[-1] == 18
    y[11] = np.nan
    assert np.isnan(rolling_regression(x, y, 20).slope[-1])
    assert np.isnan(rolling_regression(np.full(20, 0.1), rng.normal(0, 1, 20), 20).slope[-1])
    perfect = rolling_regression(np.arange(20.0), 2 * np.arange(20.0), 20)
    assert perfect.slope[-1] == pytest.approx(2)
    assert np.isnan(perfect.t_value[-1])
    with pytest.raises(UnalignedInput, match="must have the shape of x"):
        rolling_regression(x, y[1:])
    with pytest.raises(InvalidWindow, match="at least 3"):
        rolling_regression(x, y, 2)


def test_a_change_needs_the_series_on_both_sessions():
    days = some_sessions(6)
    known = series([4.0, 4.1, 4.3, 4.6], days=days[[0, 1, 3, 4]])
    np.testing.assert_allclose(daily_changes(known, days), [np.nan, 0.1, np.nan, np.nan, 0.3, np.nan])
    assert np.isnan(daily_changes(series([]), days)).all()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), count=st.integers(1, 299), holes=st.integers(0, 40))
def test_a_row_never_depends_on_later_rows_or_values(seed, count, holes):
    rng = np.random.default_rng(seed)
    known = []
    for name in ("DGS10", "DGS2", "BAMLH0A0HYM2"):
        days = np.delete(some_sessions(300), np.unique(rng.integers(0, 300, holes)))
        known.append(Series(name, name, days, (4 + np.cumsum(rng.normal(0, 0.06, len(days)))).round(2)))
    whole = market(*known, sessions=300, vix=20 * np.exp(np.cumsum(rng.normal(0, 0.07, 300))))
    part = replace(cut(whole, count), facts=whole.facts)
    long, short = (MACRO.history(each, DEFAULTS) for each in (whole, part))
    for name, column in short.columns.items():
        np.testing.assert_array_equal(column, long[name][:count], err_msg=name)
    last = part.prices.sessions[-1].item()
    told_before = [event for event in MACRO.events(long, DEFAULTS) if event.session <= last]
    assert MACRO.events(short, DEFAULTS) == told_before
