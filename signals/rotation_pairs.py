"""One side against the other: the ratio of two prices, how it moved, and who leads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from signals.states import carried, held, last_row
from signals.types import Basis, BoolArray, FloatArray, IntArray, Prices
from signals.windows import EQUAL_WITHIN

FIRST_LEADS, SECOND_LEADS, NEUTRAL, UNKNOWN = 1, -1, 2, 0
"""States of a pair."""

TEN_YEARS = 2520
"""Sessions of the percentile's window."""

_ROWS_AT_A_TIME = 256


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """Who leads in each session, and since when.

    Attributes
    ----------
    state : ndarray of int8, shape (T, N)
        `FIRST_LEADS`, `SECOND_LEADS`, `NEUTRAL`, or `UNKNOWN` where a return is.
    changed : ndarray of bool, shape (T, N)
        Where a known state differs from the known one before it; the first known state is no change.
    since_row : ndarray of int64, shape (T, N)
        The row of the last change; -1 where none was seen.
    run_sessions : ndarray of int64, shape (T, N)
        Rows in a row with both returns beyond the bound, on the same side.
    """

    state: NDArray[np.int8]
    changed: BoolArray
    since_row: IntArray
    run_sessions: IntArray


def closes_of(prices: Prices, basis: Basis, symbols: tuple[str, ...]) -> FloatArray:
    """Return the closes of `symbols`, shape (T, N); NaN in the column of one without prices.

    Examples
    --------
    >>> from signals.example import example_market
    >>> closes_of(example_market("SPY", [6, 4, 2, 8, 6]).prices, Basis.PRICE, ("SPY", "RSP"))[0]
    array([ 6., nan])
    """
    known = prices.closes(basis)
    closes = np.full((len(prices.sessions), len(symbols)), np.nan)
    for place, symbol in enumerate(symbols):
        if symbol in prices:
            closes[:, place] = known[:, prices.column(symbol)]
    return closes


def ratio_of(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return `first` divided by `second`, NaN where either is missing or not above 0.

    Examples
    --------
    >>> ratio_of(np.array([3.0, np.nan, 1.0]), np.array([2.0, 1.0, 0.0]))
    array([1.5, nan, nan])
    """
    shape = np.broadcast_shapes(first.shape, second.shape)
    ratio = np.full(shape, np.nan)
    np.divide(first, second, out=ratio, where=(first > 0) & (second > 0))
    return ratio


def relative_return(ratio: FloatArray, sessions: int) -> FloatArray:
    """Return the change of `ratio` over so many sessions, in per cent.

    ``100 * (ratio[t] / ratio[t - sessions] - 1)``: above 0 where the first side gained on the second.

    Parameters
    ----------
    ratio : ndarray of float64, shape (T, N)
        NaN where unknown.
    sessions : int
        At least 1.

    Returns
    -------
    ndarray of float64, shape (T, N)
        NaN in the first `sessions` rows, and where either end is unknown.

    Examples
    --------
    >>> relative_return(np.array([[2.0], [3.0], [np.nan], [1.5]]), 1).ravel()
    array([nan, 50., nan, nan])
    """
    change = np.full(ratio.shape, np.nan)
    before = ratio[: max(len(ratio) - sessions, 0)]
    change[sessions:] = 100.0 * (ratio_of(ratio[sessions:], before) - 1.0)
    return change


def percentile_rank(values: FloatArray, window: int = TEN_YEARS) -> FloatArray:
    """Return where each value stands among the last `window`, itself included: 0 the lowest, 100 the highest.

    ``100 * (lower + equal / 2) / (window - 1)``, counting the other values of the window.

    Parameters
    ----------
    values : ndarray of float64, shape (T, N)
        NaN where unknown.
    window : int
        At least 2.

    Returns
    -------
    ndarray of float64, shape (T, N)
        NaN in the first ``window - 1`` rows and wherever a value of the window is unknown.

    Notes
    -----
    Compares each row with its own window alone: no look-ahead. Ties count half.

    Examples
    --------
    >>> percentile_rank(np.array([[1.0], [3.0], [2.0], [2.0]]), 3).ravel()
    array([nan, nan, 50., 25.])
    """
    ranks = np.full(values.shape, np.nan)
    if len(values) < window:
        return ranks
    is_whole = held(np.isfinite(values), window)
    for n in range(values.shape[1]):
        windows = sliding_window_view(values[:, n], window)
        rows = np.flatnonzero(is_whole[:, n])
        for start in range(0, len(rows), _ROWS_AT_A_TIME):
            some = rows[start : start + _ROWS_AT_A_TIME]
            looked_at = windows[some - (window - 1)]
            last = looked_at[:, -1:]
            lower = np.count_nonzero(looked_at < last, axis=1)
            equal = np.count_nonzero(looked_at == last, axis=1) - 1
            ranks[some, n] = 100.0 * (lower + equal / 2) / (window - 1)
    return ranks


def leads(short_pct: FloatArray, long_pct: FloatArray, *, lead_pct: float, hold_sessions: int) -> Leads:
    """Say who leads: both returns beyond a bound for some sessions, until the longer one crosses 0.

    The first side leads once both returns have been above ``+lead_pct`` for `hold_sessions` rows, the second once both
    have been below ``-lead_pct``; a lead ends, to neutral, on the first row whose longer return is on the other side
    of 0. At exactly 0 (within 1e-9 of the ratio) nothing ends yet.

    Parameters
    ----------
    short_pct, long_pct : ndarray of float64, shape (T, N)
        Relative returns in per cent, NaN where unknown: such a row is unknown, and a lead outlasts it.
    lead_pct : float
        At least 0.
    hold_sessions : int
        At least 1.

    Returns
    -------
    Leads
        Unknown until both returns have been known for `hold_sessions` rows once: who led before is not guessed.

    Examples
    --------
    >>> months = np.array([[2.0], [2.0], [2.0], [0.5], [-0.1]])
    >>> leads(months, months, lead_pct=1.0, hold_sessions=2).state.ravel()
    array([0, 1, 1, 1, 2], dtype=int8)
    """
    rows = np.arange(len(long_pct))[:, None]
    tie = 100.0 * EQUAL_WITHIN
    bound = max(lead_pct, tie)
    is_known = np.isfinite(short_pct) & np.isfinite(long_pct)
    above = (short_pct > bound) & (long_pct > bound)
    below = (short_pct < -bound) & (long_pct < -bound)
    state = np.full(long_pct.shape, NEUTRAL, dtype=np.int8)
    for value, side, over in ((FIRST_LEADS, above, long_pct < -tie), (SECOND_LEADS, below, long_pct > tie)):
        begun = last_row(held(side, hold_sessions))
        state[begun > last_row(over & is_known)] = value
    has_begun = np.logical_or.accumulate(held(is_known, hold_sessions), axis=0)
    state[~(is_known & has_begun)] = UNKNOWN
    changed = changes(state)
    run = np.maximum(rows - last_row(~above), rows - last_row(~below))
    return Leads(state, changed, last_row(changed), run)


def changes(state: NDArray[np.int8]) -> BoolArray:
    """Tell where a known state differs from the last known one before it.

    Parameters
    ----------
    state : ndarray of int8, shape (T, N)
        0 where unknown.

    Examples
    --------
    >>> changes(np.array([[0], [1], [0], [2], [2]], dtype=np.int8)).ravel()
    array([False, False, False,  True, False])
    """
    before = np.zeros(state.shape, dtype=np.int8)
    before[1:] = carried(state)[:-1]
    different: BoolArray = (state != UNKNOWN) & (before != UNKNOWN) & (state != before)
    return different
