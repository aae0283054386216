"""The columns of an options history: what each session's chain says, where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cached_property, lru_cache

import numpy as np

from signals.activity_columns import ActivityColumns
from signals.facts import Facts, OptionChain
from signals.lazy_columns import Column, LazyColumns
from signals.option_values import ChainValues, chain_values
from signals.types import Calendar, FloatArray, IntArray, Market, SessionArray
from signals.volumes import volume_columns

TRADED_SESSIONS = 5
"""What has not traded within so many sessions is not used; neither are quotes that are older than that."""
RATE = "DGS3MO"
RATE_FOR = timedelta(days=10)
_KEPT = 8192


class OptionColumns(LazyColumns):
    """Close, relative volume and what the chains say, of all symbols; see `signals.options.history`.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold the chains.
    """

    def __init__(self, market: Market) -> None:
        super().__init__()
        prices = market.prices
        self.market = market
        self.activity = ActivityColumns(prices.closes(market.basis), prices.volume, volume_columns(prices))

    @property
    def formulas(self) -> Mapping[str, Callable[[OptionColumns], Column]]:
        """What each column is made of."""
        return _FORMULAS

    def share(self, activity: ActivityColumns) -> None:
        """Take volume and momentum of the same prices from `activity`, which may know some of them already."""
        self.activity = activity

    @cached_property
    def chained(self) -> IntArray:
        """Which columns have a chain at all, in order."""
        symbols = self.market.prices.symbols
        return np.array([n for n, symbol in enumerate(symbols) if symbol in self.market.facts.chains], dtype=np.int64)


def rows_known(chains: tuple[OptionChain, ...], sessions: SessionArray) -> IntArray:
    """Return the row in which each chain was first known, its day included; T where that is after the last session.

    Examples
    --------
    >>> from signals.option_values import _example
    >>> rows_known((_example(),), np.array(["2025-07-15", "2025-07-16"], dtype="datetime64[D]"))
    array([1])
    """
    days = np.array([max(chain.day, chain.known) for chain in chains], dtype="datetime64[D]")
    return np.searchsorted(sessions, days).astype(np.int64)


def values_of(chain: OptionChain, market: Market) -> ChainValues:
    """Return what `chain` says, with the market's sessions and the interest known on its day.

    Examples
    --------
    >>> from signals.option_values import _example
    >>> from signals.example import example_market
    >>> round(values_of(_example(), example_market("STRL", [98, 99, 101, 100, 100])).atm_iv_frac, 3)
    0.3
    """
    return _remembered(chain, _traded_since(market.calendar, chain.day), _rate(market.facts, chain.day))


def traded_in(market: Market, symbol: str, session: date) -> tuple[float, float]:
    """Return how many calls and puts of `symbol` were traded in `session`, in contracts; NaN where that is unknown.

    Only a chain of that session counts that was known on its own day.

    Examples
    --------
    >>> from signals.options import _example
    >>> traded_in(_example(), "STRL", date(2025, 7, 16)), traded_in(_example(), "STRL", date(2025, 7, 15))
    ((150.0, 50.0), (nan, nan))
    """
    for chain in market.facts.chains.get(symbol, ()):
        if chain.day == session and chain.known <= session:
            said = values_of(chain, market)
            return said.call_volume, said.put_volume
    return math.nan, math.nan


@lru_cache(maxsize=_KEPT)
def _remembered(chain: OptionChain, traded_since: date, rate_frac: float) -> ChainValues:
    """Return what a chain says; the same chain says the same in every history."""
    return chain_values(chain, traded_since=traded_since, rate_frac=rate_frac)


def _traded_since(calendar: Calendar, day: date) -> date:
    """Return the first of the five sessions that end with `day`."""
    end = int(np.searchsorted(calendar.sessions, np.datetime64(day, "D"), side="right"))
    first: date = calendar.sessions[max(0, end - TRADED_SESSIONS)].item()
    return first


def _rate(facts: Facts, day: date) -> float:
    """Return the 3-month yield known on `day`, continuously compounded; 0 where none is, or it is old."""
    series = facts.series.get(RATE)
    row = -1 if series is None else int(series.known_at(np.array([day], dtype="datetime64[D]"))[0])
    if series is None or row < 0 or series.days[row] < np.datetime64(day - RATE_FOR, "D"):
        return 0.0
    return math.log1p(float(series.values[row]) / 100.0)


def _of_chains(columns: OptionColumns, value: Callable[[OptionChain, ChainValues], float]) -> FloatArray:
    """Return a value of the chains in the rows in which they were first known, of two the later; else NaN."""
    market = columns.market
    sessions = market.prices.sessions
    found = np.full(columns.activity.close.shape, np.nan)
    for n in columns.chained:
        chains = market.facts.chains[market.prices.symbols[n]]
        for chain, row in zip(chains, rows_known(chains, sessions).tolist(), strict=True):
            if row < len(sessions):
                found[row, n] = value(chain, values_of(chain, market))
    found[np.isnan(columns.activity.close)] = np.nan
    return found


def _volume(columns: OptionColumns, name: str) -> FloatArray:
    """Return a side's volume where the chain was known on its own day: that of another is none of the session's."""
    return _of_chains(columns, lambda chain, said: getattr(said, name) if chain.known <= chain.day else math.nan)


_FORMULAS: Mapping[str, Callable[[OptionColumns], Column]] = {
    "close": lambda columns: columns.activity.close,
    "rvol20": lambda columns: columns.activity["rvol20"],
    "call_volume": lambda columns: _volume(columns, "call_volume"),
    "put_volume": lambda columns: _volume(columns, "put_volume"),
    "atm_iv_pct": lambda columns: _of_chains(columns, lambda _chain, said: 100.0 * said.atm_iv_frac),
    "rr25_points": lambda columns: _of_chains(columns, lambda _chain, said: said.rr25_points),
}
