"""The smallcap picture: the indices rebased to zero, each named at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.cards import style
from bot.cards.words import percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN, LOWER_IN = 4.5, 2.1
LEFT, WIDE = 0.09, 0.63
PATTERNS = ("-", (0, (4, 1.2, 1, 1.2)))
STYLES = {"^RUT": "-", "^GSPC": "-", "^IXIC": (0, (6, 1.5)), "^DJI": (0, (1.2, 1.2)), "RSP": (0, (4, 1.2, 1, 1.2))}
"""A dash pattern each, so that the lines differ without colour."""
ROOM_PER_NAME = 0.085
"""Share of the panel's height that one name needs."""


def draw(data: Mapping[str, Any]) -> Figure:
    """Return the figure of `bot.cards.smallcap_data.smallcap_chart`'s data."""
    differences = data.get("differences") or []
    figure = style.new_figure(HEIGHT_IN + (LOWER_IN if differences else 0.0))
    style.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    days = data["sessions"].astype("datetime64[D]").astype(np.float64)
    top, bottom = (0.9, 0.42) if differences else (0.88, 0.16)
    axes = figure.add_axes((LEFT, bottom, WIDE, top - bottom))
    style.dress(axes)
    axes.axhline(0, color=style.MUTED, linewidth=1)
    for symbol, _, colour, values in data["lines"]:
        width = 2.8 if symbol == "^RUT" else 1.9
        axes.plot(days, values, color=colour, linewidth=width, linestyle=STYLES.get(symbol, "-"))
    axes.yaxis.set_major_formatter(lambda value, _place: percent(value, 0))
    style.time_axis(axes, days, margin=0)
    _names(
        axes, [(values, f"{short} {percent(_end(values), 1)}", colour) for _, short, colour, values in data["lines"]]
    )
    if differences:
        axes.tick_params(labelbottom=False)
        _draw_differences(figure, days, differences)
    return figure


def _draw_differences(
    figure: Figure, days: NDArray[np.float64], differences: Sequence[tuple[str, str, NDArray[np.float64]]]
) -> None:
    """Draw who is ahead of the S&P 500, and by how many points, below."""
    axes = figure.add_axes((LEFT, 0.12, WIDE, 0.22))
    style.dress(axes)
    axes.axhline(0, color=style.MUTED, linewidth=1)
    for (_, colour, values), pattern in zip(differences, PATTERNS, strict=False):
        axes.plot(days, values, color=colour, linewidth=2.2, linestyle=pattern)
    axes.yaxis.set_major_formatter(lambda value, _place: signed(value, 0))
    style.time_axis(axes, days, margin=0)
    axes.set_title("Ahead of the S&P 500, points", color=style.TEXT, fontsize=style.LABEL_PT, loc="left", pad=5)
    _names(axes, [(values, f"{name} {signed(_end(values), 1)}", colour) for name, colour, values in differences], 0.26)


def _end(values: NDArray[np.float64]) -> float:
    return float(values[np.isfinite(values)][-1])


def _names(axes: Axes, lines: Sequence[tuple[NDArray[np.float64], str, str]], room: float = ROOM_PER_NAME) -> None:
    """Write each line's name and end beside it, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    ends = sorted(((_end(values), words, colour) for values, words, colour in lines), key=lambda end: end[0])
    places = spread([(end - low) / (high - low) for end, _, _ in ends], room)
    for place, (_, words, colour) in zip(places, ends, strict=True):
        axes.annotate(
            words,
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
