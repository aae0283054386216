"""What happens to a theme: its basket breaks out against the index, and later falls below its average."""

from __future__ import annotations

import numpy as np

from signals.changes import Found, plain
from signals.states import changed_to
from signals.themes_columns import INDEX, PERIODS, ThemeColumns
from signals.types import BoolArray, IntArray, Scalar, Thresholds

TOLD = {
    **{f"{period}_pct": f"{period}_pct" for period in PERIODS},
    **{f"{INDEX}.{period}_pct": f"index_{period}_pct" for period in PERIODS},
}
"""What an event tells, as in a reading, and the column it stands in."""


def find(columns: ThemeColumns, thresholds: Thresholds, *, since: int, until: int) -> list[Found]:
    """Find the events on rows `since` to `until` - 1."""
    broke_out = breakouts(columns, int(thresholds["quiet_sessions"]))
    fell = falls(columns, broke_out)
    found = []
    for kind, happened in (("breakout", broke_out), ("below_average", fell)):
        rows, themes = np.nonzero(happened[since:until])
        rows += since
        values = _told(columns, rows, themes)
        if kind == "below_average":
            values["breakout"] = _last_breakout(columns, broke_out, rows, themes)
        found.append(Found(kind, rows, themes, values))
    return found


def breakouts(columns: ThemeColumns, quiet_sessions: int) -> BoolArray:
    """Mark the first high of basket over index in so many sessions; never where a window rests on hindsight.

    Returns
    -------
    ndarray of bool, shape (T, K)
        A high in hindsight is none to tell of, yet what follows it within `quiet_sessions` is not the first. A session
        that is not sound has no high; before the first high of all, a sound session must have been known to have none.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> history = THEMES.history(_example(), THEMES.thresholds_with({"high_sessions": 2, "average": 2}))
    >>> breakouts(history.columns, 3).ravel()
    array([False, False, False,  True, False])
    """
    is_high = columns["is_high"] & columns["is_sound"]
    is_known = np.isfinite(columns["from_high_pct"]) & columns["is_sound"]
    is_later = np.zeros_like(is_known)
    is_later[1:] = np.logical_or.accumulate(is_known, axis=0)[:-1]
    count = np.cumsum(is_high, axis=0)
    before = np.zeros_like(count)
    before[1:] = count[:-1]
    long_before = np.zeros_like(count)
    long_before[quiet_sessions:] = count[: max(0, len(count) - quiet_sessions)]
    first: BoolArray = is_high & (before == long_before) & is_later & ~columns["rests_on_hindsight"]
    return first


def falls(columns: ThemeColumns, broke_out: BoolArray) -> BoolArray:
    """Mark where a basket closes below its average for the first time since a breakout; once per breakout.

    Returns
    -------
    ndarray of bool, shape (T, K)
        False where a window rests on hindsight; over a session that is not sound a basket stays on the side it was.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> history = THEMES.history(_example(), THEMES.thresholds_with({"high_sessions": 2, "average": 2}))
    >>> falls(history.columns, breakouts(history.columns, 3)).ravel()
    array([False, False, False, False,  True])
    """
    fell = changed_to(columns["sound_side"], -1)
    count = np.cumsum(fell, axis=0)
    at_breakout = np.maximum.accumulate(np.where(broke_out, count, -1), axis=0)
    is_first = (at_breakout >= 0) & (count == at_breakout + 1) & ~broke_out
    first: BoolArray = fell & is_first & ~columns["rests_on_hindsight"]
    return first


def _told(columns: ThemeColumns, rows: IntArray, themes: IntArray) -> dict[str, list[Scalar]]:
    values = {name: plain(columns[column][rows, themes]) for name, column in TOLD.items()}
    average = columns["basket_average"][rows, themes]
    values["from_average_pct"] = plain(100.0 * (columns["level"][rows, themes] / average - 1.0))
    values["members"] = plain(columns["members"][rows, themes])
    values["priced"] = plain(columns["priced"][rows, themes])
    return values


def _last_breakout(columns: ThemeColumns, broke_out: BoolArray, rows: IntArray, themes: IntArray) -> list[Scalar]:
    numbers = np.arange(len(broke_out))[:, None]
    last = np.maximum.accumulate(np.where(broke_out, numbers, -1), axis=0)[rows, themes]
    return [str(day) for day in columns.market.prices.sessions[last]]
