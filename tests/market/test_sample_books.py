"""What the simulated companies filed, and what is expected of them: it fits their prices and is known when it was."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_filings import (
    FOREIGN,
    JANUARY,
    LATEST,
    NEGATIVE_EQUITY,
    NO_DEBT_LINE,
    RESTATED,
    RESTATED_ON,
    SOONEST,
    SPLIT_IN_THREE,
    WITHOUT_SALES,
)
from bot.market.sample_listing import COMPANIES, LARGE
from signals.leverage import LEVERAGE
from signals.quality import QUALITY
from signals.standing import standing
from signals.types import Market, Result
from signals.valuation import VALUATION

LAST = date(2026, 9, 30)
AUGUST = date(2026, 8, 3)


@pytest.fixture(scope="module")
def market() -> Market:
    calendar = exchange_calendar(LAST)
    source = SampleSource(calendar)
    reference = source.reference()
    return Market(
        source.market().prices,
        datetime(2026, 9, 30, 21, tzinfo=UTC),
        source.name,
        calendar,
        universes=reference.universes,
        sectors=reference.sectors,
        facts=reference.facts,
    )


def stand(market: Market, symbols, day=LAST):
    filed = market.facts.fundamentals
    places = np.array([filed.company_of(symbol) for symbol in symbols])
    return standing(filed, places, np.full(len(places), np.datetime64(day, "D"))).values


def read(market: Market, signal, subject="smallcap", t=-1):
    thresholds = signal.thresholds_with()
    return signal.reading(signal.history(market, thresholds), subject, thresholds, t)


def test_every_quarter_is_filed_on_a_session_within_weeks_of_its_end(market):
    filed = market.facts.fundamentals
    is_again = (filed.company == filed.company_of(RESTATED)) & (filed.filed == RESTATED_ON)
    days = (filed.filed - filed.period_end).astype(int)[~is_again]
    assert (days.min() >= SOONEST, days.max() <= LATEST) == (True, True)
    assert np.isin(filed.filed, market.prices.sessions).all()
    assert filed.filed.max().item() <= LAST


def test_more_than_three_years_are_known(market):
    known = stand(market, [company.symbol for company in COMPANIES], date(2023, 9, 29))
    for name in ("net_income", "ebitda", "free_cash_flow", "equity", "shares", "revenue_growth_pct"):
        assert np.isfinite(known[name]).mean() > 0.95, name


def test_shares_times_price_are_the_value_that_the_index_and_the_capitalisations_have(market):
    symbols = tuple(company.symbol for company in COMPANIES if company.symbol not in FOREIGN)
    row = int(np.searchsorted(market.prices.sessions, np.datetime64("2026-08-31")))
    close = market.prices.close[row, [market.prices.column(symbol) for symbol in symbols]]
    worth = dict(zip(symbols, stand(market, symbols)["shares"] * close, strict=True))
    caps = market.facts.caps[-1]
    told = dict(zip(caps.symbols, caps.total_usd, strict=True))
    assert caps.day == date(2026, 8, 31)
    assert all(told[symbol] == pytest.approx(worth[symbol]) for symbol in symbols)
    members = market.facts.of_universe("smallcap")[-1]
    assert members.effective_date == caps.day
    sizes = np.array([told[symbol] for symbol in members.symbols])
    np.testing.assert_allclose(members.weights_frac, sizes / sizes.sum(), rtol=1e-9)


def test_a_third_and_more_of_small_companies_lose_money_and_hardly_a_large_one(market):
    income = stand(market, [company.symbol for company in COMPANIES])["net_income"]
    assert 0.35 <= (income[len(LARGE) :] < 0).mean() <= 0.4
    assert (income[: len(LARGE)] < 0).mean() < 0.05


def test_small_companies_owe_more_and_cost_less_than_large_ones(market):
    debts = read(market, LEVERAGE)
    assert debts.state == "known"
    assert 3.3 < debts.values["median_ratio"] < 4.0
    assert 1.3 < debts.values["largecap.median_ratio"] < 1.7
    assert (debts.values["financials"], debts.values["largecap.financials"]) == (36, 12)
    costs = read(market, VALUATION)
    assert costs.state == "known"
    assert 14 < costs.values["forward_pe_without_losses"] < costs.values["largecap.forward_pe_without_losses"] < 26
    assert costs.values["forward_pe"] > costs.values["largecap.forward_pe"], "with those that lose money"
    assert all(value is not None for value in costs.values.values())
    years_ago = read(market, VALUATION, t=int(np.searchsorted(market.prices.sessions, np.datetime64("2023-09-29"))))
    assert years_ago.values["forward_discount_without_losses_pct"] is not None


def test_holes_are_where_they_are_said_to_be(market):
    filed = market.facts.fundamentals
    assert np.isnan(stand(market, NO_DEBT_LINE)["debt"]).all()
    assert (stand(market, NEGATIVE_EQUITY)["equity"] < 0).all()
    assert np.isnan(stand(market, WITHOUT_SALES)["revenue"]).all()
    assert stand(market, SPLIT_IN_THREE)["debt_parts"].tolist() == [3, 3]
    assert {symbol: filed.remarks.get(symbol) for symbol in FOREIGN} == FOREIGN
    assert np.isnan(stand(market, FOREIGN)["shares"]).all()
    assert all(filed.company_of(symbol) == filed.company_of(own) >= 0 for symbol, own in filed.classes.items())
    for symbol in JANUARY:
        years = filed.period_end[(filed.company == filed.company_of(symbol)) & (filed.months == 12)]
        assert {day.item().month for day in years} == {1}
        assert np.isfinite(stand(market, [symbol])["net_income"]).all()


def test_a_figure_that_was_filed_again_counts_from_that_day_on(market):
    income = [float(stand(market, [RESTATED], day)["net_income"][0]) for day in (date(2026, 9, 4), RESTATED_ON.item())]
    assert income[0] > 0 > income[1]


def test_gates_that_turn_in_the_last_two_months_are_those_of_the_story(market):
    history = QUALITY.history(market, {})
    since = int(np.searchsorted(history.sessions, np.datetime64(AUGUST)))
    told = {
        (str(event.session), event.subject, event.kind, event.values["gates"])
        for event in QUALITY.events(history, {}, since)
    }
    assert {
        ("2026-08-03", "TNR", "gates_won", "growing"),
        ("2026-08-07", "STRL", "gates_won", "net_debt, debt_to_equity"),
        ("2026-08-12", "LITE", "gates_won", "profitable, net_debt"),
        ("2026-08-14", "STRL", "gates_won", "insiders"),
        ("2026-08-13", "AGX", "gates_lost", "margin"),
        ("2026-08-14", "HLLN", "gates_lost", "free_cash"),
        ("2026-09-08", RESTATED, "gates_lost", "profitable"),
    } <= told
    assert len(told) < 150
    page = (Path(__file__).parents[2] / "docs" / "operators" / "sample.md").read_text()
    for day, symbol in (
        ("2026-08-07", "STRL"),
        ("2026-08-12", "LITE"),
        ("2026-08-13", "AGX"),
        ("2026-09-08", RESTATED),
    ):
        assert any(line.startswith(f"| {day} |") and f"`{symbol}`" in line for line in page.splitlines())


def test_every_gate_of_a_small_company_is_known(market):
    now = read(market, QUALITY, "STRL")
    assert now.state == "known"
    assert Result.UNKNOWN not in {check.result for check in now.checks}
    assert read(market, QUALITY, next(iter(FOREIGN))).values["remark"]


def test_what_is_expected_follows_what_is_known(market):
    first, *_, last = market.facts.estimates
    assert (first.day, last.day) == (date(2023, 2, 28), LAST)
    assert max(np.diff([each.day for each in market.facts.estimates])).days <= 120
    assert all(np.datetime64(each.day) in market.prices.sessions for each in market.facts.estimates[-10:])
    assert np.nanmin(last.mean_rating) >= 1
    assert np.nanmax(last.mean_rating) <= 5
    assert 0.6 < (last.surprise_pct > 0).mean() < 0.95
    assert np.isfinite(last.forward_eps).mean() > 0.95
