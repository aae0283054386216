"""A picture of horizontal bars from zero: its data and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards.card import Chart
from bot.cards.frame import framed, with_unknown
from signals.types import Market

MOST_BARS = 24
"""More would make a picture that a phone shows too small to read."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A named value, NaN where unknown, and a few letters beside it."""

    name: str
    value: float
    note: str = ""


def bars_chart(market: Market, session: date, bars: Sequence[Bar], *, title: str, unit: str, alt: str) -> Chart:
    """Return the picture of `bars` in the order given; the unknown ones are named, not drawn."""
    known = [bar for bar in bars if np.isfinite(bar.value)]
    unknown = [bar.name for bar in bars if not np.isfinite(bar.value)]
    data = {
        "bars": [(bar.name, float(bar.value), bar.note) for bar in known[:MOST_BARS]],
        "more": len(known) - len(known[:MOST_BARS]),
        "unknown": unknown,
        "unit": unit,
    }
    return framed("bars", market, session, data, title=title, alt=with_unknown(alt, unknown))
