"""Rotation on real prices: known answers, a second computation in plain Python, the measured rates."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from signals.rotation import ROTATION
from signals.rotation_columns import SECTORS
from signals.rotation_events import leads_of, weekly_quadrants
from signals.rotation_map import QUADRANTS
from signals.types import History
from tests.signals import rotation_brute as brute
from tests.signals.made_up import real_market

ANSWERS = tomllib.loads((Path(__file__).parents[1] / "answers" / "rotation.toml").read_text())
THRESHOLDS = ROTATION.thresholds_with()
PRICED = ("^RUT", "^GSPC", "RSP", "SPY", "QQQE", "QQQ", "IWM", *SECTORS)
STATES = {"small": ("small_leads", "large_leads"), "equal": ("equal_leads", "cap_leads")}


@pytest.fixture(scope="module")
def real(market_data: Path) -> History:
    return ROTATION.history(real_market(market_data, *PRICED), THRESHOLDS)


@pytest.fixture(scope="module")
def told(real):
    return ROTATION.events(real, THRESHOLDS)


def row_of(history: History, day: date) -> int:
    return int(np.searchsorted(history.sessions, np.datetime64(day)))


def closes(history: History, symbol: str) -> brute.Closes:
    column = history.market.prices.close[:, history.market.prices.column(symbol)]
    return {day: close for day, close in zip(history.sessions.tolist(), column.tolist(), strict=True) if close == close}  # noqa: PLR0124


def years(history: History, *, since: str) -> float:
    days = (history.sessions[-1] - np.datetime64(since)).astype(int)
    return float(days) / 365.25


@pytest.mark.parametrize("answer", ANSWERS["answer"], ids=lambda answer: f"{answer['subject']} {answer['session']}")
def test_known_answers(real, answer):
    reading = ROTATION.reading(real, answer["subject"], THRESHOLDS, row_of(real, answer["session"]))
    digits = {name: 4 if name.endswith("ratio") and value < 1 else 2 for name, value in answer["values"].items()}
    assert {name: round(reading.values[name], digits[name]) for name in digits} == answer["values"]
    assert reading.state == answer["state"]


@pytest.mark.parametrize("answer", ANSWERS["quadrants"], ids=lambda answer: str(answer["session"]))
def test_known_quadrants(real, answer):
    values = ROTATION.reading(real, "sectors", THRESHOLDS, row_of(real, answer["session"])).values
    assert {name: values[name] for name in ("week", "leading")} == {name: answer[name] for name in ("week", "leading")}
    for symbol in set(answer) & set(SECTORS):
        assert values[f"{symbol}.quadrant"] == answer[symbol]


def test_known_leads_and_broadening_days(told):
    signs = {"small_leads": "S", "large_leads": "L", "lead_over": "-"}
    of_small = [event for event in told if event.subject == "small" and event.kind in signs]
    known = [f"{signs[event.kind]} {event.session}" for event in of_small if event.session.year >= 2024]
    assert known == ANSWERS["leads"]["small_since_2024"]
    begun = [event for event in of_small if event.kind != "lead_over"]
    assert len(begun) == ANSWERS["leads"]["small_begun_1987_to_2025"]
    broad = [str(event.session) for event in told if event.kind == "broadening_day" and event.session.year == 2025]
    assert broad == ANSWERS["leads"]["broadening_days_2025"]


@pytest.mark.parametrize(("subject", "pair"), [("small", ("^RUT", "^GSPC")), ("equal", ("RSP", "SPY"))])
def test_a_pair_is_what_plain_python_makes_of_it(real, subject, pair):
    ratio = brute.ratio(*(closes(real, symbol) for symbol in pair))
    names = dict(zip(("first", "second"), STATES[subject], strict=True))
    state = leads_of(real, THRESHOLDS).state[:, tuple(STATES).index(subject)]
    code = {"first": 1, "second": -1, "neutral": 2}
    expected = brute.states(ratio)
    at = [row_of(real, day) for day in expected]
    assert state[at].tolist() == [code[word] for word in expected.values()]
    assert not np.delete(state, at).any()
    for day in (date(2016, 2, 11), date(2020, 3, 18), date(2023, 3, 13), date(2025, 9, 30)):
        reading = ROTATION.reading(real, subject, THRESHOLDS, row_of(real, day))
        assert reading.values["ratio"] == pytest.approx(ratio[day], rel=1e-12)
        assert reading.values["relative_short_pct"] == pytest.approx(brute.change_pct(ratio, day, 20), abs=1e-9)
        assert reading.values["relative_long_pct"] == pytest.approx(brute.change_pct(ratio, day, 63), abs=1e-9)
        assert reading.values["percentile_10y_pct"] == pytest.approx(brute.percentile(ratio, day), abs=1e-9)
        assert reading.state == names.get(expected[day], "neutral")


def test_every_weeks_place_on_the_map_is_what_plain_python_makes_of_it(real):
    rows, counted = weekly_quadrants(real, "sectors", 2)
    weeks = [real.sessions[row].item() for row in rows]
    for place, symbol in enumerate(SECTORS):
        expected = brute.map_places(closes(real, symbol), closes(real, "SPY"), weeks)
        known = np.flatnonzero(counted[:, place])
        assert [weeks[week] for week in known] == list(expected)
        across = real["sectors.ratio"][rows[known], place]
        up = real["sectors.momentum"][rows[known], place]
        np.testing.assert_allclose(np.column_stack([across, up]), [spot[:2] for spot in expected.values()], atol=1e-7)
        assert [QUADRANTS[int(counted[week, place])] for week in known] == [spot[2] for spot in expected.values()]


def test_weeks_end_on_their_last_session_even_before_a_holiday(real):
    rows, _ = weekly_quadrants(real, "sectors", 2)
    weeks = {str(real.sessions[row]) for row in rows}
    assert {"2025-04-17", "2025-07-03", "2025-08-29"} <= weeks
    assert str(real.sessions[-1]) == "2025-09-30"  # a Tuesday
    assert max(weeks) == "2025-09-26"


def test_the_rates_are_those_that_were_measured(real, told):
    # Leads begun of the Russell 2000 against the S&P 500 are what the definition's "3.8 a year" counts: of all changes
    # of state, ends to neutral among them, there are twice as many.
    begun = [event for event in told if event.kind in {"small_leads", "large_leads"}]
    ended = [event for event in told if event.kind == "lead_over" and event.subject == "small"]
    assert len(begun) / years(real, since="1987-09-10") == pytest.approx(3.55, abs=0.01)
    assert (len(begun) + len(ended)) / years(real, since="1987-09-10") == pytest.approx(7.09, abs=0.01)
    lately = sum(event.session.year >= 2010 for event in begun)
    assert lately / years(real, since="2010-01-01") == pytest.approx(3.87, abs=0.01)
    broad = [event for event in told if event.kind == "broadening_day"]
    assert 6.5 < len(broad) / years(real, since="2005-01-03") < 8.0
    rows, counted = weekly_quadrants(real, "sectors", 2)
    moved = (counted[1:] != counted[:-1]) & (counted[1:] != 0) & (counted[:-1] != 0)
    recent = real.sessions[rows[1:]] >= np.datetime64("2018-01-01")
    assert 50 < moved[recent].sum() / years(real, since="2018-01-01") < 60
    weekly = [event for event in told if event.kind == "entered_leading" and event.session.year >= 2018]
    assert len({event.session for event in weekly}) == len(weekly)
    assert 10 < len(weekly) / years(real, since="2018-01-01") < 13


def test_a_plain_two_sided_threshold_would_have_told_far_more(real):
    from signals.states import held

    month, quarter = real["relative_short_pct"][:, 0], real["relative_long_pct"][:, 0]
    above, below = (held(side, 5) for side in ((month > 1) & (quarter > 1), (month < -1) & (quarter < -1)))
    state = above.astype(int) - below
    assert 12 < np.count_nonzero(np.diff(state)) / years(real, since="1987-09-10") < 14


def test_what_the_market_lacks_is_unknown(real):
    reading = ROTATION.reading(real, "equal", THRESHOLDS, row_of(real, date(2025, 8, 26)))
    assert reading.values["QQQE.ratio"] is None
    assert reading.values["QQQE.state"] == "unknown"
    assert (reading.coverage.n, reading.coverage.of) == (2, 4)
