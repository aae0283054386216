"""The options of a symbol, session by session: whose quotes count, for how long, and what is told of them once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from signals.activity import ACTIVITY
from signals.crowding import ONLY_CALLS
from signals.errors import UnknownSubject
from signals.facts import Facts, Series
from signals.option_columns import values_of
from signals.options import NO_CHAIN, OPTIONS
from signals.types import Result
from tests.signals.chains import World, a_chain, on_day, parabola
from tests.signals.made_up import a_market, cut, random_walk

DEFAULTS = OPTIONS.thresholds_with()
ROWS = 60


def a_world(rows, volumes=None, *, seed=4, **columns):
    """Return a market of two symbols: S0 has a chain in each of `rows`; `volumes` are rows with other volumes."""
    volume = np.full((ROWS, 2), 100.0)
    for row, times in (volumes or {}).items():
        volume[row] *= times
    market = a_market(random_walk(ROWS, 2, seed=seed), volume=volume)
    days = market.prices.sessions.tolist()
    chains = tuple(on_day(a_chain(**(columns | more)), days[row]) for row, more in rows.items())
    return replace(market, facts=Facts(chains={"S0": chains, "ELSEWHERE": chains}))


def read(market, subject="S0", t=-1, **changed):
    thresholds = OPTIONS.thresholds_with(changed)
    return OPTIONS.reading(OPTIONS.history(market, thresholds), subject, thresholds, t)


def told(market, since=0, **changed):
    thresholds = OPTIONS.thresholds_with(changed)
    found = OPTIONS.events(OPTIONS.history(market, thresholds), thresholds, since)
    row = {day: place for place, day in enumerate(market.prices.sessions.tolist())}
    return [(event.subject, row[event.session]) for event in found]


def traded(calls, puts):
    return {"volume": np.repeat([calls / 13, puts / 13], 13)}


def test_a_reading_has_all_its_values_and_is_covered():
    reading = read(a_world({59: {}}, smile=parabola(World(), 30, 0.3, -0.2, 0.5)))
    assert list(reading.values) == list(OPTIONS.values)
    assert {name for name, value in reading.values.items() if value is None} == {"why_unknown"}
    assert (reading.coverage.n, reading.values["expiry_days"]) == (1, 30)
    assert reading.values["rr25_points"] < 0
    assert reading.values["put_call"] == reading.values["put_call_open"] == 1.0


def test_quotes_count_for_five_sessions_from_their_own():
    market = a_world({50: {}})
    known = [read(market, t=t).values["quotes"] is not None for t in range(48, 57)]
    assert known == [False, False, True, True, True, True, True, False, False]
    assert read(market, t=55).values["why_unknown"] == NO_CHAIN
    assert read(market, t=55).coverage.n == 0
    assert read(market, "S1").values["why_unknown"] == NO_CHAIN


def test_the_last_quotes_known_count_and_never_later_ones():
    market = a_world({50: {}, 52: {"smile": lambda _strike: 0.6}})
    assert [round(read(market, t=t).values["atm_iv_pct"]) for t in (50, 51, 52, 53)] == [30, 30, 60, 60]
    for count in (51, 52, 53, 60):
        before = replace(cut(market, count), facts=market.facts)
        history = OPTIONS.history(before, DEFAULTS)
        whole = OPTIONS.history(market, DEFAULTS)
        for name in whole.columns:
            np.testing.assert_array_equal(history[name], whole[name][:count], err_msg=name)


def test_quotes_asked_for_later_count_from_then_on_and_their_volumes_for_no_session():
    market = a_world({})
    days = market.prices.sessions.tolist()
    chain = on_day(a_chain(), days[50], known=days[52])
    market = replace(market, facts=Facts(chains={"S0": (chain,)}))
    assert [read(market, t=t).values["atm_iv_pct"] is not None for t in (50, 51, 52, 54, 55)] == [
        False,
        False,
        True,
        True,
        False,
    ]
    history = OPTIONS.history(market, DEFAULTS)
    assert np.flatnonzero(np.isfinite(history["atm_iv_pct"][:, 0])).tolist() == [52]
    assert np.isnan(history["call_volume"]).all()
    assert read(market, t=52).checks[2].result is Result.UNKNOWN


def test_a_session_without_a_close_has_no_chain():
    market = a_world({59: {}})
    closes = market.prices.close.copy()
    closes[59] = np.nan
    silent = replace(market, prices=replace(market.prices, close=closes))
    assert read(silent).values["quotes"] is None
    assert np.isnan(OPTIONS.history(silent, DEFAULTS)["atm_iv_pct"]).all()
    nothing = replace(market, prices=replace(market.prices, close=np.full_like(closes, np.nan)))
    assert set(read(nothing).values.values()) == {None}
    assert (read(nothing).state, read(nothing).coverage.n) == ("unknown", 0)


def test_the_interest_is_the_last_one_known_and_none_where_it_is_old():
    market = a_world({59: {"world": World(rate=0.05)}})
    day = market.prices.sessions[-1].item()
    (chain,) = market.facts.chains["S0"]

    def atm(days_before):
        days = np.array([day - timedelta(days_before)], dtype="M8[D]")
        series = Series("DGS3MO", "3-month", days, np.array([100 * np.expm1(0.05)]))
        return values_of(chain, replace(market, facts=Facts(series={"DGS3MO": series}))).atm_iv_frac

    assert atm(1) == pytest.approx(0.3, abs=1e-4)
    assert atm(0) == atm(20) == values_of(chain, market).atm_iv_frac != atm(1)


@pytest.mark.parametrize(
    ("contracts", "volume", "state", "value"),
    [
        (traded(130, 13), 4.0, "crowded", 10.0),
        (traded(130, 0), 4.0, "crowded", ONLY_CALLS),
        (traded(130, 13), 1.0, "not crowded", 10.0),
        (traded(13, 13), 4.0, "not crowded", 1.0),
        (traded(0, 0), 4.0, "not crowded", 0.0),
        ({"volume": np.full(26, np.nan)}, 4.0, "unknown", None),
    ],
)
def test_it_is_crowded_by_volume_and_calls_together(contracts, volume, state, value):
    market = a_world({59: contracts}, {59: volume})
    reading = read(market)
    assert reading.state == state
    limits = ACTIVITY.thresholds_with()
    other = ACTIVITY.reading(ACTIVITY.history(market, limits), "S0", limits)
    assert (other.state, other.checks) == (reading.state, reading.checks)
    assert reading.checks[2].value == (None if value is None else pytest.approx(value))


def test_it_is_crowded_by_its_rsi_alone():
    market = a_market(np.linspace(100, 150, 60))
    assert (read(market).state, read(market).checks[1].result) == ("crowded", Result.UNKNOWN)


def test_volumes_of_an_earlier_session_do_not_crowd_this_one():
    reading = read(a_world({58: traded(130, 13)}, {59: 4.0}))
    assert (reading.state, reading.checks[2].value) == ("unknown", None)
    assert reading.values["call_volume"] == pytest.approx(130)


def test_what_becomes_crowded_is_told_once_until_it_is_seen_not_to_be():
    many, few = traded(130, 13), traded(13, 13)
    rows = {40: few, 41: many, 42: many, 44: few, 46: many, 47: {"volume": np.full(26, np.nan)}, 48: many}
    volumes = dict.fromkeys(range(41, 49), 1.0) | {41: 4.0, 42: 4.0, 46: 4.0, 48: 4.0}
    market = a_world(rows, volumes)
    assert told(market) == [("S0", 41), ("S0", 46)]
    assert told(market, since=42) == [("S0", 46)]
    assert told(market, crowded_call_put=11.0) == []
    assert told(market, crowded_relative_volume=5.0) == []


def test_what_is_crowded_in_the_first_chain_known_is_not_told():
    assert told(a_world({41: traded(130, 13)}, {41: 4.0})) == []


def test_an_event_says_what_it_rests_on():
    market = a_world({40: traded(13, 13), 41: traded(130, 13) | {"bid": np.zeros(26)}}, {41: 4.0})
    history = OPTIONS.history(market, DEFAULTS)
    (event,) = OPTIONS.events(history, DEFAULTS)
    assert (event.values["call_volume"], event.values["atm_iv_pct"]) == (pytest.approx(130), None)
    assert dict(event.thresholds) == {"crowded_relative_volume": 3.0, "crowded_call_put": 3.0}


def test_who_has_no_prices_is_unknown():
    with pytest.raises(UnknownSubject):
        read(a_world({59: {}}), "ELSEWHERE")


def test_a_market_without_chains_has_no_events():
    assert told(a_market(random_walk(ROWS), volume=np.full((ROWS, 1), 7.0))) == []


def test_what_activity_has_computed_is_taken_from_it():
    market = a_world({59: {}})
    history, other = OPTIONS.history(market, DEFAULTS), ACTIVITY.history(market, ACTIVITY.thresholds_with())
    alone = OPTIONS.reading(history, "S0", DEFAULTS)
    history.columns.share(other.columns)
    assert history["rvol20"] is other["rvol20"]
    assert OPTIONS.reading(history, "S0", DEFAULTS) == alone
