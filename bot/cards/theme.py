"""The two themes a picture is drawn in: what is dark in one is light in the other, and every thing keeps its hue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from bot.cards import style
from bot.cards.measure import fitted, width_in
from bot.cards.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ThemeName = Literal["dark", "light"]

TINT_LEAST = 0.12
"""Share of a tint's full strength that the smallest change has: a cell that is not zero is never blank."""


@dataclass(frozen=True, slots=True)
class Theme:
    """How a picture looks, and the pen that draws what every picture has.

    Attributes
    ----------
    inks : mapping of str to str
        A thing's colour in `bot.cards.style`, by which charts name it, to its colour here.
    small_words : mapping of str to str
        The same for small words, where that colour would be too faint to read.
    rise, fall : str
        Grounds of table cells; the sign in the cell says the same.
    """

    name: ThemeName
    background: str
    panel: str
    grid: str
    text: str
    muted: str
    rise: str
    fall: str
    inks: Mapping[str, str] = field(default_factory=dict)
    small_words: Mapping[str, str] = field(default_factory=dict)

    def ink(self, colour: str) -> str:
        """Return what `colour` is in this theme; a colour that names no thing stays as it is."""
        return self.inks.get(colour, colour)

    def word_ink(self, colour: str) -> str:
        """Return the colour of small words about a thing."""
        return self.small_words.get(colour) or self.ink(colour)

    def tint(self, strength: float) -> tuple[float, ...]:
        """Return the ground of a cell: `strength` is from -1, the greatest fall, to 1, the greatest rise."""
        from matplotlib.colors import to_rgb

        if strength == 0:
            return to_rgb(self.panel)
        share = TINT_LEAST + (1 - TINT_LEAST) * min(1.0, abs(strength))
        ends = to_rgb(self.panel), to_rgb(self.rise if strength > 0 else self.fall)
        return tuple(start + share * (end - start) for start, end in zip(*ends, strict=True))

    def new_figure(self, height_in: float) -> Figure:
        """Return an empty figure of the house's width (a plain ``Figure``: pyplot keeps global state)."""
        from matplotlib.figure import Figure

        return Figure(figsize=(style.WIDTH_IN, height_in), dpi=style.DPI, facecolor=self.background)

    def dress(self, axes: Axes) -> None:
        """Give axes the house's look: the picture's ground, quiet grid, legible ticks, no box."""
        axes.set_facecolor(self.background)
        axes.grid(visible=True, color=self.grid, linewidth=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(colors=self.muted, labelsize=style.SMALL_PT, length=0, pad=4)
        for spine in axes.spines.values():
            spine.set_visible(False)

    def halo(self, width: float = 3.5) -> list[Any]:
        """Return the outline of words that stand on lines."""
        from matplotlib.patheffects import withStroke

        return [withStroke(linewidth=width, foreground=self.background)]

    def caption(self, figure: Figure, *, title: str, as_of: str, label: str) -> None:
        """Write the title above, the as-of line below, and a label such as SIMULATED in plain sight.

        Names come from outside: what does not fit is written smaller, then cut, and a dollar sign starts no formula.
        """
        look: dict[str, Any] = {"ha": "left", "parse_math": False}
        badge_in = width_in(label, style.SMALL_PT, is_bold=True) + style.BADGE_MARGIN_IN if label else 0
        room = style.TITLE_IN - badge_in
        wide = max(width_in(title, style.TITLE_PT, is_bold=True), 0.01)
        points = max(style.LEAST_TITLE_PT, min(style.TITLE_PT, style.TITLE_PT * room / wide))
        title = fitted(title, points, room, is_bold=True)
        height = figure.get_figheight()
        top, bottom = 1 - style.EDGE_IN / height, 0.8 * style.EDGE_IN / height
        figure.text(0.015, top, title, color=self.text, fontsize=points, fontweight="bold", va="top", **look)
        as_of = shorten(as_of, style.LINE_LETTERS)
        figure.text(0.015, bottom, as_of, color=self.muted, fontsize=style.SMALL_PT, va="bottom", **look)
        if label:
            badge = {"boxstyle": "round,pad=0.25", "facecolor": self.ink(style.LARGE), "edgecolor": "none"}
            words: dict[str, Any] = {"color": self.background, "fontsize": style.SMALL_PT, "fontweight": "bold"}
            place = 1 - (style.EDGE_IN + 0.05) / height
            figure.text(0.985, place, label, va="top", ha="right", bbox=badge, **words)


DARK = Theme(
    name="dark",
    background=style.BACKGROUND,
    panel=style.PANEL,
    grid=style.GRID,
    text=style.TEXT,
    muted=style.MUTED,
    rise="#176b66",
    fall="#8c3f26",
)
"""Discord's own background."""

LIGHT = Theme(
    name="light",
    background="#ffffff",
    panel="#eef0f3",
    grid="#d5d8de",
    text="#17181c",
    muted="#565c68",
    rise="#74cfc4",
    fall="#f5ae92",
    inks=MappingProxyType(
        {
            style.BACKGROUND: "#ffffff",
            style.PANEL: "#eef0f3",
            style.GRID: "#d5d8de",
            style.TEXT: "#17181c",
            style.MUTED: "#565c68",
            style.SMALL: "#2352ec",
            style.LARGE: "#a15615",
            style.NASDAQ: "#12985a",
            style.DOW: "#313337",
            style.EQUAL: "#8d1394",
            style.GOLDEN: "#b48906",
            style.DEATH: "#982528",
            style.VOLUME: "#858687",
            style.FAST: "#17181c",
            style.SLOW: "#565c68",
        }
    ),
    small_words=MappingProxyType({style.GOLDEN: "#7a5c00"}),
)
"""Paper, and whoever reads Discord in its light theme."""

THEMES: Mapping[str, Theme] = MappingProxyType({theme.name: theme for theme in (DARK, LIGHT)})


def theme_of(name: str) -> Theme:
    """Return the theme called `name`."""
    try:
        return THEMES[name]
    except KeyError:
        raise ValueError(f"there is no theme {name!r}: there are {' and '.join(THEMES)}") from None
