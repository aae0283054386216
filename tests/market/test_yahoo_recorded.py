"""Answers that Yahoo really gave in 2025, handed to the real yfinance."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime

import numpy as np
import pytest
import pytest_asyncio

from bot.clock import SetClock
from bot.market.types import Bars, Status
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_wire import Manners
from tests.market.yahoo_server import says, weekdays

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLIDAYS = [date(2020, 1, 1), date(2020, 1, 20), date(2020, 2, 17), date(2020, 4, 10), date(2020, 5, 25)]
HOLIDAYS += [date(2020, 7, 3), date(2020, 9, 7), date(2020, 11, 26), date(2020, 12, 25)]
CALENDAR = weekdays(date(2020, 1, 1), date(2025, 3, 1), closed=HOLIDAYS)


@pytest.fixture(scope="module")
def recorded(market_data):
    """Return the body of a recorded answer by the name of its file."""
    folder = market_data / "yahoo" / "http"
    if not folder.is_dir():
        pytest.skip(f"no recorded Yahoo answers at {folder}")
    return lambda name: json.loads((folder / name).read_text(encoding="utf-8"))["response"]["bodyJson"]


@pytest.fixture(scope="module")
def server(recorded, yahoo):
    return yahoo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(server):
    habits = Habits(manners=Manners(spacing_s=0, attempts=1))
    async with YahooSource(CALENDAR, SetClock(datetime(2025, 3, 1, tzinfo=UTC)), habits=habits) as source:
        yield source


async def fetched(source: YahooSource, symbol: str, start: date, end: date) -> Bars:
    return await source.fetch([symbol], start=start, end=end)


async def test_three_months_of_a_stock_are_ok_and_keep_splits_and_dividends_apart(server, source, recorded):
    server.replies["AAPL"] = says(recorded("chart-AAPL-2020-08-31-to-2020-11-07.json"))
    bars = await fetched(source, "AAPL", date(2020, 8, 31), date(2020, 11, 6))
    (outcome,) = bars.outcomes
    assert (outcome.status, outcome.detail, outcome.last_session) == (Status.OK, "", date(2020, 11, 6))
    assert bars.prices.sessions[[0, -1]].tolist() == [date(2020, 8, 31), date(2020, 11, 6)]
    assert bars.prices.close[0, 0] == pytest.approx(129.04, abs=0.005)
    assert bars.prices.close[-1, 0] == pytest.approx(118.69, abs=0.005)
    assert bars.prices.adj_close[-1, 0] < bars.prices.close[-1, 0]
    assert not np.isnan(bars.prices.volume).any()
    assert source.reference().names["AAPL"] == "Apple Inc."


async def test_a_session_the_answer_lacks_is_stale(server, source, recorded):
    server.replies["AAPL"] = says(recorded("chart-AAPL-2020-08-31-to-2020-11-07.json"))
    bars = await fetched(source, "AAPL", date(2020, 8, 31), date(2020, 11, 10))
    assert bars.outcomes[0].status is Status.STALE
    assert bars.outcomes[0].detail == "no price after 2020-11-06, 2 closed sessions missing"


async def test_dates_are_the_exchanges_own(server, source, recorded):
    server.replies["WSU.DE"] = says(recorded("chart-WSU.DE-2023-08-04-to-2023-08-09.json"))
    bars = await fetched(source, "WSU.DE", date(2023, 8, 4), date(2023, 8, 8))
    assert bars.outcomes[0].status is Status.OK
    np.testing.assert_allclose(bars.prices.close[:, 0], [34.45, 34.0, 33.2], rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["chart-notimestamp-weird-quote.fake.json", "chart-notimestamp-quotes-length.fake.json"]
)
async def test_an_answer_without_times_fails_with_a_reason(server, source, recorded, name):
    server.replies["AAPL"] = says(recorded(name))
    bars = await fetched(source, "AAPL", date(2020, 1, 2), date(2020, 1, 3))
    assert bars.outcomes[0].status is Status.FAILED
    assert bars.outcomes[0].detail.startswith("the answer makes no sense")


async def test_every_recorded_daily_answer_ends_with_bars_or_a_reason(server, source, recorded, market_data):
    with (market_data / "yahoo" / "FILES.csv").open(newline="", encoding="utf-8") as index:
        names = [row["file"] for row in csv.DictReader(index) if "2020-01-01-to-2020-01-03" in row["file"]]
    bodies = [recorded(name) for name in names]
    symbols = [body["chart"]["result"][0]["meta"]["symbol"] for body in bodies]
    server.replies |= {symbol: says(body) for symbol, body in zip(symbols, bodies, strict=True)}
    bars = await source.fetch(symbols, start=date(2020, 1, 2), end=date(2020, 1, 2))
    assert len(bars.outcomes) == len(set(symbols)) > 15
    assert {o.symbol: o.detail for o in bars.outcomes if o.status is Status.FAILED} == {}
    assert bars.prices.close[0, bars.prices.column("AAPL")] == pytest.approx(75.0875)
