"""The smallcap picture: the indices rebased to zero, each named at its end, and a heat table of their returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.ends import OFF_PT, End, write_ends
from bot.cards.heat import draw_heat, heat_in
from bot.cards.theme import DARK, Theme
from bot.cards.words import percent
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD_IN, BODY_IN, DATES_IN, FOOT_IN = 0.85, 2.85, 0.4, 0.42
"""Heights of the titles, of the lines, of the dates below them and of the as-of line."""
TITLE_IN = 0.3
LEFT_IN, EDGE_IN = 0.75, 0.12
STYLES = {"^RUT": "-", "^GSPC": "-", "^IXIC": (0, (6, 1.5)), "^DJI": (0, (1.2, 1.2)), "RSP": (0, (4, 1.2, 1, 1.2))}
"""A dash pattern each, so that the lines differ without colour."""


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.smallcap_data.smallcap_chart`'s data."""
    table = data["table"]
    below = TITLE_IN + heat_in(len(table["rows"])) if table["rows"] else 0.0
    height = HEAD_IN + BODY_IN + DATES_IN + below + FOOT_IN
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    ends = [End(_end(values), f"{short} {percent(_end(values), 1)}", ink) for _, short, ink, values in data["lines"]]
    right = OFF_PT / 72 + EDGE_IN + max((end.wide_in for end in ends), default=0.0)
    wide, bottom = style.WIDTH_IN - LEFT_IN - right, height - HEAD_IN - BODY_IN
    frame = (LEFT_IN / style.WIDTH_IN, bottom / height, wide / style.WIDTH_IN, BODY_IN / height)
    axes = figure.add_axes(frame)
    theme.dress(axes)
    axes.axhline(0, color=theme.muted, linewidth=1)
    for symbol, _, colour, values in data["lines"]:
        width = 2.8 if symbol == "^RUT" else 1.9
        axes.plot(days, values, color=theme.ink(colour), linewidth=width, linestyle=STYLES.get(symbol, "-"))
    axes.yaxis.set_major_formatter(lambda value, _place: percent(value, 0))
    style.time_axis(axes, days, margin=0)
    write_ends(axes, ends, theme)
    look: dict[str, Any] = {"color": theme.text, "fontsize": style.SMALL_PT, "fontweight": "bold", "va": "bottom"}
    side = EDGE_IN / style.WIDTH_IN
    figure.text(side, 1 - (HEAD_IN - 0.1) / height, data["lines_title"], **look)
    if table["rows"]:
        top = bottom - DATES_IN - TITLE_IN
        figure.text(side, (top + 0.02) / height, table["title"], **look)
        draw_heat(figure, table, top_in=top, left_in=EDGE_IN, theme=theme)
    return figure


def _end(values: FloatArray) -> float:
    return float(values[np.isfinite(values)][-1])
