"""The picture of small multiples: two beside each other, each with its value of now and a scale of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.measure import fitted, widest_in, width_in
from bot.cards.scale import scale_of
from bot.cards.theme import DARK, Theme
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = 2
HEAD_IN, FOOT_IN = 0.55, 0.42
"""Heights of the title and of the as-of line."""
WORDS_IN, BODY_IN, DATES_IN = 0.52, 0.95, 0.36
"""Heights of a small panel's words, of its drawing, of the dates below it."""
LEFT_IN, GAP_IN, RIGHT_IN = 0.72, 0.15, 0.15
TICK_IN = LEFT_IN - 0.07
"""Where a scale's words are wider than this, they go without their unit, which the value of now has."""
EDGE, FLOOR = 0.1, 0.06
MOST_TICKS = 2


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.multiples.multiples_chart`'s data."""
    multiples = data["multiples"]
    rows = -(-len(multiples) // COLUMNS)
    tall = WORDS_IN + BODY_IN + DATES_IN
    height = HEAD_IN + rows * tall + FOOT_IN
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    wide = (style.WIDTH_IN - RIGHT_IN) / COLUMNS - LEFT_IN - GAP_IN / 2
    for place, multiple in enumerate(multiples):
        row, column = divmod(place, COLUMNS)
        left = LEFT_IN + column * (wide + LEFT_IN + GAP_IN / 2)
        bottom = height - HEAD_IN - row * tall - WORDS_IN - BODY_IN
        frame = (left / style.WIDTH_IN, bottom / height, wide / style.WIDTH_IN, BODY_IN / height)
        axes = figure.add_axes(frame)
        theme.dress(axes)
        _words(axes, multiple, wide, theme)
        _series(axes, days, multiple, theme)
        if len(days):
            style.time_axis(axes, days, margin=0.006, most=4)
    return figure


def _words(axes: Axes, multiple: Mapping[str, Any], wide_in: float, theme: Theme) -> None:
    """Write the name and the value of now on one line, and the note below them."""
    now = multiple["now"]
    room = wide_in - width_in(now, style.LABEL_PT, is_bold=True) - 0.1
    look: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "parse_math": False}
    bold: dict[str, Any] = {"fontsize": style.LABEL_PT, "fontweight": "bold", "va": "bottom", "color": theme.text}
    name = fitted(multiple["name"], style.LABEL_PT, room, is_bold=True)
    axes.annotate(name, (0, 1), (0, 20), **bold, **look)
    axes.annotate(now, (1, 1), (0, 20), ha="right", **{**bold, "color": theme.ink(multiple["colour"])}, **look)
    note = fitted(multiple["note"], style.SMALL_PT, wide_in)
    axes.annotate(note, (0, 1), (0, 4), va="bottom", color=theme.muted, fontsize=style.SMALL_PT, **look)


def _series(axes: Axes, days: FloatArray, multiple: Mapping[str, Any], theme: Theme) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    values = multiple["values"]
    known = values[np.isfinite(values)]
    if not len(known):
        axes.set_yticks([])
        look = {"color": theme.muted, "fontsize": style.LABEL_PT, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, "nothing known", look, transform=axes.transAxes)
        return
    reach = np.concatenate([known, [value for value, _ in multiple["levels"]]])
    low, high = float(reach.min()), float(reach.max())
    edge = EDGE * (high - low) or abs(high) * EDGE or 1.0
    axes.set_ylim(low - edge, high + edge)
    for value, _ in multiple["levels"]:
        axes.axhline(value, color=theme.muted, linewidth=1.2, linestyle=(0, (3, 3)), zorder=2)
    ink = theme.ink(multiple["colour"])
    axes.plot(days, values, color=ink, linewidth=1.9, zorder=3, solid_capstyle="round")
    last = int(np.flatnonzero(np.isfinite(values))[-1])
    axes.plot(days[last], values[last], "o", color=ink, markersize=6, zorder=4)
    axes.yaxis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 5, 10]))
    ticks = axes.get_yticks()
    floor = low - edge + FLOOR * (high - low + 2 * edge)  # lower, its words would stand among the dates
    axes.set_yticks([tick for tick in ticks if floor <= tick <= high + edge])
    scale, step = scale_of(reach, multiple["unit"]), float(ticks[1] - ticks[0])
    if widest_in([scale.tick(tick, step) for tick in ticks], style.SMALL_PT) > TICK_IN:
        scale = replace(scale, unit="")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: scale.tick(value, step)))
