"""Writes to a bar store without end: appends sessions, and now and then replaces all; the test kills it."""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime

import numpy as np

from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Status
from signals.types import Prices

SYMBOLS = ("A", "B", "C")


def bars(start: int, stop: int, salt: float) -> Bars:
    rows = np.arange(start, stop)
    grid = rows[:, None] * 10.0 + np.arange(3) + salt
    prices = Prices(np.datetime64("2020-01-01") + rows, SYMBOLS, close=grid, volume=grid + 1)
    return Bars(prices, "test", datetime(2025, 7, 8, tzinfo=UTC), tuple(Outcome(s, Status.OK) for s in SYMBOLS))


def main() -> None:
    store = BarStore(sys.argv[1])
    rng = random.Random(sys.argv[2])  # noqa: S311 - a reproducible order of writes, no secret
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    while True:
        rows, salt = store.meta().rows, float(store.open().close[0, 0])
        if rng.random() < 0.3:
            store.replace(bars(0, rng.randint(2, 40), rng.randint(1, 9) / 10))
        else:
            store.append(bars(rows, rows + 1, salt))


if __name__ == "__main__":
    main()
