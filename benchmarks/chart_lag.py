"""How long the event loop is held up while 24 charts are drawn: by pyplot on the loop, in threads, in the studio.

A task asks to be woken every 5 ms; the lag is how much later it is. The house rule is at most 50 ms.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from loop_probe import HEADER, probed, told

from bot.cards.card import Chart
from bot.cards.cross_data import cross_chart
from bot.cards.picture import prepare, render
from bot.cards.studio import Studio
from bot.worker import Worker
from signals.cross import CROSS
from signals.types import Calendar, Market, Prices

CHARTS = 24


def charts() -> list[Chart]:
    """Return 24 different charts of a year each, from made-up prices."""
    rng = np.random.default_rng(1)
    sessions = np.busday_offset("2023-01-02", np.arange(600), roll="forward").astype("datetime64[D]")
    symbols = tuple(f"S{n:02}" for n in range(CHARTS))
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (600, CHARTS)), axis=0))
    prices = Prices(sessions, symbols, close, volume=rng.uniform(1e6, 9e6, close.shape))
    calendar = Calendar(sessions, sessions.astype("datetime64[s]"))
    market = Market(prices, datetime(2026, 1, 2, tzinfo=UTC), "made up", calendar, labels=("simulated",))
    history = CROSS.history(market, CROSS.thresholds_with())
    return [cross_chart(history, symbol) for symbol in symbols]


def plain_pyplot(chart: Chart) -> bytes:
    """Draw the same series as most tutorials would."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    data = chart.data
    figure, (top, middle, low) = plt.subplots(3, 1, sharex=True, figsize=(8, 6), dpi=200)
    for name in ("close", "fast", "slow"):
        top.plot(data["sessions"], data[name], label=name)
    top.legend()
    middle.bar(data["sessions"], data["volume"])
    low.plot(data["sessions"], data["rsi"])
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    plt.close(figure)
    return buffer.getvalue()


async def on_the_loop(drawn: Sequence[Chart]) -> None:
    for chart in drawn:
        plain_pyplot(chart)
        await asyncio.sleep(0)


async def in_threads(drawn: Sequence[Chart]) -> None:
    await asyncio.gather(*(asyncio.to_thread(render, chart) for chart in drawn))


def burn(seconds: float) -> int:
    """Keep one core busy as a process that fetches and parses would."""
    until, rounds = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        rounds += len(sorted(range(1000), key=lambda number: -number))
    return rounds


async def measured(
    draw: Callable[[Sequence[Chart]], Awaitable[None]], drawn: Sequence[Chart]
) -> tuple[float, np.ndarray]:
    """Return the seconds that drawing took and the lags in milliseconds meanwhile."""
    return await probed(draw(drawn))


async def measure_all(drawn: Sequence[Chart]) -> list[tuple[str, float, np.ndarray]]:
    prepare()
    plain_pyplot(drawn[0])
    results = [
        ("pyplot on the loop", *await measured(on_the_loop, drawn)),
        ("Figure in threads", *await measured(in_threads, drawn)),
    ]

    async def cold(wanted: Sequence[Chart]) -> None:
        async with Studio() as studio:
            await asyncio.gather(*(studio.png(chart) for chart in wanted))

    results.append(("studio, process started too", *await measured(cold, drawn)))
    async with Studio(most_kept=1) as studio:
        await studio.warm()

        async def warm(wanted: Sequence[Chart]) -> None:
            await asyncio.gather(*(studio.png(chart) for chart in wanted))

        results.append(("studio", *await measured(warm, drawn)))
        fetcher = await asyncio.to_thread(Worker)
        fetch = asyncio.create_task(asyncio.to_thread(fetcher.ask, burn, (6.0,), timeout_s=60))
        await asyncio.sleep(0.5)
        results.append(("studio, a fetch beside it", *await measured(warm, drawn)))
        await fetch
        await asyncio.to_thread(fetcher.end)
    return results


def main() -> None:
    drawn = charts()
    results = asyncio.run(measure_all(drawn))
    sizes = [len(render(chart)) / 1000 for chart in drawn[:4]]
    print(f"{CHARTS} charts of 800 x 600 at double density, {max(sizes):.0f} kB each at most\n")
    print(HEADER)
    for name, took, lags in results:
        print(told(name, took, lags, per=CHARTS))


if __name__ == "__main__":
    main()
