"""The crosses on the cross picture: a triangle each, and the kind and day of those there is room for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.map_names import Box, Place, in_axes, placed
from bot.cards.measure import widest_in
from bot.cards.theme import Theme
from bot.cards.words import short_session
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Cross = tuple[int, str, float, date]
"""Row in the picture, ``golden`` or ``death``, level, true session."""

LABELLED = 4
CROWDED = 16
"""More crosses than this are marked smaller, and only the latest of them is named."""
MARK_PT, CROWDED_PT = 13, 6.5
LINE_IN = 0.19
"""Height of a line of a cross's words."""
MARGIN_IN = 0.08
FAR_PT = 22
"""From this distance on a line leads from the words to their cross."""


def draw_marks(axes: Axes, days: FloatArray, data: Mapping[str, Any], theme: Theme) -> None:
    """Draw every cross, and name the youngest ones off each other and off the lines."""
    crosses: list[Cross] = data["crosses"]
    size = MARK_PT if len(crosses) <= CROWDED else CROWDED_PT
    for row, kind, level, _ in crosses:
        axes.plot(
            days[row],
            level,
            marker="^" if kind == "golden" else "v",
            color=_ink(kind, theme),
            markersize=size,
            markeredgecolor=theme.background,
            markeredgewidth=1.2,
            linestyle="none",
            zorder=5,
        )
    named = labelled(crosses, apart=len(days) // 6)[: 1 if len(crosses) > CROWDED else LABELLED]
    if named:
        _name(axes, days, data, named, theme)


def labelled(crosses: list[Cross], *, apart: int) -> list[Cross]:
    """Return the youngest crosses of each kind that stand far enough from each other for their words."""
    chosen: list[Cross] = []
    for mark in reversed(crosses):
        if all(mark[1] != other[1] or other[0] - mark[0] >= apart for other in chosen):
            chosen.append(mark)
        if len(chosen) == LABELLED:
            break
    return chosen


def _name(axes: Axes, days: FloatArray, data: Mapping[str, Any], named: list[Cross], theme: Theme) -> None:
    step = style.DPI / 72
    frame = axes.get_window_extent()
    words = [[kind, short_session(day)] for _, kind, _, day in named]
    sizes = [
        (style.DPI * (widest_in(lines, style.SMALL_PT, is_bold=True) + MARGIN_IN), style.DPI * 2 * LINE_IN)
        for lines in words
    ]
    points = [tuple(axes.transData.transform((days[row], level)).tolist()) for row, _, level, _ in named]
    drawn = [axes.transData.transform(np.column_stack([days, data[name]])) for name in ("close", "fast", "slow")]
    centres = placed(points, sizes, drawn, Box(frame.x0, frame.y0, frame.x1, frame.y1), step=step)
    look: dict[str, Any] = {"fontsize": style.SMALL_PT, "fontweight": "bold", "ha": "center", "va": "center"}
    for (_, kind, _, _), lines, point, centre, (wide, high) in zip(named, words, points, centres, sizes, strict=True):
        ink = theme.word_ink(style.GOLDEN if kind == "golden" else style.DEATH)
        text = "\n".join(lines)
        how: dict[str, Any] = {**look, "transform": axes.transAxes, "linespacing": 1.05, "zorder": 6}
        axes.text(*in_axes(axes, centre), text, color=ink, path_effects=theme.halo(), **how)
        edge = _edge_of(centre, (wide, high), point)
        if math.dist(point, edge) > FAR_PT * step:
            ends = axes.transData.inverted().transform([point, edge])
            axes.plot(ends[:, 0], ends[:, 1], color=ink, linewidth=1, alpha=0.8, zorder=4)


def _edge_of(centre: Place, size: Place, towards: Place) -> Place:
    """Return where a line from the middle of a box leaves it."""
    across, up = towards[0] - centre[0], towards[1] - centre[1]
    share = min(size[0] / 2 / max(abs(across), 1e-9), size[1] / 2 / max(abs(up), 1e-9))
    return centre[0] + share * across, centre[1] + share * up


def _ink(kind: str, theme: Theme) -> str:
    return theme.ink(style.GOLDEN if kind == "golden" else style.DEATH)
