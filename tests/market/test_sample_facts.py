"""What is known of the simulated market beside prices: it adds up, is dated, and is the same everywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.calendar_file import read_calendar
from bot.market.sample import SampleSource
from bot.market.sample_facts import FUNDS
from bot.market.sample_options import SESSIONS, SYMBOLS
from bot.market.themes_file import read_themes
from bot.market.universe import known_by
from signals.breadth import BREADTH
from signals.catchup import CATCHUP
from signals.facts import STALE_AFTER_DAYS, Facts
from signals.leadership import LEADERSHIP
from signals.options import OPTIONS
from signals.types import Market, Reading, Result

CALENDAR = exchange_calendar(date(2026, 9, 30))
LAST = date(2026, 9, 30)
POINTS = 0.01
"""What contributions may differ from the index's own return by, in points: the definition's bound."""


def simulated() -> Market:
    source = SampleSource(CALENDAR)
    reference = source.reference()
    return Market(
        source.market().prices,
        datetime(2026, 9, 30, 21, tzinfo=UTC),
        source.name,
        CALENDAR,
        universes=reference.universes,
        sectors=reference.sectors,
        facts=reference.facts,
    )


@pytest.fixture(scope="module")
def market() -> Market:
    return simulated()


@pytest.fixture(scope="module")
def facts(market: Market) -> Facts:
    return market.facts


def read(market: Market, signal, subject: str) -> Reading:
    thresholds = signal.thresholds_with({})
    return signal.reading(signal.history(market, thresholds), subject, thresholds)


@pytest.mark.parametrize("universe", FUNDS)
def test_weights_add_up_to_one_in_every_file_and_every_member_has_prices_and_a_sector(market, facts, universe):
    files = facts.of_universe(universe)
    assert {file.fund for file in files} == {FUNDS[universe]}
    for file in files:
        assert file.weights_frac.sum() == pytest.approx(1, abs=1e-12)
        assert (file.weights_frac > 0).all()
        assert set(file.symbols) == set(market.universes[universe])
        assert all(market.sectors[symbol] == sector for symbol, sector in zip(file.symbols, file.sectors, strict=True))
    assert all(symbol in market.prices for symbol in files[-1].symbols)


@pytest.mark.parametrize("universe", FUNDS)
def test_files_are_of_month_ends_so_that_none_in_force_is_ever_stale(market, facts, universe):
    days = [file.effective_date for file in facts.of_universe(universe)]
    sessions = market.prices.sessions
    assert days[0] == sessions[0].item()
    assert [str(day) for day in days[-3:]] == ["2026-06-30", "2026-07-31", "2026-08-31"]
    later = [day.item() for day in sessions[np.searchsorted(sessions, np.array(days[1:], "M8[D]")) + 1]]
    assert all(day.month != after.month for day, after in zip(days[1:], later, strict=True))
    ages = np.diff(np.array([*days, LAST], "M8[D]").astype(int))
    assert ages.max() <= STALE_AFTER_DAYS


@pytest.mark.parametrize("place", [0, 1], ids=["ytd", "mtd"])
def test_what_sectors_contributed_adds_up_to_the_index_at_every_close(market, place):
    history = LEADERSHIP.history(market, LEADERSHIP.thresholds_with({}))
    total = history["contribution_pct"][:, place].sum(axis=-1)
    own = history["index_pct"][:, place]
    is_known = np.isfinite(total)
    assert is_known[100:].all()
    np.testing.assert_allclose(total[is_known], own[is_known], rtol=0, atol=POINTS)


def test_leaders_ytd_says_so(market):
    values = read(market, LEADERSHIP, "ytd").values
    year = market.prices.close[:, market.prices.column("^RUT")]
    start = year[market.prices.sessions < np.datetime64("2026-01-01")][-1]
    assert values["index_pct"] == pytest.approx(100 * (year[-1] / start - 1), abs=1e-9)
    assert values["basket_pct"] == pytest.approx(values["index_pct"], abs=POINTS)


def test_themes_are_those_that_come_with_the_program_and_their_members_are_known_from_the_start(market, facts):
    assert {theme.name for theme in facts.themes} == {theme.name for theme in read_themes()}
    first = market.prices.sessions[0].item()
    for theme in facts.themes:
        assert len(theme.members) >= 8
        assert all(member.symbol in market.prices for member in theme.members)
        assert {member.since for member in theme.members} == {first}


def test_rates_are_whole_known_the_next_business_day_and_keep_to_believable_levels(market, facts):
    sessions = market.prices.sessions
    assert set(facts.series) == {"DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2", "DFEDTARU", "DFF"}
    for series in facts.series.values():
        np.testing.assert_array_equal(series.days, sessions)
        np.testing.assert_array_equal(series.known_at(sessions), np.arange(len(sessions)) - 1)
        assert (series.values.min() > 0) & (series.values.max() < 8)
        np.testing.assert_allclose(series.values, np.round(series.values, 2), atol=1e-12)


def test_the_target_moves_by_quarters_of_a_point_and_only_where_a_quarter_has_ended(market, facts):
    target, effective = facts.series["DFEDTARU"].values, facts.series["DFF"].values
    np.testing.assert_array_equal(target % 0.25, 0)
    np.testing.assert_allclose(target - effective, 0.17, atol=1e-9)
    changed = np.flatnonzero(np.diff(target)) + 1
    assert len(changed) > 5
    assert {day.item().month % 3 for day in market.prices.sessions[changed]} == {0}


def test_dates_ahead_are_the_published_ones(facts):
    assert facts.appointments == read_calendar()
    assert any(appointment.day > LAST for appointment in facts.appointments)


def test_facts_are_the_same_each_time(facts):
    again = simulated().facts
    assert [
        (file.universe, file.effective_date, file.symbols, file.weights_frac.tobytes()) for file in again.holdings
    ] == [(file.universe, file.effective_date, file.symbols, file.weights_frac.tobytes()) for file in facts.holdings]
    assert again.themes == facts.themes
    assert {name: series.values.tobytes() for name, series in again.series.items()} == {
        name: series.values.tobytes() for name, series in facts.series.items()
    }
    ends = {name: float(series.values[-1]) for name, series in facts.series.items()}
    assert ends == {"DGS3MO": 3.19, "DGS2": 3.09, "DGS10": 3.44, "BAMLH0A0HYM2": 4.36, "DFEDTARU": 3.5, "DFF": 3.33}


def test_breadth_and_catchup_know_their_members_by_dated_lists(market):
    breadth, catchup = read(market, BREADTH, "smallcap"), read(market, CATCHUP, "next100")
    assert {check.name: check.result for check in breadth.checks}["fresh_list"] is Result.PASS
    assert (breadth.labels, catchup.labels) == ((), ())
    assert (catchup.values["nasdaq.members"], catchup.values["nasdaq.file_date"]) == (155, "2026-08-31")
    undated = replace(market, facts=replace(market.facts, holdings=()))
    assert read(undated, CATCHUP, "next100").labels == ("hindsight",)


def test_a_day_of_the_past_knows_no_later_file_or_rate(facts):
    day = date(2026, 8, 14)
    known = known_by(facts, day)
    assert max(file.effective_date for file in known.holdings) == date(2026, 7, 31)
    assert all(series.days[-1].item() == day - timedelta(days=1) for series in known.series.values())


def test_options_of_the_last_month_fit_prices_and_volatility(market, facts):
    thresholds = OPTIONS.thresholds_with()
    history = OPTIONS.history(market, thresholds)
    assert set(facts.chains) == set(SYMBOLS)
    for symbol in SYMBOLS:
        assert [chain.day for chain in facts.chains[symbol]] == market.prices.sessions[-SESSIONS:].tolist()
        for back in range(1, SESSIONS + 1):
            reading = OPTIONS.reading(history, symbol, thresholds, -back)
            assert reading.values["why_unknown"] is None, (symbol, back)
            assert 5 < reading.values["atm_iv_pct"] < 150
            assert -10 < reading.values["rr25_points"] < 0
            assert 0.3 < reading.values["put_call"] < 3
            assert reading.state in {"crowded", "not crowded"}
