"""The cross picture's data and words, cut from a history to what is visible."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.provenance import basis_words, label_words
from bot.cards.span import SPAN_WORDS, SPANS, drawn_rows, first_row
from bot.cards.words import decimal, percent, plain_titled, price, session_words
from signals.cross import VOLUME_FROM
from signals.cross_columns import CrossColumns
from signals.types import FloatArray, History, IntArray, SessionArray

MEAN_SESSIONS = 20

VOLUME_OF = VOLUME_FROM
"""An index's volume is not its constituents': its fund's is shown, and said to be."""


@dataclass(frozen=True, slots=True)
class Series:
    """Everything the picture shows, aligned to `sessions`; NaN where unknown."""

    sessions: SessionArray
    close: FloatArray
    fast: FloatArray
    slow: FloatArray
    rsi: FloatArray
    volume: FloatArray
    crosses: list[tuple[int, str]] = field(default_factory=list)
    """Row and ``golden`` or ``death``."""


def cross_chart(history: History, subject: str, *, name: str = "", span: str = "1y") -> Chart:
    """Return the picture of `subject` over `span` (a key of `SPANS`) up to the history's last session."""
    series, volume_name = _series_of(history, subject)
    market = history.market
    last = session_words(_day(series.sessions[-1]))
    fast, slow = history.windows.get("fast", 50), history.windows.get("slow", 200)
    return chart_of(
        series,
        span=span,
        facts={
            "title": f"{plain_titled(name, subject)} · {SPAN_WORDS[span]}",
            "as_of": f"As of {last} · {market.source} · {basis_words(market.basis)}",
            "label": " · ".join(label_words(market.labels)),
            "colour": style.colour_of(subject),
            "volume_name": volume_name,
            "fast_name": f"{fast}-session average",
            "slow_name": f"{slow}-session average",
        },
    )


def chart_of(series: Series, *, span: str, facts: dict[str, Any]) -> Chart:
    """Return the picture of `series` cut to `span`; `facts` are its words and colours."""
    mean = _rolling_mean(series.volume)
    total = len(series.sessions)
    start = first_row(total - 1, span)
    rows = drawn_rows(series.sessions, total - 1, span)
    marks = _marks_on(rows, series, start)
    data = {
        **facts,
        "sessions": series.sessions[rows],
        "close": series.close[rows],
        "fast": series.fast[rows],
        "slow": series.slow[rows],
        "rsi": series.rsi[rows],
        "volume": series.volume[rows],
        "volume_mean": mean[rows],
        "crosses": marks,
        "is_log": SPANS[span] is None,
    }
    return Chart(kind="cross", data=data, alt=_alt(series, start, facts))


def _series_of(history: History, subject: str) -> tuple[Series, str]:
    """Return one subject's columns; what only it needs is computed for it alone."""
    column = history.market.prices.column(subject)
    columns = history.columns
    if isinstance(columns, CrossColumns):
        columns, column = columns.only(np.array([column])), 0
    close, fast, slow, rsi, volume, crossed = (
        columns[name][:, column] for name in ("close", "fast", "slow", "rsi14", "volume", "crossed")
    )
    known = np.flatnonzero(np.isfinite(close))
    end = int(known[-1]) + 1 if len(known) else len(close)  # where the card's numbers end, should later closes miss
    crosses = [(int(row), "golden" if crossed[row] > 0 else "death") for row in np.flatnonzero(crossed[:end])]
    volume = np.where(volume > 0, volume, np.nan)[:end]
    shown = Series(history.sessions[:end], close[:end], fast[:end], slow[:end], rsi[:end], volume, crosses)
    return shown, _volume_name(subject, volume)


def _volume_name(subject: str, volume: FloatArray) -> str:
    if not np.isfinite(volume).any():
        return "Volume: unknown"
    symbol = VOLUME_OF.get(subject, subject)
    return "Volume; line: 20-session mean" if symbol == subject else f"Volume of {symbol}; line: 20-session mean"


def _rolling_mean(volume: FloatArray) -> FloatArray:
    """Return the mean of the last 20 sessions, NaN where one is missing."""
    mean = np.full(len(volume), np.nan)
    if len(volume) >= MEAN_SESSIONS:
        mean[MEAN_SESSIONS - 1 :] = np.lib.stride_tricks.sliding_window_view(volume, MEAN_SESSIONS).mean(axis=1)
    return mean


def _marks_on(rows: IntArray, series: Series, start: int) -> list[tuple[int, str, float, date]]:
    """Return visible crosses as row in the picture, kind, level and their true session (thinned rows blur it)."""
    marks = []
    for row, kind in series.crosses:
        if row >= start:
            level = float(series.slow[row])
            marks.append((int(np.searchsorted(rows, row)), kind, level, _day(series.sessions[row])))
    return marks


def _alt(series: Series, start: int, facts: dict[str, Any]) -> str:
    visible = series.close[start:]
    close, fast, slow = (float(values[-1]) for values in (series.close, series.fast, series.slow))
    first, last = _day(series.sessions[start]), _day(series.sessions[-1])
    gap = 100 * (fast / slow - 1) if np.isfinite(fast) and np.isfinite(slow) else None
    crosses = [(_day(series.sessions[row]), kind) for row, kind in series.crosses if row >= start]
    named = ", ".join(f"{kind} {session_words(day)}" for day, kind in crosses[-4:])
    spread = (
        f", between {price(float(np.nanmin(visible)))} and {price(float(np.nanmax(visible)))}"
        if np.isfinite(visible).any()
        else ""
    )
    parts = [
        facts["label"],
        f"{facts['title']}: close {price(close)} on {session_words(last)}, from {session_words(first)}{spread}",
        f"{facts['fast_name']} {price(fast)}, {facts['slow_name']} {price(slow)}, gap {percent(gap)}",
        f"Crosses shown: {len(crosses)}" + (f", the latest: {named}" if named else ""),
        f"RSI 14 {decimal(float(series.rsi[-1]), 1)}",
    ]
    return ". ".join(part for part in parts if part) + "."


def _day(session: np.datetime64) -> date:
    day: date = session.astype("datetime64[D]").astype(object)
    return day
