"""The real market and small made-up ones, as the signals want them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from signals.types import Calendar, Market, Prices

FIELDS = {
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
}


def a_calendar(sessions: np.ndarray) -> Calendar:
    return Calendar(sessions, sessions.astype("datetime64[s]") + np.timedelta64(20, "h"))


def some_sessions(count: int, start: str = "2010-01-04") -> np.ndarray:
    return np.busday_offset(np.datetime64(start, "D"), np.arange(count), roll="forward")


def a_market(
    close: np.ndarray, symbols: tuple[str, ...] | None = None, volume: np.ndarray | None = None, **more: object
) -> Market:
    close = np.atleast_2d(np.asarray(close, dtype=float).T).T
    names = symbols or tuple(f"S{n}" for n in range(close.shape[1]))
    sessions = some_sessions(len(close))
    calendar = a_calendar(some_sessions(len(close) + 30))
    as_of = datetime(2010, 1, 4, 21, tzinfo=UTC)
    if len(sessions):
        as_of = datetime.combine(sessions[-1].item(), datetime.min.time(), UTC).replace(hour=21)
    return Market(Prices(sessions, names, close, volume=volume), as_of, "made up", calendar, **more)


@pytest.fixture(scope="session")
def real_market(market_data: Path) -> Callable[..., Market]:
    """Load some symbols of the real market, aligned to the sessions of ^GSPC, as known after a close."""

    def load(*symbols: str, until: date = date(2025, 9, 30), **more: object) -> Market:
        frames = {s: pd.read_csv(market_data / "prices" / f"{s}.csv.gz", index_col="Date") for s in {*symbols, "^GSPC"}}
        days = frames["^GSPC"].index.union([])
        sessions = days.to_numpy(dtype="datetime64[D]")
        fields = {
            name: np.column_stack([frames[s].reindex(days)[column].to_numpy(dtype=float) for s in symbols])
            for name, column in FIELDS.items()
        }
        as_of = datetime(until.year, until.month, until.day, 21, tzinfo=UTC)
        prices = Prices(sessions, symbols, **fields).upto(until)
        return Market(prices, as_of, "folder", a_calendar(sessions), **more)

    return load
