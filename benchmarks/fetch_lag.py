"""How long the event loop is held up while bars are fetched: by the bot's Yahoo source, and by yfinance as most use it.

A Yahoo on loopback answers in a process of its own, 100 ms late; the real yfinance asks it.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import warnings
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop_probe import HEADER, probed, told

from bot.clock import SetClock
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_wire import Manners
from signals.types import Calendar
from tests.market.yahoo_server import YahooServer, chart, says, weekdays

SYMBOLS = tuple(f"S{n:03}" for n in range(100))
START, END = date(2015, 1, 2), date(2025, 9, 30)
LATENCY_S = 0.1


async def serve() -> None:
    """Answer until standard input closes, out of the way: the real Yahoo takes none of this machine's time."""
    os.nice(19)
    days = weekdays(START, END).sessions.tolist()
    server = YahooServer()
    server.latency_s = LATENCY_S
    rng = np.random.default_rng(1)
    for symbol in SYMBOLS:
        closes = np.round(50 * np.exp(np.cumsum(rng.normal(0, 0.02, len(days)))), 4).tolist()
        server.replies[symbol] = says(json.dumps(chart(symbol, days, closes, volumes=[1000] * len(days))))
    with tempfile.TemporaryDirectory() as folder:
        await server.start(Path(folder))
        print(json.dumps(server.environment), flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await server.stop()


async def by_the_bot(calendar: Calendar) -> None:
    clock = SetClock(datetime(2025, 10, 1, tzinfo=UTC))
    habits = Habits(manners=Manners(spacing_s=0.0))
    async with YahooSource(calendar, clock, symbols=SYMBOLS, habits=habits) as source:
        bars = await source.fetch(None, start=START, end=END)
    assert bars.prices.close.shape == (len(calendar.sessions), len(SYMBOLS))
    assert all(outcome.status == "ok" for outcome in bars.outcomes)


def download() -> None:
    """Ask as the library's own page shows."""
    import yfinance as yf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = yf.download(list(SYMBOLS), start=str(START), end=str(END), progress=False, auto_adjust=False)
    assert frame is not None
    assert frame["Close"].notna().to_numpy().mean() > 0.99


async def on_the_loop() -> None:
    download()


async def measure() -> None:
    print(f"{len(SYMBOLS)} symbols of {END.year - START.year} years, {1000 * LATENCY_S:.0f} ms latency\n\n{HEADER}")
    print(told("the bot's source, its own process", *await probed(by_the_bot(weekdays(START, END))), per=len(SYMBOLS)))
    print(told("yf.download in a thread", *await probed(asyncio.to_thread(download)), per=len(SYMBOLS)))
    print(told("yf.download on the loop", *await probed(on_the_loop()), per=len(SYMBOLS)))


def main() -> None:
    if "--serve" in sys.argv:
        asyncio.run(serve())
        return
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        os.environ |= json.loads(server.stdout.readline())
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["CURL_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"]
        try:
            asyncio.run(measure())
        finally:
            server.stdin.close()


if __name__ == "__main__":
    main()
