"""Filed periods on a grid of fiscal quarters, whatever day a fiscal year ends: quarters and twelve months from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.fundamentals import BALANCES, FLOWS, Fundamentals
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

SLOTS = 13
"""Quarters that are looked at: three years, and one more."""
SPANS = 5
"""Quarters a row may span: none (a day), one, two, three, four (a year)."""
_QUARTER_DAYS = 365.25 / 4
_LOOK_BACK_DAYS = 1700
"""Rows filed earlier speak of no slot that counts: see `signals.standing.KNOWN_FOR_DAYS`."""
FAR = 2**32
"""More days than there are: company times this, plus a day, orders rows by company and day."""
_NONE = -(2**40)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """The rows that were known of V companies, each on a day of its own.

    Attributes
    ----------
    day : ndarray of datetime64[D], shape (V,)
        The days.
    whose, rows : ndarray of int64, shape (K,)
        Which of the V, and which row of the filings, in the order in which they were filed.
    months, place : ndarray of int64, shape (K,)
        Quarters each row spans, 0 to 4, and its slot: the last one known is ``SLOTS - 1``; others may lie outside.
    period_end : ndarray of datetime64[D], shape (K,)
        The last day each row speaks of.
    is_report : ndarray of bool, shape (K,)
        Whether it has any figure of a period or a balance sheet.
    cell : ndarray of int64, shape (K,)
        Where it stands in a table of the shape (V, SPANS, SLOTS); -1 where it lies outside.
    """

    day: SessionArray
    whose: IntArray
    rows: IntArray
    months: IntArray
    place: IntArray
    period_end: SessionArray
    is_report: BoolArray
    cell: IntArray

    def slot_ends(self) -> SessionArray:
        """Return the last day of each slot, by the report filed last, shape (V, SLOTS); NaT where there is none."""
        ends = np.full((len(self.day), SLOTS), np.datetime64("NaT", "D"))
        kept = self.is_report & (self.place >= 0)
        ends[self.whose[kept], self.place[kept]] = self.period_end[kept]
        return ends

    def last_of(self, values: FloatArray) -> tuple[FloatArray, SessionArray]:
        """Return the number of the latest day, of that day the one filed last, and that day, for each of the V."""
        found, ends = np.full(len(self.day), np.nan), np.full(len(self.day), np.datetime64("NaT", "D"))
        own = np.flatnonzero(np.isfinite(values[self.rows]))
        own = own[np.argsort(self.period_end[own], kind="stable")]
        found[self.whose[own]] = values[self.rows[own]]
        ends[self.whose[own]] = self.period_end[own]
        return found, ends


def slots_of(filed: Fundamentals) -> IntArray:
    """Return the fiscal quarter that each row ends with, counted from the first period its company filed.

    Quarters of 12 to 16 weeks and years of 52 or 53 weeks come out one slot apart.

    Examples
    --------
    >>> from datetime import date
    >>> ends = [date(2024, 8, 31), date(2024, 11, 24), date(2025, 2, 16), date(2025, 5, 11), date(2025, 8, 31)]
    >>> rows = [(0, end, date(2025, 10, 1), 3, {"revenue": 1.0}) for end in ends]
    >>> slots_of(Fundamentals.in_order(("COST",), rows))
    array([0, 1, 2, 3, 4])
    """
    ends = filed.period_end.astype(np.int64)
    anchors = np.zeros(len(filed.companies))
    for rows in (np.arange(len(ends)), np.flatnonzero(filed.months > 0)):
        whose = filed.company[rows]
        firsts = np.flatnonzero(np.diff(whose, prepend=-1))
        anchors[whose[firsts]] = ends[rows[firsts]]
    return np.rint((ends - anchors[filed.company]) / _QUARTER_DAYS).astype(np.int64)


def reports_of(filed: Fundamentals) -> BoolArray:
    """Return which rows have any figure of a period or of a balance sheet.

    Examples
    --------
    >>> from datetime import date
    >>> end, day = date(2025, 3, 31), date(2025, 5, 1)
    >>> rows = [(0, end, day, 0, {"shares": 9.0}), (0, end, day, 3, {"revenue": 1.0})]
    >>> reports_of(Fundamentals.in_order(("A",), rows))
    array([False,  True])
    """
    is_report = np.zeros(len(filed.company), dtype=np.bool_)
    for name in (*FLOWS, *BALANCES):
        if name in filed.values:
            is_report |= np.isfinite(filed.values[name])
    return is_report


def known_rows(filed: Fundamentals, slots: IntArray, reports: BoolArray, company: IntArray, day: SessionArray) -> Known:
    """Return the rows that were known of each company on a day.

    Parameters
    ----------
    filed : Fundamentals
        All filings.
    slots, reports : ndarray, shape (R,)
        From `slots_of` and `reports_of`.
    company, day : ndarray, shape (V,)
        Places in ``filed.companies``, -1 for none, and the days.

    Examples
    --------
    >>> from datetime import date
    >>> filed = Fundamentals.in_order(("A",), [(0, date(2025, 3, 31), date(2025, 5, 1), 3, {"revenue": 1.0})])
    >>> days = np.array(["2025-04-30", "2025-05-01"], dtype="datetime64[D]")
    >>> known_rows(filed, slots_of(filed), reports_of(filed), np.array([0, 0]), days).whose
    array([1])
    """
    keys = filed.company * FAR + filed.filed.astype(np.int64)
    at = company * FAR + day.astype(np.int64)
    begins = np.searchsorted(keys, at - _LOOK_BACK_DAYS, side="left")
    counts = np.searchsorted(keys, at, side="right") - begins
    whose = np.repeat(np.arange(len(company)), counts)
    rows = np.arange(len(whose)) + np.repeat(begins - (np.cumsum(counts) - counts), counts)
    is_report = reports[rows]
    last = np.full(len(company), _NONE)
    np.maximum.at(last, whose[is_report], slots[rows[is_report]])
    months, place = filed.months[rows] // 3, np.where(is_report, slots[rows] - last[whose] + SLOTS - 1, -1)
    return Known(
        day=day,
        whose=whose,
        rows=rows,
        months=months,
        place=place,
        period_end=filed.period_end[rows],
        is_report=is_report,
        cell=np.where(place < 0, -1, (whose * SPANS + months) * SLOTS + place),
    )


def laid_out(known: Known, values: FloatArray) -> FloatArray:
    """Return a figure by what it spans and the slot it ends with; of restated ones the last filed.

    Parameters
    ----------
    known : Known
        The rows, V companies.
    values : ndarray of float64, shape (R,)
        One figure of all filings; NaN where a row has none.

    Returns
    -------
    ndarray of float64, shape (V, 5, SLOTS)
        Quarters spanned, 0 (a balance) to 4 (a year); NaN where it was not filed.

    Examples
    --------
    >>> from datetime import date
    >>> rows = [(0, date(2025, 3, 31), date(2025, day, 1), 3, {"revenue": float(day)}) for day in (5, 8)]
    >>> filed = Fundamentals.in_order(("A",), rows)
    >>> days = np.array(["2025-09-01"], dtype="datetime64[D]")
    >>> known = known_rows(filed, slots_of(filed), reports_of(filed), np.array([0]), days)
    >>> laid_out(known, filed.values["revenue"])[0, 1, -1]
    np.float64(8.0)
    """
    laid = np.full((len(known.day), SPANS, SLOTS), np.nan)
    own = values[known.rows]
    kept = np.flatnonzero(np.isfinite(own) & (known.cell >= 0))
    laid.ravel()[known.cell[kept]] = own[kept]
    return laid


def earlier(values: FloatArray, count: int) -> FloatArray:
    """Return what stood `count` slots before each; NaN in the first ones.

    Examples
    --------
    >>> earlier(np.array([[1.0, 2.0, 3.0]]), 1)
    array([[nan,  1.,  2.]])
    """
    found = np.full_like(values, np.nan)
    found[:, count:] = values[:, :-count]
    return found


def quarters(laid: FloatArray) -> FloatArray:
    """Return each quarter: as filed, else from what spans it.

    A quarter nobody filed is the year to date minus the year to date one quarter before; the fourth is the year minus
    nine months, or minus three quarters.

    Parameters
    ----------
    laid : ndarray of float64, shape (V, 5, S)
        From `laid_out`.

    Returns
    -------
    ndarray of float64, shape (V, S)
        NaN where a part is missing.

    Examples
    --------
    >>> laid = np.full((1, 5, 4), np.nan)
    >>> laid[0, 1, :3], laid[0, 4, 3] = [1.0, 2.0, 3.0], 10.0
    >>> quarters(laid)
    array([[1., 2., 3., 4.]])
    """
    quarter, half, nine, year = (laid[:, span] for span in (1, 2, 3, 4))
    known = _else(quarter, half - earlier(quarter, 1))
    two_before = earlier(known, 1) + earlier(known, 2)
    known = _else(known, _else(nine - earlier(half, 1), nine - two_before))
    three_before = earlier(known, 1) + earlier(known, 2) + earlier(known, 3)
    return _else(known, _else(year - earlier(nine, 1), year - three_before))


def twelve_months(laid: FloatArray) -> FloatArray:
    """Return the twelve months that end with each slot.

    A fiscal year as filed; else four quarters; else the last fiscal year plus the year to date minus that of a year
    before.

    Parameters
    ----------
    laid : ndarray of float64, shape (V, 5, S)
        From `laid_out`.

    Returns
    -------
    ndarray of float64, shape (V, S)
        NaN where a part is missing.

    Examples
    --------
    >>> laid = np.full((1, 5, 6), np.nan)
    >>> laid[0, 2, 1], laid[0, 4, 3], laid[0, 2, 5] = 4.0, 10.0, 7.0
    >>> twelve_months(laid)[0, 3:]
    array([10., nan, 13.])
    """
    single = quarters(laid)
    total = _else(laid[:, 4], single + earlier(single, 1) + earlier(single, 2) + earlier(single, 3))
    for span in (1, 2, 3):
        to_date = laid[:, span]
        total = _else(total, earlier(laid[:, 4], span) + to_date - earlier(to_date, 4))
    return total


def _else(values: FloatArray, otherwise: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values), values, otherwise)
