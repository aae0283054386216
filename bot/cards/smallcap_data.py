"""The smallcap picture's data and words: the indices of one year, rebased to zero, and a table of their returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.provenance import basis_words, label_words
from bot.cards.words import percent, session_words, signed
from signals.forward import months_later
from signals.smallcap import LARGE, SMALL
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


RETURNS = (
    ("d1_pct", "1 day"),
    ("d5_pct", "5 days"),
    ("mtd_pct", "month"),
    ("qtd_pct", "quarter"),
    ("ytd_pct", "year"),
    ("y1_pct", "12 months"),
)
"""Columns of the table, and their titles."""
TABLE_NAMES = {"RSP": "S&P equal weight"}
"""Names that the table has no room for."""
DIFFERENCE = "Small \N{MINUS SIGN} large, pt"
TOLD = ("d1_pct", "mtd_pct", "ytd_pct")
"""Columns that the picture's words tell too."""


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
    table = _table(history, rows.stop - 1)
    alt = f"Change in per cent from {session_words(first)} to {session_words(last)}: {ends or 'nothing known'}."
    alt += _told(table)
    data = {
        "title": "Small caps and the large indices",
        "lines_title": "Change over one year",
        "as_of": f"As of {session_words(last)} · {market.source} · {basis_words(market.basis)}",
        "label": label,
        "sessions": sessions,
        "lines": lines,
        "table": table,
    }
    return Chart("smallcap", data, f"{label}. {alt}" if label else alt)


def _table(history: History, row: int) -> dict[str, Any]:
    """Return what each index of which anything is known returned by `row`, and small minus large in points."""
    columns = [name for name, _ in RETURNS]
    known = {
        symbol: [float(history[name][row, place]) for name in columns]
        for place, symbol in enumerate(history.subjects)
        if any(np.isfinite(history[name][row, place]) for name in columns)
    }
    found = [
        (TABLE_NAMES.get(index.symbol, index.name), known[index.symbol]) for index in ROWS if index.symbol in known
    ]
    if SMALL in known and LARGE in known:
        pairs = zip(known[SMALL], known[LARGE], strict=True)
        found.append((DIFFERENCE, [small - large for small, large in pairs]))
    return {
        "title": "Return in %; of the month, quarter and year so far",
        "columns": [title for _, title in RETURNS],
        "rows": found,
    }


def _told(table: Mapping[str, Any]) -> str:
    """Return the table in words: what its first and last columns say of each row, as far as it is known."""
    places = [[name for name, _ in RETURNS].index(name) for name in TOLD]
    told = [
        f"{name} "
        + ", ".join(
            f"{percent(cells[at], 1)} {_since(table['columns'][at])}" for at in places if np.isfinite(cells[at])
        )
        for name, cells in table["rows"]
        if name != DIFFERENCE
    ]
    ahead = [
        f"{signed(cells[at], 1)} {_since(table['columns'][at])}"
        for name, cells in table["rows"]
        if name == DIFFERENCE
        for at in range(len(cells))
        if np.isfinite(cells[at])
    ]
    words = f" Returns: {'; '.join(told)}." if told else ""
    return words + (f" Small minus large in points: {', '.join(ahead)}." if ahead else "")


def _since(column: str) -> str:
    return f"in {column}" if column[0].isdigit() else f"this {column}"


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
