"""The smallcap picture: the indices rebased to zero, each named at its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN = 4.5
STYLES = {"^RUT": "-", "^GSPC": "-", "^IXIC": (0, (6, 1.5)), "^DJI": (0, (1.2, 1.2)), "RSP": (0, (4, 1.2, 1, 1.2))}
"""A dash pattern each, so that the lines differ without colour."""
ROOM_PER_NAME = 0.085
"""Share of the panel's height that one name needs."""


def draw(data: Mapping[str, Any]) -> Figure:
    """Return the figure of `bot.cards.smallcap_data.smallcap_chart`'s data."""
    figure = style.new_figure(HEIGHT_IN)
    style.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    axes = figure.add_axes((0.09, 0.16, 0.66, 0.72))
    style.dress(axes)
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    axes.axhline(0, color=style.MUTED, linewidth=1)
    for symbol, _, colour, values in data["lines"]:
        width = 2.8 if symbol == "^RUT" else 1.9
        axes.plot(days, values, color=colour, linewidth=width, linestyle=STYLES.get(symbol, "-"))
    axes.yaxis.set_major_formatter(lambda value, _place: percent(value, 0))
    style.time_axis(axes, days, margin=0)
    _names(axes, data["lines"])
    return figure


def _names(axes: Axes, lines: list[tuple[str, str, str, np.ndarray]]) -> None:
    """Write each line's name and end beside it, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    ends = [(values[np.isfinite(values)][-1], short, colour) for _, short, colour, values in lines]
    ends.sort(key=lambda end: end[0])
    places = spread([(end - low) / (high - low) for end, _, _ in ends], ROOM_PER_NAME)
    for place, (end, short, colour) in zip(places, ends, strict=True):
        axes.annotate(
            f"{short} {percent(float(end), 1)}",
            (1.0, place),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            color=colour,
            fontsize=style.LABEL_PT,
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def spread(places: list[float], apart: float) -> list[float]:
    """Return ascending places moved as little as needed to stand `apart` within 0 to 1."""
    spread_up = list(places)
    for row in range(1, len(spread_up)):
        spread_up[row] = max(spread_up[row], spread_up[row - 1] + apart)
    excess = max(0.0, spread_up[-1] - (1.0 - apart / 2)) if spread_up else 0.0
    for row in range(len(spread_up) - 1, -1, -1):
        ceiling = spread_up[row + 1] - apart if row + 1 < len(spread_up) else spread_up[row] - excess
        spread_up[row] = min(spread_up[row], ceiling)
    return spread_up
