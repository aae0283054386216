"""What changes in who leads: how much two sectors carry, which sector adds most, whether banks beat the index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, plain
from signals.leadership_columns import BANKS, INDEX, NONE, SUBJECTS
from signals.states import carried, changed_to, held, latched
from signals.types import BoolArray, FloatArray, IntArray, Scalar, SessionArray, Thresholds
from signals.windows import EQUAL_WITHIN

LEAST_WEIGHT_PCT = 90.0
LEAST_COVERED = 0.9
YTD, BANK = SUBJECTS.index("ytd"), SUBJECTS.index("banks")

Columns = Mapping[str, NDArray[Any]]


def find(
    columns: Columns, sessions: SessionArray, sectors: Sequence[str], thresholds: Thresholds, *, since: int, until: int
) -> list[Found]:
    """Find the events on rows `since` to `until` - 1."""
    hold = int(thresholds["hold_sessions"])
    years = list(_years(sessions))
    found = []
    is_covered = _is_covered(columns)
    share = np.where(is_covered, columns["top_two_share_pct"][:, YTD], np.nan)
    for kind, happened in top_two_changes(share, years, thresholds).items():
        rows = _wanted(happened, since, until)
        found.append(Found(kind, rows, np.full(len(rows), YTD), _two(columns, sectors, rows)))
    changed, led = leader_changes(np.where(is_covered, columns["leader"][:, YTD], NONE), years, hold)
    rows = _wanted(changed, since, until)
    found.append(Found("leading_sector", rows, np.full(len(rows), YTD), _leader(columns, sectors, rows, led)))
    rows = _wanted(overtakes(columns["banks_lead"][:, BANK], hold), since, until)
    found.append(Found("banks_overtake", rows, np.full(len(rows), BANK), _banks(columns, rows)))
    return found


def top_two_changes(share: FloatArray, years: Sequence[slice], thresholds: Thresholds) -> dict[str, BoolArray]:
    """Mark where the share of the top two sectors rises to the threshold, or falls below it by the hysteresis.

    Parameters
    ----------
    share : ndarray of float64, shape (T,)
        Per cent, NaN where unknown: nothing happens there, and the state stays.
    years : sequence of slice
        The rows of each calendar year; each begins anew, and its first state is no change.
    thresholds : mapping
        `top_two_pct` and `hysteresis_points`.

    Examples
    --------
    >>> share = np.array([60.0, 71.0, 68.0, 64.0])
    >>> changes = top_two_changes(share, [slice(0, 4)], {"top_two_pct": 70.0, "hysteresis_points": 5.0})
    >>> changes["top_two_above"].tolist(), changes["top_two_below"].tolist()
    ([False, True, False, False], [False, False, False, True])
    """
    on = float(thresholds["top_two_pct"])
    off = on - float(thresholds["hysteresis_points"])
    state = np.zeros(len(share), dtype=np.int8)
    for year in years:
        state[year] = latched(share[year], on, off)
    began = np.zeros(len(share), dtype=np.bool_)
    began[[year.start for year in years]] = True
    return {
        "top_two_above": changed_to(state, 1) & ~began,
        "top_two_below": changed_to(state, -1) & ~began,
    }


def leader_changes(leader: IntArray, years: Sequence[slice], hold: int) -> tuple[BoolArray, NDArray[np.int8]]:
    """Mark where another sector has led for `hold` sessions in a row.

    Parameters
    ----------
    leader : ndarray of int64, shape (T,)
        Place of the sector, -1 where none leads: that ends no lead, yet the count begins anew.
    years : sequence of slice
        The rows of each calendar year; each begins anew, and its first leader is no change.
    hold : int
        Sessions, at least 1.

    Returns
    -------
    changed : ndarray of bool, shape (T,)
        True on the last of those sessions.
    led : ndarray of int8, shape (T,)
        1 + the place of the sector whose lead has held; 0 before the first.

    Examples
    --------
    >>> changed, led = leader_changes(np.array([3, 3, 5, 3, 5, 5]), [slice(0, 6)], 2)
    >>> changed.tolist(), led.tolist()
    ([False, False, False, False, False, True], [0, 4, 4, 4, 4, 6])
    """
    led = np.zeros(len(leader), dtype=np.int8)
    changed = np.zeros(len(leader), dtype=np.bool_)
    for year in years:
        own = leader[year]
        is_same = np.zeros(len(own), dtype=np.bool_)
        is_same[1:] = own[1:] == own[:-1]
        lasts = held(is_same, hold - 1) if hold > 1 else np.ones(len(own), dtype=np.bool_)
        led[year] = carried(np.where(lasts, own + 1, 0).astype(np.int8))
        began = led[year]
        changed[year][1:] = (began[1:] != began[:-1]) & (began[:-1] != 0)
    return changed, led


def overtakes(lead: FloatArray, hold: int) -> BoolArray:
    """Mark where the banks, behind until then, have been ahead for `hold` sessions in a row.

    Parameters
    ----------
    lead : ndarray of float64, shape (T,)
        Points, NaN where unknown; level within one in a thousand million is neither ahead nor behind.
    hold : int
        Sessions, at least 1; a lead is lost, too, only after so many behind.

    Examples
    --------
    >>> overtakes(np.array([-1.0, -1.0, 1.0, -1.0, 1.0, 1.0]), 2)
    array([False, False, False, False, False,  True])
    """
    marks = np.zeros(len(lead), dtype=np.int8)
    marks[held(lead >= EQUAL_WITHIN, hold)] = 1
    marks[held(lead <= -EQUAL_WITHIN, hold)] = -1
    return changed_to(carried(marks), 1)


def _years(sessions: SessionArray) -> Iterator[slice]:
    year = sessions.astype("datetime64[Y]")
    for first, end in pairwise([0, *(np.flatnonzero(year[1:] != year[:-1]) + 1).tolist(), len(sessions)]):
        yield slice(first, end)


def _is_covered(columns: Columns) -> BoolArray:
    """Tell the rows that may move a state of the year: 90 % of the weight and of the shares are covered."""
    has_weight = columns["covered_weight_pct"][:, YTD] >= LEAST_WEIGHT_PCT
    has_shares: BoolArray = columns["covered"][:, YTD] >= LEAST_COVERED * columns["universe"][:, YTD]
    return has_weight & has_shares


def _wanted(happened: BoolArray, since: int, until: int) -> IntArray:
    return np.flatnonzero(happened[since:until]).astype(np.int64) + since


def _year_values(columns: Columns, rows: IntArray) -> dict[str, list[Scalar]]:
    names = ("basket_pct", "index_pct", "top_two_share_pct", "covered_weight_pct")
    return {name: plain(columns[name][rows, YTD]) for name in names}


def _two(columns: Columns, sectors: Sequence[str], rows: IntArray) -> dict[str, list[Scalar]]:
    contributions = columns["contribution_pct"][rows, YTD]
    directed = contributions * np.sign(columns["basket_pct"][rows, YTD])[:, None]
    order = np.argsort(np.where(np.isnan(directed), np.inf, -directed), axis=1, kind="stable")[:, :2]
    values = _year_values(columns, rows)
    for rank in range(order.shape[1]):
        places = order[:, rank]
        values[f"sector_{rank + 1}.name"] = [sectors[place] for place in places]
        values[f"sector_{rank + 1}.contribution_pct"] = plain(contributions[np.arange(len(rows)), places])
    return values


def _leader(columns: Columns, sectors: Sequence[str], rows: IntArray, led: NDArray[np.int8]) -> dict[str, list[Scalar]]:
    leader = led[rows].astype(np.int64) + NONE
    before = led[rows - 1].astype(np.int64) + NONE
    return {
        "sector_1.name": [sectors[place] for place in leader],
        "sector_1.contribution_pct": plain(columns["contribution_pct"][rows, YTD, leader]),
        "sector_before": [sectors[place] for place in before],
        **_year_values(columns, rows),
    }


def _banks(columns: Columns, rows: IntArray) -> dict[str, list[Scalar]]:
    names = {
        f"{BANKS}.change_pct": "banks_pct",
        f"{INDEX}.change_pct": "banks_index_pct",
        "banks_minus_index.change_pct": "banks_lead",
    }
    return {name: plain(columns[column][rows, BANK]) for name, column in names.items()}
