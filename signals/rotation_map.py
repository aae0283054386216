"""The rotation map: where each subject stands against its benchmark, and which way it moves, week by week."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signals.rotation_pairs import changes
from signals.states import carried, held, last_row
from signals.types import BoolArray, FloatArray, IntArray, SessionArray
from signals.windows import EQUAL_WITHIN

RATIO_WEEKS, MOMENTUM_WEEKS, CHANGE_WEEKS, SMOOTHED = 52, 26, 4, 5
CENTRE, SPREAD, MOST = 100.0, 10.0, 20.0
LEAST_WEEKS = RATIO_WEEKS + CHANGE_WEEKS + MOMENTUM_WEEKS - 1
"""Weekly closes before the first quadrant: 81."""

LEADING, WEAKENING, LAGGING, IMPROVING, UNKNOWN = 1, 2, 3, 4, 0
QUADRANTS = {LEADING: "leading", WEAKENING: "weakening", LAGGING: "lagging", IMPROVING: "improving", UNKNOWN: None}

_FRIDAY = 1  # 1970-01-01, day 0, was a Thursday
_MONDAY = 4


def ratio_and_momentum(relative: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where each subject stands and which way it moves, both round 100.

    ratio = 100 + 10 z52(EMA5(ln relative)), momentum = 100 + 10 z26(EMA5(ratio[w] - ratio[w - 4])); both clamped to
    100 - 20 and 100 + 20. z over n weeks is (value - mean) / standard deviation (of the population) of the last n
    values, the value included. The formulas are ours; nothing here reproduces any proprietary chart.

    Parameters
    ----------
    relative : ndarray of float64, shape (W, N)
        Weekly closes of the subjects divided by the benchmark's, NaN where missing.

    Returns
    -------
    tuple of ndarray of float64, shape (W, N)
        Ratio and momentum. NaN in the first 51 and 80 weeks, and as long after a missing week; and where a window has
        no spread at all.

    Notes
    -----
    Row w uses rows up to w only. The smoothing begins with the first value and anew behind a missing week.

    Examples
    --------
    >>> weeks = np.exp(np.sin(np.arange(90) / 8.0) / 10)[:, None]
    >>> ratio, momentum = ratio_and_momentum(weeks)
    >>> [int(np.flatnonzero(np.isfinite(values[:, 0]))[0]) for values in (ratio, momentum)]
    [51, 80]
    """
    logs = np.full(relative.shape, np.nan)
    np.log(relative, out=logs, where=relative > 0)
    ratio = scored(logs, RATIO_WEEKS)
    change = np.full(ratio.shape, np.nan)
    change[CHANGE_WEEKS:] = ratio[CHANGE_WEEKS:] - ratio[:-CHANGE_WEEKS]
    return ratio, scored(change, MOMENTUM_WEEKS)


def scored(values: FloatArray, window: int) -> FloatArray:
    """Return ``100 + 10 z`` of `values` smoothed, clamped to 80 and 120.

    Parameters
    ----------
    values : ndarray of float64, shape (W, N)
        NaN where unknown.
    window : int
        Weeks the deviation is taken over, at least 2.

    Returns
    -------
    ndarray of float64, shape (W, N)
        NaN until the window is full, and where its values are all equal (within 1e-9).

    Examples
    --------
    >>> scored(np.array([[0.0], [3.0], [3.0], [np.nan]]), 2).ravel()
    array([ nan, 110., 110.,  nan])
    """
    smooth = smoothed(values, SMOOTHED)
    score = np.full(values.shape, np.nan)
    count = len(values) - window + 1
    if count < 1:
        return score
    # Week by week of the window, always in the same order: a longer history gives the same bits.
    total = np.zeros((count, *values.shape[1:]))
    for place in range(window):
        total += smooth[place : place + count]
    mean = total / window
    total[:] = 0.0
    for place in range(window):
        total += (smooth[place : place + count] - mean) ** 2
    spread = np.sqrt(total / window)
    np.divide(smooth[window - 1 :] - mean, spread, out=score[window - 1 :], where=spread > EQUAL_WITHIN)
    return np.clip(CENTRE + SPREAD * score, CENTRE - MOST, CENTRE + MOST)


def smoothed(values: FloatArray, span: int) -> FloatArray:
    """Return the exponential average with weight ``2 / (span + 1)`` for the newest value.

    Parameters
    ----------
    values : ndarray of float64, shape (W, N)
        NaN where unknown: unknown there, and the average begins anew with the next value.
    span : int
        At least 1.

    Examples
    --------
    >>> smoothed(np.array([[1.0], [4.0], [np.nan], [7.0]]), 5).ravel()
    array([ 1.,  2., nan,  7.])
    """
    weight = 2.0 / (span + 1)
    average = np.empty(values.shape)
    before = np.full(values.shape[1:], np.nan)
    for week, value in enumerate(values):
        before = np.where(np.isnan(before), value, before + weight * (value - before))
        average[week] = before
    return average


def quadrants(ratio: FloatArray, momentum: FloatArray, *, hold_weeks: int) -> NDArray[np.int8]:
    """Return each subject's quadrant; a new one counts once it has held for `hold_weeks` weeks.

    Leading: ratio and momentum of at least 100; weakening: ratio at least 100, momentum below; lagging: both below;
    improving: ratio below, momentum at least 100.

    Parameters
    ----------
    ratio, momentum : ndarray of float64, shape (W, N)
        NaN where unknown.
    hold_weeks : int
        At least 1.

    Returns
    -------
    ndarray of int8, shape (W, N)
        `LEADING`, `WEAKENING`, `LAGGING`, `IMPROVING`; `UNKNOWN` where either is. The first known quadrant, and the
        first behind an unknown week, counts at once.

    Examples
    --------
    >>> ratio = np.full((4, 1), 105.0)
    >>> momentum = np.array([[101.0], [99.0], [101.0], [101.0]])
    >>> [QUADRANTS[int(place)] for place in quadrants(ratio, momentum, hold_weeks=2).ravel()]
    ['leading', 'leading', 'leading', 'leading']
    """
    raw = raw_quadrants(ratio, momentum)
    is_same = np.zeros(raw.shape, dtype=np.bool_)
    is_same[1:] = raw[1:] == raw[:-1]
    follows_known = np.zeros(raw.shape, dtype=np.bool_)
    follows_known[1:] = raw[:-1] != UNKNOWN
    counts = ~follows_known if hold_weeks > 1 else np.ones(raw.shape, dtype=np.bool_)
    if hold_weeks > 1:
        counts |= held(is_same, hold_weeks - 1)
    counted = carried(np.where(counts, raw, UNKNOWN).astype(np.int8))
    counted[raw == UNKNOWN] = UNKNOWN
    return counted


def raw_quadrants(ratio: FloatArray, momentum: FloatArray) -> NDArray[np.int8]:
    """Return the quadrant of each week by itself, 0 where unknown.

    Examples
    --------
    >>> raw_quadrants(np.array([101.0, 101.0, 99.0, 99.0, np.nan]), np.array([101.0, 99.0, 99.0, 101.0, 100.0]))
    array([1, 2, 3, 4, 0], dtype=int8)
    """
    rising = momentum >= CENTRE
    raw = np.where(ratio >= CENTRE, np.where(rising, LEADING, WEAKENING), np.where(rising, IMPROVING, LAGGING))
    return np.where(np.isfinite(ratio) & np.isfinite(momentum), raw, UNKNOWN).astype(np.int8)


def entered(counted: NDArray[np.int8], quadrant: int) -> BoolArray:
    """Tell where a subject came into `quadrant` from another known one.

    Parameters
    ----------
    counted : ndarray of int8, shape (W, N)
        From `quadrants`.

    Examples
    --------
    >>> entered(np.array([[0], [1], [2], [2], [1]], dtype=np.int8), LEADING).ravel()
    array([False, False, False, False,  True])
    """
    came: BoolArray = moved(counted) & (counted == quadrant)
    return came


def weeks_in(counted: NDArray[np.int8]) -> IntArray:
    """Return for how many weeks each quadrant has counted, the week itself included; -1 where its start was not seen.

    Parameters
    ----------
    counted : ndarray of int8, shape (W, N)
        From `quadrants`.

    Examples
    --------
    >>> weeks_in(np.array([[1], [1], [2], [2], [0]], dtype=np.int8)).ravel()
    array([-1, -1,  1,  2, -1])
    """
    rows = np.arange(len(counted))[:, None]
    began, lost = last_row(moved(counted)), last_row(counted == UNKNOWN)
    return np.where(began > lost, rows - began + 1, -1)


def moved(counted: NDArray[np.int8]) -> BoolArray:
    """Tell where a subject's quadrant differs from the week before, both known.

    Examples
    --------
    >>> moved(np.array([[1], [2], [0], [1]], dtype=np.int8)).ravel()
    array([False,  True, False, False])
    """
    went = changes(counted)
    went[1:] &= counted[:-1] != UNKNOWN
    return went


def week_ends(sessions: SessionArray, calendar: SessionArray) -> BoolArray:
    """Tell which sessions are the last of their week on the exchange's calendar.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        NYSE sessions, strictly increasing.
    calendar : ndarray of datetime64[D]
        Every session of the exchange. Behind its end only a Friday is known to be a week's last.

    Examples
    --------
    >>> days = np.array(["2025-07-02", "2025-07-03", "2025-07-07"], dtype="datetime64[D]")
    >>> week_ends(days, days)
    array([False,  True, False])
    """
    days = sessions.astype("datetime64[D]").astype(np.int64)
    following = np.searchsorted(calendar, sessions, side="right")
    is_there = following < len(calendar)
    week = (days - _MONDAY) // 7
    next_week = week + (days % 7 == _FRIDAY)
    next_week[is_there] = (calendar[following[is_there]].astype("datetime64[D]").astype(np.int64) - _MONDAY) // 7
    ends: BoolArray = next_week != week
    return ends
