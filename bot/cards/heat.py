"""A table of changes whose cells are coloured by their size: a part of a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.measure import fitted, widest_in
from bot.cards.theme import Theme
from bot.cards.words import DASH, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW_IN = 0.36
GAP_IN = 0.04
NAME_IN = 1.9
"""Widest that a row's name may be."""


def heat_in(rows: int) -> float:
    """Return the height of a table of `rows` with its header."""
    return ROW_IN * (rows + 1)


def draw_heat(figure: Figure, table: Mapping[str, Any], *, top_in: float, left_in: float, theme: Theme) -> None:
    """Draw `table` below `top_in` inches from the picture's bottom, over its width.

    Its ``columns`` are titles, its ``rows`` a name and a value, NaN where unknown, for each column. A column's colours
    reach to its own largest change: a day's is not measured by a year's. Where the table has ``words`` of its own for
    the cells, its values are the strengths of their grounds, from -1 to 1; ``name_in`` is how wide a name may be.
    """
    from matplotlib.patches import Rectangle

    height, rows = figure.get_figheight(), table["rows"]
    told, name_in = table.get("words"), table.get("name_in", NAME_IN)
    names = [fitted(name, style.LABEL_PT, name_in) for name, _ in rows]
    start = left_in + widest_in(names, style.LABEL_PT) + 0.15
    wide = (style.WIDTH_IN - left_in - start) / len(table["columns"])
    values = np.array([cells for _, cells in rows], dtype=float)
    reach = largest(values) if told is None else [1.0] * len(table["columns"])
    points = style.LABEL_PT if told is None else style.SMALL_PT
    look: dict[str, Any] = {"va": "center_baseline", "parse_math": False}

    def write(words: str, x: float, row: float, points: float, **how: Any) -> None:
        up = (top_in - ROW_IN * (row + 0.5)) / height
        figure.text(x / style.WIDTH_IN, up, words, fontsize=points, **how, **look)

    for column, title in enumerate(table["columns"]):
        write(title, start + wide * (column + 0.5), 0, style.SMALL_PT, ha="center", color=theme.muted)
    for row, name in enumerate(names, start=1):
        write(name, left_in, row, style.LABEL_PT, ha="left", color=theme.text)
        for column, value in enumerate(values[row - 1]):
            is_known = bool(np.isfinite(value))
            x, y = start + wide * column, top_in - ROW_IN * (row + 1)
            ground = theme.tint(value / reach[column] if is_known and reach[column] else 0.0)
            corner = ((x + GAP_IN / 2) / style.WIDTH_IN, (y + GAP_IN / 2) / height)
            size = ((wide - GAP_IN) / style.WIDTH_IN, (ROW_IN - GAP_IN) / height)
            figure.add_artist(Rectangle(corner, *size, facecolor=ground, linewidth=0, transform=figure.transFigure))
            words = told[row - 1][column] if told else signed(value, 1, missing=DASH) if is_known else DASH
            write(words, x + wide / 2, row, points, ha="center", color=theme.text if is_known else theme.muted)


def largest(values: Sequence[Sequence[float]] | np.ndarray) -> list[float]:
    """Return the largest change of each column in size, 0 where none is known."""
    sizes = np.abs(np.asarray(values, dtype=float))
    return [float(column[np.isfinite(column)].max()) if np.isfinite(column).any() else 0.0 for column in sizes.T]
