"""From a session's bars complete to all its events stored: every signal, twenty guilds of their own thresholds.

The bars lie in a real bar store, what is found goes into a real SQLite file, and the scan runs in the bot's own worker
process, started beforehand as it is in a bot that has scanned before. Timed is `Watch.run_session`: thresholds read,
view opened, every event found and proved, deliveries planned, all of it recorded in one transaction.

Beside it the same scan done naively: one whole history and one look at the last row for each signal and each set. Its
events are compared with those stored before anything is printed; proofs, planning and the store are not counted for it.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whole_market import whole_market

from bot.alerts.scan import Request
from bot.alerts.scanner import WorkerScanner
from bot.alerts.watch import JOB, Outcome, Timing, Watch
from bot.clock import SetClock
from bot.market.store import BarStore
from bot.market.types import Bars, Reference
from bot.market.view import View
from bot.store.store import Store
from signals.catalog import SIGNALS, whole_history
from signals.definition import Signal, Threshold
from signals.errors import InvalidThreshold
from signals.inquiry import coverage_at
from signals.sessions import sessions_between
from signals.types import Market, Thresholds

GUILDS, SEED, MOST_S = 20, 20251121, 5.0
SESSIONS_BEFORE = 6
"""So long ago was the first start: late events are looked for as far back as in a bot that has run for years."""
FACTORS = (0.5, 0.75, 0.8, 1.25, 1.5)
SHARES = {"window": 0.3, "limit": 0.5}
"""How many of the guilds have changed a threshold."""


@dataclass(frozen=True)
class FixedBook:
    """Has brought the session in already."""

    view: View

    async def bring(self, session: date) -> View:
        """Return the view."""
        del session
        return self.view


def main() -> None:
    """Print the table; end with 1 where it took too long."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--symbols", type=int, default=3000, help="fewer for a quick look (default: 3000)")
    options.add_argument("--no-limit", action="store_true", help="end with 0 however long it took")
    given = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    market = whole_market(given.symbols)
    guilds = thresholds_of_guilds()
    with tempfile.TemporaryDirectory(prefix="smallcap-scan-") as name:
        view = kept(market, Path(name))
        took = asyncio.run(measured(view, guilds, Path(name), market))
    if took > MOST_S and not given.no_limit:
        sys.exit(1)


def thresholds_of_guilds() -> list[dict[str, Thresholds]]:
    """Return what each guild uses of each signal: the first the defaults, the others what they have changed."""
    rng = np.random.default_rng(SEED)
    defaults = {signal.name: signal.thresholds_with() for signal in SIGNALS if signal.kinds}
    own = [
        {signal.name: _own(signal, rng) for signal in SIGNALS if signal.kinds} for _ in range(GUILDS - len([defaults]))
    ]
    return [defaults, *own]


def _own(signal: Signal, rng: np.random.Generator) -> Thresholds:
    while True:
        changed = {t.name: _changed(t, rng) for t in signal.thresholds if rng.random() < SHARES[t.role]}
        try:
            return signal.thresholds_with(changed)
        except InvalidThreshold:
            continue


def _changed(threshold: Threshold, rng: np.random.Generator) -> float | int | str:
    if threshold.choices:
        return str(rng.choice(threshold.choices))
    value = float(threshold.default) * float(rng.choice(FACTORS))
    value = min(max(value, threshold.lower), threshold.upper)
    return round(value) if threshold.is_whole else value


def kept(market: Market, folder: Path) -> View:
    """Keep the bars as the bot does; return the view of the last session."""
    store = BarStore(folder / "bars")
    store.directory.mkdir()
    meta = store.replace(Bars(market.prices, market.source, market.as_of, ()))
    return View(
        store.directory,
        meta.generation,
        meta.rows,
        session=market.prices.sessions[-1].item(),
        as_of=market.as_of,
        source=market.source,
        calendar=market.calendar,
        reference=Reference(universes=market.universes, facts=market.facts),
    )


async def measured(view: View, guilds: list[dict[str, Thresholds]], folder: Path, market: Market) -> float:
    """Run the session once, print how it went, and return the seconds."""
    clock = SetClock(datetime.combine(view.session, datetime.min.time(), UTC) + timedelta(hours=21))
    store, scanner = Store(f"sqlite:///{folder / 'smallcap.sqlite3'}"), WorkerScanner()
    await store.open(migrate=True)
    try:
        await follow(store, guilds, clock)
        await store.runs.baseline(JOB, _earlier(view, SESSIONS_BEFORE), clock.now())
        watch = Watch(FixedBook(view), store, scanner, SIGNALS, Timing(view.calendar), clock)
        await scanner.scan(view, view.session, (), {})  # the process is up, as in a bot that has scanned before
        before, cpu = time.perf_counter(), _cpu_s(scanner)
        report = await watch.run_session(view.session)
        took, cpu = time.perf_counter() - before, _cpu_s(scanner) - cpu
        assert report.outcome is Outcome.SCANNED, report.reason
        stored = [each.event for each in await store.ledger.latest(limit=1_000_000)]
    finally:
        await scanner.close()
        await store.close()
    worker_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    before, naive_cpu = time.perf_counter(), time.process_time()
    naive = one_history_per_set(market, guilds)
    naive_s, naive_cpu = time.perf_counter() - before, time.process_time() - naive_cpu
    assert naive == {event.identity for event in stored}, naive ^ {event.identity for event in stored}

    rows, symbols = market.prices.close.shape
    bars_mib = 2 * market.prices.close.nbytes / 1024**2
    sets = {signal.name: _distinct(signal, guilds) for signal in SIGNALS if signal.kinds}
    print(f"{symbols:,} symbols x {rows:,} sessions, {len(guilds)} guilds, {os.cpu_count()} cores")
    print("distinct sets / distinct windows: " + ", ".join(f"{name} {n} / {w}" for name, (n, w) in sets.items()))
    counts = Counter(event.signal for event in stored)
    print(f"{report.events:,} events ({', '.join(f'{n} {name}' for name, n in sorted(counts.items()))}), ", end="")
    print(f"{report.deliveries:,} deliveries\n")
    print(f"{'':44}{'seconds':>9}{'CPU s':>8}")
    print(f"{'bars complete to all events stored':44}{took:9.2f}{cpu:8.2f}")
    print(f"{'one history per set, events alone':44}{naive_s:9.2f}{naive_cpu:8.2f}")
    print(f"{'ratio':44}{naive_s / took:9.1f}{naive_cpu / cpu:8.1f}")
    verdict = "yes" if took <= MOST_S else "no"
    print(f"{'at most':44}{MOST_S:9.2f}  {verdict}")
    print(f"\nthe worker's peak memory: {worker_mib:,.0f} MiB, bars mapped included ({bars_mib:,.0f} MiB)")
    return took


def _earlier(view: View, sessions: int) -> date:
    found: date = sessions_between(view.calendar, view.calendar.sessions[0].item(), view.session)[-1 - sessions].item()
    return found


async def follow(store: Store, guilds: list[dict[str, Thresholds]], clock: SetClock) -> None:
    """Let every guild follow every signal, under its own thresholds."""
    for guild_id, of_signals in enumerate(guilds, start=1):
        for name, thresholds in of_signals.items():
            where = {"guild_id": guild_id, "channel_id": 100 + guild_id, "subjects": (), "by": 7, "at": clock.now()}
            await store.routes.add(signal=name, **where)
            defaults = guilds[0][name]
            for threshold, value in thresholds.items():
                if value != defaults[threshold]:
                    await store.thresholds.set(
                        guild_id=guild_id, signal=name, name=threshold, value=value, by=7, at=clock.now()
                    )


def one_history_per_set(market: Market, guilds: list[dict[str, Thresholds]]) -> set[str]:
    """Return the identities of the last session's events, each guild and signal by itself."""
    found: set[str] = set()
    for request in [Request(name, own) for of_signals in guilds for name, own in of_signals.items()]:
        signal = next(signal for signal in SIGNALS if signal.name == request.signal)
        history = whole_history(signal, market, request.thresholds)
        for event in signal.events(history, request.thresholds, since=-1):
            if not coverage_at(signal, history, request.thresholds, event).is_partial:
                found.add(event.identity)
    return found


def _distinct(signal: Signal, guilds: list[dict[str, Thresholds]]) -> tuple[int, int]:
    used = [of_signals[signal.name] for of_signals in guilds]
    return tuple(  # type: ignore[return-value]
        len({tuple(sorted(each.items())) for each in which})
        for which in (used, [signal.windows_of(thresholds) for thresholds in used])
    )


def _cpu_s(scanner: WorkerScanner) -> float:
    """Return the CPU seconds of this process and of the worker so far."""
    worker = scanner._worker  # noqa: SLF001 - nobody else wants to know its process
    assert worker is not None
    assert worker.pid is not None
    fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(") ")[2].split()
    return time.process_time() + sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
