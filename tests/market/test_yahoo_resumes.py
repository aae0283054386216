"""An update that is killed, or told to slow down, goes on where it was: what came whole is not asked for again."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web

from bot.clock import SetClock
from bot.market.spool import spool_beside
from bot.market.stock import Stock
from bot.market.store import BarStore
from bot.market.types import Status
from bot.market.yahoo import YahooSource
from tests.market.yahoo_server import YahooServer, chart, says, then
from tests.market.yahoo_updating_process import CALENDAR, HABITS, NOW, update

SYMBOLS = tuple(f"S{n:02}" for n in range(60))
LAST, BEFORE = CALENDAR.sessions[-1].item(), CALENDAR.sessions[-2].item()
TOO_MANY = says("Too Many Requests", 429)


def closes_of(symbol, factor=1.0):
    return [factor * (100.0 + int(symbol[1:]) + n) for n in range(len(CALENDAR.sessions))]


def bars_of(symbol, factor=1.0):
    return says(chart(symbol, CALENDAR.sessions.tolist(), closes_of(symbol, factor)))


async def any_symbol(request: web.Request) -> web.StreamResponse:
    return await bars_of(request.path.rpartition("/")[2])(request)


@pytest.fixture
async def server(tmp_path, monkeypatch):
    server = YahooServer()
    server.otherwise = any_symbol
    await server.start(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    yield server
    await server.stop()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "bars"


@pytest.fixture
def clock():
    return SetClock(NOW)


def requests(server):
    """Return how often each symbol was asked for, and forget it."""
    counts = Counter(path.rpartition("/")[2] for path in server.asked if "/v8/finance/chart/" in path)
    server.asked.clear()
    return counts


async def killed(server, folder, session, after):
    """Run an update until so many requests have come, and kill it; return what it had asked for."""
    arguments = ("-m", "tests.market.yahoo_updating_process", str(folder), str(session), *SYMBOLS)
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=root)
    while len(server.asked) < after:  # noqa: ASYNC110 - the server rings once only
        await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    server.latency_s = 0.0
    await asyncio.sleep(0.3)  # the Yahoo process notices that it is alone
    return requests(server)


def assert_complete(folder, rows):
    prices = BarStore(folder).open()
    assert prices.symbols == SYMBOLS
    assert prices.close.shape == (rows, len(SYMBOLS))
    for symbol in SYMBOLS:
        np.testing.assert_array_equal(prices.close[:, prices.column(symbol)], closes_of(symbol)[:rows])
    assert not list(spool_beside(folder).directory.glob("*"))


async def test_a_first_load_that_was_killed_asks_only_for_what_had_not_come(server, folder):
    server.latency_s = 0.05
    first = await killed(server, folder, LAST, after=35)
    kept = spool_beside(folder).recall(CALENDAR.sessions, NOW)
    assert 10 <= len(kept) <= sum(first.values())
    await update(folder, SYMBOLS, LAST)
    again = requests(server)
    assert set(again) == set(SYMBOLS) - set(kept)
    assert set(again.values()) == {1}
    assert_complete(folder, len(CALENDAR.sessions))


async def test_a_daily_update_that_was_killed_asks_only_for_what_had_not_come(server, folder):
    await update(folder, SYMBOLS, BEFORE)
    requests(server)
    server.latency_s = 0.05
    first = await killed(server, folder, LAST, after=35)
    kept = spool_beside(folder).recall(CALENDAR.sessions[-11:], NOW)
    assert 10 <= len(kept) <= sum(first.values())
    await update(folder, SYMBOLS, LAST)
    again = requests(server)
    assert set(again) == set(SYMBOLS) - set(kept)
    assert set(again.values()) == {1}
    assert_complete(folder, len(CALENDAR.sessions))


async def test_histories_of_restated_symbols_that_came_before_a_kill_are_not_asked_for_again(server, folder):
    await update(folder, SYMBOLS, BEFORE)
    requests(server)
    server.replies = {symbol: bars_of(symbol, 0.5) for symbol in SYMBOLS}
    server.latency_s = 0.03
    await killed(server, folder, LAST, after=len(SYMBOLS) + 30)
    assert len(spool_beside(folder).recall(CALENDAR.sessions[-11:], NOW)) == len(SYMBOLS)
    whole = spool_beside(folder).recall(CALENDAR.sessions, NOW)
    assert 10 <= len(whole) < len(SYMBOLS)
    await update(folder, SYMBOLS, LAST)
    assert requests(server) == dict.fromkeys(set(SYMBOLS) - set(whole), 1)
    prices = BarStore(folder).open()
    for symbol in SYMBOLS:
        np.testing.assert_array_equal(prices.close[:, prices.column(symbol)], closes_of(symbol, 0.5))


async def test_after_a_429_the_next_update_asks_only_for_what_did_not_come(server, folder, clock):
    server.replies["S30"] = then(TOO_MANY, bars_of("S30"))
    async with YahooSource(CALENDAR, clock, symbols=SYMBOLS, habits=HABITS, spool=spool_beside(folder)) as source:
        fetch = {"start": CALENDAR.sessions[0].item(), "end": LAST}
        first = await source.fetch(None, **fetch)
        came = {o.symbol for o in first.outcomes if o.status is Status.OK}
        assert 20 <= len(came) < 45
        requests(server)
        quiet = await source.fetch(None, **fetch)
        assert {o.symbol for o in quiet.outcomes if o.status is Status.OK} == came
        assert not requests(server)
        clock.set(NOW + timedelta(minutes=15))
        last = await source.fetch(None, **fetch)
        assert {o.status for o in last.outcomes} == {Status.OK}
        assert last.prices.symbols == SYMBOLS
        assert requests(server) == dict.fromkeys(set(SYMBOLS) - came, 1)


async def test_a_429_in_the_middle_of_a_daily_update_loses_nothing_and_repeats_nothing(server, folder, clock):
    await update(folder, SYMBOLS, BEFORE)
    requests(server)
    server.replies["S30"] = then(TOO_MANY, bars_of("S30"))
    async with YahooSource(CALENDAR, clock, symbols=SYMBOLS, habits=HABITS, spool=spool_beside(folder)) as source:
        stock = Stock(source, BarStore(folder), CALENDAR, start=CALENDAR.sessions[0].item(), clock=clock)
        await stock.reach(LAST)
        stored = BarStore(folder).open()
        came = {s for s in SYMBOLS if np.isfinite(stored.close[-1, stored.column(s)])}
        assert 20 <= len(came) < 45
        assert stored.symbols == SYMBOLS
        assert np.isfinite(stored.close[:-1]).all()
        assert "throttled" in stock.words
        requests(server)
        clock.set(NOW + timedelta(minutes=15))
        await stock.reach(LAST)
        assert requests(server) == dict.fromkeys(set(SYMBOLS) - came, 1)
    assert_complete(folder, len(CALENDAR.sessions))
