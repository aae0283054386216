"""The picture of stacked panels: lines, levels, times shaded, marks and columns on one time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import panel_ink, style
from bot.cards.chart_smallcap import spread
from bot.cards.panel_words import END_IN, ROW_IN, Wording, values_of, wording_of
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAD_IN, FOOT_IN, GAP_IN = 0.56, 0.68, 0.18
"""Heights of the title, of the dates and the as-of line, and between panels."""
BODY_IN = {1: 3.5, 2: 4.3, 3: 4.9}
"""Height of all panels together, by how many there are."""
LEFT_IN, RIGHT_IN = 0.8, 0.22
"""Room for the ticks, and between the lines' ends, their names and the edge."""
EDGE = 0.08
"""Share of a scale's span left free above and below."""
MOST_TICKS = 5


def draw(data: Mapping[str, Any]) -> Figure:
    """Return the figure of `bot.cards.panels.panels_chart`'s data."""
    panels, days = data["panels"], data["sessions"].astype("datetime64[D]").astype(np.float64)
    body = BODY_IN[len(panels)] / sum(panel["height"] for panel in panels)
    tall = [body * panel["height"] for panel in panels]
    words = [wording_of(panel, inches) for panel, inches in zip(panels, tall, strict=True)]
    height = HEAD_IN + sum(tall) + sum(word.above_in for word in words) + GAP_IN * (len(panels) - 1) + FOOT_IN
    figure = style.new_figure(height)
    style.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    wide = style.WIDTH_IN - LEFT_IN - RIGHT_IN - max(word.beside_in for word in words)
    top, shared = height - HEAD_IN, None
    for panel, inches, word in zip(panels, tall, words, strict=True):
        bottom = top - word.above_in - inches
        frame = (LEFT_IN / style.WIDTH_IN, bottom / height, wide / style.WIDTH_IN, inches / height)
        shared = axes = figure.add_axes(frame, sharex=shared)
        _panel(axes, days, panel, word)
        top = bottom - GAP_IN
    if len(days):
        axes.tick_params(labelbottom=True)
        style.time_axis(axes, days, margin=0.006)
    return figure


def _panel(axes: Axes, days: FloatArray, panel: Mapping[str, Any], words: Wording) -> None:
    style.dress(axes)
    axes.tick_params(labelbottom=False)
    _write_above(axes, panel, words)
    if not panel["lines"] and panel["bars"] is None:
        axes.set_yticks([])
        look = {"color": style.MUTED, "fontsize": style.LABEL_PT, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, "nothing known", look, transform=axes.transAxes)
        return
    _scale(axes, panel, words)
    for ink in (panel_ink.shades, panel_ink.columns, panel_ink.lines, panel_ink.levels, panel_ink.marks):
        ink(axes, days, panel)
    _write_ends(axes, words)


def _scale(axes: Axes, panel: Mapping[str, Any], words: Wording) -> None:
    """Fix the scale to what is drawn, and write its ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = values_of(panel)
    known = known[np.isfinite(known)]
    low, high = float(known.min()), float(known.max())
    edge = EDGE * (high - low) or abs(high) * EDGE or 1.0
    axes.set_ylim(low - edge, high + edge)
    rows = max(2, min(MOST_TICKS, int(axes.get_window_extent().height / style.DPI / (1.6 * ROW_IN))))
    axes.yaxis.set_major_locator(MaxNLocator(rows, steps=[1, 2, 2.5, 5, 10]))
    ticks = axes.get_yticks()
    step = float(ticks[1] - ticks[0])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: words.scale.tick(value, step)))


def _write_above(axes: Axes, panel: Mapping[str, Any], words: Wording) -> None:
    """Write the panel's title, and below it its lines' names with their patterns."""
    if words.title:
        look: dict[str, Any] = {
            "color": style.TEXT,
            "fontsize": style.SMALL_PT,
            "fontweight": "bold",
            "parse_math": False,
        }
        above = 72 * (words.above_in - ROW_IN) + 5
        axes.annotate(
            words.title, (0, 1), (0, above), xycoords="axes fraction", textcoords="offset points", va="bottom", **look
        )
    if words.legend:
        from matplotlib.lines import Line2D

        handles = [
            Line2D([], [], color=colour, linewidth=max(width, 2.2), linestyle=pattern, label=name)
            for (_, _, colour, _, width), pattern, name in zip(
                panel["lines"], panel_ink.patterns(panel), words.legend, strict=True
            )
        ]
        legend = axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=words.legend_columns,
            fontsize=style.SMALL_PT,
            labelcolor=style.TEXT,
            frameon=False,
            borderaxespad=0.15,
            borderpad=0.0,
            handlelength=2.0,
            columnspacing=1.3,
            labelspacing=0.65,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)


def _write_ends(axes: Axes, words: Wording) -> None:
    """Write beside each line its name or value, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    ends = sorted(words.ends, key=lambda end: end.value)
    apart = END_IN * style.DPI / axes.get_window_extent().height
    places = spread([(end.value - low) / (high - low) for end in ends], apart)
    for place, end in zip(places, ends, strict=True):
        axes.annotate(
            end.words,
            (1.0, place),
            xycoords="axes fraction",
            xytext=(7, 0),
            textcoords="offset points",
            color=end.colour,
            fontsize=end.points,
            fontweight="normal" if end.is_level else "bold",
            va="center",
            annotation_clip=False,
            parse_math=False,
        )
