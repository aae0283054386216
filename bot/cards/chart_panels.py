"""The picture of stacked panels: lines, levels, times shaded, marks and columns on one time axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import panel_ink, style
from bot.cards.ends import write_ends
from bot.cards.panel_words import MARK_WORDS_IN, ROW_IN, Wording, values_of, wording_of
from bot.cards.theme import DARK, Theme
from signals.types import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAD_IN, FOOT_IN, GAP_IN = 0.56, 0.68, 0.18
"""Heights of the title, of the dates and the as-of line, and between panels."""
BODY_IN = {1: 3.5, 2: 4.3, 3: 4.9, 4: 5.0}
"""Height of all panels together, by how many there are."""
LEFT_IN, RIGHT_IN = 0.8, 0.22
"""Room for the ticks, and between the lines' ends, their names and the edge."""
EDGE = 0.08
"""Share of a scale's span left free above and below."""
MOST_TICKS = 5


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.panels.panels_chart`'s data."""
    panels, days = data["panels"], data["sessions"].astype("datetime64[D]").astype(np.float64)
    body = BODY_IN[len(panels)] / sum(panel["height"] for panel in panels)
    tall = [body * panel["height"] for panel in panels]
    words = [wording_of(panel, inches) for panel, inches in zip(panels, tall, strict=True)]
    height = HEAD_IN + sum(tall) + sum(word.above_in for word in words) + GAP_IN * (len(panels) - 1) + FOOT_IN
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    wide = style.WIDTH_IN - LEFT_IN - RIGHT_IN - max(word.beside_in for word in words)
    top, shared = height - HEAD_IN, None
    for panel, inches, word in zip(panels, tall, words, strict=True):
        bottom = top - word.above_in - inches
        frame = (LEFT_IN / style.WIDTH_IN, bottom / height, wide / style.WIDTH_IN, inches / height)
        shared = axes = figure.add_axes(frame, sharex=shared)
        _panel(axes, days, panel, word, theme)
        top = bottom - GAP_IN
    if len(days):
        axes.tick_params(labelbottom=True)
        style.time_axis(axes, days, margin=0.006)
    return figure


def _panel(axes: Axes, days: FloatArray, panel: Mapping[str, Any], words: Wording, theme: Theme) -> None:
    theme.dress(axes)
    axes.tick_params(labelbottom=False)
    _write_above(axes, panel, words, theme)
    if not panel["lines"] and panel["bars"] is None:
        axes.set_yticks([])
        look = {"color": theme.muted, "fontsize": style.LABEL_PT, "ha": "center", "va": "center"}
        axes.text(0.5, 0.5, "nothing known", look, transform=axes.transAxes)
        return
    _scale(axes, panel, words)
    for ink in (panel_ink.shades, panel_ink.columns, panel_ink.lines, panel_ink.levels, panel_ink.marks):
        ink(axes, days, panel, theme)
    write_ends(axes, words.ends, theme)


def _scale(axes: Axes, panel: Mapping[str, Any], words: Wording) -> None:
    """Fix the scale to what is drawn, and write its ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    known = values_of(panel)
    known = known[np.isfinite(known)]
    low, high = float(known.min()), float(known.max())
    edge = EDGE * (high - low) or abs(high) * EDGE or 1.0
    above, below = (_room_for_words(axes, panel["marks"], is_below=is_below) for is_below in (False, True))
    whole = (high - low + 2 * edge) / (1 - above - below)
    axes.set_ylim(low - edge - below * whole, high + edge + above * whole)
    rows = max(2, min(MOST_TICKS, int(axes.get_window_extent().height / style.DPI / (1.6 * ROW_IN))))
    axes.yaxis.set_major_locator(MaxNLocator(rows, steps=[1, 2, 2.5, 5, 10]))
    ticks = axes.get_yticks()
    step = float(ticks[1] - ticks[0])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: words.scale.tick(value, step)))


def _room_for_words(axes: Axes, marks: list[tuple[int, float, str, str, str]], *, is_below: bool) -> float:
    """Return the share of the panel's height that words below or above its marks need."""
    has_words = any(words and (sign == "▲") == is_below for _, _, sign, _, words in marks)
    return min(0.3, MARK_WORDS_IN * style.DPI / axes.get_window_extent().height) if has_words else 0.0


def _write_above(axes: Axes, panel: Mapping[str, Any], words: Wording, theme: Theme) -> None:
    """Write the panel's title, and beside or below it its lines' names with their patterns."""
    if words.title:
        look: dict[str, Any] = {
            "color": theme.text,
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
            Line2D([], [], color=theme.ink(colour), linewidth=max(width, 2.2), linestyle=pattern, label=name)
            for (_, _, colour, _, width), pattern, name in zip(
                panel["lines"], panel_ink.patterns(panel), words.legend, strict=True
            )
        ]
        start = (words.after_title_in or 0.0) * style.DPI / axes.get_window_extent().width
        legend = axes.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(start, 1.0),
            ncols=words.legend_columns,
            fontsize=style.SMALL_PT,
            labelcolor=theme.text,
            frameon=False,
            borderaxespad=0.15 if words.after_title_in is None else 0.35,
            borderpad=0.0,
            handlelength=2.0,
            columnspacing=1.3,
            labelspacing=0.65,
        )
        for text in legend.get_texts():
            text.set_parse_math(False)
