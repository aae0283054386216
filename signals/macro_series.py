"""An economic series as each session knew it: level, changes, and where the level stands among ten years of values."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import NONE
from signals.facts import Series
from signals.forward import months_later
from signals.types import FloatArray, IntArray, Market, SessionArray

NAMES = {
    "DFF": "Fed funds, effective",
    "DFEDTARU": "Fed funds target, upper end",
    "DGS3MO": "3-month Treasury yield",
    "DGS2": "2-year Treasury yield",
    "DGS10": "10-year Treasury yield",
    "curve": "10-year minus 2-year yield",
    "BAMLH0A0HYM2": "High-yield spread",
    "^VIX": "VIX",
}
"""The series by FRED's names, what is made of two of them, and what is a price."""
CHANGE_SESSIONS = 21
PERCENTILE_YEARS = 10
KNOWN_FOR_DAYS = 10
"""A value older than this, in calendar days, is no longer the level: the series has ended or lags."""
DAYS_APART = 7
"""Two values further apart than this, in calendar days, are not one day's change."""
_DECIMALS = 6
"""Changes are rounded to this many: publishers round to two, and 4.26 - 4.11 is to be 0.15."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """A series beside sessions.

    Parameters
    ----------
    series : Series
        The values.
    in_force : ndarray of int64, shape (T,)
        For each session, the row of the last value known at its close; -1 where none is.
    scale : float
        What changes are multiplied with: 100 gives basis points for a series in per cent.
    """

    series: Series
    in_force: IntArray
    scale: float = 1.0


def published(series: Series, sessions: SessionArray) -> Observed:
    """Return a publisher's series beside sessions: a value is known the business day after.

    Saturdays and Sundays are left out: a daily rate repeats Friday's there, which would hide a change behind zeros.

    Examples
    --------
    >>> days = np.array(["2025-09-26", "2025-09-27", "2025-09-28"], dtype="datetime64[D]")
    >>> funds = Series("DFF", "Fed funds", days, np.array([4.09, 4.09, 4.09]))
    >>> published(funds, np.array(["2025-09-26", "2025-09-29"], dtype="datetime64[D]")).in_force
    array([-1,  0])
    """
    is_weekday = np.is_busday(series.days)
    kept = Series(series.name, series.title, series.days[is_weekday], series.values[is_weekday])
    return Observed(kept, kept.known_at(sessions), 100.0)


def traded(name: str, title: str, closes: FloatArray, sessions: SessionArray) -> Observed:
    """Return closes as a series: each is known at its own session, and none stands for a session without one.

    Examples
    --------
    >>> days = np.array(["2025-09-29", "2025-09-30"], dtype="datetime64[D]")
    >>> traded("^VIX", "VIX", np.array([16.1, np.nan]), days).in_force
    array([ 0, -1])
    """
    is_known = np.isfinite(closes)
    in_force = np.where(is_known, np.cumsum(is_known) - 1, NONE)
    return Observed(Series(name, title, sessions[is_known], closes[is_known]), in_force)


def observed_of(market: Market, name: str) -> Observed:
    """Return a series of `NAMES` beside the market's sessions; one that is not there has no values.

    Examples
    --------
    >>> from signals.macro import _example
    >>> observed_of(_example(), "DGS10").series.values
    array([4.26, 4.3 , 4.1 , 4.15, 4.18])
    """
    sessions, title, known = market.prices.sessions, NAMES[name], market.facts.series
    if name.startswith("^"):
        has = name in market.prices
        closes = market.prices.close[:, market.prices.column(name)] if has else np.full(len(sessions), np.nan)
        return traded(name, title, closes, sessions)
    nothing = Series(name, title, sessions[:0], np.empty(0))
    if name == "curve":
        curve = difference(name, title, known.get("DGS10", nothing), known.get("DGS2", nothing))
        return published(curve, sessions)
    return published(known.get(name, nothing), sessions)


def difference(name: str, title: str, minuend: Series, subtrahend: Series) -> Series:
    """Return one series minus another, on the days that both have.

    Examples
    --------
    >>> days = np.array(["2025-09-29", "2025-09-30"], dtype="datetime64[D]")
    >>> ten, two = Series("DGS10", "", days, np.array([4.15, 4.16])), Series("DGS2", "", days[1:], np.array([3.6]))
    >>> difference("curve", "10-year minus 2-year", ten, two).values
    array([0.56])
    """
    days, left, right = np.intersect1d(minuend.days, subtrahend.days, assume_unique=True, return_indices=True)
    return Series(name, title, days, (minuend.values[left] - subtrahend.values[right]).round(_DECIMALS))


def beside(observed: Observed, sessions: SessionArray) -> Mapping[str, NDArray[Any]]:
    """Compute what each session knew of a series.

    Parameters
    ----------
    observed : Observed
        From `published` or `traded`.
    sessions : ndarray of datetime64[D], shape (T,)
        The sessions it stands beside.

    Returns
    -------
    mapping of str to ndarray, each of shape (T,)
        ``level``: the last value known, NaN where it is more than 10 days old; ``change_1d``: that value minus the one
        before it, NaN where they are more than a week apart; ``change_21d``: the level minus that of 21 sessions
        before; ``percentile_10y``: see `percentiles`; ``news``: the largest change of a value that became known in this
        session, NaN where none did; ``news_level`` and ``news_day``: that value and its day; ``observed``: the day of
        the last value known; days count from 1970 (int64, -1 where there is none).

    Notes
    -----
    Row t uses values known at session t only. Changes are in the unit of the series times its scale.

    Examples
    --------
    >>> days = np.array(["2025-07-01", "2025-07-02", "2025-07-03"], dtype="datetime64[D]")
    >>> ten = published(Series("DGS10", "10-year", days, np.array([4.26, 4.3, 4.35])), days)
    >>> found = beside(ten, days)
    >>> found["level"], found["change_1d"]
    (array([ nan, 4.26, 4.3 ]), array([nan, nan,  4.]))
    """
    series, rows = observed.series, observed.in_force
    has = rows != NONE
    ages = np.full(len(sessions), KNOWN_FOR_DAYS + 1)
    ages[has] = (sessions[has] - series.days[rows[has]]).astype(np.int64)
    is_current = ages <= KNOWN_FOR_DAYS
    changes = _changes(series, observed.scale)

    def at(values: FloatArray) -> FloatArray:
        found = np.full(len(sessions), np.nan)
        found[is_current] = values[rows[is_current]]
        return found

    level = at(series.values)
    change_21d = np.full(len(sessions), np.nan)
    change_21d[CHANGE_SESSIONS:] = level[CHANGE_SESSIONS:] - level[:-CHANGE_SESSIONS]
    news = _news(rows, changes)
    return {
        "level": level,
        "change_1d": at(changes),
        "change_21d": (observed.scale * change_21d).round(_DECIMALS),
        "percentile_10y": at(percentiles(series, needed=rows[is_current])),
        "news": _taken(changes, news, np.nan),
        "news_level": _taken(series.values, news, np.nan),
        "news_day": _taken(series.days.astype(np.int64), news, NONE),
        "observed": _taken(series.days.astype(np.int64), rows, NONE),
    }


def percentiles(series: Series, *, years: int = PERCENTILE_YEARS, needed: IntArray | None = None) -> FloatArray:
    """Compute where each value stands among those of the years before it.

    ``100 * (lower + equal / 2) / (n - 1)``, counting the others of the n values of the days after the same day `years`
    earlier up to its own: 0 the lowest, 100 the highest, ties count half.

    Parameters
    ----------
    series : Series
        Values by day.
    years : int
        How far back, at least 1.
    needed : ndarray of int64, optional
        Rows that are wanted (others may come back as NaN): a scan of few sessions need not walk through all of them.

    Returns
    -------
    ndarray of float64, the shape of the values
        0 to 100; NaN while the series is younger than `years` and where a value has no other beside it.

    Examples
    --------
    >>> days = np.array(["2023-07-03", "2024-01-03", "2024-07-03", "2025-01-03"], dtype="datetime64[D]")
    >>> percentiles(Series("DGS10", "10-year", days, np.array([4.0, 4.5, 4.2, 4.4])), years=1)
    array([ nan,  nan,   0., 100.])
    """
    found = np.full(len(series.days), np.nan)
    wanted = np.arange(len(found)) if needed is None else np.unique(needed)
    if not len(wanted):
        return found
    begins = months_later(series.days, -12 * years)
    firsts = np.searchsorted(series.days, begins, side="right")
    values = series.values.tolist()
    start = int(firsts[wanted[0]])
    window = sorted(values[start : int(wanted[0])])
    for row in range(int(wanted[0]), int(wanted[-1]) + 1):
        insort(window, values[row])
        while start < firsts[row]:
            del window[bisect_left(window, values[start])]
            start += 1
        others = len(window) - 1
        if series.days[0] <= begins[row] and others:
            lower, upto = bisect_left(window, values[row]), bisect_right(window, values[row])
            found[row] = 100.0 * (lower + (upto - lower - 1) / 2) / others
    return found


def _changes(series: Series, scale: float) -> FloatArray:
    changes = np.full(len(series.values), np.nan)
    is_near = np.diff(series.days).astype(np.int64) <= DAYS_APART
    changes[1:][is_near] = (scale * np.diff(series.values)[is_near]).round(_DECIMALS)
    return changes


def _taken(values: NDArray[Any], rows: IntArray, missing: float) -> NDArray[Any]:
    found = np.full(len(rows), missing, dtype=values.dtype)
    has = rows != NONE
    found[has] = values[rows[has]]
    return found


def _news(rows: IntArray, changes: FloatArray) -> IntArray:
    """Return, for each session, the row of the largest change that it is the first to know; -1 where there is none."""
    news = np.full(len(rows), NONE, dtype=np.int64)
    known = np.maximum.accumulate(rows) if len(rows) else rows
    fresh = np.flatnonzero((known[1:] > known[:-1]) & (known[:-1] != NONE)) + 1
    news[fresh] = known[fresh]
    for session in fresh[known[fresh] - known[fresh - 1] > 1].tolist():
        first, last = int(known[session - 1]) + 1, int(known[session])
        news[session] = first + int(np.argmax(np.nan_to_num(np.abs(changes[first : last + 1]))))
    return news
