"""Small made-up markets whose pictures tests draw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from signals.types import Calendar, FloatArray, Market, Prices

SYMBOLS = ("^RUT", "^GSPC", "^IXIC", "RSP", "IWM")


def closes_of(count: int, symbols: int, *, seed: int = 7) -> FloatArray:
    moves = np.random.default_rng(seed).normal(0.0003, 0.013, (count, symbols))
    return 100 * np.exp(np.cumsum(moves, axis=0))


def market(
    count: int = 600,
    *,
    symbols: tuple[str, ...] = SYMBOLS,
    close: FloatArray | None = None,
    labels: tuple[str, ...] = (),
) -> Market:
    """Return a market of weekdays with volume, without holidays."""
    sessions = np.busday_offset("2010-01-04", np.arange(count), roll="forward").astype("datetime64[D]")
    close = closes_of(count, len(symbols)) if close is None else close
    prices = Prices(sessions, symbols, close, volume=np.full(close.shape, 1e6))
    closes = sessions.astype("datetime64[s]") + np.timedelta64(20, "h")
    last: datetime = closes[-1].item()
    return Market(
        prices, last.replace(tzinfo=UTC) + timedelta(minutes=15), "made up", Calendar(sessions, closes), labels=labels
    )
