"""What raises an event of valuation: the discount where it is sound, its level, and what is told of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.changes import plain
from signals.definition import EventKind, Threshold
from signals.types import FloatArray, History, Scalar, Thresholds
from signals.valuation_columns import WITHOUT

EARNINGS = ("trailing", "forward")
LEAST_COVERED = 0.9


def sound_discount(history: History, thresholds: Thresholds) -> FloatArray:
    """Return the discount that events are about; NaN where too little of a side is covered, or members were not known.

    Examples
    --------
    >>> from signals.valuation import VALUATION, _example
    >>> thresholds = VALUATION.thresholds_with({"earnings": "trailing"})
    >>> sound_discount(VALUATION.history(_example(), {}), thresholds).round(1)
    array([ nan,  nan,  nan, 18.2,  0. ])
    """
    which = str(thresholds["earnings"])
    covered, members = history["covered" if which == "trailing" else "covered_forward"], history["members"]
    is_sound = ~history["is_hindsight"] & (members > 0) & (covered >= LEAST_COVERED * members)
    return np.where(is_sound.all(axis=1), history[f"{which}_discount{WITHOUT}_pct"][:, 0], np.nan)


def level_of(thresholds: Thresholds) -> tuple[float, float]:
    """Return the discount that is crossed, and how far beyond it a crossing must go.

    Examples
    --------
    >>> from signals.valuation import VALUATION
    >>> level_of(VALUATION.thresholds_with())
    (15.0, 2.0)
    """
    return float(thresholds["discount_pct"]), float(thresholds["hysteresis_points"])


def told_of(history: History, rows: NDArray[np.int64], which: str) -> dict[str, list[Scalar]]:
    """Return what events on some rows tell.

    Examples
    --------
    >>> from signals.valuation import VALUATION, _example
    >>> told_of(VALUATION.history(_example(), {}), np.array([3]), "trailing")["large"]
    [20.0]
    """
    multiple = f"{which}_pe{WITHOUT}"
    return {
        "earnings": [which] * len(rows),
        "discount_pct": plain(history[f"{which}_discount{WITHOUT}_pct"][rows, 0]),
        "small": plain(history[multiple][rows, 0]),
        "large": plain(history[multiple][rows, 1]),
    }


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "earnings",
        "limit",
        "word",
        "forward",
        0,
        0,
        "whose discount raises an event: of forward or trailing P/E",
        EARNINGS,
    ),
    Threshold("discount_pct", "limit", "pct", 15.0, -50.0, 80.0, "discount of small companies that is crossed"),
    Threshold("hysteresis_points", "limit", "points", 2.0, 0.1, 10.0, "how far beyond discount_pct a crossing must go"),
)
_LIMITS = ("earnings", "discount_pct", "hysteresis_points")

KINDS: tuple[EventKind, ...] = (
    EventKind("discount_up", "Larger discount", "the discount of small companies rose past discount_pct", _LIMITS, 3),
    EventKind(
        "discount_down", "Smaller discount", "the discount of small companies fell past discount_pct", _LIMITS, 3
    ),
)
