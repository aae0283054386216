"""The rehearsal picture: alerts per month under the present value and under the proposed one, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.cards import style
from bot.cards.theme import DARK, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEIGHT_IN = 4.5
BAR = 0.4
"""Width of a bar; two of them and a gap make one month."""
NOW, PROPOSED = style.DOW, style.SMALL


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of `bot.cards.rehearsal_data.rehearsal_chart`'s data."""
    from matplotlib.ticker import MaxNLocator

    figure = theme.new_figure(HEIGHT_IN)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    axes = figure.add_axes((0.085, 0.215, 0.9, 0.57))
    theme.dress(axes)
    axes.grid(visible=False, axis="x")
    places = range(len(data["spans"]))
    for side, shift, colour, pattern in (
        ("present", -BAR / 2, theme.ink(NOW), "///"),
        ("proposed", BAR / 2, theme.ink(PROPOSED), ""),
    ):
        axes.bar(
            [place + shift for place in places],
            data[side],
            BAR,
            color=theme.background if pattern else colour,
            edgecolor=colour,
            hatch=pattern,
            linewidth=1.2,
        )
    axes.axhline(0, color=theme.muted, linewidth=1.4)
    axes.set_xlim(-0.6, len(data["spans"]) - 0.4)
    axes.set_ylim(0, max([*data["present"], *data["proposed"], 1]) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _place: f"{value:,.0f}")
    axes.set_xticks(list(places), data["spans"], color=theme.text)
    _legend(figure, data["names"], theme)
    return figure


def _legend(figure: Figure, names: tuple[str, str], theme: Theme) -> None:
    """Name both sides above the panel, each with its pattern."""
    from matplotlib.patches import Patch

    patches = [
        Patch(facecolor=theme.background, edgecolor=theme.ink(NOW), hatch="///", label=names[0]),
        Patch(facecolor=theme.ink(PROPOSED), edgecolor=theme.ink(PROPOSED), label=names[1]),
    ]
    figure.legend(
        handles=patches,
        loc="upper left",
        bbox_to_anchor=(0.07, 0.91),
        ncols=2,
        frameon=False,
        fontsize=style.LABEL_PT,
        labelcolor=theme.text,
    )
