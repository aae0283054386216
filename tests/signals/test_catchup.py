"""Catch-up: which fall is measured, what of it is made good, and when that is told."""

from __future__ import annotations

import math
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.catchup import CATCHUP
from signals.catchup_falls import falls_of
from signals.errors import InsufficientHistory, InvalidWindow, UnknownSubject
from signals.facts import Facts, Holdings
from signals.types import Coverage, Market
from tests.signals.catchup_by_hand import fallen, happened
from tests.signals.made_up import a_market, after_close, random_walk, real_market, some_sessions

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "catchup.toml").read_text())
THRESHOLDS = CATCHUP.thresholds_with()
SHORT = CATCHUP.thresholds_with({"peak_sessions": 10})
DAYS = some_sessions(1200)


def pairs(next100: object, equal: object = None, **more: object) -> Market:
    """Return a market whose ratios are those given, in per cent."""
    ratio = np.asarray(next100, dtype=float)
    other = np.full(len(ratio), np.nan) if equal is None else np.asarray(equal, dtype=float)
    return a_market(np.column_stack([ratio, other, np.full(len(ratio), 100.0)]), ("QQQJ", "QQQE", "QQQ"), **more)


def read(market: Market, t: int = -1, thresholds=SHORT, subject: str = "next100"):
    return CATCHUP.reading(CATCHUP.history(market, thresholds), subject, thresholds, t)


def told(market: Market, thresholds=SHORT, since: int = 0) -> list[tuple[int, str, str]]:
    found = CATCHUP.events(CATCHUP.history(market, thresholds), thresholds, since)
    rows = [int(np.searchsorted(market.prices.sessions, np.datetime64(event.session))) for event in found]
    return [(row, event.subject, event.kind) for row, event in zip(rows, found, strict=True)]


@pytest.fixture(scope="module")
def real(market_data: Path) -> Market:
    return real_market(market_data, "QQQ", "QQQJ", "QQQE", until=date(2025, 9, 30))


@pytest.mark.parametrize("answer", ANSWERS["reading"], ids=lambda answer: str(answer["session"]))
def test_known_readings(real, answer):
    row = int(np.searchsorted(real.prices.sessions, np.datetime64(answer["session"])))
    values = read(real, row, THRESHOLDS).values
    told = {name: values[name] for name in answer["values"]}
    assert {name: round(each, 4) if isinstance(each, float) else each for name, each in told.items()} == answer[
        "values"
    ]


def test_known_events(real):
    days = real.prices.sessions
    found = told(real, THRESHOLDS)
    for subject, events in ANSWERS["events"].items():
        assert [f"{days[row]} {kind}" for row, whose, kind in found if whose == subject] == events


def test_after_the_last_print_the_answer_is_that_of_it_and_stale(real):
    reading = read(real, -1, THRESHOLDS)
    assert (reading.session, reading.values["QQQE.session"]) == (date(2025, 4, 4), "2025-04-04")
    assert reading.stale_sessions == 122


@pytest.mark.parametrize("seed", range(6))
def test_falls_and_events_are_those_of_plain_loops(seed):
    ratio = random_walk(400, 1, seed)[:, 0]
    ratio[np.random.default_rng(seed).integers(0, 400, 60)] = np.nan
    found = falls_of(ratio, 80)
    by_hand = fallen(ratio.tolist(), 80)
    for name in ("peak", "peak_row", "trough", "trough_row", "fall_pct", "recovered_frac", "known_sessions"):
        expected = [math.nan if each is None else each[name] for each in by_hand]
        np.testing.assert_allclose(found[name], expected, rtol=1e-12, atol=1e-12, err_msg=name)
    thresholds = CATCHUP.thresholds_with({"peak_sessions": 80, "rearm_sessions": 5})
    expected = {(row, "next100", kind) for row, kind in happened(by_hand, 5, 5)}
    events = told(pairs(ratio), thresholds)
    assert set(events) == expected
    assert len(events) == len(expected) > 3


def test_a_fall_is_made_good_step_by_step_and_each_is_told_once():
    ratio = [50, *[100] * 9, 80, 84, 85, 90, 84, 85, 95, 94, 95, 100]
    assert told(pairs(ratio), CATCHUP.thresholds_with({"peak_sessions": 10, "rearm_sessions": 1})) == [
        (10, "next100", "new_trough"),
        (12, "next100", "recovered_25"),
        (13, "next100", "recovered_50"),
        (16, "next100", "recovered_75"),
    ]
    readings = [read(pairs(ratio), t) for t in (9, 10, 13, 19)]
    assert [reading.state for reading in readings] == ["no_fall", "at_trough", "recovering", "no_fall"]
    assert [reading.values["QQQJ.recovered_frac"] for reading in readings] == [None, 0.0, 0.5, None]


def test_checks_say_whether_the_fall_counts_and_how_much_is_made_good():
    results = [
        [check.result.value for check in read(pairs([*[100] * 10, *end])).checks] for end in ([90, 95], [96], [90])
    ]
    assert results == [["pass", "pass", "pass"], ["fail", "unknown", "pass"], ["pass", "fail", "pass"]]
    assert {check.result.value for check in read(pairs([1, 2])).checks} == {"unknown"}
    assert read(pairs([*[100] * 10, 95])).checks[0].result.value == "pass"


def test_several_levels_passed_at_once_are_all_told():
    assert told(pairs([*[100] * 10, 90, 98])) == [
        (10, "next100", "new_trough"),
        (11, "next100", "recovered_25"),
        (11, "next100", "recovered_50"),
        (11, "next100", "recovered_75"),
    ]


def test_a_lower_trough_begins_anew():
    thresholds = CATCHUP.thresholds_with({"peak_sessions": 10, "rearm_sessions": 2})
    events = told(pairs([*[100] * 10, 90, 93, 88, 92, 91, 90, 85, 89]), thresholds)
    assert [(row, kind) for row, _, kind in events] == [
        (10, "new_trough"),
        (11, "recovered_25"),
        (13, "recovered_25"),
        (16, "new_trough"),
        (17, "recovered_25"),
    ]


def test_a_trough_on_the_first_known_session_is_not_new():
    assert told(pairs([*[100] * 9, 90])) == []
    assert told(pairs([*[100] * 9, 90, 88])) == []
    quick = CATCHUP.thresholds_with({"peak_sessions": 10, "rearm_sessions": 1})
    assert told(pairs([*[100] * 9, 90, 91, 88]), quick) == [(11, "next100", "new_trough")]


def test_a_small_fall_does_not_count():
    market = pairs([*[100] * 10, 95.1, 98, 95, 98])
    assert told(market) == [(12, "next100", "new_trough"), *((13, "next100", f"recovered_{n}") for n in (25, 50))]
    reading = read(market, 11)
    assert (reading.state, reading.values["QQQJ.recovered_frac"]) == ("no_fall", None)
    assert reading.values["QQQJ.fall_pct"] == pytest.approx(-4.9)


def test_a_peak_that_leaves_the_window_is_no_recovery():
    ratio = [200, 100, 80, *[90] * 8, 90, 97]
    events = told(pairs(ratio))
    found = falls_of(np.array(ratio, dtype=float), 10)
    assert found["recovered_frac"].round(2).tolist()[9:11] == [0.08, 0.5]
    assert events == []


def test_a_peak_that_is_equalled_and_a_trough_that_is_equalled():
    found = falls_of(np.array([9.0, 10, 8, 10, 7, 8, 7]), 7)
    assert (found["peak_row"][-1], found["trough_row"][-1]) == (3, 4)
    assert np.isnan(falls_of(np.full(20, 3.3), 5)["recovered_frac"]).all()


def test_a_pair_is_unknown_until_it_has_been_known_for_the_whole_span():
    ratio = np.array([math.nan, math.nan, *np.linspace(100, 80, 12)])
    found = falls_of(ratio, 10)
    assert np.flatnonzero(np.isfinite(found["peak"])).tolist() == [11, 12, 13]
    reading = read(pairs(ratio), 10)
    assert (reading.state, reading.values["QQQJ.peak"]) == ("unknown", None)
    assert reading.values["QQQJ.ratio"] is not None


def test_a_hole_raises_nothing_and_is_left_out():
    ratio = [*[100] * 10, 90, math.nan, 95, math.nan]
    market = pairs(ratio)
    assert [row for row, *_ in told(market)] == [10, 12, 12]
    reading = read(market)
    assert (reading.session, reading.stale_sessions) == (DAYS[12].item(), 1)
    assert (reading.values["QQQJ.known_sessions"], reading.values["QQQJ.session"]) == (9, str(DAYS[12]))


def test_each_pair_is_read_at_its_own_last_session():
    market = pairs([*[100] * 12], [*[50] * 11, math.nan])
    reading = read(market)
    assert (reading.session, reading.coverage) == (DAYS[11].item(), Coverage(1, 2))
    assert reading.values["QQQE.session"] == str(DAYS[10])
    assert read(market, 10).coverage == Coverage(2, 2)


def test_a_fund_that_is_not_there_is_missing():
    reading = read(a_market(np.ones((20, 2)), ("QQQJ", "QQQ")), subject="equal")
    assert (reading.state, reading.coverage) == ("unknown", Coverage(1, 2))
    assert {value for name, value in reading.values.items() if name.startswith("QQQE.")} == {None}
    nothing = read(a_market(np.ones((20, 1)), ("A",)))
    assert (nothing.state, nothing.coverage, set(nothing.values.values())) == ("unknown", Coverage(0, 2), {None})


def test_the_median_share_stands_beside_qqq_and_is_hindsight():
    close = np.full((30, 6), 100.0)
    close[-1, 2:] = [110, 104, 90, math.nan]
    names = ("QQQJ", "QQQ", "A", "B", "C", "D")
    close[-1, 1] = 101
    reading = read(a_market(close, names, universes={"nasdaq": (*names[2:], "Z")}))
    values = {name: reading.values[f"nasdaq.{name}"] for name in ("median_minus_qqq_1_pct", "members", "covered")}
    assert values == {"median_minus_qqq_1_pct": pytest.approx(3.0), "members": 5, "covered": 3}
    assert reading.labels == ("hindsight",)
    without = read(a_market(close, names))
    assert (without.labels, without.values["nasdaq.members"], without.values["nasdaq.covered"]) == ((), None, None)


def a_list(day: int, *symbols: str) -> Holdings:
    weights = np.full(len(symbols), 1 / len(symbols))
    return Holdings("nasdaq", "^IXIC", DAYS[day].item(), symbols, weights, ("",) * len(symbols))


def test_the_median_is_of_the_dated_list_that_was_known_at_each_session():
    close = np.full((40, 6), 100.0)
    close[1::2, 2:] = [110, 104, 90, 80]  # up and down in turn
    names = ("QQQJ", "QQQ", "A", "B", "C", "D")
    facts = Facts(holdings=(a_list(30, "C", "D", "Z"), a_list(25, "A", "B", "C")))
    market = a_market(close, names, facts=facts, universes={"nasdaq": names})
    told = {t: read(market, t).values for t in (10, 23, 25, 29, 31)}
    assert [round(told[t]["nasdaq.median_minus_qqq_1_pct"], 2) for t in (23, 25, 29, 31)] == [4.0, 4.0, 4.0, -15.0]
    assert [told[t]["nasdaq.members"] for t in (10, 29, 31)] == [3, 3, 3]
    assert [told[t]["nasdaq.covered"] for t in (10, 23, 29, 31)] == [0, 3, 3, 2]
    assert [told[t]["nasdaq.file_date"] for t in (23, 29, 31)] == [str(DAYS[row]) for row in (25, 25, 30)]
    assert [told[t]["nasdaq.file_age_days"] for t in (23, 25, 29, 31)] == [None, 0, 4, 1]
    assert [read(market, t).labels for t in (23, 25, 31)] == [("hindsight",), (), ()]


def test_a_list_without_a_date_counts_only_where_there_is_no_dated_one():
    names = ("QQQJ", "QQQ", "A", "B")
    close = np.full((30, 4), 100.0)
    values = read(a_market(close, names, universes={"nasdaq": ("A", "B")})).values
    assert (values["nasdaq.members"], values["nasdaq.file_date"], values["nasdaq.file_age_days"]) == (2, None, None)
    dated = a_market(close, names, universes={"nasdaq": ("A", "B")}, facts=Facts(holdings=(a_list(3, "A"),)))
    assert (read(dated).values["nasdaq.members"], read(dated).values["nasdaq.file_date"]) == (1, str(DAYS[3]))


def test_an_open_session_raises_no_event():
    market = pairs([*[100] * 10, 90])
    assert told(market) == [(10, "next100", "new_trough")]
    assert told(replace(market, open_session=DAYS[10].item())) == []


def test_since_gives_the_same_events_of_later_rows_alone():
    market = pairs(random_walk(200)[:, 0], random_walk(200, seed=2)[:, 0])
    every = told(market)
    for since in (-300, -5, -1, 0, 1, 50, 150, 199, 200):
        first = since if since >= 0 else 200 + since
        assert told(market, since=since) == [event for event in every if event[0] >= first]


def test_events_tell_peak_trough_and_what_is_made_good():
    market = pairs([*[100] * 10, 90, 95])
    last = CATCHUP.events(CATCHUP.history(market, SHORT), SHORT)[-1]
    assert last.values["recovered_frac"] == pytest.approx(0.5)
    assert (last.values["peak_session"], last.values["trough_session"]) == (str(DAYS[9]), str(DAYS[10]))
    assert last.thresholds == {"peak_sessions": 10, "least_fall_pct": 5.0}


def test_it_reads_what_it_declares():
    assert list(read(pairs([*[100] * 12])).values) == list(CATCHUP.values)


def test_there_are_two_pairs_and_no_row_beyond_the_prices():
    history = CATCHUP.history(pairs([1, 2]), SHORT)
    with pytest.raises(UnknownSubject, match="next100 and equal"):
        CATCHUP.reading(history, "QQQJ", SHORT)
    with pytest.raises(InsufficientHistory, match="there are 2 sessions"):
        CATCHUP.reading(history, "next100", SHORT, 2)
    with pytest.raises(InsufficientHistory, match="there are 0 sessions"):
        read(pairs([]))
    with pytest.raises(InvalidWindow):
        falls_of(np.ones(3), 1)


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 200), holes=st.integers(0, 60))
def test_a_row_and_its_events_never_depend_on_later_rows(seed, cut, holes):
    close = random_walk(200, 4, seed)
    generator = np.random.default_rng(seed)
    close[generator.integers(0, 200, holes), generator.integers(0, 4, holes)] = np.nan
    facts = Facts(holdings=(a_list(60, "A", "QQQ"), a_list(120, "A")))
    market = a_market(close, ("QQQJ", "QQQE", "QQQ", "A"), facts=facts)
    last = DAYS[cut - 1].item()
    part = replace(market, prices=market.prices.upto(last), as_of=after_close(last))
    whole, known = (CATCHUP.history(each, SHORT) for each in (market, part))
    for name in whole.columns:
        assert known[name].tobytes() == whole[name][:cut].tobytes(), name
    assert told(part) == [event for event in told(market) if event[0] < cut]


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10**6), power=st.integers(-9, 9))
def test_the_level_of_prices_does_not_matter(seed, power):
    close = random_walk(200, 3, seed)
    before, after = (
        a_market(each, ("QQQJ", "QQQE", "QQQ")) for each in (close, close * np.array([2.0**power, 1, 2.0**-power]))
    )
    assert told(before) == told(after)
    assert read(after).values["QQQJ.recovered_frac"] == read(before).values["QQQJ.recovered_frac"]
