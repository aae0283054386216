"""Every signal's whole history over 3,000 symbols x 2,520 sessions, and one session more.

First table: the time and memory of all columns of each signal, beside the moving-average pass of `full_pass.py`
(averages over 50 and 200 sessions, timed in the same run), per array pass that the signal needs. A pass makes or counts
one array as large as the closes; a signal over members alone is charged for their share of the columns, one over few
series for a single pass altogether. `flat_sessions` looks up to 60 sessions ahead, a pass each, and has a row of its
own. Then one session is appended (see `signals.appending`) and compared, bit for bit, with the whole history.

Second table: the columns of `activity`, by pandas, polars, TA-Lib and vectorbt, where they compute the same thing; all
results are compared before anything is timed. vectorbt has no Wilder RSI, so it and the row of ours beside it go
without. It pins numba and brings a web stack, so it is no dependency of ours: install it to have its row.

CPU seconds stand beside the clock's: on a busy machine they say more.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from whole_market import FUNDS, whole_market

from signals.activity_columns import ActivityColumns
from signals.appending import appended
from signals.breadth_counts import COUNTS, HORIZONS
from signals.catalog import SIGNALS, by_name, whole_history
from signals.cross import CROSS
from signals.cross_columns import FLAT_HORIZON
from signals.definition import Signal
from signals.types import History, Market
from signals.windows import moving_averages

MOST_PER_PASS, MOST_MEMORY, MOST_APPENDED = 1.5, 3.0, 0.05
ROUNDS = 3
FLAT = "flat_sessions"
COMPARED = ("d1_pct", "d5_pct", "rsi14", "rvol20", "high_52w", "low_52w", "from_high_pct", "from_low_pct")
VOLATILITY = "volatility20_pct"
Result = dict[str, np.ndarray]
_READ = dict.fromkeys(name for signal in SIGNALS for name in signal.reads)


def passes(signal: Signal, market: Market, history: History) -> float:
    """Return how many arrays as large as the closes the signal has to make or count."""
    symbols = len(market.prices.symbols)
    members = {name: len(market.facts.of_universe(name)[-1].symbols) / symbols for name in ("smallcap", "largecap")}
    if signal.choices is None:
        return len([name for name in history.columns if name not in ("close", FLAT)])
    if signal.name == "breadth":  # what is counted of its members, and their median returns
        return (len(COUNTS) + len(HORIZONS)) * sum(members.values())
    if signal.name == "leadership":  # worth and relative of every member, and what the six columns sum up; twice
        return 2 * (2 + 6) * members["smallcap"]
    return 1.0


def all_columns(signal: Signal, market: Market, read: Mapping[str, History], *, without: str = "") -> History:
    """Compute the history with every column of it, handed the histories that it reads."""
    thresholds = signal.thresholds_with()
    handed = {name: read[name] for name in signal.reads}
    history: History = signal.history(market, thresholds, handed) if handed else signal.history(market, thresholds)
    for name in history.columns:
        if name != without:
            history[name]
    return history


def timed(call: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Return the least seconds and the least CPU seconds of some rounds."""
    seconds, cpu = [], []
    for _ in range(rounds):
        before, before_cpu = time.perf_counter(), time.process_time()
        kept = call()
        seconds.append(time.perf_counter() - before)
        cpu.append(time.process_time() - before_cpu)
        del kept
    return min(seconds), min(cpu)


def peak_on_top(call: Callable[[], object]) -> int:
    """Return the most bytes allocated at once while `call` runs, its results included."""
    tracemalloc.start()
    kept = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    del kept
    return peak


def append_one(signal: Signal, before: Market, market: Market) -> tuple[float, float]:
    """Append the last session, after one that has set the memory up; return seconds and CPU seconds."""
    thresholds = signal.thresholds_with()
    earlier = replace(before, prices=before.prices.upto(before.prices.sessions[-2].item()))
    known = appended(signal, whole_history(signal, earlier, thresholds), before, thresholds)
    found = appended(signal, known, market, thresholds)
    whole = whole_history(signal, market, thresholds)
    assert set(found.columns) == set(whole.columns)
    for name, values in whole.columns.items():
        np.testing.assert_array_equal(found[name], values[-1:], err_msg=f"{signal.name}: {name}")
    del whole
    return timed(lambda: dict(appended(signal, known, market, thresholds).columns))


COLUMNS = ("passes", "s", "CPU s", "CPU / pass / averages", "x close + volume", "x bars", "+1: ms", "CPU ms", "%")


def _empty(title: str) -> Table:
    """Return the first table without its rows."""
    table = Table(title=title)
    table.add_column("signal")
    for name in (
        "passes",
        "s",
        "CPU s",
        "CPU / pass / averages",
        "x close + volume",
        "x bars",
        "+1: ms",
        "CPU ms",
        "%",
    ):
        table.add_column(name, justify="right")
    return table


def of_every_signal(market: Market) -> bool:
    """Print the first table; return whether all of it is within its bounds."""
    before = replace(market, prices=market.prices.upto(market.prices.sessions[-2].item()))
    closes, volumes = market.prices.close, market.prices.volume
    assert volumes is not None
    table = _empty(f"{closes.shape[1]:,} symbols x {closes.shape[0]:,} sessions, all columns, best of {ROUNDS}")
    average_s, average_cpu = timed(lambda: moving_averages(closes, (50, 200)), 2 * ROUNDS)
    table.add_row("moving averages of full_pass.py", "1", f"{average_s:.3f}", f"{average_cpu:.3f}", "1.00", *[""] * 5)
    bars = sum(values.nbytes for _, values in market.prices.fields())
    whole_cpu, appended_cpu, is_within = 0.0, 0.0, True
    read = {name: whole_history(by_name(name), market, by_name(name).thresholds_with()) for name in _READ}
    for signal in SIGNALS:
        needed = passes(signal, market, whole_history(signal, market, signal.thresholds_with()))
        seconds, cpu = timed(lambda signal=signal: all_columns(signal, market, read, without=FLAT))  # type: ignore[misc]
        peak = peak_on_top(lambda signal=signal: all_columns(signal, market, read))  # type: ignore[misc]
        one_s, one_cpu = append_one(signal, before, market)
        flat_s = flat_cpu = 0.0
        if signal is CROSS:
            flat_s, flat_cpu = _flat(market)
            per_pass = flat_cpu / FLAT_HORIZON / average_cpu
            figures = (f"{FLAT_HORIZON}", f"{flat_s:.3f}", f"{flat_cpu:.3f}", f"{per_pass:.2f}")
            table.add_row(f"cross: {FLAT} alone", *figures, *[""] * 5)
        per_pass = cpu / needed / average_cpu
        memory = peak / (closes.nbytes + volumes.nbytes)
        table.add_row(
            signal.name,
            f"{needed:.1f}",
            f"{seconds:.3f}",
            f"{cpu:.3f}",
            f"{per_pass:.2f}",
            f"{memory:.2f}",
            f"{peak / bars:.2f}",
            f"{1e3 * one_s:.1f}",
            f"{1e3 * one_cpu:.1f}",
            f"{100 * one_cpu / (cpu + flat_cpu):.1f}",
        )
        whole_cpu, appended_cpu = whole_cpu + cpu + flat_cpu, appended_cpu + one_cpu
        is_within &= per_pass <= MOST_PER_PASS and peak / bars <= MOST_MEMORY
    share = appended_cpu / whole_cpu
    is_within &= share <= MOST_APPENDED
    all_of_them = (f"{whole_cpu:.3f}", "", "", "", "", f"{1e3 * appended_cpu:.1f}", f"{100 * share:.1f}")
    table.add_row("all of them", "", "", *all_of_them, end_section=True)
    Console(width=150).print(table)
    bounds = f"per pass at most {MOST_PER_PASS:g} averages, memory {MOST_MEMORY:g} x the bars"
    print(f"{bounds}, one session {100 * MOST_APPENDED:g} % of all: {'yes' if is_within else 'no'}\n")
    return is_within


def _flat(market: Market) -> tuple[float, float]:
    def ready() -> History:
        history = whole_history(CROSS, market, CROSS.thresholds_with())
        _ = history["state"]
        return history

    def one() -> tuple[float, float]:
        history = ready()
        return timed(lambda: history[FLAT], 1)

    rounds = [one() for _ in range(ROUNDS)]
    return min(seconds for seconds, _ in rounds), min(cpu for _, cpu in rounds)


def ours(close: np.ndarray, volume: np.ndarray, names: tuple[str, ...]) -> Result:
    columns = ActivityColumns(close, volume, np.arange(close.shape[1]))
    return {name: columns[name] for name in names}


def with_pandas(close: np.ndarray, volume: np.ndarray) -> Result:
    import pandas as pd

    closes, volumes = pd.DataFrame(close), pd.DataFrame(volume)
    change = closes.diff()
    gain, loss = change.clip(lower=0), -change.clip(upper=0)
    for moves in (gain, loss):
        moves.iloc[14] = moves.iloc[1:15].mean()
        moves.iloc[:14] = np.nan
    gain, loss = (moves.ewm(alpha=1 / 14, adjust=False).mean() for moves in (gain, loss))
    high, low = closes.rolling(252).max(), closes.rolling(252).min()
    frames = {
        "d1_pct": 100 * closes.pct_change(1),
        "d5_pct": 100 * closes.pct_change(5),
        "rsi14": 100 * gain / (gain + loss),
        "rvol20": volumes / volumes.shift(1).rolling(20).mean(),
        "high_52w": high,
        "low_52w": low,
        "from_high_pct": 100 * (closes / high - 1),
        "from_low_pct": 100 * (closes / low - 1),
        VOLATILITY: 100 * np.sqrt(252) * np.log(closes).diff().rolling(20).std(),
    }
    return {name: frame.to_numpy() for name, frame in frames.items()}


def with_polars(close: np.ndarray, volume: np.ndarray) -> Result:
    """Work on one long table, symbol after symbol, as in `full_pass.py`."""
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
        return pl.when(pl.col("row") > 14).then(moves).otherwise(first).ewm_mean(alpha=1 / 14, adjust=False)

    gain, loss = wilder(change.clip(lower_bound=0)), wilder(-change.clip(upper_bound=0))
    high, low = closes.rolling_max(252), closes.rolling_min(252)
    columns = {
        "d1_pct": 100 * closes.pct_change(1),
        "d5_pct": 100 * closes.pct_change(5),
        "rsi14": 100 * gain / (gain + loss),
        "rvol20": pl.col("volume") / pl.col("volume").shift(1).rolling_mean(20),
        "high_52w": high,
        "low_52w": low,
        "from_high_pct": 100 * (closes / high - 1),
        "from_low_pct": 100 * (closes / low - 1),
        VOLATILITY: 100 * np.sqrt(252) * closes.log().diff().rolling_std(20),
    }
    frame = table.select(column.over("symbol").alias(name) for name, column in columns.items())
    return {name: frame[name].to_numpy().reshape(symbols, sessions).T for name in columns}


def with_talib(close: np.ndarray, volume: np.ndarray) -> Result:
    """Call TA-Lib symbol by symbol, from (sessions, symbols), the layout the others start from."""
    import talib

    closes, volumes = np.ascontiguousarray(close.T), np.ascontiguousarray(volume.T)
    names = (*COMPARED, VOLATILITY)
    found = {name: np.empty(closes.shape) for name in names}
    found["rvol20"][:, 0] = found[VOLATILITY][:, 0] = np.nan
    scale = 100 * np.sqrt(252 * 20 / 19)
    for n, (price, traded) in enumerate(zip(closes, volumes, strict=True)):
        found["d1_pct"][n], found["d5_pct"][n] = talib.ROC(price, 1), talib.ROC(price, 5)
        found["rsi14"][n] = talib.RSI(price, 14)
        found["rvol20"][n, 1:] = traded[1:] / talib.SMA(traded, 20)[:-1]
        found["high_52w"][n], found["low_52w"][n] = talib.MAX(price, 252), talib.MIN(price, 252)
        found[VOLATILITY][n, 1:] = scale * talib.STDDEV(np.diff(np.log(price)), 20)
    found["from_high_pct"] = 100 * (closes / found["high_52w"] - 1)
    found["from_low_pct"] = 100 * (closes / found["low_52w"] - 1)
    return {name: values.T for name, values in found.items()}


def with_vectorbt(close: np.ndarray, volume: np.ndarray) -> Result:
    from vectorbt.generic import nb

    before = np.vstack([np.full((1, close.shape[1]), np.nan), volume[:-1]])
    high, low = nb.rolling_max_nb(close, 252, 252), nb.rolling_min_nb(close, 252, 252)
    logs = np.log(close)
    returns = np.vstack([np.full((1, close.shape[1]), np.nan), logs[1:] - logs[:-1]])
    change5 = np.full(close.shape, np.nan)
    change5[5:] = 100 * (close[5:] / close[:-5] - 1)
    return {
        "d1_pct": 100 * nb.pct_change_nb(close),
        "d5_pct": change5,
        "rvol20": volume / nb.rolling_mean_nb(before, 20, 20),
        "high_52w": high,
        "low_52w": low,
        "from_high_pct": 100 * (close / high - 1),
        "from_low_pct": 100 * (close / low - 1),
        VOLATILITY: 100 * np.sqrt(252) * nb.rolling_std_nb(returns, 20, 20, ddof=1),
    }


def beside_others(close: np.ndarray, volume: np.ndarray) -> None:
    """Print the second table."""
    every = (*COMPARED, VOLATILITY)
    shorter = tuple(name for name in every if name != "rsi14")
    expected = ours(close, volume, every)
    peers: dict[str, tuple[Callable[[], Result], int]] = {
        "smallcap-signals": (lambda: ours(close, volume, every), ROUNDS),
        "TA-Lib, symbol by symbol": (lambda: with_talib(close, volume), ROUNDS),
        "polars, long": (lambda: with_polars(close, volume), 1),
        "pandas, wide": (lambda: with_pandas(close, volume), 1),
    }
    if find_spec("vectorbt") is not None:
        peers["smallcap-signals, without RSI"] = (lambda: ours(close, volume, shorter), ROUNDS)
        peers["vectorbt (numba), without RSI"] = (lambda: with_vectorbt(close, volume), ROUNDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas and vectorbt warn of what is to change in them
        for name, (compute, _) in peers.items():
            _assert_equal(name, compute(), expected)
        taken = {name: timed(compute, rounds) for name, (compute, rounds) in peers.items()}
    table = Table(title=f"activity's {len(every)} columns, equal results, best of {ROUNDS} (pandas, polars: 1)")
    table.add_column("who")
    for column in ("s", "CPU s", "CPU / ours"):
        table.add_column(column, justify="right")
    for name, (seconds, cpu) in sorted(taken.items(), key=lambda item: item[1][1]):
        own = taken["smallcap-signals, without RSI" if "without RSI" in name else "smallcap-signals"][1]
        table.add_row(name, f"{seconds:.2f}", f"{cpu:.2f}", f"{cpu / own:.2f}")
    Console().print(table)
    if "vectorbt (numba), without RSI" not in peers:
        print("vectorbt is left out: it is not installed here")


def _assert_equal(peer: str, theirs: Result, expected: Mapping[str, np.ndarray]) -> None:
    for name, values in theirs.items():
        note = f"{peer}: {name}"
        # A deviation is the root of a difference: half of the digits of the closes are lost on a running sum.
        np.testing.assert_allclose(values, expected[name], rtol=1e-7, atol=1e-7, err_msg=note)


def main() -> None:
    """Print both tables; end with 1 where a bound is broken."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--symbols", type=int, default=3000, help="fewer for a quick look (default: 3000)")
    options.add_argument("--no-peers", action="store_true", help="the first table alone")
    given = options.parse_args()
    made = whole_market(given.symbols)
    closes, volumes = made.prices.close, made.prices.volume
    assert volumes is not None
    assert len(FUNDS) < given.symbols
    bars = replace(made.prices, open=closes, high=closes, low=closes, adj_close=closes)
    is_within = of_every_signal(replace(made, prices=bars))
    if not given.no_peers:
        beside_others(closes, volumes)
    if not is_within:
        sys.exit(1)


if __name__ == "__main__":
    main()
