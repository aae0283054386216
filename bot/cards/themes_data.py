"""What a theme's card shows beside its reading: its members one by one, and its picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Mark, Panel, panels_chart
from bot.cards.span import first_row
from bot.cards.words import NAME_LETTERS, percent, session_words, shorten
from signals.periods import returns_since
from signals.telling import HINDSIGHT
from signals.themes_columns import ThemeColumns, is_above
from signals.themes_events import breakouts
from signals.types import FloatArray, History, SessionArray


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member in the session: its returns in per cent, NaN where unknown, and whether it counted and had a close."""

    symbol: str
    month_pct: float
    year_pct: float
    is_above: bool | None
    is_priced: bool


def member_rows(history: History, theme: str, row: int) -> list[MemberRow]:
    """Return the members that made up `theme` in `row`, the one that did best this year first."""
    columns = cast("ThemeColumns", history.columns)
    place = history.subjects.index(theme)
    members = np.flatnonzero((columns.members.basket_of == place) & columns.members.is_member[row])
    month, year = (returns_since(columns.closes, columns.starts[period])[row] for period in ("m1", "ytd"))
    close, average = columns.closes[row], columns.averages[1][row]
    above = is_above(close, average)
    rows = [
        MemberRow(
            symbol=columns.members.symbols[member],
            month_pct=float(month[member]),
            year_pct=float(year[member]),
            is_above=bool(above[member]) if np.isfinite(close[member] + average[member]) else None,
            is_priced=bool(np.isfinite(close[member])),
        )
        for member in members
    ]
    return sorted(rows, key=lambda found: -found.year_pct if np.isfinite(found.year_pct) else np.inf)


def themes_chart(shown: Shown) -> Chart:
    """Return the picture: basket and index from the same start, and the basket against the index, with breakouts."""
    history, theme = shown.history, shown.history.subjects.index(shown.reading.subject)
    columns = cast("ThemeColumns", history.columns)
    last = int(np.searchsorted(history.sessions, np.datetime64(shown.reading.session, "D")))
    rows = slice(first_row(last, shown.span), last + 1)
    sessions = history.sessions[rows]
    basket, index = (_rebased(columns[name][rows, theme]) for name in ("level", "index"))
    ratio = 100.0 + _rebased(columns["ratio"][rows, theme])
    broke_out = np.flatnonzero(breakouts(columns, int(shown.thresholds["quiet_sessions"]))[rows, theme])
    marks = tuple(Mark(int(row), float(ratio[row]), style.SYMBOLS["golden"], style.FAST) for row in broke_out)
    panels = (
        Panel(
            "Change",
            (
                Line(basket, "Basket", style.FAST, width=2.4),
                Line(index, "Russell 2000", style.SMALL, "--"),
            ),
            unit="%",
            height=1.4,
        ),
        Panel(
            "Basket against the index, 100 at the start",
            (Line(ratio, "", style.FAST),),
            levels=(Level(100.0),),
            marks=marks,
        ),
    )
    name = shorten(shown.name or shown.reading.subject, NAME_LETTERS)
    # The first session drawn is where both lines begin: who made it up is not shown.
    is_hindsight = HINDSIGHT in shown.reading.labels or columns["hindsight"][rows, theme][1:].any()
    name += " in hindsight" if is_hindsight else ""
    return panels_chart(history.market, sessions, panels, title=name, alt=_alt(name, sessions, basket, index))


def _rebased(values: FloatArray) -> FloatArray:
    """Return the change from the first known value, in per cent."""
    known = np.flatnonzero(np.isfinite(values))
    rebased: FloatArray = 100.0 * (values / values[known[0]] - 1.0) if len(known) else np.full(values.shape, np.nan)
    return rebased


def _alt(name: str, sessions: SessionArray, basket: FloatArray, index: FloatArray) -> str:
    first, last = (session_words(day.item()) for day in (sessions[0], sessions[-1]))
    ends = " and ".join(
        f"{title} {percent(float(values[-1]), 1)}" for title, values in (("the basket", basket), ("the index", index))
    )
    return f"{name}: change from {first} to {last}, {ends}; below it the basket against the index."
