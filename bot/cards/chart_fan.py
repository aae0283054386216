"""The evidence picture: the paths after past events with their median, and where today stands among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.ends import OFF_PT, End, write_ends
from bot.cards.theme import DARK, Theme
from bot.cards.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT_IN = 6.3
LEFT_IN, EDGE_IN = 0.75, 0.15
FAN_IN = (2.4, 2.9)
"""Bottom and height of the paths; below them, the spread's."""
SPREAD_IN = (0.75, 0.95)
STEPS = (0, 21, 63, 126, 189, 252)
LEGEND_PT = 24
"""Height of the names of the lines, below the title."""
LEAST_STACK = 5
"""A dot is never taller than the panel's height divided by this."""


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.fan_data.fan_chart`'s data."""
    figure = theme.new_figure(HEIGHT_IN)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    ends = _ends(data)
    right = OFF_PT / 72 + EDGE_IN + max((end.wide_in for end in ends), default=0.0)
    fan = _axes(figure, FAN_IN, right, theme)
    _paths(fan, data, theme)
    write_ends(fan, ends, theme)
    _spread(_axes(figure, SPREAD_IN, right, theme), data, theme)
    return figure


def _axes(figure: Figure, place: tuple[float, float], right_in: float, theme: Theme) -> Axes:
    bottom, height = place
    wide = style.WIDTH_IN - LEFT_IN - right_in
    frame = (LEFT_IN / style.WIDTH_IN, bottom / HEIGHT_IN, wide / style.WIDTH_IN, height / HEIGHT_IN)
    axes = figure.add_axes(frame)
    theme.dress(axes)
    return axes


def _ends(data: Mapping[str, Any]) -> list[End]:
    return [
        End(float(data[name][-1]), percent(data[name][-1], 1), colour)
        for name, colour in (("median", data["colour"]), ("base", style.DOW))
        if np.isfinite(data[name][-1])
    ]


def _paths(axes: Axes, data: Mapping[str, Any], theme: Theme) -> None:
    """Draw each path thin, the middle half as a ground, the medians and the running one above them."""
    length = len(data["median"]) - 1
    days = np.arange(length + 1)
    ink, base = theme.ink(data["colour"]), theme.ink(style.DOW)
    for path in data["paths"]:
        axes.plot(days, path, color=theme.muted, linewidth=0.7, alpha=0.35, zorder=1.5)
    if data["low"] is not None:
        band: dict[str, Any] = {"color": ink, "alpha": 0.25, "linewidth": 0, "label": "their middle half"}
        axes.fill_between(days, data["low"], data["high"], zorder=1, **band)
    axes.axhline(0, color=theme.muted, linewidth=1, zorder=1.2)
    any_session: dict[str, Any] = {"color": base, "linewidth": 2.2, "linestyle": (0, (4, 1.6)), "zorder": 3}
    axes.plot(days, data["base"], label="median, any session", path_effects=theme.halo(4), **any_session)
    past: dict[str, Any] = {"color": ink, "linewidth": 2.8, "zorder": 3.2}
    axes.plot(days, data["median"], label=f"median of {data['count']:,}", path_effects=theme.halo(4.4), **past)
    if data["running"] is not None and len(data["running"]) > 1:
        running = data["running"]
        axes.plot(days[: len(running)], running, color=theme.text, linewidth=2.2, zorder=4, path_effects=theme.halo(4))
        known = np.flatnonzero(np.isfinite(running))[-1]
        axes.plot(days[known], running[known], "o", color=theme.text, markersize=8, zorder=5)
        axes.annotate(
            f"now, since {data['running_day']}",
            (days[known], running[known]),
            (8, 8) if running[known] >= 0 else (8, -8),
            textcoords="offset points",
            ha="left" if known < 0.6 * length else "right",
            va="bottom" if running[known] >= 0 else "top",
            color=theme.text,
            fontsize=style.SMALL_PT,
            fontweight="bold",
            path_effects=theme.halo(),
            zorder=6,
        )
    axes.set_xlim(0, length)
    axes.set_xticks([step for step in STEPS if step <= length])
    axes.yaxis.set_major_formatter(lambda value, _place: percent(value, 0))
    handles, names = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        names[::-1],
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        ncols=3,
        fontsize=style.SMALL_PT,
        labelcolor=theme.text,
        frameon=False,
        borderaxespad=0.2,
        borderpad=0.0,
        handlelength=1.9,
        columnspacing=1.3,
    )
    _title(axes, "Change after so many sessions", theme, above_pt=LEGEND_PT)


def _spread(axes: Axes, data: Mapping[str, Any], theme: Theme) -> None:
    """Draw how any session's changes are spread, a dot for each event, and today's place."""
    spread = data["spread"]
    edges, base, changes = spread["edges"], spread["base"], spread["changes"]
    axes.stairs(
        base / max(float(base.max()), 1e-9), edges, fill=True, color=theme.ink(style.VOLUME), alpha=0.75, zorder=1
    )
    column = np.clip(np.searchsorted(edges, changes, side="right") - 1, 0, len(edges) - 2)
    stacks = np.bincount(column, minlength=len(edges) - 1) if len(changes) else np.zeros(1, dtype=np.int64)
    step = 1 / max(int(stacks.max()), LEAST_STACK)
    height = np.zeros(len(edges) - 1)
    centres = (edges[:-1] + edges[1:]) / 2
    for place in np.sort(column):
        axes.plot(
            centres[place],
            height[place] + step / 2,
            "o",
            color=theme.ink(data["colour"]),
            markersize=7.5,
            markeredgecolor=theme.background,
            markeredgewidth=1,
            zorder=3,
        )
        height[place] += step
    axes.axvline(0, color=theme.muted, linewidth=1, zorder=1.2)
    axes.set_ylim(0, 1.08)
    axes.set_yticks([])
    axes.set_xlim(edges[0], edges[-1])
    axes.xaxis.set_major_formatter(lambda value, _place: percent(value, 0))
    words = f"After {spread['sessions']:,} sessions: a dot per event, grey any session"
    if spread["now"] is not None:
        axes.axvline(spread["now"], color=theme.text, linewidth=2.2, zorder=4)
        words += f", line today {percent(spread['now'], 1)}"
    _title(axes, words, theme)


def _title(axes: Axes, words: str, theme: Theme, *, above_pt: float = 6) -> None:
    look: dict[str, Any] = {"color": theme.text, "fontsize": style.SMALL_PT, "fontweight": "bold", "parse_math": False}
    axes.annotate(
        words,
        (0, 1),
        (0, above_pt),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        ha="left",
        **look,
    )
