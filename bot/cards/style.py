"""One style for every card and picture: a colour per thing, legible on a phone.

A thing's colour is that of the dark theme; charts name it by that, and `bot.cards.theme` says what it is in the other.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
"""The fast and the slow average; and, of two lines that are none of these things, the first and the second."""

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
EDGE_IN: Final = 0.09
"""Between the picture's edge and its title."""


def colour_of(subject: str) -> str:
    """Return the colour of an index or fund, and that of small caps for any other symbol."""
    return SUBJECT_COLOURS.get(subject, SMALL)


def time_axis(axes: Axes, days: NDArray[np.float64], *, margin: float = 0.012, most: int = 7) -> None:
    """Label the axis of days (since 1970) with at most `most` short dates, its ends `margin` of the span away."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=most)  # type: ignore[no-untyped-call] # matplotlib types no dates
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call] # the same
    axes.xaxis.set_major_formatter(formatter)
    span = days[-1] - days[0]
    edge = span * margin if span >= SHORT_DAYS else SHORT_DAYS / 2
    axes.set_xlim(days[0] - edge, days[-1] + edge)
