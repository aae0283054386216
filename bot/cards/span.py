"""How far back a picture reaches, and which of its sessions are drawn."""

from __future__ import annotations

import numpy as np

from signals.types import IntArray, SessionArray

SPANS = {"6m": 126, "1y": 252, "5y": 1260, "all": None}
"""What a reader may ask for, in sessions; None is everything."""
SPAN_WORDS = {"6m": "6 months", "1y": "1 year", "5y": "5 years", "all": "all years"}
MOST_ROWS = 2600
"""Rows a picture is given: of more than its pixels, the last of each week is drawn."""


def first_row(last: int, span: str) -> int:
    """Return the first row of a picture over `span` that ends with row `last`."""
    return max(0, last + 1 - (SPANS[span] or last + 1))


def drawn_rows(sessions: SessionArray, last: int, span: str) -> IntArray:
    """Return the rows up to `last` that a picture over `span` (a key of `SPANS`) draws."""
    rows = np.arange(first_row(last, span), last + 1)
    if len(rows) <= MOST_ROWS:
        return rows
    week = (sessions[rows].astype("datetime64[D]").astype(np.int64) + 3) // 7
    is_last = np.append(week[1:] != week[:-1], True)
    weekly: IntArray = rows[is_last]
    return weekly
