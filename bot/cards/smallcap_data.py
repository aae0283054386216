"""The smallcap picture's data and words: the indices of one year, rebased to zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.provenance import basis_words, label_words
from bot.cards.words import percent, session_words
from signals.types import FloatArray, History

SHOWN_SESSIONS = 252


@dataclass(frozen=True, slots=True)
class Row:
    """An index of the dashboard: symbol, full name, and a name of at most six letters for tables."""

    symbol: str
    name: str
    short: str


ROWS = (
    Row("^RUT", "Russell 2000", "R2000"),
    Row("^GSPC", "S&P 500", "S&P500"),
    Row("^IXIC", "Nasdaq Composite", "Nasdaq"),
    Row("^DJI", "Dow Jones", "Dow"),
    Row("RSP", "S&P 500 equal weight", "Equal"),
)


def smallcap_chart(history: History, *, shown: int = SHOWN_SESSIONS) -> Chart:
    """Return the picture of the indices over the last `shown` sessions, each rebased to its first close there."""
    market = history.market
    closes = market.prices.closes(market.basis)[-(shown + 1) :]
    sessions = market.prices.sessions[-(shown + 1) :]
    lines = []
    for row in ROWS:
        if row.symbol in market.prices:
            values = _rebased(closes[:, market.prices.column(row.symbol)])
            if np.isfinite(values).any():
                lines.append((row.symbol, row.short, style.colour_of(row.symbol), values))
    first, last = (_day(sessions[end]) for end in (0, -1))
    label = " · ".join(label_words(market.labels))
    ends = ", ".join(f"{_name(symbol)} {percent(_last(values), 1)}" for symbol, _, _, values in lines)
    alt = f"Change in per cent from {session_words(first)} to {session_words(last)}: {ends or 'nothing known'}."
    data = {
        "title": "One year, change in %",
        "as_of": f"As of {session_words(last)} · {market.source} · {basis_words(market.basis)}",
        "label": label,
        "sessions": sessions,
        "lines": lines,
    }
    return Chart("smallcap", data, f"{label}. {alt}" if label else alt)


def _rebased(close: FloatArray) -> FloatArray:
    known = np.flatnonzero(np.isfinite(close))
    if not len(known):
        return np.full_like(close, np.nan)
    rebased: FloatArray = 100 * (close / close[known[0]] - 1)
    return rebased


def _last(values: FloatArray) -> float:
    return float(values[np.flatnonzero(np.isfinite(values))[-1]])


def _name(symbol: str) -> str:
    return next(row.name for row in ROWS if row.symbol == symbol)


def _day(session: np.datetime64) -> date:
    day: date = session.astype("datetime64[D]").astype(object)
    return day
