"""The events of breadth: what changed between two rows that somebody may want to hear of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.changes import Found, plain
from signals.states import changed_to, latched
from signals.types import BoolArray, FloatArray, History, IntArray, Scalar, Thresholds

LEAST_COVERED = 0.9
_ALWAYS = ("above_200_pct", "above_50_pct", "advancing_ema_frac", "index_from_high_pct")
_COUNTS = ("covered", "members")


def find(history: History, thresholds: Thresholds, *, since: int, until: int) -> list[Found]:
    """Find the events on rows `since` to `until` - 1, kind by kind."""
    is_sound = sound_rows(history)
    above = np.where(is_sound, history["above_200_pct"][:, 0], np.nan)
    average = np.where(is_sound, history["advancing_ema_frac"][:, 0], np.nan)
    half, beyond = float(thresholds["above_pct"]), float(thresholds["hysteresis_points"])
    side = latched(above, half + beyond, half - beyond)
    low_row = last_before(average < float(thresholds["thrust_low"]))
    is_thrust = _thrusts(average, low_row, thresholds)
    found = {
        "breadth_thrust": is_thrust,
        "divergence": _divergences(history["is_index_high"][:, 0], above, thresholds)
        & (last_before(known_rows(history)) >= 0),
        "above_200_up": changed_to(side, 1),
        "above_200_down": changed_to(side, -1),
    }
    told = []
    for kind, is_event in found.items():
        rows = np.flatnonzero(is_event[since:until]) + since
        values = _told(history, rows)
        if kind == "breadth_thrust":
            values |= {
                "low_frac": plain(average[low_row[rows]]),
                "sessions_since_low": (rows - low_row[rows]).tolist(),
            }
        told.append(Found(kind, rows, np.zeros(len(rows), dtype=np.int64), values))
    return told


def sound_rows(history: History) -> BoolArray:
    """Tell the rows that may raise an event: members known then, at least 90 % of them covered; shape (T,).

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> sound_rows(BREADTH.history(_example(), {}))
    array([False, False, False, False, False])
    """
    covered, members = history["covered"][:, 0], history["members"][:, 0]
    is_sound: BoolArray = ~history["is_hindsight"][:, 0] & (members > 0) & (covered >= LEAST_COVERED * members)
    return is_sound


def known_rows(history: History) -> BoolArray:
    """Tell the sound rows on which both the share above and the index's high are known; shape (T,).

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> known_rows(BREADTH.history(_example(), {}))
    array([False, False, False, False, False])
    """
    values = history["above_200_pct"][:, 0] + history["index_from_high_pct"][:, 0]
    is_known: BoolArray = np.isfinite(values) & sound_rows(history)
    return is_known


def last_before(marks: BoolArray) -> IntArray:
    """Return, for each row, the last earlier row that is marked; -1 where there is none.

    Examples
    --------
    >>> last_before(np.array([True, False, True, False]))
    array([-1,  0,  0,  2])
    """
    last = np.maximum.accumulate(np.where(marks, np.arange(len(marks)), -1))
    return np.concatenate([[-1], last])[: len(marks)].astype(np.int64)


def _thrusts(average: FloatArray, low_row: IntArray, thresholds: Thresholds) -> BoolArray:
    """Mark the first row above thrust_high since the last one below thrust_low, where few sessions lie between."""
    is_high = average > float(thresholds["thrust_high"])
    waited = np.arange(len(average)) - low_row
    is_first = last_before(is_high) < low_row
    found: BoolArray = is_high & (low_row >= 0) & (waited <= int(thresholds["thrust_sessions"])) & is_first
    return found


def _divergences(is_index_high: BoolArray, above: FloatArray, thresholds: Thresholds) -> BoolArray:
    is_thin = is_index_high & (above < float(thresholds["divergence_pct"]))
    earlier = last_before(is_thin)
    found: BoolArray = is_thin & ((earlier < 0) | (np.arange(len(above)) - earlier > int(thresholds["rearm_sessions"])))
    return found


def _told(history: History, rows: IntArray) -> dict[str, Sequence[Scalar]]:
    return {
        **{name: plain(history[name][rows, 0]) for name in _ALWAYS},
        **{name: history[name][rows, 0].astype(np.int64).tolist() for name in _COUNTS},
    }
