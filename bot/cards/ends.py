"""Names and values beside the ends of lines, moved apart where they would overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.cards import style
from bot.cards.measure import width_in

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from bot.cards.theme import Theme

END_IN = 0.27
"""Height that one of them needs."""
OFF_PT = 7
"""Between a line's end and its words."""


@dataclass(frozen=True, slots=True)
class End:
    """What stands beside a panel at the height of `value`: a line's end in bold, or a level's name."""

    value: float
    words: str
    colour: str
    is_level: bool = False

    @property
    def points(self) -> int:
        """Size of its letters."""
        return style.SMALL_PT if self.is_level else style.LABEL_PT

    @property
    def wide_in(self) -> float:
        """Width of its words."""
        return width_in(self.words, self.points, is_bold=not self.is_level)


def write_ends(axes: Axes, ends: Sequence[End], theme: Theme) -> None:
    """Write each of `ends` beside the panel at its height, as near as the others allow."""
    low, high = axes.transData.transform([(0, edge) for edge in axes.get_ylim()])[:, 1]
    heights = [float(axes.transData.transform((0, end.value))[1]) for end in ends]
    ranked = sorted(zip(heights, ends, strict=True), key=lambda found: found[0])
    places = spread([(height - low) / (high - low) for height, _ in ranked], END_IN * style.DPI / (high - low))
    for place, (_, end) in zip(places, ranked, strict=True):
        axes.annotate(
            end.words,
            (1.0, place),
            xycoords="axes fraction",
            xytext=(OFF_PT, 0),
            textcoords="offset points",
            color=theme.ink(end.colour),
            fontsize=end.points,
            fontweight="normal" if end.is_level else "bold",
            va="center",
            annotation_clip=False,
            parse_math=False,
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
