from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.sample import SampleSource
from bot.market.sample_listing import COMPANIES, SECTORS, THEMES, members
from bot.market.sample_market import END, SESSIONS
from bot.market.types import SourceError, Status
from signals.errors import UnknownSubject
from signals.types import Calendar, Prices

CALENDAR = exchange_calendar(date(2026, 9, 30))
FIRST = date(2014, 1, 1)
FUNDS = "IWM SPY QQQ QQQE QQQJ RSP XLK XLF XLE XLV XLI XLP XLY XLU XLB XLRE XLC KRE SMH XBI".split()  # noqa: SIM905 - a list of symbols reads better in one line
INDICES = ("^RUT", "^GSPC", "^IXIC", "^DJI")


@pytest.fixture(scope="module")
def source() -> SampleSource:
    return SampleSource(CALENDAR)


@pytest.fixture(scope="module")
def prices(source: SampleSource) -> Prices:
    return source.market().prices


def test_a_market_is_simulated_once_for_all_sources_whose_calendars_are_alike(source):
    alike = SampleSource(Calendar(CALENDAR.sessions.copy(), CALENDAR.closes.copy()))
    assert alike.market() is source.market()
    assert alike.reference() is source.reference()


def test_it_says_that_it_is_simulated():
    assert SampleSource.name == "simulated market"
    assert SampleSource.labels == ("simulated",)


async def test_all_of_it_is_twelve_years_of_new_york_sessions_to_a_fixed_date(source):
    bars = await source.fetch(None, start=FIRST, end=END)
    assert len(bars.prices.sessions) == SESSIONS == 12 * 252
    assert bars.prices.sessions[-1].item() == END
    inside = np.isin(CALENDAR.sessions, bars.prices.sessions)
    np.testing.assert_array_equal(CALENDAR.sessions[inside], bars.prices.sessions)
    assert inside[inside.argmax() :][:SESSIONS].all()
    assert {outcome.status for outcome in bars.outcomes} == {Status.OK}
    assert bars.source == "simulated market"
    assert bars.fetched_at == datetime(2026, 9, 30, 20, tzinfo=UTC)


async def test_a_fetch_brings_the_symbols_and_sessions_asked_for_and_says_what_it_has_not(source):
    bars = await source.fetch(["STRL", "AAPL", "^RUT"], start=date(2026, 9, 5), end=date(2026, 9, 9))
    assert bars.prices.symbols == ("STRL", "^RUT")
    assert [str(day) for day in bars.prices.sessions] == ["2026-09-08", "2026-09-09"]
    assert [(outcome.symbol, outcome.status) for outcome in bars.outcomes] == [
        ("STRL", Status.OK),
        ("AAPL", Status.EMPTY),
        ("^RUT", Status.OK),
    ]


async def test_bars_are_the_same_whatever_the_span_asked_for(source, prices):
    bars = await source.fetch(["LITE"], start=date(2020, 3, 2), end=date(2020, 3, 31))
    rows = np.isin(prices.sessions, bars.prices.sessions)
    for name, values in bars.prices.fields():
        np.testing.assert_array_equal(values[:, 0], getattr(prices, name)[rows, prices.column("LITE")])


async def test_after_its_end_it_is_stale_and_before_its_start_it_is_empty(source):
    late = await source.fetch(["^RUT"], start=FIRST, end=date(2026, 10, 1))
    assert (late.outcomes[0].status, late.outcomes[0].last_session) == (Status.STALE, END)
    early = await source.fetch(["^RUT"], start=date(2001, 1, 1), end=date(2001, 12, 31))
    assert early.outcomes[0].status is Status.EMPTY
    assert early.prices.close.shape == (0, 1)


async def test_asked_for_nothing_it_brings_nothing(source):
    bars = await source.fetch([], start=FIRST, end=END)
    assert (bars.prices.symbols, bars.outcomes) == ((), ())


def test_a_calendar_too_short_for_it_is_refused_with_a_remedy():
    short = Calendar(CALENDAR.sessions[:5000], CALENDAR.closes[:5000])
    with pytest.raises(SourceError, match="build it from 2014 or earlier"):
        SampleSource(short).market()


def test_reference_names_every_symbol_and_knows_universes_and_sectors(source, prices):
    reference = source.reference()
    assert set(reference.names) == set(prices.symbols)
    assert set(reference.sectors.values()) == set(SECTORS)
    assert len(SECTORS) == 11
    assert {name: len(symbols) for name, symbols in reference.universes.items()} == {
        "smallcap": 200,
        "largecap": 100,
        "nasdaq": 155,
    }
    assert all(symbol in prices for symbols in reference.universes.values() for symbol in symbols)


def test_every_index_and_fund_of_the_definitions_is_there(prices):
    assert all(symbol in prices for symbol in (*INDICES, "^VIX", *FUNDS))
    assert {"STRL", "LITE", "AGX"} <= set(prices.symbols)


def test_real_symbols_are_marked_as_simulated_in_their_names(source):
    names = source.reference().names
    assert all(names[symbol].endswith("(simulated)") for symbol in ("STRL", "LITE", "AGX"))


def test_companies_are_unique_and_every_theme_has_members(source):
    assert len({company.symbol for company in COMPANIES}) == len({company.name for company in COMPANIES}) == 300
    themes = source.market().themes
    assert tuple(themes) == THEMES
    assert all(len(themes[theme]) >= 8 for theme in THEMES)
    assert {"STRL", "AGX"} <= set(themes["data-centre construction and power"])
    assert "LITE" in members("optical networking")


def test_no_company_but_the_three_named_bears_a_symbol_of_the_real_small_caps(market_data):
    text = (market_data / "universe" / "sectors.csv").read_text()
    real = {line.split(",")[0] for line in text.splitlines()[1:]}
    assert real & {company.symbol for company in COMPANIES} <= {"STRL", "LITE", "AGX"}


def test_weights_of_what_is_no_index_are_refused(source):
    with pytest.raises(UnknownSubject, match=r"\^RUT"):
        source.market().weights("AAPL")
