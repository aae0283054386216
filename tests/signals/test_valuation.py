"""What groups of companies cost: the answers by hand, both ways, and what a multiple may never depend on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from signals.errors import UnalignedInput, UnknownSubject
from signals.estimates import Estimates
from signals.estimates import expected as expected_at
from signals.facts import Facts, Holdings, Series
from signals.fundamentals import Fundamentals
from signals.types import Coverage, Market
from signals.valuation import VALUATION
from signals.valuation_multiples import discount_pct, multiples, percentiles_so_far, risk_premium_points
from tests.signals.filings import answers, filed, numbers, on, told
from tests.signals.made_up import a_market, some_sessions

ANSWERS = answers("valuation")
AMOUNTS = arrays.arrays(np.float64, (3, 6), elements=st.sampled_from([np.nan, -40.0, -1.0, 0.0, 2.0, 30.0, 500.0]))
WORTHS = arrays.arrays(np.float64, (3, 6), elements=st.sampled_from([np.nan, 0.0, 10.0, 250.0, 9000.0]))


def by_name(answer):
    return answer.get("name", "")


@pytest.mark.parametrize("answer", ANSWERS["group"], ids=by_name)
def test_known_multiples(answer):
    found = multiples(numbers(answer["values"])[None], numbers(answer["amounts"])[None])
    assert told(found.of_all[0], is_meaningless=found.is_meaningless[0]) == answer["of_all"]
    without = told(found.without_losses[0], is_meaningless=found.is_meaningless_without[0])
    assert without == answer["without_losses"]
    assert told(found.yield_pct[0]) == answer["yield_pct"]
    assert told(found.losing_weight_pct[0]) == answer["losing_weight_pct"]
    assert (found.covered[0], found.of) == (answer["covered"], len(answer["values"]))


@pytest.mark.parametrize("answer", ANSWERS["discount"])
def test_known_discounts(answer):
    found = discount_pct(np.array([answer["small"]]), np.array([answer["large"]]))
    assert round(found[0], 2) == answer["pct"]


@pytest.mark.parametrize("answer", ANSWERS["filings"], ids=by_name)
def test_known_twelve_months(answer):
    rows = [(str(end), str(day), months, {"net_income": value}) for end, day, months, value in answer["rows"]]
    found = on(filed(*rows), *(str(day) for day, _ in answer["answers"]))
    assert [told(value) for value in found.values["net_income"]] == [value for _, value in answer["answers"]]


def test_a_premium_needs_both_yields():
    found = risk_premium_points(np.array([5.0, np.nan, 5.0]), np.array([4.0, 4.0, np.nan]))
    assert [told(value) for value in found] == [1.0, "unknown", "unknown"]


def test_a_place_among_what_was_known_so_far_counts_equals_half():
    found = percentiles_so_far(np.array([5.0, 5.0, np.nan, 4.0, 9.0, 5.0]))
    assert [told(value) for value in found] == ["unknown", 50.0, "unknown", 0.0, 100.0, 50.0]


@given(WORTHS, AMOUNTS, st.permutations(range(6)), st.sampled_from([0.25, 8.0, 1024.0]))
def test_neither_order_nor_currency_unit_matters(worth, amounts, order, unit):
    found, other = multiples(worth, amounts), multiples(unit * worth[:, order], unit * amounts[:, order])
    for name in ("of_all", "without_losses", "yield_pct", "losing_weight_pct", "covered", "is_meaningless"):
        np.testing.assert_allclose(getattr(found, name), getattr(other, name), rtol=1e-12, err_msg=name)


@given(WORTHS, AMOUNTS)
def test_a_multiple_is_a_number_above_zero_or_says_why_not(worth, amounts):
    found = multiples(worth, amounts)
    for value, is_meaningless in (
        (found.of_all, found.is_meaningless),
        (found.without_losses, found.is_meaningless_without),
    ):
        assert (np.isfinite(value) == (~is_meaningless & (found.covered > 0))).all()
        assert (value[np.isfinite(value)] >= 0).all()
    both = np.isfinite(found.of_all)
    shares = found.losing_weight_pct[both] / 100.0
    assert (found.without_losses[both] <= found.of_all[both] * (1.0 - shares) * (1 + 1e-12)).all()


@given(WORTHS, AMOUNTS, st.integers(1, 3))
def test_a_session_stands_for_itself(worth, amounts, count):
    whole, part = multiples(worth, amounts), multiples(worth[:count], amounts[:count])
    np.testing.assert_array_equal(whole.of_all[:count], part.of_all)
    np.testing.assert_array_equal(percentiles_so_far(worth[:, 0])[:count], percentiles_so_far(worth[:count, 0]))


DAYS = some_sessions(30)
THRESHOLDS = VALUATION.thresholds_with()
TRAILING = VALUATION.thresholds_with({"earnings": "trailing"})
EVERYBODY = ((0, "smallcap", "AB"), (0, "largecap", "L"))


def day(row: int) -> date:
    return DAYS[row].item()


def a_world(closes, incomes=(10.0, 10.0, 10.0), *, expected=((0, (1.0, 1.0, 1.0)),), lists=EVERYBODY, **more) -> Market:
    """Return a market of A, B and L, ten shares each; closes are constant, or given by session (T, 3)."""
    close = np.broadcast_to(np.asarray(closes, dtype=float), (30, 3))
    end = day(0) - timedelta(days=40)
    rows = []
    for company, income in enumerate(incomes):
        values = {} if np.isnan(income) else {"net_income": income}
        rows.append((company, end, day(0), 12, values | {"revenue": 50.0}))
        rows.append((company, end, day(0), 0, {"shares": 10.0, "equity": 25.0}))
    nothing = np.full(3, np.nan)
    facts = Facts(
        holdings=tuple(listed(members, day(row), universe) for row, universe, members in lists),
        fundamentals=Fundamentals.in_order(("A", "B", "L"), rows, classes={"A2": "A", "B2": "B"}),
        estimates=tuple(
            Estimates(day(row), ("A", "B", "L"), np.array(eps), nothing, nothing, nothing) for row, eps in expected
        ),
        series=more.pop("series", {}),
    )
    return a_market(close, more.pop("symbols", ("A", "B", "L")), facts=facts, **more)


def listed(members, first: date, universe: str) -> Holdings:
    return Holdings(universe, "IWM", first, tuple(members), np.ones(len(members)), ("",) * len(members))


def read(market: Market, t: int = -1, thresholds=THRESHOLDS):
    return VALUATION.reading(VALUATION.history(market, thresholds), "smallcap", thresholds, t)


def test_every_multiple_is_of_its_own_amount():
    values = read(a_world((20.0, 10.0, 15.0))).values
    assert [values[name] for name in ("trailing_pe", "forward_pe", "price_sales", "price_book")] == [
        15.0,
        15.0,
        3.0,
        6.0,
    ]
    assert values["largecap.price_sales"] == 3.0
    assert (values["covered"], values["covered_forward"], values["members"]) == (2, 2, 2)


def test_a_discount_compares_the_same_way_on_both_sides():
    values = read(a_world((20.0, 10.0, 30.0), (20.0, -5.0, 10.0))).values
    assert values["trailing_discount_pct"] == pytest.approx(100 * (1 - (300 / 15) / 30))
    assert values["trailing_discount_without_losses_pct"] == pytest.approx(100 * (1 - (200 / 20) / 30))
    assert values["losing_weight_pct"] == pytest.approx(100 / 3)


def test_losses_that_outweigh_are_not_meaningful_and_neither_is_their_discount():
    reading = read(a_world((20.0, 10.0, 30.0), (5.0, -50.0, 10.0)))
    assert (reading.values["trailing_pe"], reading.values["trailing_discount_pct"]) == ("n.m.", None)
    assert reading.values["trailing_pe_without_losses"] == 40.0
    assert reading.state == "known"


def test_the_premium_is_what_is_expected_above_the_ten_year_yield():
    days = np.arange(DAYS[0] - 30, DAYS[-1] + 1)
    series = {"DGS10": Series("DGS10", "10-year", days, np.full(len(days), 4.0))}
    assert read(a_world((20.0, 20.0, 20.0), series=series)).values["risk_premium_points"] == pytest.approx(1.0)
    assert read(a_world((20.0, 20.0, 20.0))).values["risk_premium_points"] is None


def test_without_estimates_what_is_expected_is_unknown_and_the_rest_is_not():
    reading = read(a_world((20.0, 10.0, 15.0), expected=()))
    assert (reading.values["forward_pe"], reading.values["trailing_pe"]) == (None, 15.0)
    assert {check.name: check.result.value for check in reading.checks}["discount"] == "unknown"


def test_estimates_count_from_their_day_on_and_not_for_ever():
    market = a_world((20.0, 20.0, 20.0), expected=((5, (1.0, 1.0, 1.0)), (10, (2.0, 2.0, 2.0))))
    forward = VALUATION.history(market, THRESHOLDS)["forward_pe"][:, 0]
    assert np.isnan(forward[:5]).all()
    assert (forward[5], forward[9], forward[10]) == (20.0, 20.0, 10.0)
    later = np.array([day(10) + timedelta(120), day(10) + timedelta(121)], dtype="datetime64[D]")
    found = expected_at(market.facts.estimates, "forward_eps", ["A"], later)
    assert [told(value) for value in found.ravel()] == [2.0, "unknown"]


def test_estimates_that_do_not_fit_are_refused():
    one, two = np.ones(1), np.ones(2)
    with pytest.raises(UnalignedInput, match="must be as many as symbols, 1"):
        Estimates(day(0), ("A",), one, one, two, one)
    with pytest.raises(UnalignedInput, match="must be unique"):
        Estimates(day(0), ("A", "A"), two, two, two, two)


def test_a_company_is_priced_by_whichever_class_has_prices():
    values = read(a_world((20.0, 10.0, 15.0), symbols=("A2", "X", "L"))).values
    assert (values["covered"], values["trailing_pe"]) == (1, 20.0)


@pytest.mark.parametrize("member", ["B", "B2"])
def test_a_company_whose_accounts_are_not_set_beside_others_counts_nowhere(member):
    """Its cover tells its shares, which need not be those that are traded here."""
    market = a_world((20.0, 10.0, 15.0), lists=((0, "smallcap", ("A", member)), (0, "largecap", "L")))
    filed = replace(market.facts.fundamentals, remarks={"B": "its accounts follow IFRS"})
    values = read(replace(market, facts=replace(market.facts, fundamentals=filed))).values
    assert (values["covered"], values["covered_forward"], values["members"]) == (1, 1, 2)
    assert values["forward_pe"] == 20.0


def test_a_company_without_earnings_or_prices_is_not_covered():
    reading = read(a_world((20.0, np.nan, 15.0)))
    assert (reading.state, reading.coverage) == ("partial", Coverage(1, 2))
    assert read(a_world((20.0, 10.0, 15.0), (np.nan, np.nan, 10.0))).state == "unknown"


def test_without_members_or_filings_all_is_unknown():
    empty = a_market(np.ones(30), ("^RUT",))
    assert (read(empty).state, set(read(empty).values.values())) == ("unknown", {None})
    reading = read(a_market(np.ones(30), ("^RUT",), universes={"smallcap": ("A",)}))
    assert (reading.state, reading.labels) == ("unknown", ("hindsight",))


def test_a_crossing_needs_the_hysteresis_and_says_whose_earnings_it_is_of():
    closes = np.full((30, 3), 20.0)
    closes[8:, :2], closes[12:, :2], closes[20:, :2] = 16.8, 16.0, 18.0
    market = a_world(closes)
    for thresholds, which in ((THRESHOLDS, "forward"), (TRAILING, "trailing")):
        history = VALUATION.history(market, thresholds)
        found = VALUATION.events(history, thresholds)
        assert [(event.kind, event.session) for event in found] == [
            ("discount_up", day(12)),
            ("discount_down", day(20)),
        ]
        assert (found[0].values["earnings"], found[0].values["small"], found[0].values["large"]) == (which, 16.0, 20.0)
        assert VALUATION.events(history, thresholds, since=13) == found[1:]


@pytest.mark.parametrize(
    "lists",
    [
        ((15, "smallcap", "AB"), (0, "largecap", "L")),
        ((0, "smallcap", "ABZ"), (0, "largecap", "L")),
        ((0, "smallcap", "AB"),),
    ],
)
def test_hindsight_thin_coverage_and_one_side_alone_raise_nothing(lists):
    closes = np.full((30, 3), 20.0)
    closes[12:, :2] = 15.0
    history = VALUATION.history(a_world(closes, lists=lists), TRAILING)
    assert VALUATION.events(history, TRAILING) == []


def test_it_reads_what_it_declares_and_has_one_subject():
    history = VALUATION.history(a_world((20.0, 10.0, 15.0)), THRESHOLDS)
    assert set(VALUATION.reading(history, "smallcap", THRESHOLDS).values) == set(VALUATION.values)
    with pytest.raises(UnknownSubject, match="there is one subject, smallcap"):
        VALUATION.reading(history, "largecap", THRESHOLDS)


def test_a_row_does_not_depend_on_later_ones():
    closes = 20.0 + np.arange(90.0).reshape(30, 3) % 7
    market = a_world(closes, expected=((3, (1.0, 2.0, 1.0)), (9, (1.0, 1.0, 3.0))), lists=((4, "smallcap", "AB"),))
    whole = VALUATION.history(market, THRESHOLDS)
    for count in (1, 4, 10, 30):
        part = VALUATION.history(replace(market, prices=market.prices.upto(day(count - 1))), THRESHOLDS)
        for name, values in part.columns.items():
            np.testing.assert_array_equal(values, whole[name][:count], err_msg=name)


def test_ranks_begin_anew_with_the_first_members_that_were_known_then():
    closes = np.full((30, 3), 20.0)
    closes[:, 0] = 10.0 + np.arange(30) % 7
    lists = ((10, "smallcap", "AB"), (0, "largecap", "L"))
    market = a_world(closes, lists=lists)
    history = VALUATION.history(market, THRESHOLDS)
    ranks = history["trailing_discount_without_losses_percentile"][:, 0]
    assert np.isnan(ranks[[0, 10]]).all()
    assert np.isfinite(ranks[[1, 9, 11]]).all()
    since = [VALUATION.reading(history, "smallcap", THRESHOLDS, t).values["trailing_ranked_since"] for t in (5, 20)]
    assert since == [day(0).isoformat(), day(10).isoformat()]


def test_a_reading_says_how_new_its_figures_are():
    market = a_world((20.0, 20.0, 20.0), expected=((5, (1.0, 1.0, 1.0)), (10, (2.0, 2.0, 2.0))))
    for row, estimated in ((4, None), (7, day(5)), (12, day(10))):
        values = read(market, row).values
        assert values["filed"] == day(0).isoformat()
        assert values["estimated"] == (estimated and estimated.isoformat())


def test_a_row_alone_reads_like_that_of_the_whole_history_but_for_the_ranks():
    market = a_world(20.0 + np.arange(90.0).reshape(30, 3) % 7)
    ranked = {name for name in VALUATION.values if "percentile" in name or "ranked" in name}
    for row in (0, 7, 29):
        whole = read(market, row)
        alone = VALUATION.reading(VALUATION.alone(market, THRESHOLDS, row), "smallcap", THRESHOLDS)
        assert {name: value for name, value in alone.values.items() if name not in ranked} == {
            name: value for name, value in whole.values.items() if name not in ranked
        }
        assert (alone.session, alone.as_of, alone.coverage) == (whole.session, whole.as_of, whole.coverage)


@pytest.mark.parametrize("wait", [3, 40, 290])
def test_a_side_that_is_told_long_before_takes_as_many_rows_as_needed(wait):
    """After the discount was large it lies within the hysteresis for so many sessions, then it is small."""
    days = some_sessions(330)
    closes = np.full((330, 3), 20.0)
    closes[10:, :2], closes[20:, :2], closes[21 + wait :, :2] = 15.0, 17.0, 19.0
    market = a_market(closes, ("A", "B", "L"), facts=a_world((20.0, 20.0, 20.0)).facts)
    assert (market.prices.sessions == days).all()
    row = 21 + wait
    market = replace(market, prices=market.prices.upto(days[row].item()))
    history = VALUATION.deciding(market, [TRAILING], row)
    found = VALUATION.events(history, TRAILING, since=len(history.sessions) - 1)
    assert [event.kind for event in found] == ["discount_down"]
    assert found == VALUATION.events(VALUATION.history(market, TRAILING), TRAILING, since=row)
    assert len(history.sessions) == {3: 6, 40: row + 1, 290: row + 1}[wait]
    still = replace(market, prices=market.prices.upto(days[row - 1].item()))
    assert len(VALUATION.deciding(still, [TRAILING], row - 1).sessions) == min(row, 6)
