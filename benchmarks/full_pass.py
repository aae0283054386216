"""The daily pass over 3,000 symbols x 2,520 sessions, side by side with what a user would pick instead.

Averages over 50 and 200 sessions, cross state, RSI14, relative volume, 52-week high and low flags, share above the
slow average. All results are compared before anything is timed.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from signals import windows

SESSIONS, SYMBOLS, SEED, ROUNDS = 2520, 3000, 20251121, 8
OURS = "smallcap-signals"
FLOATS = ("fast", "slow", "rsi", "rvol")
Result = dict[str, np.ndarray]


def panel() -> tuple[np.ndarray, np.ndarray]:
    """Make closes with one common factor and volumes in whole shares, without holes (not every peer survives one)."""
    rng = np.random.default_rng(SEED)
    returns = 0.01 * rng.standard_normal((SESSIONS, 1)) + 0.02 * rng.standard_normal((SESSIONS, SYMBOLS))
    closes = 40.0 * np.exp(np.cumsum(returns, axis=0))
    return closes, rng.lognormal(12, 0.8, (SESSIONS, SYMBOLS)).round()


def ours(close: np.ndarray, volume: np.ndarray, outs: Result | None = None) -> Result:
    kept = outs or {}
    averages = (kept["fast"], kept["slow"]) if outs else None
    fast, slow = windows.moving_averages(close, (50, 200), outs=averages)
    is_high, is_low = windows.are_new_extremes(close)
    return {
        "fast": fast,
        "slow": slow,
        "state": windows.trend_state(fast, slow),
        "rsi": windows.wilder_rsi(close, out=kept.get("rsi")),
        "rvol": windows.relative_volume(volume, out=kept.get("rvol")),
        "high": is_high,
        "low": is_low,
        "share": windows.share_above(close, slow)[0],
    }


def with_talib(close: np.ndarray, volume: np.ndarray) -> Result:
    """Call TA-Lib symbol by symbol on contiguous rows: `close` and `volume` come as (symbols, sessions)."""
    import talib

    columns = {name: np.empty(close.shape) for name in (*FLOATS, "above", "below")}
    for n, (closes, volumes) in enumerate(zip(close, volume, strict=True)):
        columns["fast"][n] = talib.SMA(closes, 50)
        columns["slow"][n] = talib.SMA(closes, 200)
        columns["rsi"][n] = talib.RSI(closes, 14)
        columns["rvol"][n, 1:] = volumes[1:] / talib.SMA(volumes, 20)[:-1]
        columns["above"][n, 1:] = talib.MAX(closes, 251)[:-1]
        columns["below"][n, 1:] = talib.MIN(closes, 251)[:-1]
    columns["rvol"][:, 0] = columns["above"][:, 0] = columns["below"][:, 0] = np.nan
    fast, slow = columns["fast"], columns["slow"]
    return {name: columns[name].T for name in FLOATS} | {
        "state": ((fast > slow).astype(np.int8) - (fast < slow)).T,
        "high": (close > columns["above"]).T,
        "low": (close < columns["below"]).T,
        "share": share(np.count_nonzero(close > slow, axis=0), np.count_nonzero(~np.isnan(slow), axis=0)),
    }


def with_talib_from_panel(close: np.ndarray, volume: np.ndarray) -> Result:
    """Do the same from (sessions, symbols), the layout the others start from."""
    return with_talib(np.ascontiguousarray(close.T), np.ascontiguousarray(volume.T))


def with_pandas(close: np.ndarray, volume: np.ndarray) -> Result:
    import pandas as pd

    closes, volumes = pd.DataFrame(close), pd.DataFrame(volume)
    fast, slow = closes.rolling(50).mean(), closes.rolling(200).mean()
    change = closes.diff()
    gain, loss = change.clip(lower=0), -change.clip(upper=0)
    for moves in (gain, loss):
        moves.iloc[14] = moves.iloc[1:15].mean()
        moves.iloc[:14] = np.nan
    gain, loss = (moves.ewm(alpha=1 / 14, adjust=False).mean() for moves in (gain, loss))
    earlier = closes.shift(1).rolling(251)
    frames = {
        "fast": fast,
        "slow": slow,
        "state": (fast > slow).astype(np.int8) - (fast < slow).astype(np.int8),
        "rsi": 100 * gain / (gain + loss),
        "rvol": volumes / volumes.shift(1).rolling(20).mean(),
        "high": closes > earlier.max(),
        "low": closes < earlier.min(),
        "share": (closes > slow).sum(axis=1) / slow.notna().sum(axis=1),
    }
    return {name: frame.to_numpy() for name, frame in frames.items()}


def with_polars(close: np.ndarray, volume: np.ndarray) -> Result:
    """Work on one long table, symbol after symbol (its wide form is several times slower)."""
    import polars as pl

    sessions, symbols = close.shape
    table = pl.DataFrame(
        {
            "symbol": np.repeat(np.arange(symbols), sessions),
            "row": np.tile(np.arange(sessions), symbols),
            "close": close.ravel(order="F"),
            "volume": volume.ravel(order="F"),
        }
    )
    closes, change = pl.col("close"), pl.col("close").diff()

    def wilder(moves: pl.Expr) -> pl.Expr:
        first = pl.when(pl.col("row") == 14).then(moves.slice(1, 14).mean())
        seeded = pl.when(pl.col("row") > 14).then(moves).otherwise(first)
        return seeded.ewm_mean(alpha=1 / 14, adjust=False)

    gain, loss = wilder(change.clip(lower_bound=0)), wilder(-change.clip(upper_bound=0))
    columns = {
        "fast": closes.rolling_mean(50),
        "slow": closes.rolling_mean(200),
        "rsi": 100 * gain / (gain + loss),
        "rvol": pl.col("volume") / pl.col("volume").shift(1).rolling_mean(20),
        "high": (closes > closes.shift(1).rolling_max(251)).fill_null(value=False),
        "low": (closes < closes.shift(1).rolling_min(251)).fill_null(value=False),
    }
    frame = table.select(column.over("symbol").alias(name) for name, column in columns.items())
    result = {name: frame[name].to_numpy().reshape(symbols, sessions).T for name in columns}
    fast, slow = result["fast"], result["slow"]
    result["state"] = (fast > slow).astype(np.int8) - (fast < slow)
    above, known = np.count_nonzero(close > slow, axis=1), np.count_nonzero(~np.isnan(slow), axis=1)
    return result | {"share": share(above, known)}


def share(above: np.ndarray, known: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return above / known


def assert_equal(peer: str, theirs: Result, expected: Result) -> None:
    for name, values in expected.items():
        note = f"{peer}: {name}"
        if name in ("state", "high", "low"):
            np.testing.assert_array_equal(theirs[name], values, err_msg=note)
        else:
            np.testing.assert_allclose(theirs[name].astype(float), values, rtol=1e-9, atol=1e-9, err_msg=note)


def best_of(calls: Mapping[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Time each call as many times as it wants, taking turns, so that a busy moment of the machine hits all alike."""
    best = dict.fromkeys(calls, float("inf"))
    for turn in range(ROUNDS):
        for name, (call, rounds) in calls.items():
            if turn < rounds:
                start = time.perf_counter()
                call()
                best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak_on_top(call: Callable[[], object]) -> int:
    """Return the most bytes allocated at once while `call` runs, its results included."""
    tracemalloc.start()
    kept = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return peak


def main() -> None:
    from rich.console import Console
    from rich.table import Table

    close, volume = panel()
    by_symbol = np.ascontiguousarray(close.T), np.ascontiguousarray(volume.T)
    expected = ours(close, volume)
    peers: dict[str, tuple[Callable[[], Result], int]] = {
        OURS: (lambda: ours(close, volume), ROUNDS),
        "smallcap-signals, outputs reused": (lambda: ours(close, volume, expected), ROUNDS),
        "TA-Lib per column, handed columns": (lambda: with_talib(*by_symbol), ROUNDS),
        "TA-Lib per column, handed the panel": (lambda: with_talib_from_panel(close, volume), ROUNDS),
        "polars, long": (lambda: with_polars(close, volume), 2),
        "pandas, wide": (lambda: with_pandas(close, volume), 2),
    }
    for name, (compute, _) in peers.items():
        assert_equal(name, compute(), expected)
    copies = {"copy": (lambda: (np.copyto(expected["fast"], close), np.copyto(expected["rvol"], volume)), ROUNDS)}
    copy_s = best_of(copies)["copy"]
    seconds = best_of(peers)

    table = Table(title=f"{SYMBOLS:,} symbols x {SESSIONS:,} sessions, equal results, best of {ROUNDS}")
    table.add_column("who")
    for column in ("ms", "/ a copy of the input", "/ ours"):
        table.add_column(column, justify="right")
    for name, taken in sorted(seconds.items(), key=lambda item: item[1]):
        table.add_row(name, f"{taken * 1e3:,.0f}", f"{taken / copy_s:.1f}", f"{taken / seconds[OURS]:.2f}")
    console = Console()
    console.print(table)
    peak = peak_on_top(lambda: ours(close, volume))
    console.print(
        f"Memory on top of the input, results included: {peak / (close.nbytes + volume.nbytes):.2f} x the input"
    )


if __name__ == "__main__":
    main()
