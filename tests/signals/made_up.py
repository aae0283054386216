"""Small made-up markets, and the real one's files as arrays."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from signals.types import Calendar, Market, Prices

FIELDS = {
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
}


def some_sessions(count: int) -> np.ndarray:
    return np.busday_offset(np.datetime64("2010-01-04", "D"), np.arange(count), roll="forward")


def a_calendar(sessions: np.ndarray) -> Calendar:
    return Calendar(sessions, (sessions + np.timedelta64(20, "h")).astype("datetime64[s]"))


def after_close(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 21, tzinfo=UTC)


def a_market(
    close: object, symbols: tuple[str, ...] | None = None, *, volume: np.ndarray | None = None, **more: object
) -> Market:
    panel = np.asarray(close, dtype=float)
    panel = panel[:, None] if panel.ndim == 1 else panel
    sessions = some_sessions(len(panel))
    names = symbols or tuple(f"S{n}" for n in range(panel.shape[1]))
    as_of = after_close(sessions[-1].item() if len(sessions) else date(2010, 1, 1))
    prices = Prices(sessions, names, panel, volume=volume)
    return Market(prices, as_of, "made up", a_calendar(some_sessions(len(panel) + 30)), **more)


def cut(market: Market, count: int) -> Market:
    """Return what was known of `market` after its first `count` sessions."""
    last = market.prices.sessions[count - 1].item()
    kept = {name: getattr(market, name) for name in ("source", "calendar", "basis")}
    return Market(market.prices.upto(last), after_close(last), **kept)


def random_walk(count: int, symbols: int = 1, seed: int = 1, volatility: float = 0.03) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 50.0 * np.exp(np.cumsum(volatility * rng.standard_normal((count, symbols)), axis=0))


def real_prices(folder: Path, *symbols: str) -> Prices:
    """Read some symbols, aligned to the sessions of ^GSPC."""

    def table(symbol: str) -> pd.DataFrame:
        return pd.read_csv(folder / "prices" / f"{symbol}.csv.gz", index_col="Date")

    days = table("^GSPC").index
    tables = [table(symbol).reindex(days) for symbol in symbols]
    fields = {
        name: np.column_stack([one[column].to_numpy(dtype=float) for one in tables]) for name, column in FIELDS.items()
    }
    return Prices(days.to_numpy(dtype="datetime64[D]"), symbols, **fields)


def real_market(folder: Path, *symbols: str, until: date = date(2025, 9, 30), **more: object) -> Market:
    prices = real_prices(folder, *symbols)
    return Market(prices.upto(until), after_close(until), "folder", a_calendar(prices.sessions), **more)
