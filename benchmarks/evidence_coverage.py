"""How often the evidence's 95 % interval covers the truth, in simulated markets without an edge.

    python benchmarks/evidence_coverage.py [--markets 1000]

Every market has volatility clusters (GARCH) and fat tails, and its expected daily return is the same on every day,
whatever happened before: the true difference between "after an event" and "after any session" is 0. An interval that
deserves to be called 95 % holds 0 in 95 of 100 markets. "plain" resamples the same blocks without booking returns where
they were earned, widening or centring, which is what a reader may know from elsewhere. "claims" is the share of markets
in which an edge would be claimed over any of the horizons; it should not exceed 5 %.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from signals.bootstrap import block_spreads
from signals.evidence import FEWEST_EVENTS, study
from signals.findings import Followed
from signals.forward import Horizon, end_rows, forward_returns
from signals.tally import day_of
from signals.types import BoolArray, FloatArray, Prices
from signals.windows import is_new_high, simple_moving_average, trend_state

HORIZONS = tuple(Horizon(sessions, "sessions") for sessions in (21, 63, 126, 252))
DRIFT, DAILY_SD = 0.00035, 0.012
BURN_IN = 300


def clustered(generator: np.random.Generator, sessions: int, symbols: int, *, daily_sd: float = DAILY_SD) -> FloatArray:
    """Simulate daily shocks: GARCH(1, 1) with persistence 0.98 and Student's t with 6 degrees of freedom."""
    alpha, beta, freedom = 0.09, 0.89, 6
    draws = generator.standard_t(freedom, size=(sessions + BURN_IN, symbols)) * np.sqrt((freedom - 2) / freedom)
    variance = np.full(symbols, daily_sd**2)
    shocks = np.empty((sessions + BURN_IN, symbols))
    for row, draw in enumerate(draws):
        shocks[row] = np.sqrt(variance) * draw
        variance = daily_sd**2 * (1 - alpha - beta) + alpha * shocks[row] ** 2 + beta * variance
    return shocks[BURN_IN:]


def index_closes(generator: np.random.Generator, sessions: int) -> FloatArray:
    """Simulate one index."""
    return 100 * np.cumprod(1 + DRIFT + clustered(generator, sessions, 1), axis=0)


def stock_closes(generator: np.random.Generator, sessions: int, *, symbols: int, own_sd: float) -> FloatArray:
    """Simulate stocks that share the market's shocks and have shocks of their own."""
    market = clustered(generator, sessions, 1)
    own = clustered(generator, sessions, symbols, daily_sd=own_sd)
    return 100 * np.cumprod(1 + DRIFT + market + own, axis=0)


def crosses(closes: FloatArray, *, side: int = 1) -> BoolArray:
    """Mark golden (`side` 1) or death (-1) crosses of the 50- and the 200-session average."""
    state = trend_state(simple_moving_average(closes, 50), simple_moving_average(closes, 200))
    happened = np.zeros(closes.shape, dtype=bool)
    happened[1:] = (state[1:] == side) & (state[:-1] == -side)
    return happened


def highs(closes: FloatArray) -> BoolArray:
    """Mark 52-week highs that follow a session without one."""
    return _first_of_a_run(is_new_high(closes))


def falls(closes: FloatArray) -> BoolArray:
    """Mark falls of 5 % within five sessions that follow a session without one."""
    is_fall = np.zeros(closes.shape, dtype=bool)
    is_fall[5:] = closes[5:] / closes[:-5] < 0.95
    return _first_of_a_run(is_fall)


def _first_of_a_run(marked: BoolArray) -> BoolArray:
    first = marked.copy()
    first[1:] &= ~marked[:-1]
    return first


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of simulated market and a kind of event in it."""

    name: str
    sessions: int
    closes: Callable[[np.random.Generator, int], FloatArray]
    events: Callable[[FloatArray], BoolArray]


STOCKS = partial(stock_closes, symbols=60, own_sd=0.022)
ALIKE = partial(stock_closes, symbols=60, own_sd=0.010)

SCENARIOS = (
    Scenario("index, 38 years, golden crosses", 9_500, index_closes, crosses),
    Scenario("index, 38 years, death crosses", 9_500, index_closes, partial(crosses, side=-1)),
    Scenario("index, 38 years, falls of 5 %", 9_500, index_closes, falls),
    Scenario("index, 38 years, 52-week highs", 9_500, index_closes, highs),
    Scenario("index, 20 years, golden crosses", 5_000, index_closes, crosses),
    Scenario("index, 10 years, golden crosses", 2_520, index_closes, crosses),
    Scenario("index, 10 years, 52-week highs", 2_520, index_closes, highs),
    Scenario("60 stocks, 20 years, golden crosses", 5_000, STOCKS, crosses),
    Scenario("60 stocks, 10 years, golden crosses", 2_520, STOCKS, crosses),
    Scenario("60 stocks much alike, 10 years, golden crosses", 2_520, ALIKE, crosses),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one market showed: whether an edge was claimed; per horizon, events and the difference over its margin."""

    is_claimed: bool
    n: NDArray[np.float64]
    ours: NDArray[np.float64]
    plain: NDArray[np.float64]


def one_market(scenario: Scenario, seed: int, *, is_plain_wanted: bool = True) -> Seen:
    """Simulate one market and study its events; NaN where there is no interval."""
    generator = np.random.default_rng(seed)
    closes = scenario.closes(generator, scenario.sessions)
    days = np.busday_offset("1987-09-10", np.arange(scenario.sessions), roll="forward").astype("M8[D]")
    prices = Prices(days, tuple(f"S{place}" for place in range(closes.shape[1])), closes)
    happened = scenario.events(closes)
    evidence = study(prices, happened, title="event", subject="market", horizons=HORIZONS)
    ours = [_over_margin(one) for one in evidence.horizons]
    plain = [_plain(prices, happened, horizon) if is_plain_wanted else np.nan for horizon in HORIZONS]
    n = np.array([one.n for one in evidence.horizons], dtype=float)
    return Seen(evidence.state == "edge", n, np.array(ours), np.array(plain))


def _over_margin(one: Followed) -> float:
    """Return how far 0 lies from the middle of the interval, in halves of its width."""
    if one.diff_low_pct is None or one.diff_high_pct is None:
        return float("nan")
    return (one.diff_high_pct + one.diff_low_pct) / (one.diff_high_pct - one.diff_low_pct)


def _plain(prices: Prices, happened: BoolArray, horizon: Horizon) -> float:
    """Return the difference over 1.96 standard errors of block resampling by the day on which a return starts."""
    ends = end_rows(prices.sessions, horizon, as_of=day_of(prices.sessions[-1]))
    returns = forward_returns(prices.close, ends)[: -horizon.length]
    after = happened[: -horizon.length]
    if after.sum() < FEWEST_EVENTS:
        return float("nan")
    mean, base = returns[after].mean(), returns.mean()
    ledger = ((returns - mean) * after).sum(axis=1) / after.sum() - (returns - base).sum(axis=1) / returns.size
    (spread,) = block_spreads(ledger[None, :], horizon.length, resamples=2_000)
    blocks = len(ledger) / horizon.length
    return float((mean - base) / (1.96 * spread.error * np.sqrt((blocks - 1) / blocks)))


def covered(over_margin: FloatArray) -> float:
    """Return the share of the known intervals that hold 0."""
    known = over_margin[np.isfinite(over_margin)]
    return float((np.abs(known) <= 1).mean())


def measure(scenario: Scenario, markets: int, *, workers: int) -> list[Seen]:
    """Simulate `markets` markets of a scenario, each from a seed of its own."""
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(partial(one_market, scenario), range(markets), chunksize=10))


def rows(scenario: Scenario, seen: list[Seen]) -> Iterator[str]:
    """Yield a scenario's lines of the table."""
    for place, horizon in enumerate(HORIZONS):
        n, ours, plain = (np.array([getattr(one, name)[place] for one in seen]) for name in ("n", "ours", "plain"))
        known = int(np.isfinite(ours).sum())
        title = scenario.name if place == 0 else ""
        claims = f"{100 * np.mean([one.is_claimed for one in seen]):.1f}" if place == 0 else ""
        yield (
            f"| {title:<46} | {horizon.length:>7} | {n.mean():>8.1f} | {known:>7} "
            f"| {100 * covered(plain):>5.1f} | {100 * covered(ours):>5.1f} | {claims:>6} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the coverage of the evidence's 95 % interval.")
    parser.add_argument("--markets", type=int, default=100, help="simulated markets per scenario")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    started = time.perf_counter()
    print(f"| {'market and event':<46} | horizon | events n | markets | plain |  ours | claims |")
    print(f"|{'-' * 48}|--------:|---------:|--------:|------:|------:|-------:|")
    for scenario in SCENARIOS:
        seen = measure(scenario, chosen.markets, workers=chosen.workers)
        print("\n".join(rows(scenario, seen)), flush=True)
    print(f"\nCoverage in %, nominal 95; claims in %, at most 5. {time.perf_counter() - started:.0f} s.")


if __name__ == "__main__":
    main()
