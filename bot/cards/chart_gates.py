"""The picture of gates: a table of answers, each cell coloured by its side, its sign and number in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot.cards.heat import draw_heat, heat_in
from bot.cards.theme import DARK, Theme

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEAD_IN, FOOT_IN, LEFT_IN, NAME_IN = 0.42, 0.42, 0.12, 3.0
"""Heights of the title and of the as-of line; where names begin, and how wide they may be."""


def draw(data: Mapping[str, Any], theme: Theme = DARK) -> Figure:
    """Return the figure of a table of ``columns`` and ``rows``: a name, and of each cell its ground and words."""
    height = HEAD_IN + heat_in(len(data["rows"])) + FOOT_IN
    figure = theme.new_figure(height)
    theme.caption(figure, title=data["title"], as_of=data["as_of"], label=data["label"])
    table = {
        "columns": data["columns"],
        "rows": [(name, [ground for ground, _ in cells]) for name, cells in data["rows"]],
        "words": [[words for _, words in cells] for _, cells in data["rows"]],
        "name_in": NAME_IN,
    }
    draw_heat(figure, table, top_in=height - HEAD_IN, left_in=LEFT_IN, theme=theme)
    return figure
