"""What came after a session: returns over sessions and calendar months, and on which day each part was earned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from signals.types import BoolArray, FloatArray, IntArray, SessionArray

_SESSIONS_A_MONTH = 21


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead to look: a number of sessions, or of calendar months."""

    length: int
    unit: Literal["sessions", "months"]

    @property
    def name(self) -> str:
        """The key in a reading's values: ``63s`` or ``3m``."""
        return f"{self.length}{self.unit[0]}"

    @property
    def title(self) -> str:
        """The horizon in words: ``63 sessions``, ``1 month``."""
        return f"{self.length} {self.unit if self.length > 1 else self.unit[:-1]}"

    @property
    def sessions(self) -> int:
        """About how many sessions it spans; the length of a bootstrap's block."""
        return self.length if self.unit == "sessions" else self.length * _SESSIONS_A_MONTH


HORIZONS = (
    *(Horizon(months, "months") for months in (1, 3, 6, 12)),
    *(Horizon(sessions, "sessions") for sessions in (21, 63, 126, 252)),
)


def months_later(sessions: SessionArray, months: int) -> SessionArray:
    """Return the same day of the month `months` later; the last day of that month where it is shorter.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
    months : int
        May be negative.

    Examples
    --------
    >>> months_later(np.array(["2024-01-31", "2024-11-15"], "M8[D]"), 1).astype(str).tolist()
    ['2024-02-29', '2024-12-15']
    """
    month = sessions.astype("M8[M]")
    start = (month + np.timedelta64(months, "M")).astype("M8[D]")
    length = (month + np.timedelta64(months + 1, "M")).astype("M8[D]") - start
    day = sessions - month.astype("M8[D]")
    return np.asarray(start + np.minimum(day, length - np.timedelta64(1, "D")))


def end_rows(sessions: SessionArray, horizon: Horizon, *, as_of: date) -> IntArray:
    """Return the row on which each session's return ends.

    Over n sessions from row t that is row t + n. Over calendar months it is the last session on or before the same day
    of the month, and it counts only if that day is not after `as_of`.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        Strictly increasing, none after `as_of`.
    horizon : Horizon
    as_of : date
        The day of the knowledge.

    Returns
    -------
    ndarray of int64, shape (T,)
        Never decreasing; T where the end is not known yet.

    Examples
    --------
    >>> days = np.array(["2025-01-02", "2025-01-03", "2025-02-03", "2025-02-04"], "M8[D]")
    >>> end_rows(days, Horizon(1, "months"), as_of=date(2025, 3, 3)).tolist()
    [1, 2, 3, 4]
    >>> end_rows(days, Horizon(2, "sessions"), as_of=date(2025, 3, 3)).tolist()
    [2, 3, 4, 4]
    """
    count = len(sessions)
    rows = np.arange(count)
    if horizon.unit == "sessions":
        return np.minimum(rows + horizon.length, count)
    days = months_later(sessions, horizon.length)
    ends = np.searchsorted(sessions, days, side="right") - 1
    return np.where(days <= np.datetime64(as_of, "D"), ends, count).astype(np.int64)


def forward_returns(closes: FloatArray, ends: IntArray) -> FloatArray:
    """Compute the simple return from every close to the close of its end row.

    ``return[t] = close[ends[t]] / close[t] - 1``

    Parameters
    ----------
    closes : ndarray of float64, shape (T, N)
        Positive, NaN where missing.
    ends : ndarray of int64, shape (T,)
        From `end_rows`.

    Returns
    -------
    ndarray of float64, shape (T, N)
        A fraction; NaN where one of the two closes is missing or the end is not a later session that is known.

    Examples
    --------
    >>> closes = np.array([[100.0], [110.0], [np.nan], [99.0]])
    >>> forward_returns(closes, np.array([1, 3, 3, 4])).ravel().round(2)
    array([ 0.1, -0.1,  nan,  nan])
    """
    count = len(closes)
    known = (ends < count) & (ends > np.arange(count))
    returns = np.full(closes.shape, np.nan)
    returns[known] = closes[ends[known]] / closes[known] - 1.0
    return returns


def earned(closes: FloatArray, ends: IntArray, counted: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Book each counted return on the sessions on which it was earned.

    The return from t to e is the sum over its sessions s of ``(close[s] - close[s - 1]) / close[t]``. Booked that way,
    returns that overlap no longer repeat each other, and blocks of sessions can be drawn without cutting through them.

    Parameters
    ----------
    closes : ndarray of float64, shape (T, N)
        NaN where missing: nothing is earned then, and the next close brings it all.
    ends : ndarray of int64, shape (T,)
        From `end_rows`.
    counted : ndarray of bool, shape (T, N)
        Whose returns to book; only cells whose forward return is known.

    Returns
    -------
    gains : ndarray of float64, shape (T,)
        Sum over symbols of what the open returns earned in the session; it adds up to the sum of the counted returns.
    exposure : ndarray of float64, shape (T,)
        The share of the counted returns that ran in the session; it adds up to their number.

    Examples
    --------
    >>> closes = np.array([[100.0], [110.0], [np.nan], [99.0]])
    >>> gains, exposure = earned(closes, np.array([1, 3, 3, 4]), np.array([[True], [True], [False], [False]]))
    >>> gains.round(2).tolist(), exposure.tolist()
    ([0.0, 0.1, 0.0, -0.1], [0.0, 1.0, 0.5, 0.5])
    """
    rows = np.arange(len(closes))
    first = np.searchsorted(ends, rows, side="left")  # the earliest start whose return still runs in the session
    moves = np.zeros(closes.shape)
    moves[1:] = np.diff(_last_known(closes), axis=0)
    scale = np.zeros(closes.shape)
    scale[counted] = 1.0 / closes[counted]
    gains = np.nansum(moves * _running(scale, rows, first), axis=1)
    share = counted.sum(axis=1) / np.maximum(1, ends - rows)
    return gains, _running(share[:, None], rows, first)[:, 0]


def _running(starts: FloatArray, rows: IntArray, first: IntArray) -> FloatArray:
    total = np.concatenate([np.zeros((1, starts.shape[1])), np.cumsum(starts, axis=0)])
    return np.asarray(total[rows] - total[np.minimum(first, rows)])


def _last_known(closes: FloatArray) -> FloatArray:
    rows = np.arange(len(closes))[:, None]
    last = np.maximum.accumulate(np.where(np.isfinite(closes), rows, 0), axis=0)
    return np.take_along_axis(closes, last, axis=0)
