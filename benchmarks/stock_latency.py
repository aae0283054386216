"""`!stock` at fifty questions a second while a scan of the whole market runs in its process; pictures are left out.

3,000 made-up symbols over 2,520 sessions, with the indices, funds, holdings and themes that the signals of the whole
market look at. Every question is about another symbol, so no answer is found ready. Beside it the same questions
without a scan. Printed: half of all answers came within, 99 of 100 within, the slowest.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.alerts.scan import Request
from bot.alerts.scanner import WorkerScanner
from bot.market.calendar import exchange_calendar
from bot.market.store import BarStore
from bot.market.types import Bars, Reference
from bot.market.view import View
from bot.questions.desk import Desk
from bot.questions.ports import NoGuildThresholds
from signals.catalog import SIGNALS
from signals.facts import Facts, Holdings, Member, Theme
from signals.types import Market, Prices

SYMBOLS, SESSIONS, SEED = 3000, 2520, 20251128
PER_SECOND, SECONDS = 50, 20
LAST = date(2026, 11, 27)
FUNDS = ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP", "IWM", "SPY", "QQQ", "QQQE", "QQQJ", "KRE", "^VIX")
SPDRS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
SECTORS = ("Financials", "Energy", "Technology", "Health Care", "Industrials")
ALLOWED_MS = 100.0


def made_up(folder: Path) -> View:
    """Store a market of random walks with its facts, and return the view of its last session."""
    calendar = exchange_calendar(LAST)
    sessions = calendar.sessions[calendar.sessions <= np.datetime64(LAST)][-SESSIONS:]
    rng = np.random.default_rng(SEED)
    names = (*FUNDS, *SPDRS, *(f"S{n:04d}" for n in range(SYMBOLS)))
    market = 0.009 * rng.standard_normal((SESSIONS, 1))
    closes = 40 * np.exp(np.cumsum(market + 0.02 * rng.standard_normal((SESSIONS, len(names))), axis=0))
    volume = rng.lognormal(12, 0.8, closes.shape).round()
    now = datetime(2026, 11, 27, 19, tzinfo=UTC)
    BarStore(folder).replace(Bars(Prices(sessions, names, closes, volume=volume), "made up", now, ()))
    meta = BarStore(folder).meta()
    assert meta is not None
    facts = facts_of(names[-SYMBOLS:], sessions)
    universes = {"smallcap": names[-SYMBOLS:]}
    reference = Reference(universes, dict(zip(names[-SYMBOLS:], SECTORS * SYMBOLS, strict=False)), {}, facts)
    return View(folder, meta.generation, meta.rows, LAST, now, "made up", calendar, reference=reference)


def facts_of(symbols: tuple[str, ...], sessions: np.ndarray) -> Facts:
    """Return a holdings file a quarter and eight themes."""
    weights = np.full(len(symbols), 1 / len(symbols))
    of = tuple((SECTORS * len(symbols))[: len(symbols)])
    files = [Holdings("smallcap", "IWM", day.item(), symbols, weights, of) for day in sessions[::63]]
    first = sessions[0].item()
    themes = [
        Theme(f"t{n}", f"Theme {n}", tuple(Member(symbol, first) for symbol in symbols[10 * n : 10 * n + 10]))
        for n in range(8)
    ]
    return Facts(tuple(files), tuple(themes))


class Known:
    """What the desk knows."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def market(self) -> Market:
        """Return it."""
        return self._market


async def answers(desk: Desk, asked: list[str]) -> np.ndarray:
    """Ask evenly spaced, whatever comes back; return how long each answer took, in milliseconds."""
    took = []

    async def ask(symbol: str) -> None:
        began = time.perf_counter()
        await desk.ask("stock", symbol, guild_id=None)
        took.append(1000 * (time.perf_counter() - began))

    began, asking = time.perf_counter(), []
    for n, symbol in enumerate(asked):
        await asyncio.sleep(max(0.0, began + n / PER_SECOND - time.perf_counter()))
        asking.append(asyncio.create_task(ask(symbol)))
    await asyncio.gather(*asking)
    return np.array(took)


async def scanned(view: View, scanner: WorkerScanner, done: asyncio.Event) -> int:
    """Scan the session again and again until `done`; return how often."""
    count = 0
    requests = [Request(signal.name, signal.thresholds_with()) for signal in SIGNALS if signal.kinds]
    while not done.is_set():
        await scanner.scan(view, LAST, requests, {})
        count += 1
    return count


async def compare() -> bool:
    """Print both, and say whether the figure was met."""
    with tempfile.TemporaryDirectory(prefix="smallcap-stock-") as name:
        view = await asyncio.to_thread(made_up, Path(name))
        desk = Desk(Known(view.open()), NoGuildThresholds(), office=None)  # type: ignore[arg-type]
        began = time.perf_counter()
        await desk.prepare()
        print(f"histories of the whole market, once a session: {time.perf_counter() - began:.1f} s")
        symbols = [f"S{n:04d}" for n in range(SYMBOLS)]
        random.Random(SEED).shuffle(symbols)  # noqa: S311 - which symbol is asked for when
        half = PER_SECOND * SECONDS
        alone = await answers(desk, symbols[:half])
        scanner, done = WorkerScanner(), asyncio.Event()
        scanning = asyncio.create_task(scanned(view, scanner, done))
        await asyncio.sleep(1.0)
        beside = await answers(desk, symbols[half : 2 * half])
        done.set()
        scans = await scanning
        await scanner.close()
    print(f"{PER_SECOND} questions a second for {SECONDS} s, each about another symbol, ms:")
    for words, took in (("nothing else running", alone), (f"beside {scans} scans of {SYMBOLS:,} symbols", beside)):
        p50, p99, most = np.percentile(took, 50), np.percentile(took, 99), took.max()
        print(f"  {words:<34} p50 {p50:6.1f}   p99 {p99:6.1f}   max {most:6.1f}")
    is_met = bool(np.percentile(beside, 99) < ALLOWED_MS)
    print(f"p99 beside the scan below {ALLOWED_MS:g} ms: {'met' if is_met else 'NOT MET'}")
    return is_met


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(compare()) else 1)
