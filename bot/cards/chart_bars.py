"""The picture of horizontal bars or a waterfall: each named on its left, its value at its end, a note on the right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bot.cards import style
from bot.cards.measure import fitted, widest_in
from bot.cards.scale import Scale, scale_of
from bot.cards.theme import DARK, Theme
from bot.cards.words import UNKNOWN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAD_IN, FOOT_IN, ROW_IN, LINE_IN = 0.62, 0.42, 0.4, 0.3
"""Heights of the title, of the as-of line, of a bar and of a line of words below them."""
Row = tuple[str, float, str, float, str, bool]
"""Name, value, note, where the bar begins, colour, whether it is the whole."""

EDGE_IN = 0.12
NAME_IN, NOTE_IN = 3.0, 1.4
"""Widest that names and notes may be."""
THICK = 0.62
"""Share of its row that a bar fills."""


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.bars.bars_chart`'s data."""
    bars = data["bars"]
    told = _told_below(data)
    body = ROW_IN * max(len(bars), 3)
    height = HEAD_IN + body + (LINE_IN if told else 0) + FOOT_IN
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    if told:
        figure.text(
            0.015, (FOOT_IN + 0.06) / height, told, color=theme.muted, fontsize=style.SMALL_PT, parse_math=False
        )
    names = [fitted(name, style.LABEL_PT, NAME_IN, is_bold=is_whole) for name, *_, is_whole in bars]
    notes = [fitted(note, style.SMALL_PT, NOTE_IN) for _, _, note, *_ in bars]
    left = EDGE_IN * 2 + widest_in(names, style.LABEL_PT, is_bold=any(is_whole for *_, is_whole in bars))
    right = EDGE_IN + (EDGE_IN + widest_in(notes, style.SMALL_PT) if any(notes) else 0)
    wide = style.WIDTH_IN - left - right
    bottom = HEAD_IN + body
    axes = figure.add_axes((left / style.WIDTH_IN, 1 - bottom / height, wide / style.WIDTH_IN, body / height))
    axes.set_facecolor(theme.background)
    axes.axis("off")
    scale = scale_of(np.array([value for _, value, *_ in bars]), data["unit"])
    _bars(axes, bars, replace(scale, is_signed=scale.is_signed or data["is_signed"]), wide, theme)
    for row, (name, note, (*_, is_whole)) in enumerate(zip(names, notes, bars, strict=True)):
        middle = 1 - (HEAD_IN + ROW_IN * (row + 0.5)) / height
        look: dict[str, Any] = {"va": "center", "parse_math": False}
        figure.text(
            EDGE_IN / style.WIDTH_IN,
            middle,
            name,
            color=theme.text,
            fontsize=style.LABEL_PT,
            fontweight="bold" if is_whole else "normal",
            **look,
        )
        edge = 1 - EDGE_IN / style.WIDTH_IN
        figure.text(edge, middle, note, color=theme.muted, fontsize=style.SMALL_PT, ha="right", **look)
    return figure


def _bars(axes: Axes, bars: Sequence[Row], scale: Scale, wide_in: float, theme: Theme) -> None:
    """Draw the bars with room for the value of each at its end."""
    values = [value for _, value, *_ in bars]
    words = [scale.words(value) for value in values]
    room = (EDGE_IN + widest_in(words, style.LABEL_PT, is_bold=True)) / wide_in
    reached = [0.0, *(start for _, _, _, start, *_ in bars), *(start + value for _, value, _, start, *_ in bars)]
    low, high = min(reached), max(reached)
    is_left = [value < 0 and start <= 0 for _, value, _, start, *_ in bars]  # off the line of zero
    before, after = room * any(is_left), room * (not all(is_left))
    whole = (high - low or 1.0) / (1 - before - after)
    axes.set_xlim(low - before * whole, high + after * whole)
    axes.set_ylim(max(len(bars), 3) - 0.5, -0.5)
    axes.axvline(0, color=theme.muted, linewidth=1.4)
    for row, ((_, value, _, start, colour, _), told, left) in enumerate(zip(bars, words, is_left, strict=True)):
        end = start + value
        solid_or_hatched(axes, row, (start, end), theme, colour=colour)
        if start and row:
            axes.plot([start, start], [row - 1 + THICK / 2, row - THICK / 2], color=theme.muted, linewidth=1.2)
        axes.annotate(
            told,
            (end if left else max(start, end), row),
            xytext=(-6 if left else 6, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            color=theme.text,
            fontsize=style.LABEL_PT,
            fontweight="bold",
            path_effects=theme.halo(),
            parse_math=False,
        )


def solid_or_hatched(
    axes: Axes, row: int, ends: tuple[float, float], theme: Theme, *, colour: str = style.SMALL
) -> None:
    """Draw a bar from the first to the second of `ends`: filled where it leads up, hatched where it leads down."""
    start, end = ends
    ink = theme.ink(colour)
    is_down = end < start
    ground = theme.background if is_down else ink
    axes.barh(
        row, end - start, THICK, start, color=ground, hatch="///" if is_down else "", edgecolor=ink, linewidth=1.2
    )


def _told_below(data: Mapping[str, Any]) -> str:
    """Return how many more there are and which are unknown."""
    more = [f"… and {data['more']:,} more"] if data["more"] else []
    unknown = [f"{UNKNOWN}: {', '.join(data['unknown'])}"] if data["unknown"] else []
    return fitted(" · ".join(more + unknown), style.SMALL_PT, style.WIDTH_IN - 2 * EDGE_IN)
