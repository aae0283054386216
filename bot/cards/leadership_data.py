"""The pictures of leadership: the sectors' contributions as a waterfall, and the banks against the index over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.cards import style
from bot.cards.bars import Bar, bars_chart, falling
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.panels import Level, Line, Panel, panels_chart
from bot.cards.span import first_row
from bot.cards.words import decimal, number_of, percent, session_words, signed
from signals.leadership_columns import BANKS, INDEX
from signals.leadership_values import MOST_SECTORS
from signals.types import Reading, Scalar


@dataclass(frozen=True, slots=True)
class SectorRow:
    """A sector of a reading: points, share and weight, None where missing."""

    name: str
    contribution_pct: float
    share_pct: Scalar
    weight_pct: Scalar


def sector_rows(reading: Reading) -> list[SectorRow]:
    """Return the covered sectors, the one that added most first."""
    rows = []
    for rank in range(1, MOST_SECTORS + 1):
        name, added, share, weight = (
            reading.values.get(f"sector_{rank}.{part}")
            for part in ("name", "contribution_pct", "share_pct", "weight_pct")
        )
        points = number_of(added)
        if name is not None and points is not None:
            rows.append(SectorRow(str(name), points, share, weight))
    return rows


def leadership_chart(shown: Shown) -> Chart | None:
    """Return the waterfall of the sectors, None where none is known; of the banks, their return beside the index's."""
    if shown.reading.subject == "banks":
        return _banks_chart(shown)
    reading = shown.reading
    rows = sector_rows(reading)
    whole, index = (number_of(reading.values.get(name)) for name in ("basket_pct", "index_pct"))
    bars = falling([Bar(row.name, row.contribution_pct, _weight(row)) for row in rows])
    if rows and whole is not None:
        bars.append(Bar("Covered basket", whole, "their sum", colour=style.SLOW, is_whole=True))
    if rows and index is not None:
        bars.append(Bar("Russell 2000", index, "the index itself", is_whole=True))
    ends = ", ".join(f"{row.name} {signed(row.contribution_pct)}" for row in rows)
    alt = (
        f"Points that each sector added to the covered basket's return of {percent(whole)}, "
        f"{shown.name}: {ends or 'nothing known'}. The Russell 2000 itself returned {percent(index)}."
    )
    title = f"Where the return came from, {shown.name}"
    return bars_chart(shown.history.market, reading.session, bars, title=title, unit="pt", alt=alt)


def _weight(row: SectorRow) -> str:
    return "" if row.weight_pct is None else f"weight {decimal(row.weight_pct, 0)}%"


def _banks_chart(shown: Shown) -> Chart:
    history, reading = shown.history, shown.reading
    last = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D")))
    rows = slice(first_row(last, shown.span), last + 1)
    banks, index, lead = (history[name][rows, 0] for name in ("banks_pct", "banks_index_pct", "banks_lead"))
    window = f"{shown.thresholds['banks_sessions']} sessions"
    panels = (
        Panel(
            f"Return over {window}",
            (
                Line(banks, "Regional banks", style.FAST, width=2.4),
                Line(index, "Russell 2000", style.SMALL, "--"),
            ),
            unit="%",
            levels=(Level(0.0),),
        ),
        Panel("Banks minus index", (Line(lead, "", style.FAST),), unit="pt", levels=(Level(0.0),), height=0.7),
    )
    values = reading.values
    alt = (
        f"Over {window} to {session_words(reading.session)}: {BANKS} {percent(values.get(f'{BANKS}.change_pct'))}, "
        f"{INDEX} {percent(values.get(f'{INDEX}.change_pct'))}, "
        f"lead {signed(values.get('banks_minus_index.change_pct'))} points."
    )
    return panels_chart(
        history.market, history.sessions[rows], panels, title="Regional banks against small caps", alt=alt
    )
