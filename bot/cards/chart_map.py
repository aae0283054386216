"""The rotation map: four quadrants around 100, a point for each subject now and a fading tail of its past weeks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.map_names import Box, placed
from bot.cards.measure import fitted, width_in
from bot.cards.words import UNKNOWN, brief
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN = 7.4
FRAME = (0.095, 0.135, 0.89, 0.79)
CENTRE = 100.0
LEAST_REACH = 2.0
"""Half the width of a map on which nothing moves."""
EDGE = 1.18
QUADRANTS = (
    ("Leading", 1, 1, style.NASDAQ),
    ("Weakening", 1, -1, style.GOLDEN),
    ("Lagging", -1, -1, style.DEATH),
    ("Improving", -1, 1, style.SMALL),
)
"""Name, side of strength, side of momentum, colour of the ground."""
COLOURS = (style.SMALL, style.LARGE, style.NASDAQ, style.EQUAL, style.GOLDEN, style.DEATH, style.FAST)
MARKERS = ("o", "s", "D", "^")
"""One more for each round of the colours, so that no two subjects look the same."""
NAME_IN = 1.4
NAME_PT, POINT_PT = 13, 10
FAR_PT = 16
"""Beyond such a distance a line leads from a name to its point."""


def draw(data: Mapping[str, Any]) -> Figure:
    """Return the figure of `bot.cards.rotation_map.map_chart`'s data."""
    figure = style.new_figure(HEIGHT_IN)
    style.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    axes = figure.add_axes(FRAME)
    style.dress(axes)
    tracks = data["tracks"]
    for pick, setter in ((1, axes.set_xlim), (2, axes.set_ylim)):
        reach = _reach([track[pick] for track in tracks])
        setter(CENTRE - reach, CENTRE + reach)
    axes.locator_params(nbins=6)
    for scale in (axes.xaxis, axes.yaxis):
        scale.set_major_formatter(lambda value, _place: brief(round(value, 2)))
    _ground(axes)
    _axis_names(axes, data["names"])
    for place, (_, x, y) in enumerate(tracks):
        _tail(axes, x, y, COLOURS[place % len(COLOURS)])
    for place, (_, x, y) in enumerate(tracks):
        marker = MARKERS[place // len(COLOURS) % len(MARKERS)]
        look: dict[str, Any] = {"markersize": POINT_PT, "markeredgecolor": style.BACKGROUND, "markeredgewidth": 1.3}
        axes.plot(x[-1], y[-1], marker, color=COLOURS[place % len(COLOURS)], zorder=4, **look)
    _names(axes, tracks)
    _unknown(axes, data["unknown"], is_empty=not tracks)
    return figure


def _reach(values: list[FloatArray]) -> float:
    """Return how far the map reaches from its centre."""
    far = [float(np.nanmax(np.abs(track - CENTRE))) for track in values]
    return EDGE * max([*far, LEAST_REACH])


def _ground(axes: Axes) -> None:
    """Colour and name the quadrants."""
    from matplotlib.patches import Rectangle

    axes.grid(visible=True, color=style.GRID, linewidth=0.5)
    for name, right, up, colour in QUADRANTS:
        corner = (0.5 if right > 0 else 0.0, 0.5 if up > 0 else 0.0)
        axes.add_patch(Rectangle(corner, 0.5, 0.5, transform=axes.transAxes, color=colour, alpha=0.11, linewidth=0))
        axes.annotate(
            name,
            (1.0 if right > 0 else 0.0, 1.0 if up > 0 else 0.0),
            (-8 * right, -8 * up),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right" if right > 0 else "left",
            va="top" if up > 0 else "bottom",
            color=colour,
            alpha=0.9,
            fontsize=style.LABEL_PT,
            fontweight="bold",
        )
    for line in (axes.axhline, axes.axvline):
        line(CENTRE, color=style.MUTED, linewidth=1.2, zorder=1)


def _axis_names(axes: Axes, names: tuple[str, str]) -> None:
    """Write what grows to the right and upward."""
    look: dict[str, Any] = {"color": style.TEXT, "fontsize": style.SMALL_PT, "parse_math": False}
    axes.set_xlabel(f"{fitted(names[0], style.SMALL_PT, 6)} →", labelpad=3, **look)
    axes.set_ylabel(f"{fitted(names[1], style.SMALL_PT, 5)} →", labelpad=3, **look)


def _tail(axes: Axes, x: FloatArray, y: FloatArray, colour: str) -> None:
    """Draw the past weeks, the older the fainter and thinner."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import to_rgb

    steps = np.stack([np.column_stack([x[:-1], y[:-1]]), np.column_stack([x[1:], y[1:]])], axis=1)
    age = np.linspace(0.15, 0.9, len(steps))
    known = np.isfinite(steps).all(axis=(1, 2))
    colours = [(*to_rgb(colour), alpha) for alpha in age[known]]
    axes.add_collection(
        LineCollection(list(steps[known]), colors=colours, linewidths=1 + 2 * age[known], capstyle="round", zorder=3)
    )
    axes.scatter(
        x[:-1], y[:-1], s=7 + 9 * np.linspace(0.15, 0.9, len(steps)), color=colour, alpha=0.55, linewidth=0, zorder=3
    )


def _names(axes: Axes, tracks: list[tuple[str, FloatArray, FloatArray]]) -> None:
    """Write each name near its point and off the others, with a thin line where it must stand away."""
    from matplotlib.patheffects import withStroke

    step = style.DPI / 72
    frame = axes.get_window_extent()
    names = [fitted(name, NAME_PT, NAME_IN, is_bold=True) for name, _, _ in tracks]
    sizes = [(style.DPI * width_in(name, NAME_PT, is_bold=True) + 4 * step, 1.15 * NAME_PT * step) for name in names]
    tails = [axes.transData.transform(np.column_stack([x, y])) for _, x, y in tracks]
    points = [(float(tail[-1, 0]), float(tail[-1, 1])) for tail in tails]
    centres = placed(points, sizes, tails, Box(frame.x0, frame.y0, frame.x1, frame.y1), step=step)
    look = {"fontsize": NAME_PT, "fontweight": "bold", "ha": "center", "va": "center_baseline", "parse_math": False}
    for place, (name, point, centre) in enumerate(zip(names, points, centres, strict=True)):
        colour = COLOURS[place % len(COLOURS)]
        halo = [withStroke(linewidth=3, foreground=style.BACKGROUND)]
        axes.text(*centre, name, look, transform=None, color=colour, zorder=6, path_effects=halo)
        if math.dist(point, centre) > FAR_PT * step + sizes[place][0] / 2:
            ends = axes.transData.inverted().transform([point, centre])
            axes.plot(ends[:, 0], ends[:, 1], color=colour, linewidth=0.9, alpha=0.7, zorder=2.5)


def _unknown(axes: Axes, unknown: list[str], *, is_empty: bool) -> None:
    """Say who is not on the map."""
    look = {"color": style.MUTED, "fontsize": style.SMALL_PT, "ha": "center", "parse_math": False}
    if is_empty:
        ground = {"facecolor": style.BACKGROUND, "edgecolor": "none"}
        axes.text(0.5, 0.5, "nothing known", look, transform=axes.transAxes, va="center", bbox=ground)
    if unknown:
        told = fitted(f"{UNKNOWN}: {', '.join(unknown)}", style.SMALL_PT, 4.2)
        axes.text(0.5, 0.012, told, look, transform=axes.transAxes, va="bottom")
