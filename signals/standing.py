"""What filings said of companies on a day: twelve months, the last balance sheet, the change over a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from signals.fundamentals import BALANCES, SHARES, Fundamentals
from signals.periods_filed import (
    FAR,
    SLOTS,
    SPANS,
    Known,
    earlier,
    known_rows,
    laid_out,
    quarters,
    reports_of,
    slots_of,
    twelve_months,
)
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
_AT_ONCE = 1000  # keeps the tables of a pass within some megabytes
_NEVER = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What was known of V companies, each on a day of its own.

    Attributes
    ----------
    values : mapping of str to ndarray of float64, each of shape (V,)
        The names of `MEASURES` that were wanted; NaN where unknown.
    ends : mapping of str to ndarray of datetime64[D], each of shape (V,)
        By the same names, the last day that each value speaks of; NaT where unknown.
    """

    values: Mapping[str, FloatArray]
    ends: Mapping[str, SessionArray]


def standing(filed: Fundamentals, company: IntArray, day: SessionArray, *, names: Iterable[str] = MEASURES) -> Standing:
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
    names : iterable of str
        Which of `MEASURES` are wanted.

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
    grid, wanted = (slots_of(filed), reports_of(filed)), tuple(names)
    starts = range(0, max(1, len(company)), _AT_ONCE)
    blocks = [slice(start, start + _AT_ONCE) for start in starts]
    pieces = [_piece(filed, known_rows(filed, *grid, company[block], day[block]), wanted) for block in blocks]
    return Standing(
        {name: np.concatenate([piece.values[name] for piece in pieces]) for name in wanted},
        {name: np.concatenate([piece.ends[name] for piece in pieces]) for name in wanted},
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
        if not len(self.day) or not len(sessions):
            return {name: np.full((len(sessions), len(companies)), np.nan) for name in names}
        reach = self._reach(companies, sessions)
        rows = reach.rows(len(sessions))
        found = {}
        for name in names:
            ends, values = self.known.ends[name], self.known.values[name]
            found[name] = np.append(values, np.nan)[rows]
            outlived = np.unique(reach.whose[_is_outlived(ends[reach.used], reach.last_day)])
            if len(outlived):
                of_outlived = np.append(ends, np.datetime64("NaT", "D"))[rows[:, outlived]]
                is_told = _is_current(sessions[:, None], of_outlived)
                found[name][:, outlived] = np.where(is_told, found[name][:, outlived], np.nan)
        return found

    def _reach(self, companies: IntArray, sessions: SessionArray) -> _Reach:
        """Return what is in force of each company, from the first of `sessions` on."""
        keys = self.company * FAR + self.day.astype(np.int64)
        starts = np.searchsorted(self.company, companies, side="left")
        first, last = (
            np.searchsorted(keys, companies * FAR + day, side="right") - 1
            for day in sessions[[0, -1]].astype(np.int64).tolist()
        )
        base = np.maximum(first, starts)  # of a company that files later its first one, from that day on
        counts = np.maximum(last - base + 1, 0)
        whose = np.repeat(np.arange(len(companies)), counts)
        used = np.arange(len(whose)) + np.repeat(base - (np.cumsum(counts) - counts), counts)
        next_day = np.append(self.day, _NEVER)[used + 1]
        is_last = np.append(self.company, -1)[used + 1] != self.company[used]
        last_day = np.minimum(np.where(is_last, _NEVER, next_day - np.timedelta64(1, "D")), sessions[-1])
        return _Reach(whose, used, np.searchsorted(sessions, self.day[used], side="left"), last_day, len(companies))


@dataclass(frozen=True, slots=True, eq=False)
class _Reach:
    """Which vintages some sessions know of `count` companies: of whom, which, from which session, until which day."""

    whose: IntArray
    used: IntArray
    since: IntArray
    last_day: SessionArray
    count: int

    def rows(self, sessions: int) -> IntArray:
        """Return the vintage that is in force, shape (sessions, count); -1 where there is none."""
        step = np.diff(self.used, prepend=-1)
        is_first = np.diff(self.whose, prepend=-1) != 0
        step[is_first] = self.used[is_first] + 1
        steps = np.zeros((sessions, self.count), dtype=np.int64)
        np.add.at(steps, (self.since, self.whose), step)
        rows = np.cumsum(steps, axis=0)
        rows -= 1
        return rows


def vintages(filed: Fundamentals, companies: IntArray, *, names: Iterable[str] = MEASURES) -> Vintages:
    """Return what was known of some companies after each day on which they filed something.

    Parameters
    ----------
    filed : Fundamentals
        All filings.
    companies : ndarray of int64
        Places in ``filed.companies``.
    names : iterable of str
        Which of `MEASURES` are wanted.

    Examples
    --------
    >>> from datetime import date
    >>> rows = [(0, date(2024, 12, 31), date(2025, 2, 20), 12, {"net_income": 8.0, "revenue": 90.0})]
    >>> vintages(Fundamentals.in_order(("STRL",), rows), np.array([0])).day
    array(['2025-02-20'], dtype='datetime64[D]')
    """
    is_wanted = starts_of(filed) & np.isin(filed.company, companies)
    company, day = filed.company[is_wanted], filed.filed[is_wanted]
    return Vintages(company, day, standing(filed, company, day, names=names))


def starts_of(filed: Fundamentals) -> BoolArray:
    """Return which rows are the first of their company and day.

    Examples
    --------
    >>> from datetime import date
    >>> end, day = date(2025, 3, 31), date(2025, 5, 1)
    >>> rows = [(0, end, day, 0, {"shares": 9.0}), (0, end, day, 3, {"revenue": 1.0})]
    >>> starts_of(Fundamentals.in_order(("A",), rows))
    array([ True, False])
    """
    is_first = np.ones(len(filed.company), dtype=np.bool_)
    is_first[1:] = (np.diff(filed.company) != 0) | (np.diff(filed.filed).astype(np.int64) != 0)
    return is_first


def _is_current(days: SessionArray, ends: SessionArray) -> BoolArray:
    is_current: BoolArray = ~np.isnat(ends) & (days - ends <= np.timedelta64(KNOWN_FOR_DAYS, "D"))
    return is_current


def _is_outlived(ends: SessionArray, last_day: SessionArray) -> BoolArray:
    """Tell which values are too old on the last day on which they are the last ones known."""
    is_outlived: BoolArray = ~np.isnat(ends) & ~_is_current(last_day, ends)
    return is_outlived


class _Laid(dict[str, FloatArray]):
    """Figures of filings laid out, each when it is asked for."""

    def __init__(self, filed: Fundamentals, known: Known) -> None:
        super().__init__()
        self._filed, self._known = filed, known

    def __missing__(self, name: str) -> FloatArray:
        values = self._filed.values.get(name)
        nowhere = np.full((len(self._known.day), SPANS, SLOTS), np.nan)
        self[name] = nowhere if values is None else laid_out(self._known, values)
        return self[name]


def _piece(filed: Fundamentals, known: Known, names: Sequence[str]) -> Standing:
    laid = _Laid(filed, known)
    values: dict[str, FloatArray] = {}
    places: dict[str, IntArray] = {}
    for group, make in _GROUPS.items():
        if wanted := [name for name in group if name in names]:
            found, at = make(laid, wanted)
            values |= {name: found[name] for name in wanted}
            places |= {name: at[name] for name in wanted}
    slot_ends = known.slot_ends()
    ends = {name: _day_at(slot_ends, at) for name, at in places.items()}
    if SHARES in names:
        own = filed.values.get(SHARES)
        values[SHARES], ends[SHARES] = known.last_of(np.full(len(filed.company), np.nan) if own is None else own)
    for name, end in ends.items():
        values[name] = np.where(_is_current(known.day, end), values[name], np.nan)
        ends[name] = np.where(np.isfinite(values[name]), end, np.datetime64("NaT", "D"))
    return Standing(values, ends)


_SUMS: Mapping[str, Callable[[Mapping[str, FloatArray]], FloatArray]] = {
    "revenue": lambda laid: twelve_months(laid["revenue"]),
    "net_income": lambda laid: twelve_months(laid["net_income"]),
    "operating_income": lambda laid: twelve_months(laid["operating_income"]),
    "ebitda": lambda laid: twelve_months(laid["operating_income"]) + twelve_months(laid["depreciation"]),
    "free_cash_flow": lambda laid: twelve_months(laid["operating_cash_flow"]) - twelve_months(laid["capex"]),
}


def _years(laid: Mapping[str, FloatArray], names: Sequence[str]) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
    """Return each sum over twelve months where it is known last, and in which slot that is."""
    sums = {name: _SUMS[name](laid) for name in names}
    places = {name: _last(values) for name, values in sums.items()}
    return {name: _at(values, places[name]) for name, values in sums.items()}, places


def _balance(
    laid: Mapping[str, FloatArray], _names: Sequence[str]
) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
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


def _change(laid: Mapping[str, FloatArray], _names: Sequence[str]) -> tuple[dict[str, FloatArray], dict[str, IntArray]]:
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


_GROUPS: Mapping[
    tuple[str, ...],
    Callable[[Mapping[str, FloatArray], Sequence[str]], tuple[dict[str, FloatArray], dict[str, IntArray]]],
] = {
    tuple(_SUMS): _years,
    ("cash", "equity", "debt", "debt_parts"): _balance,
    ("revenue_growth_pct", "operating_margin_pct", "operating_margin_change_points", "compared_months"): _change,
}
"""Measures that are worked out together."""


def _last(values: FloatArray) -> IntArray:
    """Return the last slot with a number; -1 where there is none."""
    last: IntArray = np.where(np.isfinite(values), np.arange(SLOTS), -1).max(axis=1).astype(np.int64)
    return last


def _day_at(ends: SessionArray, place: IntArray) -> SessionArray:
    return np.where(place < 0, np.datetime64("NaT", "D"), ends[np.arange(len(place)), place])


def _at(values: FloatArray, place: IntArray) -> FloatArray:
    return np.where(place < 0, np.nan, values[np.arange(len(place)), place])
