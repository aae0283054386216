"""Known answers: published levels, days everybody remembers, and counts made again in plain Python from the files."""

from __future__ import annotations

import csv
import gzip
import tomllib
from bisect import bisect_left
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from signals.facts import Facts, Series
from signals.macro import MACRO
from tests.signals.made_up import real_market

KNOWN = tomllib.loads((Path(__file__).parents[1] / "answers" / "macro.toml").read_text())
DEFAULTS = MACRO.thresholds_with()
FRED = ("DFF", "DFEDTARU", "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2")


def rows_of(folder: Path, name: str) -> list[tuple[str, float]]:
    with (folder / "fred" / f"{name}.csv").open() as file:
        return [(day, float(value)) for day, value in list(csv.reader(file))[1:] if value not in {"", "."}]


def closes_of(folder: Path, symbol: str) -> dict[str, float]:
    with gzip.open(folder / "prices" / f"{symbol}.csv.gz", "rt") as file:
        return {bar["Date"]: float(bar["Close"]) for bar in csv.DictReader(file) if bar["Close"]}


@pytest.fixture(scope="module")
def market(market_data):
    series = {}
    for name in FRED:
        days, values = zip(*rows_of(market_data, name), strict=True)
        series[name] = Series(name, name, np.array(days, dtype="M8[D]"), np.array(values))
    bars = real_market(market_data, "^RUT", "^GSPC", "^VIX", until=date(2025, 9, 30))
    return replace(bars, facts=Facts(series=series))


@pytest.fixture(scope="module")
def history(market):
    return MACRO.history(market, DEFAULTS)


@pytest.fixture(scope="module")
def events(history):
    return MACRO.events(history, DEFAULTS)


def read(history, session):
    row = int(np.searchsorted(history.sessions, np.datetime64(session)))
    return MACRO.reading(history, "market", DEFAULTS, row).values


@pytest.mark.parametrize("answer", KNOWN["level"], ids=lambda a: f"{a['value']} of {a['day']}")
def test_published_levels_are_known_the_business_day_after(history, answer):
    name = answer["value"].partition(".")[0]
    values = read(history, answer["known"])
    assert (round(values[answer["value"]], 2), values[f"{name}.observed"]) == (answer["is"], str(answer["day"]))
    if name != "^VIX":
        assert read(history, answer["day"])[f"{name}.observed"] < str(answer["day"])


@pytest.mark.parametrize("answer", KNOWN["event"], ids=lambda a: f"{a['kind']} {a['session']}")
def test_known_events(events, answer):
    expected = {name: value for name, value in answer.items() if name not in {"kind", "subject", "session"}}
    (found,) = [
        e for e in events if (e.kind, e.subject, e.session) == tuple(answer[n] for n in ("kind", "subject", "session"))
    ]
    assert {name: found.values[name] for name in expected} == expected


@pytest.mark.parametrize("answer", KNOWN["check"], ids=lambda a: str(a["session"]))
def test_checks_are_those_made_in_plain_python(market_data, history, answer):
    session = str(answer["session"])
    row = int(np.searchsorted(history.sessions, np.datetime64(session)))
    found = MACRO.reading(history, "market", DEFAULTS, row).checks
    values = {check.name: round(check.value, 2) for check in found}
    assert values == {name: value for name, value in answer.items() if name not in {"session", "fails"}}
    assert [check.name for check in found if check.result.value == "fail"] == answer["fails"]
    assert {check.result.value for check in found if check.name not in answer["fails"]} <= {"pass"}
    before = {name: [pair for pair in rows_of(market_data, name) if pair[0] < session] for name in FRED}
    ten, two, spread = (before[name] for name in ("DGS10", "DGS2", "BAMLH0A0HYM2"))
    month_ago = str(history.sessions[row - 21])
    assert values == {
        "ten_year_move": round(100 * abs(ten[-1][1] - ten[-2][1])),
        "curve_sign": round(ten[-1][1] - two[-1][1], 2),
        "credit_widening": round(100 * (spread[-1][1] - [value for day, value in spread if day < month_ago][-1])),
        "vix_high": round(closes_of(market_data, "^VIX")[session], 2),
        "fresh": max((answer["session"] - last_weekday(known)).days for known in before.values()),
    }


def last_weekday(known):
    return max(day for day in (date.fromisoformat(day) for day, _ in known) if day.weekday() < 5)


def test_how_often_they_happen(events):
    years = {"ten_year_move": 40.75, "curve_sign": 40.75, "credit_widening": 2.17, "vix_high": 35.75}
    found = {kind: round(sum(e.kind == kind for e in events) / span, 1) for kind, span in years.items()}
    assert found == KNOWN["rates"]


def test_large_moves_are_those_counted_in_plain_python(market_data, events):
    rows = rows_of(market_data, "DGS10")
    sessions = sorted(closes_of(market_data, "^GSPC"))
    expected = []
    for (day_before, before), (day, value) in pairwise(rows):
        at = next((session for session in sessions[bisect_left(sessions, day) :] if session > day), None)
        is_near = (date.fromisoformat(day) - date.fromisoformat(day_before)).days <= 7
        if at and day >= sessions[0] and is_near and abs(round(100 * (value - before))) >= 15:
            expected.append((at, round(100 * (value - before))))
    found = [(str(e.session), round(e.values["change_1d_bp"])) for e in events if e.kind == "ten_year_move"]
    assert found == expected


def test_the_vix_is_high_as_often_as_a_plain_switch_says(market_data, events):
    is_armed, expected = True, []
    for day, close in sorted(closes_of(market_data, "^VIX").items()):
        if is_armed and close >= 25:
            is_armed = False
            expected.append(day)
        elif close < 22:
            is_armed = True
    assert [str(e.session) for e in events if e.kind == "vix_high"] == expected


def test_the_curve_turns_where_the_difference_changes_its_sign(market_data, events):
    ten, two = (dict(rows_of(market_data, name)) for name in ("DGS10", "DGS2"))
    side, turns = 0, 0
    for day in sorted(ten.keys() & two.keys()):
        now = np.sign(round(100 * (ten[day] - two[day])))
        turns += now not in {0, side} and "1985-01-02" <= day < "2025-09-30"
        side = now or side
    assert sum(e.kind == "curve_sign" for e in events) == turns


def test_credit_widened_where_21_sessions_say_so(market_data, history, events):
    rows = rows_of(market_data, "BAMLH0A0HYM2")
    days = [day for day, _ in rows]
    levels = [rows[at - 1][1] if (at := bisect_left(days, str(session))) else None for session in history.sessions]
    is_armed, expected = True, []
    for row in range(21, len(levels)):
        if levels[row - 21] is None:
            continue
        change = round(100 * (levels[row] - levels[row - 21]))
        if is_armed and change >= 50:
            is_armed = False
            expected.append(str(history.sessions[row]))
        elif change < 25:
            is_armed = True
    assert [str(e.session) for e in events if e.kind == "credit_widening"] == expected


@pytest.mark.parametrize("session", ["2009-03-19", "2020-03-16", "2024-12-31", "2025-09-30"])
def test_the_regression_is_least_squares_on_pairs_that_were_known(market_data, history, session):
    ten = dict(rows_of(market_data, "DGS10"))
    small, large = (closes_of(market_data, symbol) for symbol in ("^RUT", "^GSPC"))
    sessions = sorted(large)
    end = sessions.index(session) - 1  # the change of the session itself is known the day after
    x, y = [], []
    for before, day in zip(sessions[end - 252 : end], sessions[end - 251 : end + 1], strict=True):
        if before in ten and day in ten:
            x.append(10 * (ten[day] - ten[before]))
            y.append(100 * (small[day] / small[before] - large[day] / large[before]))
    (slope, intercept), covariance = np.polyfit(x, y, 1, cov=True)
    values = read(history, session)
    assert values["sensitivity.pairs"] == len(x) == 248
    assert values["sensitivity.slope_10bp_pct"] == pytest.approx(slope, rel=1e-9)
    assert values["sensitivity.t_value"] == pytest.approx(slope / np.sqrt(covariance[0, 0]), rel=1e-9)
    assert intercept == pytest.approx(np.mean(y) - slope * np.mean(x), abs=1e-9)


@pytest.mark.parametrize("name", ["DGS10", "DFEDTARU"])
def test_percentiles_are_counted_in_plain_python(market_data, history, name):
    before = [(day, value) for day, value in rows_of(market_data, name) if "2015-09-29" < day <= "2025-09-29"]
    values = [value for day, value in before if date.fromisoformat(day).weekday() < 5]
    *others, last = values
    rank = (sum(value < last for value in others) + sum(value == last for value in others) / 2) / len(others)
    assert read(history, "2025-09-30")[f"{name}.percentile_10y_pct"] == pytest.approx(100 * rank)


def test_without_ten_years_there_is_no_percentile_and_without_a_date_none_is_guessed(history):
    values = read(history, "2025-09-30")
    assert (values["BAMLH0A0HYM2.level_pct"], values["BAMLH0A0HYM2.percentile_10y_pct"]) == (2.74, None)
    assert {values[f"{kind}.date"] for kind in ("fomc", "cpi", "jobs")} == {None}
    assert read(history, "2023-07-31")["BAMLH0A0HYM2.level_pct"] is None
