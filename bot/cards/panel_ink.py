"""What is drawn into one panel: times shaded, columns, levels, lines, marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.cards import style
from bot.cards.panels import Dash
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
COLUMN_SHARE = 0.75
"""Share of a session's width that its column fills."""


def shades(axes: Axes, days: FloatArray, panel: Mapping[str, Any]) -> None:
    """Colour the background of the shaded times, half a step beyond their first and last session."""
    for first, last, colour in panel["shades"]:
        start = (days[first] + days[max(first - 1, 0)]) / 2
        end = (days[last] + days[min(last + 1, len(days) - 1)]) / 2
        axes.axvspan(start, end, color=colour, alpha=0.2, linewidth=0, zorder=0.5)


def columns(axes: Axes, days: FloatArray, panel: Mapping[str, Any]) -> None:
    """Draw the columns from zero, as wide as the panel has room for."""
    if panel["bars"] is None:
        return
    known = np.isfinite(panel["bars"])
    width_pt = axes.get_window_extent().width * 72 / style.DPI
    width = max(0.6, COLUMN_SHARE * width_pt / max(len(days), 2))
    heights = panel["bars"][known]
    above, below = (style.VOLUME, style.VOLUME) if panel["lines"] else (style.SMALL, style.LARGE)
    colours = [below if height < 0 else above for height in heights]
    axes.vlines(days[known], 0, heights, colors=colours, linewidth=width, zorder=1)
    axes.axhline(0, color=style.MUTED, linewidth=1, zorder=1.2)


def lines(axes: Axes, days: FloatArray, panel: Mapping[str, Any]) -> None:
    """Draw the lines; a value between two unknown ones is a dot, since no line would show it."""
    for (values, _, colour, _, width), pattern in zip(panel["lines"], patterns(panel), strict=True):
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


def marks(axes: Axes, days: FloatArray, panel: Mapping[str, Any]) -> None:
    """Draw each sign where it belongs."""
    size = MARK_PT if len(panel["marks"]) <= CROWDED else CROWDED_PT
    edge: dict[str, Any] = {
        "markeredgecolor": style.BACKGROUND,
        "markeredgewidth": 1.1,
        "linestyle": "none",
        "zorder": 5,
    }
    for row, value, sign, colour in panel["marks"]:
        if sign in MARKERS:
            axes.plot(days[row], value, marker=MARKERS[sign], color=colour, markersize=size, **edge)
        else:
            place = (days[row], value)
            words: dict[str, Any] = {
                "color": colour,
                "fontsize": size + 2,
                "fontweight": "bold",
                "zorder": 5,
                "parse_math": False,
            }
            axes.annotate(sign, place, ha="center", va="center", **words)


def levels(axes: Axes, _days: FloatArray, panel: Mapping[str, Any]) -> None:
    """Draw the levels; their names stand beside the panel."""
    for value, _ in panel["levels"]:
        axes.axhline(value, color=style.MUTED, linewidth=1.2, linestyle=(0, (3, 3)), zorder=2)


def _alone(is_known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows that are known between two that are not."""
    before = np.append(False, is_known[:-1])
    after = np.append(is_known[1:], False)
    return np.flatnonzero(is_known & ~before & ~after)
