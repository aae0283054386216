"""The daily update of a whole universe: by the bot, stored and all, and by a plain `yf.download` of the same symbols.

A Yahoo on loopback answers in a process of its own, 100 ms late; the real yfinance asks it. The bot's store holds ten
years of every symbol and gets one session more; `yf.download` runs in a process of its own and keeps what it gets in
memory. Both ask for the same eleven sessions of the same symbols, one after the other, in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from aiohttp import web

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop_probe import HEADER, probed, told

from bot.clock import SetClock
from bot.market.spool import Spool
from bot.market.stock import OVERLAP_SESSIONS, Stock
from bot.market.store import BarStore
from bot.market.types import Bars, Status
from bot.market.yahoo import YahooSource
from signals.types import FloatArray, Prices
from tests.market.yahoo_server import YahooServer, chart, weekdays

START, END = date(2015, 10, 1), date(2025, 9, 30)
CALENDAR = weekdays(START, END + timedelta(days=1))
ASKED = CALENDAR.sessions[-OVERLAP_SESSIONS - 1 :].tolist()
LATENCY_S = 0.1
WANTED_RATIO = 5.0


def names(count: int) -> tuple[str, ...]:
    return tuple(f"S{n:04}" for n in range(count))


def closes(number: int) -> FloatArray:
    """Return the closes of one symbol; every process makes the same ones."""
    t = np.arange(len(CALENDAR.sessions))
    return np.asarray(np.round(50 + number % 97 + 10 * np.sin(number + t / 60) + 0.01 * (t % 7), 4))


async def serve() -> None:
    """Answer until standard input closes, out of the way: the real Yahoo takes none of this machine's time."""
    os.nice(19)
    server = YahooServer()
    server.latency_s = LATENCY_S
    server.otherwise = _tail
    with tempfile.TemporaryDirectory() as folder:
        await server.start(Path(folder))
        print(json.dumps(server.environment), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await server.stop()


async def _tail(request: web.Request) -> web.StreamResponse:
    symbol = request.path.rpartition("/")[2]
    last = closes(int(symbol[1:]))[-len(ASKED) :].tolist()
    return web.json_response(chart(symbol, ASKED, last, volumes=[1000] * len(ASKED)))


def stored(symbols: tuple[str, ...]) -> Bars:
    """Return what the bot has kept up to the session before."""
    grid = np.column_stack([closes(int(symbol[1:])) for symbol in symbols])[:-1]
    fields = {name: grid for name in Prices.FIELDS if name != "volume"}
    prices = Prices(CALENDAR.sessions[:-1], symbols, **fields, volume=np.full(grid.shape, 1000.0))
    return Bars(prices, "Yahoo", datetime(2025, 9, 30, tzinfo=UTC), ())


async def by_the_bot(folder: Path, symbols: tuple[str, ...]) -> tuple[float, str]:
    """Return the seconds an update takes, and the row of the loop's lags."""
    clock = SetClock(datetime(2025, 10, 1, tzinfo=UTC))
    store = BarStore(folder)
    await asyncio.to_thread(store.replace, stored(symbols))
    async with YahooSource(CALENDAR, clock, symbols=symbols, spool=Spool(folder / "update")) as source:
        stock = Stock(source, store, CALENDAR, clock=clock, start=START)
        took, lags = await probed(stock.reach(END))
    prices = store.open()
    assert prices.sessions[-1] == np.datetime64(END)
    assert all(outcome.status is Status.OK for outcome in stock.outcomes)
    assert np.isfinite(prices.close[-1]).all()
    return took, told("the bot's update, its own process", took, lags, per=len(symbols))


def download(symbols: tuple[str, ...]) -> None:
    """Ask as the library's own page shows, and print the seconds."""
    import yfinance as yf

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yf.set_tz_cache_location(folder)
        began = time.perf_counter()
        frame = yf.download(list(symbols), start=str(ASKED[0]), end="2025-10-01", progress=False, auto_adjust=False)
        took = time.perf_counter() - began
    assert frame is not None
    share = frame["Close"].notna().to_numpy().mean()
    assert share > 0.99, f"only {100 * share:.0f} % came"
    print(json.dumps(took))


@contextmanager
def yahoo() -> Iterator[None]:
    """Let a Yahoo run on loopback, and this process and its children be led there."""
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        os.environ |= json.loads(server.stdout.readline())
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["CURL_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]
        try:
            yield
        finally:
            server.stdin.close()


def measure(count: int) -> float:
    """Print both and return how many times faster the bot is."""
    symbols = names(count)
    print(f"{count:,} symbols, {len(ASKED)} sessions each, {1000 * LATENCY_S:.0f} ms latency, {os.cpu_count()} cores\n")
    with yahoo(), tempfile.TemporaryDirectory() as folder:
        ours, row = asyncio.run(by_the_bot(Path(folder), symbols))
        print(f"{HEADER}\n{row}\n", flush=True)
        command = [sys.executable, __file__, "--download", "--symbols", str(count)]
        theirs = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    print(f"{'the bot, stored and synced':34}{ours:8.1f} s\n{'plain yf.download, in memory':34}{theirs:8.1f} s")
    verdict = "yes" if theirs >= WANTED_RATIO * ours else "no"
    print(f"{'ratio':34}{theirs / ours:8.1f}    at least {WANTED_RATIO:g}: {verdict}")
    return theirs / ours


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--symbols", type=int, default=3000, help="fewer for a quick look (default: 3000)")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--download", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        asyncio.run(serve())
    elif given.download:
        download(names(given.symbols))
    elif measure(given.symbols) < WANTED_RATIO:
        sys.exit(1)


if __name__ == "__main__":
    main()
