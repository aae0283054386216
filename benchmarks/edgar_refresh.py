"""A full refresh of what 4,500 companies filed, at the rate EDGAR allows; and one request per company beside it.

An EDGAR on loopback answers in a process of its own, in the layout of the real one, and refuses whoever asks more than
ten times in any second. The bot asks for every tag that stands for one of the twelve figures, eight quarters and two
years of it, and makes its table; a request per company is timed for a sample, at the same rate, and multiplied.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop_probe import HEADER, probed, told

from bot.clock import WallClock
from bot.market.edgar import CompanyFilings, Habits
from bot.market.edgar_client import Addresses, Edgar
from bot.market.edgar_plan import Kind, Request, requests
from bot.market.edgar_table import stored
from bot.market.sec_facts import company_facts
from signals.fundamentals import Fundamentals
from signals.standing import standing
from tests.market.edgar_server import EdgarServer
from tests.market.yahoo_server import weekdays

CONTACT = "benchmark benchmark@example.com"
WANTED_S = 180.0
FIGURES = 12


class WallClockOf(WallClock):
    """The machine's clock, on another day: that of the filings."""

    def __init__(self, start: datetime) -> None:
        self._ahead = start - super().now()

    def now(self) -> datetime:
        """Return the instant of that day."""
        return super().now() + self._ahead


async def serve(companies: int) -> None:
    """Answer until standard input closes, everything made beforehand."""
    server = EdgarServer(companies, is_strict=True)
    server.prepare(path_of(each) for each in requests(server.today))
    await server.start()
    print(server.addresses.data, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(len(server.asked), server.refused, flush=True)
    await server.stop()


def path_of(request: Request) -> str:
    """Return where EDGAR has what is asked for."""
    match request.kind, request.what:
        case Kind.FRAME, what:
            return f"api/xbrl/frames/{'/'.join(map(str, what))}.json"
        case Kind.INDEX, (year, quarter):
            return f"Archives/edgar/full-index/{year}/QTR{quarter}/xbrl.idx"
        case _:
            return "files/company_tickers.json"


@contextmanager
def edgar(companies: int) -> Iterator[tuple[Addresses, subprocess.Popen[str]]]:
    """Let an EDGAR run on loopback."""
    command = [sys.executable, __file__, "--serve", "--companies", str(companies)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        address = server.stdout.readline().strip()
        try:
            yield Addresses(address, address), server
        finally:
            server.stdin.close()


async def refreshed(folder: Path, addresses: Addresses) -> tuple[float, str]:
    """Return the seconds a full refresh takes, and the row of the loop's lags."""
    clock = WallClockOf(datetime(2025, 8, 8, 23, tzinfo=UTC))
    calendar = weekdays(date(2024, 1, 2), date(2026, 1, 3))
    client = Edgar(CONTACT, clock, addresses=addresses)
    kept = CompanyFilings(client, folder, clock, calendar, habits=Habits(companies=0))
    took, lags = await probed(kept.refresh())
    if kept.faults():
        sys.exit(f"the refresh failed: {kept.faults()[0]}")
    return took, told("the refresh, its table made apart", took, lags, per=max(client.count, 1))


async def one_by_one(addresses: Addresses, sample: int) -> float:
    """Return the seconds that a request per company takes, for the first `sample` of them."""
    client = Edgar(CONTACT, WallClock(), addresses=addresses)
    await asyncio.sleep(1.5)  # the second in which the refresh asked last is over
    async with client.opened():
        began = time.perf_counter()
        waiting = list(range(1001, 1001 + sample))

        async def work() -> None:
            while waiting:
                body = await client.company_facts(waiting.pop())
                assert body is not None
                assert company_facts(body).rows

        await asyncio.gather(*(work() for _ in range(4)))
        return time.perf_counter() - began


def described(known: Fundamentals) -> str:
    """Return how much there is, and how long it takes to say where all companies stand."""
    began = time.perf_counter()
    day = np.full(len(known.companies), np.datetime64("2025-08-08"))
    found = standing(known, np.arange(len(known.companies)), day)
    took = time.perf_counter() - began
    whole = (
        np.isfinite(found.values["revenue"]) & np.isfinite(found.values["debt"]) & np.isfinite(found.values["shares"])
    )
    rows = f"{len(known.companies):,} companies, {len(known.company):,} rows, {len(known.values)} figures"
    return f"{rows}; {whole.mean():.0%} have revenue, debt and shares; all standings in {took:.2f} s"


def measure(companies: int, sample: int) -> bool:
    """Print both and return whether the refresh is as fast as it has to be."""
    count = len(requests(date(2025, 8, 8)))
    print(f"{companies:,} companies, {FIGURES} figures and what stands in for them, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as name, edgar(companies) as (addresses, server):
        folder = Path(name) / "edgar"
        took, row = asyncio.run(refreshed(folder, addresses))
        print(f"{HEADER}\n{row}\n", flush=True)
        known = stored(folder)
        assert known is not None
        print(described(known))
        again, _ = asyncio.run(refreshed(folder, addresses))
        each = asyncio.run(one_by_one(addresses, sample)) / sample
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.close()
        asked, refused = map(int, server.stdout.readline().split())
    print(f"asked again at once: {again:.1f} s, {asked - count - sample} requests; refused by the server: {refused}\n")
    print(f"{'frames: everything':44}{took:8.0f} s{count:8,} requests   under {WANTED_S:g} s: {_yes(took < WANTED_S)}")
    told_by = f"({sample} timed)"
    print(f"{'companyfacts: one request per company':44}{each * companies:8,.0f} s{companies:8,} requests   {told_by}")
    return took < WANTED_S and refused == 0 and asked == count + sample and len(known.companies) == companies


def _yes(is_so: bool) -> str:  # noqa: FBT001 - the only thing it is about
    return "yes" if is_so else "no"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--companies", type=int, default=4500, help="fewer for a quick look (default: 4500)")
    options.add_argument("--sample", type=int, default=200, help="companies asked for one by one (default: 200)")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        asyncio.run(serve(given.companies))
    elif not measure(given.companies, given.sample):
        sys.exit(1)


if __name__ == "__main__":
    main()
