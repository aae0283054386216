"""Debt against earnings and equity: the answers by hand, what is not meaningful, and the median."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from signals.errors import UnknownSubject
from signals.facts import Facts, Holdings
from signals.fundamentals import Fundamentals
from signals.group_members import financials_among
from signals.leverage import LEVERAGE
from signals.leverage_debt import debt_to_equity, median_debt, net_debt_to_ebitda
from signals.types import Coverage, Market
from tests.signals.filings import answers, filed, numbers, on, told
from tests.signals.made_up import a_market, some_sessions

ANSWERS = answers("leverage")
FIGURES = arrays.arrays(np.float64, (2, 7), elements=st.sampled_from([np.nan, -30.0, 0.0, 1.0, 12.0, 70.0]))


def by_name(answer):
    return answer["name"]


@pytest.mark.parametrize("answer", ANSWERS["company"], ids=by_name)
def test_known_ratios(answer):
    day = "2025-02-20"
    found = on(filed(("2024-12-31", day, 12, answer["year"]), ("2024-12-31", day, 0, answer["sheet"])), day).values
    assert told(found["debt"][0]) == answer["debt"]
    assert told(found["debt_parts"][0]) == answer["debt_parts"]
    to_ebitda = net_debt_to_ebitda(found["debt"], found["cash"], found["ebitda"])
    assert told(to_ebitda.values[0], is_meaningless=to_ebitda.is_meaningless[0]) == answer["net_debt_to_ebitda"]
    to_equity = debt_to_equity(found["debt"], found["equity"])
    assert told(to_equity.values[0], is_meaningless=to_equity.is_meaningless[0]) == answer["debt_to_equity"]


@pytest.mark.parametrize("answer", ANSWERS["group"], ids=by_name)
def test_known_medians(answer):
    debt, cash, ebitda, is_financial = (list(cells) for cells in zip(*answer["companies"], strict=True))
    found = median_debt(
        numbers(debt)[None], numbers(cash)[None], numbers(ebitda)[None], is_financial=np.array(is_financial)
    )
    assert told(found.median[0]) == answer["median"]
    counts = (found.counted[0], found.meaningless[0], found.unknown[0], found.financials)
    assert counts == tuple(answer[name] for name in ("counted", "meaningless", "unknown", "financials"))


@given(FIGURES, FIGURES, FIGURES, arrays.arrays(np.bool_, 7))
def test_the_median_is_that_of_a_loop_and_every_company_is_counted_once(debt, cash, ebitda, is_financial):
    found = median_debt(debt, cash, ebitda, is_financial=is_financial)
    for row in range(2):
        ratios = [
            (debt[row, n] - cash[row, n]) / ebitda[row, n]
            for n in range(7)
            if not is_financial[n] and ebitda[row, n] > 0 and np.isfinite(debt[row, n] + cash[row, n])
        ]
        assert told(found.median[row]) == told(statistics.median(ratios) if ratios else np.nan)
        counts = found.counted[row] + found.meaningless[row] + found.unknown[row] + found.financials
        assert (found.counted[row], counts) == (len(ratios), 7)


@given(FIGURES, FIGURES)
def test_a_ratio_is_a_number_or_not_meaningful_or_lacks_a_part(debt, equity):
    found = debt_to_equity(debt, equity)
    lacks = np.isnan(debt) | np.isnan(equity)
    assert (np.isfinite(found.values) | found.is_meaningless | lacks).all()
    assert not (np.isfinite(found.values) & found.is_meaningless).any()


DAYS = some_sessions(40)
THRESHOLDS = LEVERAGE.thresholds_with()


def day(row: int) -> date:
    return DAYS[row].item()


def rows_filed(company: int, row: int, debt: float, ebitda: float) -> list:
    """Return a year and a balance sheet, filed at a session."""
    end = day(row) - timedelta(days=45)
    flow = {"operating_income": ebitda - 1.0, "depreciation": 1.0}
    return [(company, end, day(row), 12, flow), (company, end, day(row), 0, {"debt_long": debt, "cash": 0.0})]


def a_world(*filings: tuple[int, int, float, float], lists=((0, "smallcap", "AB"),), **more) -> Market:
    """Return a market; filings are (company, session, debt, EBITDA)."""
    rows = [row for filing in filings for row in rows_filed(*filing)]
    files = tuple(listed(members, day(row), universe) for row, universe, members in lists)
    facts = Facts(holdings=files, fundamentals=Fundamentals.in_order(("A", "B", "C"), rows, classes={"A2": "A"}))
    return a_market(np.ones(40), ("^RUT",), facts=facts, **more)


def listed(members, first: date, universe: str = "smallcap") -> Holdings:
    sectors = tuple("Financials" if symbol == "F" else "" for symbol in members)
    return Holdings(universe, "IWM", first, tuple(members), np.ones(len(members)), sectors)


def read(market: Market, t: int = -1):
    return LEVERAGE.reading(LEVERAGE.history(market, THRESHOLDS), "smallcap", THRESHOLDS, t)


def test_small_and_large_stand_side_by_side():
    lists = ((0, "smallcap", "ABF"), (0, "largecap", "C"))
    values = read(a_world((0, 1, 40.0, 10.0), (1, 1, 20.0, 10.0), (2, 1, 15.0, 10.0), lists=lists)).values
    assert (values["median_ratio"], values["largecap.median_ratio"]) == (3.0, 1.5)
    counts = [values[name] for name in ("counted", "meaningless", "unknown", "financials", "members")]
    assert counts == [2, 0, 0, 1, 3]


def test_members_are_those_of_the_list_in_force_whether_or_not_they_have_prices():
    market = a_world((0, 1, 40.0, 10.0), (1, 1, 20.0, 10.0), lists=((5, "smallcap", "A"), (20, "smallcap", "B")))
    median = LEVERAGE.history(market, THRESHOLDS)["median_ratio"][:, 0]
    assert (median[4], median[19], median[20]) == (4.0, 4.0, 2.0)
    assert (read(market, 4).labels, read(market, 5).labels) == (("hindsight",), ())


def test_share_classes_of_a_company_count_once():
    values = read(a_world((0, 1, 40.0, 10.0), lists=((0, "smallcap", ("A", "A2")),))).values
    assert (values["members"], values["counted"]) == (1, 1)


def test_a_company_nobody_knows_anything_of_makes_the_reading_partial():
    reading = read(a_world((0, 1, 40.0, 10.0)))
    assert (reading.state, reading.coverage, reading.values["unknown"]) == ("partial", Coverage(1, 2), 1)
    assert {check.name: check.result.value for check in reading.checks}["covered"] == "fail"


def test_without_members_or_filings_all_is_unknown():
    empty = a_market(np.ones(40), ("^RUT",))
    assert (read(empty).state, set(read(empty).values.values())) == ("unknown", {None})
    assert {check.result.value for check in read(empty).checks} == {"unknown"}
    reading = read(a_market(np.ones(40), ("^RUT",), universes={"smallcap": ("A",)}))
    assert (reading.state, reading.labels, reading.values["unknown"]) == ("unknown", ("hindsight",), 1)


def test_a_crossing_needs_the_hysteresis_and_is_told_once():
    debts = ((1, 30.0), (5, 41.0), (10, 43.0), (15, 39.0), (20, 37.0))
    filings = [(0, row, debt, 10.0) for row, debt in debts]
    history = LEVERAGE.history(a_world(*filings, lists=((0, "smallcap", "A"),)), THRESHOLDS)
    found = [
        (event.kind, event.session, event.values["median_ratio"]) for event in LEVERAGE.events(history, THRESHOLDS)
    ]
    assert found == [("leverage_up", day(10), 4.3), ("leverage_down", day(20), 3.7)]
    assert LEVERAGE.events(history, LEVERAGE.thresholds_with({"median_limit": 6})) == []
    assert [event.session for event in LEVERAGE.events(history, THRESHOLDS, since=11)] == [day(20)]


@pytest.mark.parametrize("lists", [((30, "smallcap", "A"),), ((0, "smallcap", "AB"),)])
def test_hindsight_and_thin_coverage_raise_nothing(lists):
    filings = [(0, 1, 30.0, 10.0), (0, 10, 50.0, 10.0)]
    history = LEVERAGE.history(a_world(*filings, lists=lists), THRESHOLDS)
    assert LEVERAGE.events(history, THRESHOLDS) == []


def test_it_reads_what_it_declares_and_has_one_subject():
    history = LEVERAGE.history(a_world((0, 1, 40.0, 10.0)), THRESHOLDS)
    assert set(LEVERAGE.reading(history, "smallcap", THRESHOLDS).values) == set(LEVERAGE.values)
    with pytest.raises(UnknownSubject, match="there is one subject, smallcap"):
        LEVERAGE.reading(history, "largecap", THRESHOLDS)


def test_a_row_does_not_depend_on_later_ones():
    market = a_world((0, 1, 40.0, 10.0), (1, 8, 20.0, 10.0), (0, 20, 60.0, 10.0), lists=((3, "smallcap", "AB"),))
    whole = LEVERAGE.history(market, THRESHOLDS)
    for count in (1, 9, 20, 21, 40):
        part = LEVERAGE.history(replace(market, prices=market.prices.upto(day(count - 1))), THRESHOLDS)
        for name, values in part.columns.items():
            np.testing.assert_array_equal(values, whole[name][:count], err_msg=name)


@pytest.mark.parametrize("sector", ["Financials", "Financial Services"])
def test_financials_are_known_by_the_name_of_either_provider(sector):
    listed = Holdings("smallcap", "IWM", date(2025, 7, 1), ("A", "B"), np.full(2, 0.5), (sector, "Energy"))
    market = a_market(np.ones((2, 1)), symbols=("A",), facts=Facts(holdings=(listed,)))
    assert financials_among(market, ["A", "B"]).tolist() == [True, False]


def test_a_reading_says_how_new_the_reports_are():
    market = a_world((0, 1, 40.0, 10.0), (1, 9, 20.0, 10.0))
    assert [read(market, row).values["filed"] for row in (0, 8, 9)] == [None, *(day(row).isoformat() for row in (1, 9))]


def test_a_row_alone_reads_like_that_of_the_whole_history():
    market = a_world((0, 1, 40.0, 10.0), (1, 5, 20.0, 10.0), (0, 20, 70.0, 10.0))
    for row in (0, 4, 30):
        alone = LEVERAGE.alone(market, THRESHOLDS, row)
        assert LEVERAGE.reading(alone, "smallcap", THRESHOLDS) == read(market, row)
