"""A picture of horizontal bars, from zero or from where the one above ended: its data and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from bot.cards import style
from bot.cards.card import Chart
from bot.cards.frame import framed, with_unknown
from signals.types import Market

MOST_BARS = 24
"""More would make a picture that a phone shows too small to read."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value, NaN where unknown, and a few letters beside it.

    Attributes
    ----------
    start : float
        Where the bar begins: zero, or where the one above ended in a waterfall.
    colour : str
        One of `bot.cards.style`.
    is_whole : bool
        Whether it is what the others are measured by, such as their sum.
    """

    name: str
    value: float
    note: str = ""
    start: float = 0.0
    colour: str = style.SMALL
    is_whole: bool = False


def bars_chart(
    market: Market, session: date, bars: Sequence[Bar], *, title: str, unit: str, alt: str, is_signed: bool = False
) -> Chart | None:
    """Return the picture of `bars` in the order given; the unknown ones are named, not drawn. Of none there is none.

    With `is_signed` every value shows its sign, even where none is negative.
    """
    known = [bar for bar in bars if np.isfinite(bar.value)]
    if not known:
        return None
    unknown = [bar.name for bar in bars if not np.isfinite(bar.value)]
    data = {
        "bars": [
            (bar.name, float(bar.value), bar.note, float(bar.start), bar.colour, bar.is_whole)
            for bar in known[:MOST_BARS]
        ],
        "more": len(known) - len(known[:MOST_BARS]),
        "unknown": unknown,
        "unit": unit,
        "is_signed": is_signed,
    }
    return framed("bars", market, session, data, title=title, alt=with_unknown(alt, unknown))


def falling(bars: Sequence[Bar]) -> list[Bar]:
    """Return `bars` as a waterfall: each begins where the known one above it ended."""
    found, end = [], 0.0
    for bar in bars:
        found.append(replace(bar, start=end))
        end += bar.value if np.isfinite(bar.value) else 0.0
    return found
