"""The gates of quality: the answers by hand, what is missing, and when there is a score."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from signals.errors import UnknownSubject
from signals.estimates import Estimates
from signals.facts import Facts, Holdings
from signals.fundamentals import Fundamentals
from signals.quality import QUALITY, standings
from signals.quality_gates import GATES, LEAST_KNOWN, checks_of, missing_of, verdicts
from signals.types import Coverage, Market
from tests.signals.filings import answers, expected_of, filed_by, told
from tests.signals.made_up import a_market, some_sessions

ANSWERS = answers("quality")
PARTS = sorted({part for gate in GATES for part in gate.parts})
ELEMENTS = st.sampled_from([np.nan, -30.0, -2.0, 0.0, 1.0, 2.5, 3.0, 70.0])


def of(figures, *, is_financial=False):
    return verdicts({name: np.array([value]) for name, value in figures.items()}, is_financial=np.array([is_financial]))


@pytest.mark.parametrize("answer", ANSWERS["company"], ids=lambda answer: answer["name"])
def test_known_companies(answer):
    is_financial = answer.get("financial", False)
    found = of(answer["figures"], is_financial=is_financial)
    checks = {check.name: check for check in checks_of(found, 0)}
    given = {
        name: [check.result.value, "unknown" if check.value is None else check.value] for name, check in checks.items()
    }
    assert given == answer["gates"]
    assert (found.passed[0], found.known[0]) == (answer["score"]["passed"], answer["score"]["known"])
    assert told(found.score[0]) == answer["score"]["score"]
    figures = {name: np.array([value]) for name, value in answer["figures"].items()}
    missing = missing_of(figures, 0, is_financial=is_financial)
    assert {name: list(parts) for name, parts in missing.items()} == answer.get("missing", {})


def test_ten_per_cent_less_two_points_is_no_more_than_two_points():
    found = of({"operating_margin_change_points": 8.1 - 10.1})
    assert {check.name: check.result.value for check in checks_of(found, 0)}["margin"] == "pass"


def test_one_analyst_fails_whatever_he_says_and_without_a_rating_two_are_unknown():
    assert [check.result.value for check in checks_of(of({"analysts": 1.0}), 0)][-1] == "fail"
    assert [check.result.value for check in checks_of(of({"analysts": 2.0}), 0)][-1] == "unknown"
    assert "analysts" not in missing_of({"analysts": np.array([1.0])}, 0, is_financial=False)


def test_checks_carry_bound_and_title():
    (first, *_) = checks_of(of({"net_income": 4.0}), 0)
    assert (first.name, first.bound, first.title) == (GATES[0].name, GATES[0].bound, GATES[0].title)


@given(st.fixed_dictionaries({part: arrays.arrays(np.float64, 4, elements=ELEMENTS) for part in PARTS}))
def test_each_company_stands_for_itself_and_what_is_missing_is_unknown(figures):
    is_financial = np.array([False, True, False, True])
    found = verdicts(figures, is_financial=is_financial)
    for place in range(4):
        one = {name: values[place : place + 1] for name, values in figures.items()}
        alone = verdicts(one, is_financial=is_financial[place : place + 1])
        assert checks_of(alone, 0) == checks_of(found, place)
        missing = missing_of(figures, place, is_financial=bool(is_financial[place]))
        unknown = {check.name for check in checks_of(found, place) if check.result.value == "unknown"}
        assert set(missing) == unknown
    assert (np.isfinite(found.score) == (found.known >= LEAST_KNOWN)).all()
    assert (found.passed <= found.known).all()


@given(st.fixed_dictionaries({part: arrays.arrays(np.float64, 1, elements=ELEMENTS) for part in PARTS}), st.data())
def test_to_know_less_never_turns_a_failure_into_a_pass(figures, data):
    part = data.draw(st.sampled_from(PARTS))
    before = verdicts(figures, is_financial=np.array([False])).answers[0]
    after = verdicts(figures | {part: np.array([np.nan])}, is_financial=np.array([False])).answers[0]
    assert not ((before < 0) & (after > 0)).any()
    assert not ((before == 0) & (after != 0)).any()


DAYS = some_sessions(600)
SYMBOLS = ("A", "B", "F")


def day(row: int) -> date:
    return DAYS[row].item()


def a_world(*filings: tuple[int, int, float], count: int = 60, estimates=(), **more) -> Market:
    """Return a market; filings are (company, session, net income of a year)."""
    rows = [
        (company, day(row) - timedelta(days=30), day(row), 12, {"net_income": income})
        for company, row, income in filings
    ]
    fundamentals = Fundamentals.in_order(("A", "B", "F"), rows, classes={"A2": "A"}, remarks=more.pop("remarks", {}))
    facts = Facts(fundamentals=fundamentals, estimates=tuple(estimates))
    return a_market(np.ones((count, 3)), more.pop("symbols", SYMBOLS), facts=facts, sectors={"F": "Financials"}, **more)


def read(market: Market, subject: str = "A", t: int = -1):
    return QUALITY.reading(QUALITY.history(market, {}), subject, {}, t)


def told_of(market: Market, since: int = 0) -> list[tuple]:
    found = QUALITY.events(QUALITY.history(market, {}), {}, since)
    return [(event.kind, event.subject, event.session, event.values["gates"]) for event in found]


def full(day_filed: date) -> list:
    """Return two years of quarters and balance sheets from which every figure that is filed is known."""
    rows = []
    for quarter in range(8):
        end = day_filed - timedelta(days=40 + 91 * (7 - quarter))
        flows = dict.fromkeys(("net_income", "operating_cash_flow", "depreciation"), 10.0)
        flows |= {"operating_income": 10.0 + quarter, "revenue": 100.0 + quarter, "capex": 4.0}
        rows.append((0, end, day_filed, 3, flows))
        rows.append((0, end, day_filed, 0, {"debt_long": 50.0, "cash": 10.0, "equity": 100.0}))
    return rows


def test_a_company_of_which_all_is_filed_has_a_score():
    known = Fundamentals.in_order(("A",), full(day(5)))
    estimates = Estimates(day(7), ("A",), np.ones(1), np.array([3.0]), np.array([4.0]), np.array([2.0]))
    market = replace(a_world(), facts=Facts(fundamentals=known, estimates=(estimates,)))
    before, after = read(market, t=6), read(market, t=7)
    assert (before.state, before.values["passed"], before.values["known"]) == ("known", 6, 6)
    assert (after.values["passed"], after.values["known"], after.values["score"]) == (8, 8, 1.0)
    assert (after.values["free_cash"], after.values["net_debt"], after.values["surprise"]) == (24.0, 40.0 / 102.0, 3.0)
    assert (after.values["missing"], after.coverage) == ("insider_purchases", Coverage(8, 9))


def test_little_known_is_partial_and_nothing_known_is_unknown():
    market = a_world((0, 5, 1.0))
    assert [read(market, t=row).state for row in (4, 5)] == ["unknown", "partial"]
    assert set(read(market, "B").values.values()) == {None}
    assert read(a_market(np.ones(5), ("A",)), "A").state == "unknown"


def test_why_a_foreign_company_has_no_figures_is_said_of_all_its_classes():
    market = a_world(remarks={"A": "its accounts follow IFRS"}, symbols=("A", "A2", "F"))
    assert [read(market, symbol).values["remark"] for symbol in ("A", "A2", "F")] == [
        "its accounts follow IFRS"
    ] * 2 + [None]


def test_debt_of_a_bank_is_not_set_against_its_earnings():
    market = a_world((2, 5, 1.0))
    assert "not asked of financials" in read(market, "F").values["missing"]
    listed = Holdings("smallcap", "IWM", day(0), ("B",), np.ones(1), ("Financials",))
    market = a_world((1, 5, 1.0))
    market = replace(market, facts=replace(market.facts, holdings=(listed,)))
    assert "not asked of financials" in read(market, "B").values["missing"]


def test_a_gate_lost_and_won_is_told_on_the_session_of_the_filing():
    market = a_world((0, 5, 1.0), (1, 8, -2.0), (0, 20, -1.0), (1, 20, 3.0), (0, 40, 2.0))
    expected = [
        ("gates_lost", "A", day(20), "profitable"),
        ("gates_won", "B", day(20), "profitable"),
        ("gates_won", "A", day(40), "profitable"),
    ]
    assert told_of(market) == expected
    assert told_of(market, since=21) == expected[2:]
    assert told_of(market, since=60) == []


def test_a_gate_that_was_unknown_for_a_while_is_remembered_and_after_a_year_no_longer():
    def after_silence(sessions: int) -> list[tuple]:
        expectations = [(5, -3.0), (5 + sessions, 4.0)]
        nothing = np.full(1, np.nan)
        estimates = [
            Estimates(day(row), ("A",), nothing, np.array([pct]), nothing, nothing) for row, pct in expectations
        ]
        return told_of(a_world(count=600, estimates=estimates))

    # Estimates are told for 120 days, 86 sessions from the sixth one on: the last one known is the session of row 91.
    rows = [row for row in range(600) if (day(row) - day(5)).days <= 120]
    assert after_silence(rows[-1] - 5 + 252) == [("gates_won", "A", day(rows[-1] + 252), "surprise")]
    assert after_silence(rows[-1] - 5 + 253) == []


def test_events_do_not_depend_on_the_row_they_are_looked_for_from():
    rng = np.random.default_rng(4)
    symbols, days = ("A", "B", "F"), DAYS[:560]
    filings_of = filed_by(symbols, days, rng)
    facts = Facts(fundamentals=filings_of, estimates=expected_of(symbols, days, rng))
    market = a_market(np.ones((560, 3)), symbols, facts=facts)
    every = told_of(market)
    assert len(every) > 5
    for since in (1, 100, 299, 420, 559):
        assert told_of(market, since) == [event for event in every if event[2] >= day(since)]


def test_a_list_says_what_each_reading_says():
    market = a_world((0, 5, 1.0), (1, 8, -2.0), (2, 9, 4.0))
    history = QUALITY.history(market, {})
    found = standings(history, ["F", "NONE", "B"], t=8)
    assert found.symbols == ("F", "B")
    for place, symbol in enumerate(found.symbols):
        assert checks_of(found.verdicts, place) == QUALITY.reading(history, symbol, {}, 8).checks
    assert standings(history, []).verdicts.answers.shape == (0, len(GATES))


def test_columns_are_those_of_the_readings_and_no_row_depends_on_later_ones():
    market = a_world((0, 5, 1.0), (1, 8, -2.0), (0, 20, -1.0))
    whole = QUALITY.history(market, {})
    assert whole["profitable"][[4, 5, 20], 0].tolist() == [0, 1, -1]
    part = QUALITY.history(replace(market, prices=market.prices.upto(day(12))), {})
    for name, values in part.columns.items():
        np.testing.assert_array_equal(values, whole[name][:13], err_msg=name)
    assert set(whole.columns) == {*(gate.name for gate in GATES), "score"}
    assert np.isnan(whole["score"]).all()


def test_it_reads_what_it_declares():
    assert set(read(a_world((0, 5, 1.0))).values) == set(QUALITY.values)
    with pytest.raises(UnknownSubject):
        read(a_world(), "NONE")
