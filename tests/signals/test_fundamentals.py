"""Filings: nothing counts before it was filed, restated figures replace, and every fiscal year has its quarters."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.errors import UnalignedInput
from signals.filed_between import NAMES as FILED
from signals.filed_between import filed_between
from signals.fundamentals import BALANCES, FLOWS, SHARES, Fundamentals
from signals.periods_filed import quarters, slots_of, twelve_months
from signals.standing import MEASURES, standing, vintages
from tests.signals.filings import filed, on

DAY = np.timedelta64(1, "D")
NAMES = (*FLOWS, *BALANCES, SHARES)


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


def columns(**changed: object) -> Fundamentals:
    given: dict[str, object] = {
        "companies": ("A", "B"),
        "company": np.array([0, 1]),
        "period_end": days("2025-03-31", "2025-03-31"),
        "filed": days("2025-05-01", "2025-04-20"),
        "months": np.array([3, 3]),
        "values": {"revenue": np.ones(2)},
    }
    return Fundamentals(**(given | changed))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"months": np.array([3])}, "months is .1,.: must have the shape of company"),
        ({"values": {"revenue": np.ones(3)}}, "revenue is .3,.: must have the shape of company"),
        ({"companies": ("A", "A")}, "must be unique"),
        ({"company": np.array([1, 0])}, "ordered by company"),
        ({"company": np.array([0, 0])}, "ordered by company, then by the day"),
        ({"filed": days("2025-03-30", "2025-04-20")}, "must not lie before period_end"),
        ({"months": np.array([3, 4])}, "must be one of 0, 3, 6, 9, 12"),
    ],
)
def test_filings_that_do_not_fit_are_refused(changed, words):
    with pytest.raises(UnalignedInput, match=words):
        columns(**changed)


def test_every_share_class_leads_to_its_company():
    known = Fundamentals.in_order(("GOOGL", "STRL"), [], classes={"GOOG": "GOOGL"})
    assert [known.company_of(symbol) for symbol in ("GOOGL", "GOOG", "STRL", "AGX")] == [0, 0, 1, -1]


def test_nothing_filed_at_all_is_unknown_and_no_error():
    nothing = Fundamentals.in_order(("A",), [])
    found = on(nothing, "2025-07-01")
    assert all(np.isnan(found.values[name]).all() and np.isnat(found.ends[name]).all() for name in MEASURES)
    beside = vintages(nothing, np.array([0])).beside(np.array([0, -1]), days("2025-07-01"), ["debt"])["debt"]
    assert np.isnan(beside).tolist() == [[True, True]]
    assert on(nothing).values["revenue"].shape == (0,)


def test_a_figure_counts_from_its_filing_day_on():
    known = filed(("2024-12-31", "2025-02-20", 12, {"revenue": 9.0}))
    assert on(known, "2025-02-19", "2025-02-20").values["revenue"].tolist()[1:] == [9.0]
    assert np.isnan(on(known, "2025-02-19").values["revenue"][0])
    assert on(known, "2025-02-20").ends["revenue"].tolist() == [date(2024, 12, 31)]


def test_a_restated_figure_replaces_what_was_filed_before_and_the_rest_stays():
    known = filed(
        ("2024-12-31", "2025-02-20", 12, {"revenue": 90.0, "net_income": 9.0}),
        ("2024-12-31", "2025-06-02", 12, {"net_income": 5.0}),
    )
    found = on(known, "2025-06-01", "2025-06-02").values
    assert (found["net_income"].tolist(), found["revenue"].tolist()) == ([9.0, 5.0], [90.0, 90.0])


def test_a_filing_of_an_old_period_does_not_hide_the_last_one():
    known = filed(
        ("2024-12-31", "2025-02-20", 12, {"net_income": 9.0}), ("2023-12-31", "2025-06-02", 12, {"net_income": 1.0})
    )
    assert on(known, "2025-06-02").values["net_income"].tolist() == [9.0]


def test_sums_and_differences_are_of_the_same_twelve_months():
    known = filed(
        ("2024-12-31", "2025-02-20", 12, {"operating_income": 10.0, "depreciation": 2.0, "operating_cash_flow": 8.0}),
        ("2025-12-31", "2026-02-20", 12, {"operating_income": 20.0, "operating_cash_flow": 9.0, "capex": 4.0}),
    )
    found = on(known, "2025-02-20", "2026-02-20")
    assert found.values["ebitda"].tolist() == [12.0, 12.0]
    assert found.ends["ebitda"].tolist() == [date(2024, 12, 31)] * 2
    assert found.values["free_cash_flow"].tolist()[1:] == [5.0]
    assert np.isnan(found.values["free_cash_flow"][0])


def test_a_balance_sheet_is_read_as_one():
    known = filed(
        ("2024-12-31", "2025-02-20", 0, {"debt_long": 50.0, "debt_short": 5.0, "cash": 9.0, "equity": 20.0}),
        ("2025-03-31", "2025-05-01", 0, {"debt_long": 40.0, "cash": 8.0}),
    )
    found = on(known, "2025-05-01").values
    assert (found["debt"][0], found["debt_parts"][0], found["cash"][0]) == (40.0, 1.0, 8.0)
    assert np.isnan(found["equity"][0])


def test_shares_are_those_of_the_latest_cover_whatever_day_it_speaks_of():
    known = filed(
        ("2024-12-31", "2025-02-20", 12, {"revenue": 1.0}),
        ("2025-02-07", "2025-02-20", 0, {"shares": 100.0}),
        ("2025-05-08", "2025-05-09", 0, {"shares": 120.0}),
        ("2025-02-07", "2025-06-01", 0, {"shares": 101.0}),
    )
    found = on(known, "2025-05-08", "2025-06-01")
    assert found.values["shares"].tolist() == [100.0, 120.0]
    assert found.ends["shares"].tolist() == [date(2025, 2, 7), date(2025, 5, 8)]
    assert found.values["revenue"].tolist() == [1.0, 1.0]


def test_a_quarter_is_set_against_the_same_one_a_year_before():
    known = filed(
        ("2024-03-31", "2024-05-01", 3, {"revenue": 100.0, "operating_income": 20.0}),
        ("2025-03-31", "2025-05-01", 3, {"revenue": 110.0, "operating_income": 11.0}),
    )
    found = on(known, "2024-05-01", "2025-05-01").values
    assert found["revenue_growth_pct"].round(9).tolist()[1:] == [10.0]
    assert found["operating_margin_pct"].round(9).tolist() == [20.0, 10.0]
    assert found["operating_margin_change_points"].round(9).tolist()[1:] == [-10.0]
    assert found["compared_months"].tolist() == [3.0, 3.0]
    assert np.isnan(found["revenue_growth_pct"][0])


def test_without_quarters_years_are_compared_and_it_says_so():
    known = filed(
        ("2023-12-31", "2024-02-20", 12, {"revenue": 100.0, "operating_income": 5.0}),
        ("2024-12-31", "2025-02-20", 12, {"revenue": 90.0, "operating_income": 9.0}),
    )
    found = on(known, "2025-02-20").values
    assert [round(found[name][0], 9) for name in ("revenue_growth_pct", "operating_margin_change_points")] == [-10, 5]
    assert found["compared_months"].tolist() == [12.0]


def test_growth_from_nothing_is_unknown():
    known = filed(("2024-03-31", "2024-05-01", 3, {"revenue": 0.0}), ("2025-03-31", "2025-05-01", 3, {"revenue": 5.0}))
    assert np.isnan(on(known, "2025-05-01").values["revenue_growth_pct"][0])


def test_what_is_old_is_no_longer_told_and_nothing_older_takes_its_place():
    known = filed(
        ("2023-12-31", "2024-02-20", 0, {"cash": 1.0, "shares": 5.0}),
        ("2024-12-31", "2025-02-20", 12, {"net_income": 9.0}),
    )
    found = on(known, "2025-05-14", "2025-05-15").values
    assert found["cash"].tolist()[:1] == [1.0]
    assert np.isnan([found["cash"][1], found["shares"][1]]).all()
    assert found["net_income"].tolist() == [9.0, 9.0]


@pytest.mark.parametrize(
    "ends",
    [
        ["2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"],
        ["2024-01-28", "2024-04-28", "2024-07-28", "2024-10-27", "2025-01-26"],
        ["2023-09-03", "2023-11-26", "2024-02-18", "2024-05-12", "2024-09-01"],
        ["2022-02-28", "2022-05-31", "2022-08-31", "2022-11-30", "2023-02-28"],
    ],
)
def test_quarters_of_any_fiscal_year_are_one_slot_apart(ends):
    for first in range(len(ends)):
        rows = [(0, date.fromisoformat(end), date(2026, 1, 1), 3, {"revenue": 1.0}) for end in ends]
        anchor = (0, date.fromisoformat(ends[first]), date(2025, 2, 1), 3, {"revenue": 1.0})
        slots = slots_of(Fundamentals.in_order(("A",), [anchor, *rows]))
        assert np.diff(slots[1:]).tolist() == [1] * 4


def test_quarters_come_from_any_way_of_filing_them():
    flows = np.array([3.0, 5.0, 7.0, 11.0, 2.0, 4.0, 6.0, 9.0])
    whole = np.full((1, 5, 8), np.nan)
    for slot in range(8):
        span = slot % 4 + 1
        whole[0, span, slot] = flows[slot - span + 1 : slot + 1].sum()
    assert quarters(whole)[0].tolist() == flows.tolist()
    without_nine = whole.copy()
    without_nine[:, 3] = np.nan
    without_nine[0, 1, [2, 6]] = flows[[2, 6]]
    assert quarters(without_nine)[0].tolist() == flows.tolist()
    without_half = whole.copy()
    without_half[:, 2] = np.nan
    without_half[0, 1, [1, 5]] = flows[[1, 5]]
    assert quarters(without_half)[0].tolist() == flows.tolist()
    assert twelve_months(whole)[0, 3:].tolist() == [26.0, 25.0, 24.0, 23.0, 21.0]


@st.composite
def filings(draw) -> Fundamentals:
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    rows = []
    for company in range(3):
        for _ in range(int(rng.integers(0, 30))):
            end = date(2021, 3, 31) + timedelta(
                days=round(91.3125 * int(rng.integers(0, 18))) + int(rng.integers(-3, 4))
            )
            months = int(rng.choice([0, 3, 3, 6, 9, 12]))
            names = [name for name in NAMES if rng.random() < 0.5]
            rows.append(
                (
                    company,
                    end,
                    end + timedelta(days=int(rng.integers(0, 200))),
                    months,
                    {name: float(rng.integers(-5, 50)) for name in names},
                )
            )
    return Fundamentals.in_order(("A", "B", "C"), rows)


def cut(known: Fundamentals, day: np.datetime64) -> Fundamentals:
    kept = known.filed <= day
    return Fundamentals(
        known.companies,
        known.company[kept],
        known.period_end[kept],
        known.filed[kept],
        known.months[kept],
        {name: values[kept] for name, values in known.values.items()},
    )


@settings(deadline=None, max_examples=40)
@given(filings(), st.integers(0, 1800))
def test_what_was_known_on_a_day_does_not_depend_on_later_filings(known, offset):
    day = np.datetime64("2021-06-01", "D") + offset * DAY
    everybody, then = np.arange(3), np.full(3, day)
    whole, part = standing(known, everybody, then), standing(cut(known, day), everybody, then)
    for name in MEASURES:
        np.testing.assert_array_equal(whole.values[name], part.values[name], err_msg=name)
        np.testing.assert_array_equal(whole.ends[name], part.ends[name], err_msg=name)


@settings(deadline=None, max_examples=20)
@given(filings())
def test_each_session_knows_what_is_known_when_it_alone_is_asked(known):
    sessions = np.arange(np.datetime64("2021-06-01"), np.datetime64("2026-06-01"), 61 * DAY).astype("datetime64[D]")
    wanted = np.array([2, -1, 0])
    found = vintages(known, wanted).beside(wanted, sessions, list(MEASURES))
    for row, session in enumerate(sessions):
        alone = standing(known, wanted, np.full(3, session)).values
        for name in MEASURES:
            np.testing.assert_array_equal(found[name][row], alone[name], err_msg=f"{name} {session}")


@settings(deadline=None, max_examples=30)
@given(filings(), st.integers(0, 1700), st.sampled_from([1, 2, 30, 400]), st.sampled_from([1, 7, 61]))
def test_between_two_sessions_nothing_else_is_known_than_ever(known, offset, count, step):
    first = np.datetime64("2021-06-01", "D") + offset * DAY
    sessions = first + np.arange(count) * step * DAY
    wanted = np.array([2, -1, 0, 2])
    few, every = filed_between(known, sessions), vintages(known, np.arange(3), names=FILED)
    assert len(few.day) <= len(every.day)
    found, expected = (each.beside(wanted, sessions, FILED) for each in (few, every))
    for name in FILED:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
        alone = standing(known, wanted, np.full(4, sessions[-1])).values[name]
        np.testing.assert_array_equal(found[name][-1], alone, err_msg=name)


def test_what_is_not_wanted_is_not_told():
    known = filed(("2024-12-31", "2025-02-20", 12, {"revenue": 9.0, "net_income": 1.0}))
    found = standing(known, np.array([0]), days("2025-02-20"), names=["revenue"])
    assert {name: values.tolist() for name, values in found.values.items()} == {"revenue": [9.0]}


def test_what_is_asked_twice_of_one_market_is_worked_out_once():
    known = filed(("2024-12-31", "2025-02-20", 12, {"revenue": 9.0}))
    sessions = days("2025-02-19", "2025-02-20")
    assert filed_between(known, sessions) is filed_between(known, sessions)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-50, 50), min_size=9, max_size=13), st.data())
def test_a_year_is_the_sum_of_its_quarters_however_they_were_filed(flows, data):
    ends = [date(2021, 1, 31) + timedelta(days=round(91.3125 * n)) for n in range(len(flows))]
    rows = []
    for slot, end in enumerate(ends):
        span = slot % 4 + 1
        spans = {span} | ({1} if span == 2 or data.draw(st.booleans()) else set())
        filed_on = end + timedelta(30)
        sums = {each: float(sum(flows[slot - each + 1 : slot + 1])) for each in spans}
        rows += [(0, end, filed_on, 3 * each, {"net_income": total}) for each, total in sums.items()]
    known = Fundamentals.in_order(("A",), rows)
    for slot in range(3, len(flows)):
        day = np.array([ends[slot] + timedelta(30)], dtype="datetime64[D]")
        assert standing(known, np.array([0]), day).values["net_income"][0] == sum(flows[slot - 3 : slot + 1])
