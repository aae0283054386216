"""The pictures of quality: a company's gates report by report, and the gates of many companies side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np

from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.frame import framed
from bot.cards.provenance import Grounds, label_words, picture_line
from bot.cards.quality_words import WORDS, asked, cell
from bot.cards.style import SYMBOLS
from bot.cards.words import plain_titled, session_words, shorten
from signals.quality_columns import QualityColumns
from signals.quality_gates import FAILS, GATES, PASSES, UNKNOWN, Verdicts
from signals.types import IntArray, Scalar
from signals.valuation_multiples import NOT_MEANINGFUL

MOST_REPORTS = 4
"""Reports whose answers are set beside those of now."""
STRENGTH = 0.75
"""How strong the ground of an answer is, of 1."""
SIGNS = {PASSES: SYMBOLS["pass"], FAILS: SYMBOLS["fail"], UNKNOWN: SYMBOLS["unknown"]}
Cells = list[tuple[float, str]]
"""How strong and on which side a cell's ground is, and its words."""


def quality_chart(shown: Shown) -> Chart | None:
    """Return the table of a company's answers, report by report; None where none is known."""
    history, reading = shown.history, shown.reading
    if not reading.values.get("known"):
        return None
    columns = cast("QualityColumns", history.columns)
    column = history.market.prices.column(reading.subject)
    last = int(np.searchsorted(history.sessions, np.datetime64(reading.session, "D")))
    rows = _rows(columns, column, history.sessions, last)
    found = columns.asked_at(np.full(len(rows), column), rows)
    days = [f"{day.day} {day:%b ’%y}" for day in history.sessions[rows].tolist()]
    table = [
        (WORDS[gate.name].asks, [_cell(found, place, gates) for place in range(len(rows))])
        for gates, gate in enumerate(GATES)
    ]
    title = f"{plain_titled(shown.name, reading.subject)}: gates, report by report"
    told = "; ".join(
        f"{SIGNS[int(found.answers[-1, gates])]} {asked(gate.name)} {words[-1][1][2:] or 'unknown'}"
        for gates, (gate, (_, words)) in enumerate(zip(GATES, table, strict=True))
    )
    alt = f"{title}, last as of {session_words(reading.session)}: {told}."
    return framed("gates", history.market, reading.session, {"columns": days, "rows": table}, title=title, alt=alt)


def gates_chart(companies: Sequence[tuple[str, Cells]], grounds: Grounds, *, title: str) -> Chart | None:
    """Return the table of many companies' answers, a row each; None where there is none."""
    if not companies:
        return None
    label = " · ".join(label_words(grounds.labels))
    told = "; ".join(
        f"{name} {sum(ground > 0 for ground, _ in cells)} of {sum(ground != 0 for ground, _ in cells)}"
        for name, cells in companies
    )
    alt = f"{title}, {session_words(grounds.session)}, gates passed of those known: {told}."
    data = {
        "columns": [WORDS[gate.name].short for gate in GATES],
        "rows": list(companies),
        "title": title,
        "as_of": picture_line(grounds),
        "label": label,
    }
    return Chart("gates", data, f"{label}. {alt}" if label else alt)


def cells_of(found: Verdicts, place: int) -> Cells:
    """Return the answers of one company as cells, in the order of the gates."""
    return [_cell(found, place, gates) for gates in range(len(GATES))]


def _cell(found: Verdicts, place: int, gates: int) -> tuple[float, str]:
    answer = int(found.answers[place, gates])
    number = float(found.numbers[place, gates])
    value: Scalar = NOT_MEANINGFUL if found.is_meaningless[place, gates] else None if np.isnan(number) else number
    told = cell(GATES[gates].name, value) if answer != UNKNOWN else ""
    return STRENGTH * answer, shorten(f"{SIGNS[answer]} {told}".strip(), 9)


def _rows(columns: QualityColumns, column: int, sessions: np.ndarray, last: int) -> IntArray:
    """Return the first session with each of the last reports, and `last`."""
    own = columns.filed.company == columns.companies[column]
    days = np.unique(columns.filed.filed[own & (columns.filed.months > 0)])
    rows = np.searchsorted(sessions, days)
    rows = np.unique(rows[(days >= sessions[0]) & (rows < last)])
    return np.append(rows[-MOST_REPORTS:], last).astype(np.int64)
