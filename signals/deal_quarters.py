"""Merger filings by calendar quarter, beside those of a year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from signals.deal_facts import FORMS, Deals

_MONTHS = 3
_QUARTERS = 4


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A calendar quarter, `number` 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """Return the quarter of a day.

        Examples
        --------
        >>> str(Quarter.of(date(2025, 9, 30)))
        '2025-Q3'
        """
        return cls(day.year, (day.month + _MONTHS - 1) // _MONTHS)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, _MONTHS * self.number - _MONTHS + 1, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.earlier(-1).first - timedelta(days=1)

    def earlier(self, quarters: int) -> Quarter:
        """Return the one so many quarters before; later where negative.

        Examples
        --------
        >>> str(Quarter(2025, 1).earlier(1)), str(Quarter(2025, 4).earlier(-1))
        ('2024-Q4', '2026-Q1')
        """
        place = _QUARTERS * self.year + self.number - 1 - quarters
        return Quarter(place // _QUARTERS, place % _QUARTERS + 1)


@dataclass(frozen=True, slots=True)
class Counted:
    """The filings of a quarter up to a day of it, and those of as many days a year before.

    Attributes
    ----------
    through : date or None
        The last day counted; None where no day of the quarter is covered.
    is_complete : bool
        Whether that is the last day of the quarter.
    by_form : mapping of str to int
        Filings by form; empty where unknown.
    year_before : int or None
        None where not all of those days are covered.
    """

    quarter: Quarter
    through: date | None
    is_complete: bool
    by_form: Mapping[str, int]
    year_before: int | None

    @property
    def filings(self) -> int | None:
        """All forms together, None where unknown."""
        return sum(self.by_form.values()) if self.by_form else None

    @property
    def change_pct(self) -> float | None:
        """Against the year before, per cent; None where either is unknown or that had none."""
        if self.filings is None or not self.year_before:
            return None
        return 100.0 * (self.filings / self.year_before - 1.0)


def counted(deals: Deals, quarter: Quarter, day: date) -> Counted:
    """Return the filings of a quarter as they were known on a day.

    Parameters
    ----------
    deals : Deals
        Filings, and the days of which all are here.
    quarter : Quarter
        Not later than that of `day`.
    day : date
        What was filed later does not count.

    Notes
    -----
    A quarter that is not over, or not covered to its end, is set against the first days of the quarter a year before,
    as many as it has itself.

    Examples
    --------
    >>> from signals.deals import _example
    >>> deals = _example().facts.deals
    >>> now = counted(deals, Quarter(2025, 3), date(2025, 7, 3))
    >>> now.filings, now.year_before, now.change_pct, now.is_complete, now.through.isoformat()
    (2, 1, 100.0, False, '2025-07-03')
    """
    through = _covered_to(deals, quarter, min(day, quarter.last))
    if through is None:
        return Counted(quarter, None, is_complete=False, by_form={}, year_before=None)
    before = quarter.earlier(_QUARTERS)
    is_complete = through == quarter.last
    until = before.last if is_complete else min(before.last, before.first + (through - quarter.first))
    earlier = sum(deals.count(form, before.first, until) for form in FORMS)
    return Counted(
        quarter,
        through,
        is_complete=is_complete,
        by_form={form: deals.count(form, quarter.first, through) for form in FORMS},
        year_before=earlier if deals.covers(before.first, until) else None,
    )


def _covered_to(deals: Deals, quarter: Quarter, day: date) -> date | None:
    """Return the last day up to which all filings of the quarter are here, not after `day`."""
    for begin, end in deals.covered:
        if begin <= quarter.first <= end and quarter.first <= day:
            return min(end, day)
    return None
