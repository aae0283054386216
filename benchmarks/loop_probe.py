"""A probe of the event loop: how much later than asked it wakes while something else goes on.

On a busy machine part of that is the machine's: the system had no core for the loop, though it was ready to run. Linux
counts that time per thread; it is taken off, and printed beside, so that what is left is what the program itself does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

EVERY_S = 0.005
SCHEDSTAT = Path("/proc/thread-self/schedstat")
RULE_MS = 50.0
"""The house rule: the loop is never held up longer."""


def waited_ms() -> float:
    """Return how long this thread has been ready without a core so far; 0 where the system does not tell."""
    try:
        return int(SCHEDSTAT.read_text().split()[1]) / 1e6
    except FileNotFoundError:
        return 0.0


async def probed(work: Awaitable[object]) -> tuple[float, NDArray[np.float64]]:
    """Return the seconds `work` took and, shape (2, n), the loop's lags in ms and the part without a core."""
    lags: list[tuple[float, float]] = []

    async def probe() -> None:
        while True:
            before = waited_ms()
            due = time.perf_counter() + EVERY_S
            await asyncio.sleep(EVERY_S)
            lags.append((1000 * (time.perf_counter() - due), waited_ms() - before))

    watching = asyncio.create_task(probe())
    await asyncio.sleep(0.1)
    lags.clear()
    began = time.perf_counter()
    await work
    took = time.perf_counter() - began
    await asyncio.sleep(2 * EVERY_S)
    watching.cancel()
    return took, np.array(lags).T


def told(name: str, took: float, lags: NDArray[np.float64], *, per: int = 1) -> str:
    """Return one row of a table: seconds or milliseconds each, and the lags."""
    all_of_it, without_core = lags
    own = np.maximum(0.0, all_of_it - without_core)
    verdict = "yes" if own.max() <= RULE_MS else "no"
    median, p99 = np.median(own), np.percentile(own, 99)
    figures = f"{1000 * took / per:>12.0f}{median:>12.1f}{p99:>9.1f}{own.max():>9.1f}{all_of_it.max():>12.1f}"
    return f"{name:34}{figures}  {verdict}"


HEADER = f"{'':34}{'ms each':>12}{'lag median':>12}{'p99':>9}{'max':>9}{'as elapsed':>12}  within {RULE_MS:.0f} ms"

if __name__ == "__main__":
    print("the probe is used by chart_lag.py and fetch_lag.py")
