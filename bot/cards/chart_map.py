"""The rotation map: four quadrants around 100, a point for each subject now and a fading tail of its past weeks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.map_names import Box, in_axes, placed
from bot.cards.measure import fitted, width_in
from bot.cards.theme import DARK, Theme
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
QUADRANTS = (("Leading", 1, 1), ("Weakening", 1, -1), ("Lagging", -1, -1), ("Improving", -1, 1))
"""Name, side of strength, side of momentum; no colour: those belong to the subjects."""
COLOURS = (style.SMALL, style.LARGE, style.NASDAQ, style.EQUAL, style.GOLDEN, style.DEATH, style.FAST)
MARKERS = ("o", "s", "D", "^")
"""One more for each round of the colours, so that no two subjects look the same."""
NAME_IN = 1.9
CORNER_IN = 1.25
"""Width kept clear for a quadrant's name."""
NAME_PT, POINT_PT = 13, 10
FAR_PT = 16
"""Beyond such a distance a line leads from a name to its point."""


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.rotation_map.map_chart`'s data."""
    figure = theme.new_figure(HEIGHT_IN)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    axes = figure.add_axes(FRAME)
    theme.dress(axes)
    tracks = data["tracks"]
    for pick, setter in ((1, axes.set_xlim), (2, axes.set_ylim)):
        reach = _reach([track[pick] for track in tracks])
        setter(CENTRE - reach, CENTRE + reach)
    axes.locator_params(nbins=6)
    for scale in (axes.xaxis, axes.yaxis):
        scale.set_major_formatter(lambda value, _place: brief(round(value, 2)))
    quadrants = _ground(axes, theme)
    _axis_names(axes, data["names"], theme)
    for place, (_, x, y) in enumerate(tracks):
        _tail(axes, x, y, theme.ink(COLOURS[place % len(COLOURS)]))
    for place, (_, x, y) in enumerate(tracks):
        marker = MARKERS[place // len(COLOURS) % len(MARKERS)]
        look: dict[str, Any] = {"markersize": POINT_PT, "markeredgecolor": theme.background, "markeredgewidth": 1.3}
        axes.plot(x[-1], y[-1], marker, color=theme.ink(COLOURS[place % len(COLOURS)]), zorder=4, **look)
    _names(axes, tracks, quadrants, theme)
    _unknown(axes, data["unknown"], is_empty=not tracks, theme=theme)
    return figure


def _reach(values: list[FloatArray]) -> float:
    """Return how far the map reaches from its centre."""
    far = [float(np.nanmax(np.abs(track - CENTRE))) for track in values]
    return EDGE * max([*far, LEAST_REACH])


def _ground(axes: Axes, theme: Theme) -> list[Box]:
    """Name the quadrants in their corners, set off those of strength, and return where the names stand."""
    from matplotlib.patches import Rectangle

    axes.grid(visible=True, color=theme.grid, linewidth=0.5)
    axes.add_patch(Rectangle((0.5, 0.0), 0.5, 1.0, transform=axes.transAxes, color=theme.panel, linewidth=0, zorder=0))
    for line in (axes.axhline, axes.axvline):
        line(CENTRE, color=theme.muted, linewidth=1.2, zorder=1)
    frame, boxes = axes.get_window_extent(), []
    wide, high = style.DPI * CORNER_IN, style.DPI * 1.2 * style.LABEL_PT / 72
    for name, right, up in QUADRANTS:
        corner = (1.0 if right > 0 else 0.0, 1.0 if up > 0 else 0.0)
        axes.annotate(
            name,
            corner,
            (-8 * right, -8 * up),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right" if right > 0 else "left",
            va="top" if up > 0 else "bottom",
            color=theme.muted,
            fontsize=style.LABEL_PT,
            fontweight="bold",
        )
        x = frame.x1 - wide if right > 0 else frame.x0
        y = frame.y1 - 2 * high if up > 0 else frame.y0
        boxes.append(Box(x, y, x + wide, y + 2 * high))
    return boxes


def _axis_names(axes: Axes, names: tuple[str, str], theme: Theme) -> None:
    """Write what grows to the right and upward."""
    look: dict[str, Any] = {"color": theme.text, "fontsize": style.SMALL_PT, "parse_math": False}
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


def _names(axes: Axes, tracks: list[tuple[str, FloatArray, FloatArray]], quadrants: list[Box], theme: Theme) -> None:
    """Write each name near its point and off the others, with a thin line where it must stand away."""
    step = style.DPI / 72
    frame = axes.get_window_extent()
    names = [fitted(name, NAME_PT, NAME_IN, is_bold=True) for name, _, _ in tracks]
    sizes = [(style.DPI * width_in(name, NAME_PT, is_bold=True) + 4 * step, 1.15 * NAME_PT * step) for name in names]
    tails = [axes.transData.transform(np.column_stack([x, y])) for _, x, y in tracks]
    points = [(float(tail[-1, 0]), float(tail[-1, 1])) for tail in tails]
    centres = placed(points, sizes, tails, Box(frame.x0, frame.y0, frame.x1, frame.y1), step=step, written=quadrants)
    look = {"fontsize": NAME_PT, "fontweight": "bold", "ha": "center", "va": "center_baseline", "parse_math": False}
    for place, (name, point, centre) in enumerate(zip(names, points, centres, strict=True)):
        colour = theme.ink(COLOURS[place % len(COLOURS)])
        axes.text(
            *in_axes(axes, centre),
            name,
            look,
            transform=axes.transAxes,
            color=colour,
            zorder=6,
            path_effects=theme.halo(3),
        )
        if math.dist(point, centre) > FAR_PT * step + sizes[place][0] / 2:
            ends = axes.transData.inverted().transform([point, centre])
            axes.plot(ends[:, 0], ends[:, 1], color=colour, linewidth=0.9, alpha=0.7, zorder=2.5)


def _unknown(axes: Axes, unknown: list[str], *, is_empty: bool, theme: Theme) -> None:
    """Say who is not on the map."""
    look = {"color": theme.muted, "fontsize": style.SMALL_PT, "ha": "center", "parse_math": False}
    if is_empty:
        ground = {"facecolor": theme.background, "edgecolor": "none"}
        axes.text(0.5, 0.5, "nothing known", look, transform=axes.transAxes, va="center", bbox=ground)
    if unknown:
        told = fitted(f"{UNKNOWN}: {', '.join(unknown)}", style.SMALL_PT, 4.2)
        axes.text(0.5, 0.012, told, look, transform=axes.transAxes, va="bottom")
