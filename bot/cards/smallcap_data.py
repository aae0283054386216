"""The smallcap picture's data and words: the indices of one year, rebased to zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.provenance import basis_words, label_words
from bot.cards.words import percent, session_words, signed
from signals.forward import months_later
from signals.smallcap import LARGE
from signals.types import FloatArray, History


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


AHEAD = {"^RUT": "R2000", "RSP": "Equal"}
"""Whose lead over the S&P 500 is shown, and what it is called."""


def smallcap_chart(history: History) -> Chart:
    """Return the picture of the indices over one year, each rebased to its close where `smallcap`'s 1Y starts."""
    market = history.market
    rows = _year(history)
    sessions = history.sessions[rows]
    lines = [
        (row.symbol, row.short, style.colour_of(row.symbol), values)
        for row in ROWS
        if row.symbol in history.subjects
        and np.isfinite(values := _rebased(history["close"][rows, history.subjects.index(row.symbol)])).any()
    ]
    first, last = (_day(sessions[end]) for end in (0, -1))
    label = " · ".join(label_words(market.labels))
    ends = ", ".join(f"{_name(symbol)} {percent(_last(values), 1)}" for symbol, _, _, values in lines)
    differences = _differences({symbol: values for symbol, _, _, values in lines})
    alt = f"Change in per cent from {session_words(first)} to {session_words(last)}: {ends or 'nothing known'}."
    if differences:
        lead = ", ".join(f"{name} {signed(_last(values), 1)} points" for name, _, values in differences)
        alt += f" Difference to the S&P 500: {lead}."
    data = {
        "title": "One year, change in %",
        "as_of": f"As of {session_words(last)} · {market.source} · {basis_words(market.basis)}",
        "label": label,
        "sessions": sessions,
        "lines": lines,
        "differences": differences,
    }
    return Chart("smallcap", data, f"{label}. {alt}" if label else alt)


def _differences(lines: Mapping[str, FloatArray]) -> list[tuple[str, str, FloatArray]]:
    """Return who is ahead of the S&P 500 and by how many points: name, colour, and the points by session."""
    large = lines.get(LARGE)
    if large is None:
        return []
    found = []
    for symbol, name in AHEAD.items():
        values = lines.get(symbol)
        if values is not None and np.isfinite(values - large).any():
            found.append((name, style.colour_of(symbol), values - large))
    return found


def _year(history: History) -> slice:
    """Return the rows from a year before the last session with a close to that session."""
    known = np.flatnonzero(np.isfinite(history["close"]).any(axis=1))
    last = int(known[-1]) if len(known) else len(history.sessions) - 1
    a_year_before = months_later(history.sessions[last : last + 1], -12)[0]
    first = int(np.searchsorted(history.sessions, a_year_before, side="right")) - 1
    return slice(max(first, 0), last + 1)


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
