"""What a reading of the cross says, and what it admits not to know."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta

import numpy as np
import pytest

from signals.cross import CROSS, VALUES
from signals.errors import InsufficientHistory, InvalidThreshold, UnknownSubject
from signals.types import Basis, Market, Result
from tests.signals.made_up import a_calendar, a_market, random_walk, real_market, some_sessions

SMALL = CROSS.thresholds_with({"fast": 2, "slow": 4})
DEFAULTS = CROSS.thresholds_with()
UP_AND_DOWN = [10.0, 9, 8, 7, 6, 9, 12, 13, 14, 15]


def read(market: Market, subject: str = "S0", thresholds=SMALL, t: int = -1):
    return CROSS.reading(CROSS.history(market, thresholds), subject, thresholds, t)


def checks(reading):
    return {check.name: check for check in reading.checks}


def test_all_figures_of_a_golden_cross():
    close = [10.0] * 18 + UP_AND_DOWN[:6]
    volume = np.full((24, 1), 100.0)
    volume[23] = 250.0
    reading = read(a_market(close, volume=volume))
    values = dict(reading.values)
    assert tuple(values) == tuple(VALUES)
    assert (values["close"], values["fast"], values["slow"]) == (9.0, 7.5, 7.5)
    assert (values["gap_pct"], reading.state) == (0.0, "death")
    assert values["trigger_close"] == pytest.approx((7.5 - 7.5 + 6 / 2 - 8 / 4) / (1 / 2 - 1 / 4))
    assert values["flat_sessions"] == 1
    assert values["rvol20"] == 2.5


def test_the_session_of_the_cross_is_told_and_counted_from():
    market = a_market(UP_AND_DOWN)
    days = [str(day) for day in market.prices.sessions]
    history = CROSS.history(market, SMALL)
    (cross,) = [e for e in CROSS.events(history, SMALL) if e.kind == "golden_cross"]
    reading = CROSS.reading(history, "S0", SMALL)
    assert reading.state == "golden"
    assert reading.values["last_golden"] == str(cross.session)
    assert reading.values["last_death"] is None
    assert reading.values["sessions_since"] == 9 - days.index(str(cross.session))


def test_layers_of_a_golden_state_with_their_numbers_and_bounds():
    layers = checks(read(a_market(UP_AND_DOWN)))
    assert list(layers) == ["holds", "separation", "slow_rising", "above_both", "relative_volume", "not_overheated"]
    assert (layers["holds"].value, layers["holds"].bound, layers["holds"].result) == (3.0, 3.0, Result.PASS)
    assert layers["separation"].value == pytest.approx(100 * (14.5 / 13.5 - 1))
    assert layers["separation"].result is Result.PASS
    assert layers["slow_rising"].result is Result.UNKNOWN
    assert layers["above_both"].value == pytest.approx(100 * (15 / 14.5 - 1))
    assert (layers["relative_volume"].result, layers["relative_volume"].value) == (Result.UNKNOWN, None)
    assert layers["relative_volume"].title.endswith("(no volume)")
    assert layers["not_overheated"].result is Result.UNKNOWN


def test_layers_are_mirrored_for_a_death_cross():
    thresholds = CROSS.thresholds_with({"fast": 2, "slow": 4, "rising_sessions": 2, "overheated_rsi": 80})
    fall = np.concatenate([np.linspace(5, 10, 20), np.linspace(10, 3, 9)])
    layers = checks(read(a_market(fall), thresholds=thresholds))
    assert layers["separation"].value < layers["separation"].bound == -1.0
    assert layers["separation"].result is Result.PASS
    assert layers["slow_rising"].value < 0
    assert layers["slow_rising"].result is Result.PASS
    assert layers["slow_rising"].title.startswith("slow average falling")
    assert layers["above_both"].value < 0
    assert layers["above_both"].result is Result.PASS
    assert layers["not_overheated"].bound == 20.0
    assert layers["not_overheated"].result is Result.PASS


def test_a_layer_fails_where_its_number_does_not_reach_its_bound():
    thresholds = CROSS.thresholds_with({"fast": 2, "slow": 4, "hold_sessions": 9, "separation_pct": 20.0})
    layers = checks(read(a_market(UP_AND_DOWN), thresholds=thresholds))
    assert layers["holds"].result is Result.FAIL
    assert layers["separation"].result is Result.FAIL


def test_thirty_bars_have_no_averages_and_an_unknown_state():
    reading = read(a_market(random_walk(30)), thresholds=DEFAULTS)
    assert reading.state == "unknown"
    assert reading.values["close"] is not None
    assert reading.values["rsi14"] is not None
    missing = {name for name, value in reading.values.items() if value is None}
    assert missing == set(VALUES) - {"close", "rsi14"}
    assert {check.result for check in reading.checks} == {Result.UNKNOWN}
    assert {check.value for check in reading.checks} == {None}
    assert reading.coverage.n == 1


def test_a_symbol_without_a_single_bar_is_not_covered():
    reading = read(a_market(np.full((10, 1), np.nan)))
    assert (reading.coverage.n, reading.coverage.of, reading.state) == (0, 1, "unknown")
    assert set(reading.values.values()) == {None}
    assert reading.session == some_sessions(10)[-1].item()


def test_a_symbol_that_stopped_is_read_at_its_last_bar_and_is_stale():
    close = random_walk(50, 2)
    close[47:, 1] = np.nan
    market = a_market(close)
    assert read(market, "S0").stale_sessions == 0
    reading = read(market, "S1")
    assert reading.session == market.prices.sessions[46].item()
    assert reading.stale_sessions == 3
    assert reading.values["close"] == close[46, 1]


def test_closed_sessions_without_prices_make_a_reading_stale():
    market = a_market(random_walk(50))
    later = market.as_of + timedelta(days=7)
    reading = read(Market(market.prices, later, "made up", market.calendar))
    assert reading.stale_sessions == 5


def test_the_bar_of_an_open_session_makes_a_reading_provisional():
    market = a_market(random_walk(50))
    last = market.prices.sessions[-1].item()
    still_open = a_market(market.prices.close, open_session=last, labels=("replay",))
    assert read(still_open).is_provisional
    assert read(still_open).labels == ("replay",)
    assert not read(still_open, t=-2).is_provisional
    assert read(still_open, t=-2).as_of == read(still_open).as_of
    assert read(market, t=-2).as_of < market.as_of
    assert not read(market).is_provisional


def test_an_earlier_row_is_read_as_it_was_known_then():
    market = a_market(random_walk(60, 2), volume=random_walk(60, 2, seed=2))
    earlier = a_market(market.prices.close[:40], volume=market.prices.volume[:40])
    then, now = read(earlier), read(market, t=39)
    assert then.values == now.values
    assert then.checks == now.checks
    assert (then.session, then.stale_sessions) == (now.session, now.stale_sessions)
    assert now.as_of < market.as_of


def test_a_session_the_calendar_does_not_know_is_read_as_of_now():
    market = a_market(random_walk(20))
    other = Market(market.prices, market.as_of, "made up", a_calendar(some_sessions(3)))
    assert read(other, t=10).as_of == market.as_of


def test_one_symbol_among_many_reads_as_it_does_alone():
    market = a_market(random_walk(300, 9), volume=random_walk(300, 9, seed=5))
    for symbol in ("S0", "S4", "S8"):
        assert read(market, symbol) == read(market.only([symbol]), symbol)


def test_an_index_takes_the_volume_of_its_fund(market_data):
    both = real_market(market_data, "^RUT", "IWM")
    index, fund = (read(both, symbol, DEFAULTS) for symbol in ("^RUT", "IWM"))
    assert index.values["rvol20"] == fund.values["rvol20"] is not None
    assert checks(index)["relative_volume"].title.endswith("(IWM)")
    alone = read(both.only(["^RUT"]), "^RUT", DEFAULTS)
    assert alone.values["rvol20"] is None
    assert checks(alone)["relative_volume"].result is Result.UNKNOWN


@pytest.mark.parametrize(("index", "fund"), [("^RUT", "IWM"), ("^GSPC", "SPY"), ("^IXIC", "QQQ")])
def test_each_index_has_its_own_fund_and_never_its_own_volume(index, fund):
    volume = np.random.default_rng(3).lognormal(10, 1, (40, 4))
    market = a_market(random_walk(40, 4), (index, "OTHER", fund, "^VIX"), volume=volume)
    assert read(market, index).values["rvol20"] == read(market, fund).values["rvol20"]
    assert read(market, index).values["rvol20"] == pytest.approx(volume[-1, 2] / volume[-21:-1, 2].mean())
    assert read(market, "^VIX").values["rvol20"] is None


@pytest.mark.parametrize("level", [0.1, 1 / 3, 17.3, 4321.09])
def test_equal_averages_have_no_gap_at_all(level):
    thresholds = CROSS.thresholds_with({"fast": 30, "slow": 71})
    history = CROSS.history(a_market(np.full(200, level)), thresholds)
    assert set(history["gap_pct"][70:, 0]) == {0.0}
    assert set(history["state"][:, 0]) == {0}


def test_the_other_basis_reads_the_other_closes(market_data):
    price, total = (read(real_market(market_data, "IWM", basis=basis), "IWM", DEFAULTS) for basis in Basis)
    assert price.values["last_golden"] == "2025-08-06"
    assert total.values["last_golden"] == "2025-08-04"
    assert (price.basis, total.basis) == (Basis.PRICE, Basis.TOTAL_RETURN)


def test_a_source_without_adjusted_closes_knows_nothing_on_total_return():
    reading = read(a_market(UP_AND_DOWN, basis=Basis.TOTAL_RETURN))
    assert reading.state == "unknown"
    assert reading.coverage.n == 0


def test_what_is_not_there_is_refused_in_words():
    market = a_market(UP_AND_DOWN)
    with pytest.raises(UnknownSubject, match="symbol is TSLA: there are no prices of it"):
        read(market, "TSLA")
    for t in (10, -11):
        with pytest.raises(InsufficientHistory, match="there are 10 sessions of prices"):
            read(market, t=t)
    with pytest.raises(InsufficientHistory, match="there are 0 sessions"):
        read(a_market(np.empty((0, 1))))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fast": 1}, "fast is 1: must be between 2 and 400 sessions"),
        ({"slow": 401}, "slow is 401: must be between 2 and 400 sessions"),
        ({"fast": 200}, "fast is 200: must be below slow, which is 200"),
        ({"fast": 20.5}, "fast is 20.5: must be a whole number"),
        ({"separation_pct": "wide"}, "separation_pct is wide: must be a number"),
        ({"require_holds": "maybe"}, "require_holds is maybe: must be one of yes, no"),
        ({"require_holds": "no", "require_separation": "no"}, "at least one layer must be required"),
        ({"speed": 3}, "speed is 3: cross has no such threshold"),
    ],
)
def test_thresholds_out_of_bounds_are_refused_in_words(changed, message):
    with pytest.raises(InvalidThreshold, match=message):
        CROSS.thresholds_with(changed)


def test_values_are_plain_and_history_crosses_a_process_border():
    market = a_market(random_walk(300, 3), volume=random_walk(300, 3, seed=5))
    history = CROSS.history(market, DEFAULTS)
    reading = CROSS.reading(history, "S1", DEFAULTS)
    assert json.loads(json.dumps(dict(reading.values), allow_nan=False)) == reading.values
    again = pickle.loads(pickle.dumps(history))  # noqa: S301 - our own bytes
    assert CROSS.reading(again, "S1", DEFAULTS) == reading


def test_every_value_and_kind_is_described():
    assert set(read(a_market(UP_AND_DOWN)).values) == set(CROSS.values)
    names = {threshold.name for threshold in CROSS.thresholds}
    for kind in CROSS.kinds:
        assert set(kind.thresholds) <= names
        assert kind.description
    assert CROSS.windows_of(DEFAULTS) == {"fast": 50, "slow": 200}
