"""A probe of the event loop: how much later than asked it wakes while something else goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable

import numpy as np
from numpy.typing import NDArray

EVERY_S = 0.005
RULE_MS = 50.0
"""The house rule: the loop is never held up longer."""


async def probed(work: Awaitable[object]) -> tuple[float, NDArray[np.float64]]:
    """Return the seconds `work` took and the loop's lags in milliseconds meanwhile."""
    lags: list[float] = []

    async def probe() -> None:
        while True:
            due = time.perf_counter() + EVERY_S
            await asyncio.sleep(EVERY_S)
            lags.append(1000 * (time.perf_counter() - due))

    watching = asyncio.create_task(probe())
    await asyncio.sleep(0.1)
    lags.clear()
    began = time.perf_counter()
    await work
    took = time.perf_counter() - began
    await asyncio.sleep(2 * EVERY_S)
    watching.cancel()
    return took, np.array(lags)


def told(name: str, took: float, lags: NDArray[np.float64], *, per: int = 1) -> str:
    """Return one row of a table: seconds or milliseconds each, and the lags."""
    verdict = "yes" if lags.max() <= RULE_MS else "no"
    median, p99 = np.median(lags), np.percentile(lags, 99)
    return f"{name:34}{1000 * took / per:>12.0f}{median:>12.1f}{p99:>9.1f}{lags.max():>9.1f}  {verdict}"


HEADER = f"{'':34}{'ms each':>12}{'lag median':>12}{'p99':>9}{'max':>9}  within {RULE_MS:.0f} ms"

if __name__ == "__main__":
    print("the probe is used by chart_lag.py and fetch_lag.py")
