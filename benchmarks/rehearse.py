"""A rehearsal of the last 252 sessions, two sets of thresholds with different windows, beside a scan per session.

Runs on the real market where there is one (SMALLCAP_MARKET_DATA, or ../shared/market), else on the simulated one.
The slow way is timed on sessions picked over the year, and its events are compared before anything is printed.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.alerts.past import PastEvents, past_of_market
from bot.alerts.scan import Request, market_upto, plain, shared_windows
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.sample import SampleSource
from bot.market.types import Source
from signals.cross import CROSS
from signals.types import Event, Market

ROOT = Path(__file__).resolve().parent.parent
SESSIONS, SCANNED, ROUNDS = 252, 9, 3
REQUESTS = [Request("cross", CROSS.thresholds_with()), Request("cross", CROSS.thresholds_with({"slow": 150}))]
UNTIL = date(2026, 12, 31)


async def market() -> Market:
    folder = Path(os.environ.get("SMALLCAP_MARKET_DATA", ROOT.parent / "shared" / "market"))
    calendar = exchange_calendar(UNTIL)
    source: Source = FolderSource(folder) if (folder / "prices").is_dir() else SampleSource(calendar)
    bars = await source.fetch(None, start=date(1985, 1, 1), end=UNTIL)
    as_of = datetime.combine(bars.prices.sessions[-1].item(), datetime.max.time(), UTC)
    return Market(bars.prices, as_of, source.name, calendar)


def at_once(known: Market) -> list[PastEvents]:
    return past_of_market(known, REQUESTS, SESSIONS)


def one_scan(known: Market, session: date) -> list[list[Event]]:
    """Find the events of one session as a scan does, without the proofs that a scan keeps beside them."""
    cut = market_upto(known, session)
    found: list[list[Event]] = []
    for signal, sets in shared_windows(REQUESTS):
        history = signal.history(cut, sets[0])
        found += [[plain(event) for event in signal.events(history, own, since=-1)] for own in sets]
    return found


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    known = asyncio.run(market())
    found = at_once(known)
    picked = [found[0].sessions[n] for n in np.linspace(0, SESSIONS - 1, SCANNED).astype(int).tolist()]
    scans = []
    for session in picked:
        start = time.perf_counter()
        events = one_scan(known, session)
        scans.append(time.perf_counter() - start)
        for past, theirs in zip(found, events, strict=True):
            assert [event for event in past.events if event.session == session] == theirs, session
    ours = min(seconds(lambda: at_once(known)) for _ in range(ROUNDS))
    naive = float(np.mean(scans)) * SESSIONS
    rows, symbols = known.prices.close.shape
    print(f"{known.source}: {symbols:,} symbols, {rows:,} sessions of bars; {SESSIONS} rehearsed, 2 sets of windows")
    print(f"at once:            {ours:8.2f} s, {sum(len(past.events) for past in found):,} events")
    print(f"a scan per session: {naive:8.1f} s ({SESSIONS} times the mean of {SCANNED} scans, events equal)")
    print(f"ratio:              {naive / ours:8.0f}")


if __name__ == "__main__":
    main()
