"""The forecast "in how many flat sessions do the averages cross" over all of history, beside its brute force.

Brute force appends sixty flat sessions to every session, computes both averages again and looks when the state turns.
It is run on every fortieth session and its time multiplied; the answers of those sessions are compared before ours is
timed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from signals.cross_columns import FLAT_HORIZON, NONE, flat_sessions
from signals.windows import moving_averages, trend_state

SESSIONS, SYMBOLS, SEED, EVERY = 2520, 3000, 20251121, 40
WINDOWS = (50, 200)


def panel() -> np.ndarray:
    rng = np.random.default_rng(SEED)
    returns = 0.01 * rng.standard_normal((SESSIONS, 1)) + 0.02 * rng.standard_normal((SESSIONS, SYMBOLS))
    return 40.0 * np.exp(np.cumsum(returns, axis=0))


def brute_force(close: np.ndarray, state: np.ndarray, row: int) -> np.ndarray:
    """Go sixty flat sessions ahead of `row` for every symbol."""
    known = close[row - WINDOWS[1] + 1 : row + 1]
    ahead = np.vstack([known, np.repeat(known[-1:], FLAT_HORIZON, axis=0)])
    then = trend_state(*moving_averages(ahead, WINDOWS))[WINDOWS[1] :]
    has_turned = then == -state[row]
    return np.where(has_turned.any(axis=0), has_turned.argmax(axis=0) + 1, NONE)


def main() -> None:
    from rich.console import Console
    from rich.table import Table

    close = panel()
    fast, slow = moving_averages(close, WINDOWS)
    columns = (close, fast, slow, trend_state(fast, slow))
    rows = range(WINDOWS[1], SESSIONS, EVERY)

    flat = flat_sessions(columns, windows=WINDOWS)
    start = time.perf_counter()
    answers = [brute_force(close, columns[3], row) for row in rows]
    brute_s = (time.perf_counter() - start) * EVERY
    for row, answer in zip(rows, answers, strict=True):
        np.testing.assert_array_equal(flat[row], answer, err_msg=f"session {row}")

    start = time.perf_counter()
    flat_sessions(columns, windows=WINDOWS)
    all_s = time.perf_counter() - start
    start = time.perf_counter()
    flat_sessions(columns, windows=WINDOWS, first_row=SESSIONS - 1)
    last_s = time.perf_counter() - start

    table = Table(title=f"flat_sessions, {SYMBOLS:,} symbols x {SESSIONS:,} sessions, equal answers")
    for column in ("how", "seconds", "/ ours"):
        table.add_column(column, justify="left" if column == "how" else "right")
    table.add_row("smallcap-signals, all of history", f"{all_s:.2f}", "1.0")
    table.add_row(
        f"brute force, all of history (1 session in {EVERY} timed)", f"{brute_s:.1f}", f"{brute_s / all_s:.1f}"
    )
    table.add_row("smallcap-signals, the last session alone", f"{last_s:.4f}", f"{last_s / all_s:.4f}")
    Console().print(table)


if __name__ == "__main__":
    main()
