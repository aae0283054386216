"""What filings said of companies on a day: twelve months, the last balance sheet, the change over a year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signals.fundamentals import BALANCES, FLOWS, SHARES, Fundamentals
from signals.periods_filed import FAR, SLOTS, Known, earlier, known_rows, laid_out, quarters, slots_of, twelve_months
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

KNOWN_FOR_DAYS = 500
"""Figures of a period that ended longer ago are no longer told: a year, and four months to file the next one."""
PARTS = ("debt_long", "debt_current", "debt_short")
YEAR = 4
"""Quarters."""
MEASURES = {
    "revenue": "revenue of the last twelve months known, US dollars",
    "net_income": "net income of the last twelve months known, US dollars",
    "operating_income": "operating income of the last twelve months known, US dollars",
    "ebitda": "operating income plus depreciation and amortisation of the same twelve months, US dollars",
    "free_cash_flow": "operating cash flow minus capital expenditure of the same twelve months, US dollars",
    "cash": "cash and equivalents on the last balance sheet, US dollars",
    "equity": "shareholders' equity on the last balance sheet, US dollars; may be below 0",
    "debt": "debt on the last balance sheet, US dollars: the total as filed, else the sum of the parts that are",
    "debt_parts": "figures that debt is made of, 1 to 3",
    "shares": "shares outstanding, from the last cover known",
    "revenue_growth_pct": "revenue of the last quarter (without quarters: year) against a year before, per cent",
    "operating_margin_pct": "operating income / revenue of that quarter or year, per cent",
    "operating_margin_change_points": "that margin minus the one a year before, points",
    "compared_months": "3 where quarters are compared, 12 where years are",
}
_AT_ONCE = 2000  # keeps the tables of a pass within some megabytes


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What was known of V companies, each on a day of its own.

    Attributes
    ----------
    values : mapping of str to ndarray of float64, each of shape (V,)
        The names of `MEASURES`; NaN where unknown.
    ends : mapping of str to ndarray of datetime64[D], each of shape (V,)
        By the same names, the last day that each value speaks of; NaT where unknown.
    """

    values: Mapping[str, FloatArray]
    ends: Mapping[str, SessionArray]


def standing(filed: Fundamentals, company: IntArray, day: SessionArray) -> Standing:
    """Return what was known of each company on a day: what was filed by then, of restated figures the last.

    Twelve months are a fiscal year as filed, else the sum of four quarters, else a fiscal year plus the year to date
    minus the year to date of a year before. See `signals.periods_filed.quarters` for quarters nobody filed.

    Parameters
    ----------
    filed : Fundamentals
        All filings.
    company : ndarray of int64, shape (V,)
        Places in ``filed.companies``; -1 for a company nothing is known of.
    day : ndarray of datetime64[D], shape (V,)
        The days.

    Returns
    -------
    Standing
        Values of shape (V,), in US dollars, shares, per cent and points; NaN where a part of one was not filed, or
        its period ended more than 500 days before the day.

    Notes
    -----
    Nothing filed after the day is read: no look-ahead. Figures that are added or divided are of the same period.

    Examples
    --------
    >>> from datetime import date
    >>> rows = [(0, date(2024, 12, 31), date(2025, 2, 20), 12, {"net_income": 8.0, "revenue": 90.0})]
    >>> known = Fundamentals.in_order(("STRL",), rows)
    >>> days = np.array(["2025-02-19", "2025-02-20"], dtype="datetime64[D]")
    >>> standing(known, np.array([0, 0]), days).values["net_income"]
    array([nan,  8.])
    """
    slots = slots_of(filed)
    starts = range(0, max(1, len(company)), _AT_ONCE)
    blocks = [slice(start, start + _AT_ONCE) for start in starts]
    pieces = [_piece(filed, known_rows(filed, slots, company[block], day[block])) for block in blocks]
    return Standing(
        {name: np.concatenate([piece.values[name] for piece in pieces]) for name in MEASURES},
        {name: np.concatenate([piece.ends[name] for piece in pieces]) for name in MEASURES},
    )


@dataclass(frozen=True, slots=True, eq=False)
class Vintages:
    """What was known of companies after each day on which any of them filed something.

    Attributes
    ----------
    company, day : ndarray, shape (V,)
        Places of the companies, and the days, in this order.
    known : Standing
        What was known then.
    """

    company: IntArray
    day: SessionArray
    known: Standing

    def beside(self, companies: IntArray, sessions: SessionArray, names: Sequence[str]) -> dict[str, FloatArray]:
        """Return what each session knew of some companies.

        Parameters
        ----------
        companies : ndarray of int64, shape (M,)
            Places of companies; -1 for one nothing is known of.
        sessions : ndarray of datetime64[D], shape (T,)
            The sessions.
        names : sequence of str
            Names of `MEASURES`.

        Returns
        -------
        dict of str to ndarray of float64, each of shape (T, M)
            What `standing` says of each company on each session.

        Examples
        --------
        >>> from datetime import date
        >>> rows = [(0, date(2024, 12, 31), date(2025, 2, 20), 12, {"net_income": 8.0, "revenue": 90.0})]
        >>> days = np.array(["2025-02-19", "2025-02-20"], dtype="datetime64[D]")
        >>> told = vintages(Fundamentals.in_order(("STRL",), rows), np.array([0]))
        >>> told.beside(np.array([0]), days, ["revenue"])["revenue"].ravel()
        array([nan, 90.])
        """
        shape = (len(sessions), len(companies))
        if not len(self.day):
            return {name: np.full(shape, np.nan) for name in names}
        keys = self.company * FAR + self.day.astype(np.int64)
        at = companies[None, :] * FAR + sessions.astype(np.int64)[:, None]
        rows = np.maximum(np.searchsorted(keys, at, side="right") - 1, 0)
        is_own = (self.company[rows] == companies) & (keys[rows] <= at)
        found = {}
        for name in names:
            is_told = is_own & _is_current(sessions[:, None], self.known.ends[name][rows])
            found[name] = np.where(is_told, self.known.values[name][rows], np.nan)
        return found


def vintages(filed: Fundamentals, companies: IntArray) -> Vintages:
    """Return what was known of some companies after each day on which they filed something.

    Parameters
    ----------
    filed : Fundamentals
        All filings.
    companies : ndarray of int64
        Places in ``filed.companies``.

    Examples
    --------
    >>> from datetime import date
    >>> rows = [(0, date(2024, 12, 31), date(2025, 2, 20), 12, {"net_income": 8.0, "revenue": 90.0})]
    >>> vintages(Fundamentals.in_order(("STRL",), rows), np.array([0])).day
    array(['2025-02-20'], dtype='datetime64[D]')
    """
    is_first = np.ones(len(filed.company), dtype=np.bool_)
    is_first[1:] = (np.diff(filed.company) != 0) | (np.diff(filed.filed).astype(np.int64) != 0)
    is_wanted = is_first & np.isin(filed.company, companies)
    company, day = filed.company[is_wanted], filed.filed[is_wanted]
    return Vintages(company, day, standing(filed, company, day))


def _is_current(days: SessionArray, ends: SessionArray) -> BoolArray:
    is_current: BoolArray = ~np.isnat(ends) & (days - ends <= np.timedelta64(KNOWN_FOR_DAYS, "D"))
    return is_current


def _piece(filed: Fundamentals, known: Known) -> Standing:
    nothing = np.full(len(filed.company), np.nan)
    laid = {name: laid_out(known, filed.values.get(name, nothing)) for name in (*FLOWS, *BALANCES)}
    values, places = _years(laid)
    for found, at in (_balance(laid), _change(laid)):
        values |= found
        places |= at
    ends = {name: known.ends_at(at) for name, at in places.items()}
    values[SHARES], ends[SHARES] = known.last_of(filed.values.get(SHARES, nothing))
    for name, end in ends.items():
        values[name] = np.where(_is_current(known.day, end), values[name], np.nan)
        ends[name] = np.where(np.isfinite(values[name]), end, np.datetime64("NaT", "D"))
    return Standing(values, ends)


def _years(laid: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
    """Return each sum over twelve months where it is known last, and in which slot that is."""
    years = {name: twelve_months(laid[name]) for name in FLOWS}
    sums = {
        "revenue": years["revenue"],
        "net_income": years["net_income"],
        "operating_income": years["operating_income"],
        "ebitda": years["operating_income"] + years["depreciation"],
        "free_cash_flow": years["operating_cash_flow"] - years["capex"],
    }
    places = {name: _last(values) for name, values in sums.items()}
    return {name: _at(values, places[name]) for name, values in sums.items()}, places


def _balance(laid: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
    """Return the figures of the last balance sheet; a line it has not is not there, which is not a debt of nothing."""
    sheets = {name: laid[name][:, 0] for name in BALANCES}
    place = _last(np.where(np.any([np.isfinite(sheet) for sheet in sheets.values()], axis=0), 1.0, np.nan))
    found = {name: _at(sheet, place) for name, sheet in sheets.items()}
    parts = np.stack([found[name] for name in PARTS])
    count = np.isfinite(parts).sum(axis=0).astype(np.float64)
    has_total = np.isfinite(found["debt_total"])
    summed = np.where(count > 0, np.nansum(parts, axis=0), np.nan)
    values = {
        "cash": found["cash"],
        "equity": found["equity"],
        "debt": np.where(has_total, found["debt_total"], summed),
        "debt_parts": np.where(has_total, 1.0, np.where(count > 0, count, np.nan)),
    }
    return values, dict.fromkeys(values, place)


def _change(laid: Mapping[str, FloatArray]) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
    """Compare the last quarter, or where a year is known later the year, with the one a year before."""
    revenue, income = laid["revenue"], laid["operating_income"]
    by_quarter, by_year = quarters(revenue), revenue[:, YEAR]
    is_quarter = _last(by_quarter) >= _last(by_year)
    place = np.maximum(_last(by_quarter), _last(by_year))
    sales = np.where(is_quarter[:, None], by_quarter, by_year)
    earned = np.where(is_quarter[:, None], quarters(income), income[:, YEAR])
    sales[sales <= 0] = np.nan
    margin = 100.0 * earned / sales
    values = {
        "revenue_growth_pct": _at(100.0 * (sales / earlier(sales, YEAR) - 1.0), place),
        "operating_margin_pct": _at(margin, place),
        "operating_margin_change_points": _at(margin - earlier(margin, YEAR), place),
        "compared_months": np.where(place < 0, np.nan, np.where(is_quarter, 3.0, 12.0)),
    }
    return values, dict.fromkeys(values, place)


def _last(values: FloatArray) -> IntArray:
    """Return the last slot with a number; -1 where there is none."""
    last: IntArray = np.where(np.isfinite(values), np.arange(SLOTS), -1).max(axis=1).astype(np.int64)
    return last


def _at(values: FloatArray, place: IntArray) -> FloatArray:
    return np.where(place < 0, np.nan, values[np.arange(len(place)), place])
