"""The events of catch-up: a level of the fall made good, or a new trough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from signals.changes import Found, plain
from signals.types import BoolArray, History, IntArray, Scalar, Thresholds
from signals.windows import EQUAL_WITHIN

LEVELS = (25, 50, 75)
"""Per cent of the fall made good."""
_TOLD = ("recovered_frac", "ratio", "peak", "trough", "fall_pct", "from_peak_pct")


def find(history: History, thresholds: Thresholds, *, since: int, until: int) -> list[Found]:
    """Find the events on rows `since` to `until` - 1, kind by kind."""
    counts = is_fall(history["fall_pct"], thresholds)
    marks = {f"recovered_{level}": counts & _reached(history, level / 100) for level in LEVELS}
    lowest = _is_lowest(history) & counts
    marks["new_trough"] = _first_of_each(lowest, int(thresholds["rearm_sessions"])) & _is_known_before(history)
    found = []
    for kind, is_event in marks.items():
        rows, subjects = np.nonzero(is_event[since:until])
        rows = rows + since
        found.append(Found(kind, rows, subjects, _told(history, rows, subjects)))
    return found


def is_fall(fall_pct: Any, thresholds: Thresholds) -> Any:
    """Tell whether a trough lies so far below its peak that it counts; False where unknown.

    Examples
    --------
    >>> is_fall(np.array([-5.0, -4.9, np.nan]), {"least_fall_pct": 5.0})
    array([ True, False, False])
    """
    return fall_pct <= EQUAL_WITHIN - float(thresholds["least_fall_pct"])


def _reached(history: History, level: float) -> BoolArray:
    """Mark where `level` is reached for the first time since the trough, all measured against today's peak.

    So a level that is passed only because an old peak has left the window is no event. A ratio within one part in a
    thousand million of the way has reached it.
    """
    depth = history["peak"] - history["trough"]
    bound = history["trough"] + (level - EQUAL_WITHIN) * depth
    reached: BoolArray = (history["ratio"] >= bound) & (history["highest"] < bound)
    return reached


def _is_lowest(history: History) -> BoolArray:
    is_today: BoolArray = history["trough_row"] == np.arange(len(history.sessions))[:, None]
    return is_today


def _is_known_before(history: History) -> BoolArray:
    """Mark the rows with an earlier one that knows a peak: a trough on the first of all may be long there."""
    is_known = np.isfinite(history["fall_pct"])
    is_later: BoolArray = np.zeros_like(is_known)
    is_later[1:] = np.logical_or.accumulate(is_known, axis=0)[:-1]
    return is_later


def _first_of_each(marks: BoolArray, sessions: int) -> BoolArray:
    """Keep the marks that have none in the `sessions` rows before."""
    rows = np.arange(len(marks))[:, None]
    last = np.maximum.accumulate(np.where(marks, rows, -sessions - 1), axis=0)
    before = np.vstack([np.full((1, marks.shape[1]), -sessions - 1), last])[: len(marks)]
    first: BoolArray = marks & (rows - before > sessions)
    return first


def _told(history: History, rows: IntArray, subjects: IntArray) -> dict[str, Sequence[Scalar]]:
    days = np.datetime_as_string(history.sessions)
    return {
        **{name: plain(history[name][rows, subjects]) for name in _TOLD},
        **{
            f"{name}_session": days[history[f"{name}_row"][rows, subjects].astype(np.int64)].tolist()
            for name in ("peak", "trough")
        },
    }
