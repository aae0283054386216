"""Sizes, lists, insiders and bids of the simulated market: they fit its prices and fill the cards."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_deals import TARGETS
from bot.market.sample_insiders import AMENDED, CLUSTER, UNREAD, person
from bot.market.sample_listing import COMPANIES, LARGE
from bot.market.sample_recon import FALLEN, LISTED_ON, NEWCOMERS, others
from signals.insider_counts import purchases_in
from signals.insiders import INSIDERS
from signals.recon import RECON
from signals.recon_ranks import RUSSELL
from signals.types import Market

LAST = date(2026, 9, 30)


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
        names=reference.names,
        facts=reference.facts,
    )


def test_the_whole_market_is_ranked_by_companies_that_nobody_has_heard_of(market):
    names = others()
    assert len(set(names)) == len(names)
    assert {len(name) for name in names} == {6}
    assert not set(names) & set(market.prices.symbols)
    for caps in market.facts.caps:
        assert len(caps.symbols) > RUSSELL.small
        assert caps.day in market.prices.sessions


@pytest.mark.parametrize("subject", ["calendar", "additions", "deletions"])
def test_the_reconstitution_desk_has_an_answer_to_everything(market, subject):
    now = RECON.reading(RECON.history(market, {}), subject, {})
    of_a_symbol = {"now", "then", "change", "rank", "cap_usd", "distance_pct", "reason", "listed"}
    assert {name for name, value in now.values.items() if value is None} == of_a_symbol
    assert (now.coverage.n, now.coverage.of) in {(302, 302), (1, 1)}
    assert (now.values["members"], now.values["placed"], now.values["list_date"]) == (200, 200, str(LISTED_ON[-1]))
    assert set(now.values["additions_names"].split(", ")) == {others()[place] for place in NEWCOMERS}
    assert set(now.values["moves_down_names"].split(", ")) == {others()[place] for place in FALLEN}
    assert 80 < now.values["recall_pct"] < 100
    assert 80 < now.values["precision_pct"] < 100
    assert now.values["deletions_recall_pct"] == 100


def test_a_symbol_has_its_place(market):
    history = RECON.history(market, {})
    stays, goes = (RECON.reading(history, symbol, {}).values for symbol in ("STRL", "CRV"))
    assert (stays["now"], stays["then"], stays["change"], stays["listed"]) == (
        "Russell 2000",
        "Russell 2000",
        "stays",
        None,
    )
    assert (goes["change"], goes["listed"]) == ("deletion", "deletion")


def test_large_companies_are_members_of_the_russell_1000(market):
    files = market.facts.of_universe("russell1000")
    assert [file.effective_date for file in files] == [caps.day for caps in market.facts.caps]
    for file in files:
        assert {company.symbol for company in LARGE} <= set(file.symbols)
        assert file.weights_frac.sum() == pytest.approx(1)


def test_insiders_traded_at_prices_of_that_day_and_filed_within_days(market):
    trades = market.facts.insiders
    prices = market.prices
    rows = np.searchsorted(prices.sessions, trades.traded)
    np.testing.assert_array_equal(prices.sessions[rows], trades.traded)
    columns = [prices.column(trades.companies[place]) for place in trades.company]
    paid = trades.price_usd > 0
    np.testing.assert_allclose(trades.price_usd[paid], prices.close[rows, columns][paid], atol=0.006)
    assert ((trades.filed - trades.traded).astype(int) <= 12).all()
    assert trades.filed.max().item() <= LAST
    assert not set(trades.people) & {company.name for company in COMPANIES}


def test_three_people_bought_one_share_and_their_purchases_are_told(market):
    history = INSIDERS.history(market, {})
    events = INSIDERS.events(history, INSIDERS.thresholds_with(), len(history.sessions) - 42)
    told = sorted((str(event.session), event.kind) for event in events if event.subject == CLUSTER)
    assert told == [
        ("2026-08-14", "insider_purchase"),
        ("2026-08-18", "insider_purchase"),
        ("2026-08-21", "insider_cluster"),
        ("2026-08-21", "insider_purchase"),
    ]
    now = INSIDERS.reading(history, CLUSTER, INSIDERS.thresholds_with())
    assert (now.state, now.values["purchases"]) == ("bought", 3)


def test_whose_forms_were_not_read_is_unknown_and_who_bought_nothing_is_known(market):
    symbols = [company.symbol for company in COMPANIES]
    counts = purchases_in(market.facts, symbols, market.prices.sessions[-1:])[0]
    assert {symbol for symbol, count in zip(symbols, counts, strict=True) if np.isnan(count)} == set(UNREAD)
    assert 20 < (counts > 0).sum() < 80
    assert (counts == 0).any()


def test_a_form_was_corrected(market):
    trades = market.facts.insiders
    own = trades.company == trades.company_of(AMENDED)
    assert trades.is_amendment[own].sum() == 1
    (wrong,) = np.flatnonzero(own & ~np.isnat(trades.replaced))
    (right,) = np.flatnonzero(own & trades.is_amendment)
    assert trades.shares[right] < trades.shares[wrong]
    assert trades.replaced[wrong] == trades.filed[right]


def test_people_have_names_of_their_own_in_a_company():
    assert len({person(7, place) for place in range(4)}) == 4


def test_bids_grow_in_number_and_every_quarter_has_some(market):
    deals = market.facts.deals
    bids = [filing for filing in deals.filings if filing.form != "SC 14D9"]
    count = {year: sum(filing.filed.year == year for filing in bids) for year in (2024, 2025)}
    assert 140 < count[2024] < count[2025] < 200
    assert deals.covers(date(2024, 1, 1), LAST)
    assert {filing.symbol for filing in deals.filings} == {"", *TARGETS}
    assert all(filing.filed <= LAST for filing in deals.filings)
    numbers = [filing.accession for filing in deals.filings]
    assert len(set(numbers)) == len(numbers)
    names = {company.symbol: company.name for company in COMPANIES}
    assert all(names[filing.symbol] == filing.company for filing in deals.filings if filing.symbol)


def test_a_tender_offer_has_the_targets_answer(market):
    filings = market.facts.deals.filings
    offered = {filing.company for filing in filings if filing.form == "SC TO-T"}
    answered = {filing.company for filing in filings if filing.form == "SC 14D9"}
    assert offered == answered
