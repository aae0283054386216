"""A picture of one to four panels above each other on one time axis: its data and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.frame import framed, with_unknown
from signals.types import FloatArray, Market, SessionArray

MOST_PANELS = 4

Stroke = Literal["-", "--", "-.", ":"]
Dash = Stroke | tuple[float, tuple[float, ...]]
"""A line's pattern as matplotlib takes it; in numbers, an offset and the lengths of strokes and gaps."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """Values over the picture's sessions, NaN where unknown; a line of a pattern already used is given another."""

    values: FloatArray
    name: str
    colour: str
    dash: Dash = "-"
    width: float = 1.9


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal line, such as a threshold."""

    value: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shade:
    """A time with a background of its own: rows `first` to `last`, both included."""

    first: int
    last: int
    colour: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign such as ``▲`` at a row and a value, and a few words beside it: below ``▲``, above any other."""

    row: int
    value: float
    sign: str
    colour: str
    words: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Lines on a scale of their own.

    Attributes
    ----------
    unit : str
        ``%``, ``pt``, a multiplication sign or nothing; points are written with their sign, per cent where the scale
        has negative ones.
    bars : ndarray of float64 or None
        Columns behind the lines, over the same sessions.
    bar_colour : str
        Of the columns above zero.
    height : float
        Share of the picture, beside the other panels'.
    """

    title: str
    lines: tuple[Line, ...]
    unit: str = ""
    levels: tuple[Level, ...] = ()
    shades: tuple[Shade, ...] = ()
    marks: tuple[Mark, ...] = ()
    bars: FloatArray | None = None
    bar_colour: str = style.SMALL
    height: float = 1.0


def panels_chart(market: Market, sessions: SessionArray, panels: Sequence[Panel], *, title: str, alt: str) -> Chart:
    """Return the picture of `panels` up to the last session of which anything is known.

    Raises
    ------
    ValueError
        If there are no panels or more than four, or values are not aligned to `sessions`.
    """
    if not 1 <= len(panels) <= MOST_PANELS:
        raise ValueError(f"a picture has one to {MOST_PANELS} panels, not {len(panels)}")
    for name, values in _series(panels):
        if values.shape != sessions.shape:
            raise ValueError(f"{name!r} has the shape {values.shape}: it must be that of sessions, {sessions.shape}")
    end = _end(panels, len(sessions))
    data = {"sessions": sessions[:end], "panels": [_plain(panel, end) for panel in panels]}
    unknown = [name for name, values in _series(panels) if not np.isfinite(values).any()]
    last = sessions[end - 1].astype("datetime64[D]").item() if end else None
    return framed("panels", market, last, data, title=title, alt=with_unknown(alt, unknown))


def _series(panels: Sequence[Panel]) -> list[tuple[str, FloatArray]]:
    """Return everything drawn over time, with its name."""
    lines = [(line.name or panel.title, line.values) for panel in panels for line in panel.lines]
    return lines + [(panel.title, panel.bars) for panel in panels if panel.bars is not None]


def _end(panels: Sequence[Panel], rows: int) -> int:
    """Return the row behind the last one with a known value; all rows where nothing is known."""
    known: NDArray[np.bool_] = np.zeros(rows, dtype=bool)
    for _, values in _series(panels):
        known |= np.isfinite(values)
    found = np.flatnonzero(known)
    return int(found[-1]) + 1 if len(found) else rows


def _plain(panel: Panel, end: int) -> dict[str, Any]:
    """Return a panel as plain data, cut to the rows before `end`; unknown lines are named, not kept."""
    known = [line for line in panel.lines if np.isfinite(line.values).any()]
    bars = None if panel.bars is None or not np.isfinite(panel.bars).any() else panel.bars[:end]
    return {
        "title": panel.title,
        "unit": panel.unit,
        "height": panel.height,
        "lines": [(line.values[:end], line.name, line.colour, line.dash, line.width) for line in known],
        "unknown": [line.name or panel.title for line in panel.lines if line not in known],
        "levels": [(level.value, level.name) for level in panel.levels],
        "shades": [
            (max(shade.first, 0), min(shade.last, end - 1), shade.colour)
            for shade in panel.shades
            if shade.first < end and shade.last >= max(shade.first, 0)
        ],
        "marks": [
            (mark.row, mark.value, mark.sign, mark.colour, mark.words)
            for mark in panel.marks
            if 0 <= mark.row < end and np.isfinite(mark.value)
        ],
        "bars": bars,
        "bar_colour": panel.bar_colour,
    }
