"""One style for every card and picture: a colour per thing, legible on a phone in Discord's dark theme."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from bot.cards.measure import fitted, width_in
from bot.cards.words import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BACKGROUND: Final = "#1e1f22"
PANEL: Final = "#2b2d31"
GRID: Final = "#43464d"
TEXT: Final = "#f2f3f5"
MUTED: Final = "#b8bcc6"

# These eight were searched for: seen normally or with any of the three colour blindnesses, no two come closer than
# 20 in CIELAB, and all stand out from the background. A test holds them to it.
SMALL: Final = "#5a88ff"
LARGE: Final = "#df8d39"
NASDAQ: Final = "#6cffda"
DOW: Final = "#a0a4aa"
EQUAL: Final = "#e693e2"
GOLDEN: Final = "#fddf4d"
DEATH: Final = "#ff6a6e"
VOLUME: Final = "#696e79"
FAST: Final = "#ffffff"
SLOW: Final = "#aeb4c0"

SUBJECT_COLOURS: Final = MappingProxyType(
    {
        "^RUT": SMALL,
        "IWM": SMALL,
        "RTY=F": SMALL,
        "^GSPC": LARGE,
        "SPY": LARGE,
        "^IXIC": NASDAQ,
        "QQQ": NASDAQ,
        "^DJI": DOW,
        "RSP": EQUAL,
        "QQQE": EQUAL,
    }
)

TONES: Final = MappingProxyType({"golden": 0xFDDF4D, "death": 0xFF6A6E, "neutral": 0x5A88FF, "warning": 0xDF8D39})
"""Colour of an embed's edge by the card's tone."""

SYMBOLS: Final = MappingProxyType({"golden": "▲", "death": "▼", "pass": "✓", "fail": "✗", "unknown": "?"})
"""What says the same as the colour to those who do not see it."""

TITLE_PT: Final = 17
LEAST_TITLE_PT: Final = 13
LABEL_PT: Final = 14
SMALL_PT: Final = 12
"""Points on a picture 8 inches wide: 12 points are 8 pixels high where Discord shows it 400 pixels wide."""

LINE_LETTERS: Final = 84
"""Letters that fit the width at that size."""

SHORT_DAYS: Final = 7
"""Over fewer days than this the axis would count hours."""

WIDTH_IN: Final = 8.0
TITLE_IN: Final = 0.97 * WIDTH_IN
BADGE_MARGIN_IN: Final = 0.35
"""What a label's box and the gap before it take of the title's width."""
DPI: Final = 200


def colour_of(subject: str) -> str:
    """Return the colour of an index or fund, and that of small caps for any other symbol."""
    return SUBJECT_COLOURS.get(subject, SMALL)


def new_figure(height_in: float) -> Figure:
    """Return an empty dark figure of the house's width (a plain ``Figure``: pyplot keeps global state)."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor=BACKGROUND)


def dress(axes: Axes) -> None:
    """Give axes the house's look: dark panel, quiet grid, legible ticks, no box."""
    axes.set_facecolor(BACKGROUND)
    axes.grid(visible=True, color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=SMALL_PT, length=0, pad=4)
    for spine in axes.spines.values():
        spine.set_visible(False)


def caption(figure: Figure, *, title: str, as_of: str, label: str) -> None:
    """Write the title above, the as-of line below, and a label such as SIMULATED in plain sight.

    Names come from outside: what does not fit is written smaller, then cut, and a dollar sign starts no formula.
    """
    room = TITLE_IN - (width_in(label, SMALL_PT, is_bold=True) + BADGE_MARGIN_IN if label else 0)
    points = max(LEAST_TITLE_PT, min(TITLE_PT, TITLE_PT * room / max(width_in(title, TITLE_PT, is_bold=True), 0.01)))
    title = fitted(title, points, room, is_bold=True)
    figure.text(
        0.015, 0.985, title, color=TEXT, fontsize=points, fontweight="bold", va="top", ha="left", parse_math=False
    )
    as_of = shorten(as_of, LINE_LETTERS)
    figure.text(0.015, 0.012, as_of, color=MUTED, fontsize=SMALL_PT, va="bottom", ha="left", parse_math=False)
    if label:
        badge = {"boxstyle": "round,pad=0.25", "facecolor": LARGE, "edgecolor": "none"}
        figure.text(
            0.985,
            0.972,
            label,
            color=BACKGROUND,
            fontsize=SMALL_PT,
            fontweight="bold",
            va="top",
            ha="right",
            bbox=badge,
        )


def time_axis(axes: Axes, days: NDArray[np.float64], *, margin: float = 0.012) -> None:
    """Label the axis of days (since 1970) with few and short dates, its ends `margin` of the span away."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=7)  # type: ignore[no-untyped-call] # matplotlib types no dates
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call] # the same
    axes.xaxis.set_major_formatter(formatter)
    span = days[-1] - days[0]
    edge = span * margin if span >= SHORT_DAYS else SHORT_DAYS / 2
    axes.set_xlim(days[0] - edge, days[-1] + edge)
