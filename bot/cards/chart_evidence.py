"""The evidence picture: what followed the events against what followed any session, with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.cards import style
from bot.cards.theme import DARK, Theme
from bot.cards.words import percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEAD_IN = 1.7
ROW_IN = 0.5


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.evidence_data.evidence_chart`'s data."""
    rows = data["rows"]
    height = HEAD_IN + ROW_IN * max(len(rows), 1)
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    bottom, top = 0.8 / height, 0.9 / height
    axes = figure.add_axes((0.225, bottom, 0.5, 1 - bottom - top))
    theme.dress(axes)
    axes.grid(visible=False, axis="y")
    axes.axvline(0, color=theme.muted, linewidth=1.4)
    for place, row in enumerate(rows):
        _row(axes, place, row, theme)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks(range(len(rows)), [f"{row['name']} ({row['n']:.0f})" for row in rows], color=theme.text)
    axes.xaxis.set_major_formatter(lambda value, _place: signed(value, 0 if value == round(value) else 1))
    figure.text(
        0.225, 1 - 0.6 / height, "mean minus base, points (bar: 95%)", color=theme.muted, fontsize=style.SMALL_PT
    )
    figure.text(0.015, 1 - 0.6 / height, "after (events)", color=theme.muted, fontsize=style.SMALL_PT)
    figure.text(0.985, 1 - 0.6 / height, "mean / base", color=theme.muted, fontsize=style.SMALL_PT, ha="right")
    return figure


def _row(axes: Axes, place: int, row: Mapping[str, Any], theme: Theme) -> None:
    low, high = row["diff_low_pct"], row["diff_high_pct"]
    difference = row["mean_pct"] - row["base_mean_pct"] if row["base_mean_pct"] is not None else None
    if low is not None and high is not None:
        axes.plot(
            [low, high], [place, place], color=theme.ink(style.SMALL), linewidth=7, alpha=0.55, solid_capstyle="butt"
        )
        for end in (low, high):
            axes.plot([end, end], [place - 0.2, place + 0.2], color=theme.ink(style.SMALL), linewidth=2)
    if difference is not None:
        axes.plot(difference, place, marker="D", color=theme.text, markersize=9, markeredgecolor=theme.background)
    axes.annotate(
        f"{percent(row['mean_pct'], 1)} / {percent(row['base_mean_pct'], 1)}",
        (1.0, place),
        xycoords=("axes fraction", "data"),
        xytext=(149, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        fontsize=style.SMALL_PT,
        color=theme.text,
        annotation_clip=False,
    )
