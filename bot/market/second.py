"""What a second source says of a move the gate holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.types import Prices

TOLERANCE = 0.02
"""Two sources agree where their moves differ by less."""


def agreeing(ours: Prices, theirs: Prices, symbols: Sequence[str]) -> list[str]:
    """Return those of `symbols` whose last move in `ours` is in `theirs` too, between the same two sessions."""
    return [symbol for symbol in symbols if symbol in theirs and _agrees(ours, theirs, symbol)]


def _agrees(ours: Prices, theirs: Prices, symbol: str) -> bool:
    close = ours.close[:, ours.column(symbol)]
    bars = np.flatnonzero(~np.isnan(close))[-2:]
    rows = np.searchsorted(theirs.sessions, ours.sessions[bars])
    if len(bars) < len(("before", "now")) or (rows >= len(theirs.sessions)).any():
        return False
    if (theirs.sessions[rows] != ours.sessions[bars]).any():
        return False
    other = theirs.close[rows, theirs.column(symbol)]
    # A missing close makes this NaN, and NaN agrees with nothing.
    return bool(abs((close[bars[1]] / close[bars[0]]) / (other[1] / other[0]) - 1) < TOLERANCE)
