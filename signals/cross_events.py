"""The events of a cross: what changed between two rows that somebody may want to hear of."""

from __future__ import annotations

import numpy as np

from signals.changes import Found, plain
from signals.cross_columns import NONE, CrossColumns
from signals.cross_layers import LAYERS, Cells
from signals.types import BoolArray, IntArray, Scalar, Thresholds

AFTERMATH_SESSIONS = 20
"""A cross is confirmed, or has failed, within this many sessions or not at all."""

_ALWAYS = ("close", "fast", "slow", "gap_pct", "gap_change_5")
_AHEAD = (*_ALWAYS, "trigger_close", "flat_sessions")


def find(columns: CrossColumns, thresholds: Thresholds, *, since: int, until: int) -> list[Found]:
    """Find the events on rows `since` to `until` - 1, kind by kind."""
    return [
        *_crosses(columns, since, until),
        *_approaches(columns, int(thresholds["approach_sessions"]), since, until),
        *_aftermath(columns, thresholds, since, until),
    ]


def _crosses(columns: CrossColumns, since: int, until: int) -> list[Found]:
    rows, subjects = np.nonzero(columns["crossed"][since:until])
    rows += since
    golden = columns["crossed"][rows, subjects] > 0
    cut, places = _narrow(columns, subjects)
    return [
        Found(kind, rows[chosen], subjects[chosen], _told(cut, rows[chosen], places[chosen], _ALWAYS))
        for kind, chosen in (("golden_cross", golden), ("death_cross", ~golden))
    ]


def _approaches(columns: CrossColumns, sessions: int, since: int, until: int) -> list[Found]:
    near = columns.flat_in(slice(since, until))
    cut = columns.only(candidates := np.flatnonzero(((near > 0) & (near <= sessions)).any(axis=0)))
    rows, places = np.nonzero(_first_of_each_approach(cut, sessions)[since:until])
    rows += since
    golden = cut["state"][rows, places] < 0
    return [
        Found(kind, rows[chosen], candidates[places[chosen]], _told(cut, rows[chosen], places[chosen], _AHEAD))
        for kind, chosen in (("approaching_golden", golden), ("approaching_death", ~golden))
    ]


def _first_of_each_approach(columns: CrossColumns, sessions: int) -> BoolArray:
    """Mark the first session of every approach; a cross, or a forecast beyond twice the limit, ends an approach."""
    flat, state = columns["flat_sessions"], columns["state"]
    is_near = (flat > 0) & (flat <= sessions) & (columns["gap_change_5"] * state < 0)
    is_over = (columns["crossed"] != 0) | (flat == NONE) | (flat > 2 * sessions)
    count = np.cumsum(is_near, axis=0, dtype=np.int32)
    before = np.maximum.accumulate(np.where(is_over, count - is_near, np.int32(0)), axis=0)
    first: BoolArray = is_near & (count - before == 1)
    return first


def _aftermath(columns: CrossColumns, thresholds: Thresholds, since: int, until: int) -> list[Found]:
    start = max(0, since - AFTERMATH_SESSIONS)
    rows, subjects = np.nonzero(columns["crossed"][start:until])
    rows += start
    cut, places = _narrow(columns, subjects)
    return [
        _confirmed(cut, thresholds, (rows, subjects, places), since, until),
        _failed(cut, (rows, subjects, places), since),
    ]


def _confirmed(
    cut: CrossColumns, thresholds: Thresholds, crosses: tuple[IntArray, IntArray, IntArray], since: int, until: int
) -> Found:
    """Find the first session within 20 of each cross on which all required layers pass."""
    began, subjects, places = crosses
    ahead = np.arange(AFTERMATH_SESSIONS + 1)[:, None]
    rows = np.minimum(began + ahead, until - 1)
    cells = Cells(
        rows=rows.ravel(),
        columns=np.broadcast_to(places, rows.shape).ravel(),
        since=np.broadcast_to(began, rows.shape).ravel(),
        side=np.broadcast_to(cut["crossed"][began, places].astype(np.float64), rows.shape).ravel(),
    )
    same = cut["since_row"][cells.rows, cells.columns] == cells.since
    agreed = same.reshape(rows.shape) & (began + ahead < until)
    for layer in LAYERS:
        if thresholds[f"require_{layer.name}"] == "yes":
            agreed &= layer.answer(cut, cells, thresholds)[2].reshape(rows.shape)
    first = agreed.argmax(axis=0)
    at = began + first
    chosen = agreed.any(axis=0) & (at >= since)
    at, first, began, places = at[chosen], first[chosen], began[chosen], places[chosen]
    values = _told(cut, at, places, _ALWAYS) | {
        "sessions_since": first.tolist(),
        "state": np.where(cut["crossed"][began, places] > 0, "golden", "death").tolist(),
    }
    return Found("confirmed", at, subjects[chosen], values)


def _failed(cut: CrossColumns, crosses: tuple[IntArray, IntArray, IntArray], since: int) -> Found:
    """Find crosses that undo the one before within 20 sessions."""
    rows, subjects, places = crosses
    began = cut["since_row"][np.maximum(rows - 1, 0), places].astype(np.int64)
    chosen = (rows >= since) & (began != NONE) & (rows - began <= AFTERMATH_SESSIONS)
    rows, places, began = rows[chosen], places[chosen], began[chosen]
    values = _told(cut, rows, places, _ALWAYS) | {
        "sessions_since": (rows - began).tolist(),
        "state": np.where(cut["crossed"][began, places] > 0, "golden", "death").tolist(),
    }
    return Found("failed", rows, subjects[chosen], values)


def _narrow(columns: CrossColumns, subjects: IntArray) -> tuple[CrossColumns, IntArray]:
    """Return the columns of `subjects` alone, and each subject's place among them."""
    unique, places = np.unique(subjects, return_inverse=True)
    return columns.only(unique), places


def _told(columns: CrossColumns, rows: IntArray, places: IntArray, names: tuple[str, ...]) -> dict[str, list[Scalar]]:
    return {name: plain(columns[name][rows, places]) for name in names}
