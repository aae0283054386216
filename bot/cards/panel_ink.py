"""What is drawn into one panel: times shaded, columns, levels, lines, marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.cards import style
from bot.cards.panels import Dash
from bot.cards.theme import Theme
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PATTERNS: tuple[Dash, ...] = (
    "-",
    (0, (6, 1.5)),
    (0, (1.2, 1.2)),
    (0, (4, 1.2, 1, 1.2)),
    (0, (9, 2.5)),
    (0, (2.5, 1, 1, 1)),
)
"""Patterns for lines that came without one of their own, so that lines differ without colour."""
MARKERS = {"▲": "^", "▼": "v", "•": "o"}
MARK_PT, CROWDED_PT = 12, 7
CROWDED = 16
"""More marks than this are drawn smaller."""
NEAR_SIDE = 0.12
"""A mark this near a side of its panel, as a share of the width, has its words towards the middle."""
COLUMN_SHARE = 0.75
"""Share of a session's width that its column fills."""


def shades(axes: Axes, days: FloatArray, panel: Mapping[str, Any], theme: Theme) -> None:
    """Colour the background of the shaded times, half a step beyond their first and last session."""
    for first, last, colour in panel["shades"]:
        start = (days[first] + days[max(first - 1, 0)]) / 2
        end = (days[last] + days[min(last + 1, len(days) - 1)]) / 2
        axes.axvspan(start, end, color=theme.ink(colour), alpha=0.2, linewidth=0, zorder=0.5)


def columns(axes: Axes, days: FloatArray, panel: Mapping[str, Any], theme: Theme) -> None:
    """Draw the columns from zero, as wide as the panel has room for."""
    if panel["bars"] is None:
        return
    draw_columns(axes, days, panel["bars"], theme.ink(panel["bar_colour"]), below=theme.muted)
    axes.axhline(0, color=theme.muted, linewidth=1, zorder=1.2)


def draw_columns(axes: Axes, days: FloatArray, values: FloatArray, above: str, *, below: str = "") -> None:
    """Draw a column from zero for each known value; those below zero have a colour of their own."""
    known = np.isfinite(values)
    width_pt = axes.get_window_extent().width * 72 / style.DPI
    width = max(0.6, COLUMN_SHARE * width_pt / max(len(days), 2))
    heights = values[known]
    colours = [below or above if height < 0 else above for height in heights]
    axes.vlines(days[known], 0, heights, colors=colours, linewidth=width, zorder=1, snap=False)


def lines(axes: Axes, days: FloatArray, panel: Mapping[str, Any], theme: Theme) -> None:
    """Draw the lines; a value between two unknown ones is a dot, since no line would show it."""
    for (values, _, named, _, width), pattern in zip(panel["lines"], patterns(panel), strict=True):
        colour = theme.ink(named)
        axes.plot(days, values, color=colour, linewidth=width, linestyle=pattern, zorder=3, solid_capstyle="round")
        alone = _alone(np.isfinite(values))
        axes.plot(days[alone], values[alone], "o", color=colour, markersize=2 * width, zorder=3)


def patterns(panel: Mapping[str, Any]) -> list[Dash]:
    """Return a pattern for each line: its own, or the first free one where another line above has it."""
    found: list[Dash] = []
    for _, _, _, dash, _ in panel["lines"]:
        own = [dash, *PATTERNS]
        found.append(next((pattern for pattern in own if pattern not in found), dash))
    return found


def marks(axes: Axes, days: FloatArray, panel: Mapping[str, Any], theme: Theme) -> None:
    """Draw each sign where it belongs."""
    size = MARK_PT if len(panel["marks"]) <= CROWDED else CROWDED_PT
    edge: dict[str, Any] = {
        "markeredgecolor": theme.background,
        "markeredgewidth": 1.1,
        "linestyle": "none",
        "zorder": 5,
    }
    look: dict[str, Any] = {"fontweight": "bold", "zorder": 5, "parse_math": False}
    for row, value, sign, named, words in panel["marks"]:
        colour, place = theme.ink(named), (days[row], value)
        if sign in MARKERS:
            axes.plot(*place, marker=MARKERS[sign], color=colour, markersize=size, **edge)
        else:
            axes.annotate(sign, place, ha="center", va="center", color=colour, fontsize=size + 2, **look)
        if words:
            _mark_words(axes, place, words, row / max(len(days) - 1, 1), is_below=sign == "▲", theme=theme)


def _mark_words(
    axes: Axes, place: tuple[float, float], words: str, across: float, *, is_below: bool, theme: Theme
) -> None:
    """Write a mark's words below or above it, inside the panel at its sides."""
    axes.annotate(
        words,
        place,
        (0, -MARK_PT if is_below else MARK_PT),
        textcoords="offset points",
        ha="left" if across < NEAR_SIDE else "right" if across > 1 - NEAR_SIDE else "center",
        va="top" if is_below else "bottom",
        color=theme.text,
        fontsize=style.SMALL_PT,
        path_effects=theme.halo(),
        zorder=6,
        parse_math=False,
    )


def levels(axes: Axes, _days: FloatArray, panel: Mapping[str, Any], theme: Theme) -> None:
    """Draw the levels; their names stand beside the panel."""
    for value, _ in panel["levels"]:
        axes.axhline(value, color=theme.muted, linewidth=1.2, linestyle=(0, (3, 3)), zorder=2)


def _alone(is_known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows that are known between two that are not."""
    before = np.append(False, is_known[:-1])
    after = np.append(is_known[1:], False)
    return np.flatnonzero(is_known & ~before & ~after)
