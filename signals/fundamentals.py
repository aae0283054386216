"""What companies filed: figures of quarters, years and balance sheets, each known from its filing date on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from signals.errors import UnalignedInput

if TYPE_CHECKING:
    from signals.types import FloatArray, IntArray, SessionArray

FLOWS = ("revenue", "net_income", "operating_income", "depreciation", "operating_cash_flow", "capex")
"""Figures of a period; `capex` is what was spent, above 0."""
BALANCES = ("cash", "equity", "debt_total", "debt_long", "debt_current", "debt_short")
"""Figures of a day; a balance sheet has the total of its debt, or up to three parts of it."""
SHARES = "shares"
"""Shares outstanding, from the cover of a report: of a day of its own."""
MONTHS = (0, 3, 6, 9, 12)
_SIDES: tuple[Literal["left", "right"], ...] = ("left", "right")


@dataclass(frozen=True, slots=True, eq=False)
class Fundamentals:
    """What companies filed, figure by figure, with the day from which each was known.

    Parameters
    ----------
    companies : tuple of str, length N
        One symbol of each company, unique.
    company : ndarray of int64, shape (R,)
        Which of `companies` a row is of; rows are ordered by it, then by `filed` (see `Fundamentals.in_order`).
    period_end, filed : ndarray of datetime64[D], shape (R,)
        The last day a row speaks of, and the day it was filed on, never before that: it is known from then on. A row
        that speaks of what an earlier one did restates it.
    months : ndarray of int64, shape (R,)
        3 for a quarter, 12 for a fiscal year, 6 and 9 for the year to date; 0 for a balance sheet or a cover.
    values : mapping of str to ndarray of float64, each of shape (R,)
        `FLOWS`, `BALANCES` and `SHARES` in US dollars and shares; NaN, or left out, where a row has none.
    classes : mapping of str to str
        Further share classes of a company: their symbols, each with that of its company.
    remarks : mapping of str to str
        By symbol: why figures that were filed are not here, such as accounts that do not follow US GAAP.
    source : str
        Where they come from, as printed on cards; empty where nobody says.
    fetched : datetime or None
        The instant (UTC) up to which that source was asked for all of them; None where nobody says.

    Raises
    ------
    UnalignedInput
        If lengths differ, rows are out of order, a row was filed before its period ended, or its months are odd.
    """

    companies: tuple[str, ...]
    company: IntArray
    period_end: SessionArray
    filed: SessionArray
    months: IntArray
    values: Mapping[str, FloatArray]
    classes: Mapping[str, str] = field(default_factory=dict)
    remarks: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    fetched: datetime | None = None
    _places: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shape = self.company.shape
        columns = {"period_end": self.period_end, "filed": self.filed, "months": self.months, **self.values}
        for name, column in columns.items():
            if column.shape != shape:
                raise UnalignedInput(name, column.shape, f"must have the shape of company, {shape}")
        places = {symbol: place for place, symbol in enumerate(self.companies)}
        if len(places) != len(self.companies):
            raise UnalignedInput("companies", len(self.companies), "must be unique")
        object.__setattr__(self, "_places", places)
        step, days = np.diff(self.company), np.diff(self.filed).astype(np.int64)
        if bool(np.any((step < 0) | ((step == 0) & (days < 0)))):
            raise UnalignedInput(
                "company", shape[0], "rows must be ordered by company, then by the day they were filed"
            )
        if bool(np.any(self.period_end > self.filed)):
            raise UnalignedInput("filed", shape[0], "must not lie before period_end")
        if not bool(np.isin(self.months, MONTHS).all()):
            raise UnalignedInput("months", shape[0], f"must be one of {', '.join(map(str, MONTHS))}")

    @classmethod
    def in_order(
        cls,
        companies: tuple[str, ...],
        rows: Sequence[tuple[int, date, date, int, Mapping[str, float]]],
        *,
        classes: Mapping[str, str] | None = None,
        remarks: Mapping[str, str] | None = None,
    ) -> Fundamentals:
        """Return rows of (company, period_end, filed, months, values), in any order, as columns.

        Examples
        --------
        >>> rows = [(0, date(2025, 6, 30), date(2025, 8, 1), 3, {"revenue": 5.0, "capex": 1.0})]
        >>> Fundamentals.in_order(("STRL",), rows).values["revenue"]
        array([5.])
        """
        ordered = sorted(rows, key=lambda row: (row[0], row[2], row[1], row[3]))
        names = sorted({name for *_, values in ordered for name in values})
        return cls(
            companies,
            np.array([row[0] for row in ordered], dtype=np.int64),
            np.array([row[1] for row in ordered], dtype="datetime64[D]"),
            np.array([row[2] for row in ordered], dtype="datetime64[D]"),
            np.array([row[3] for row in ordered], dtype=np.int64),
            {name: np.array([row[4].get(name, np.nan) for row in ordered], dtype=np.float64) for name in names},
            classes or {},
            remarks or {},
        )

    def company_of(self, symbol: str) -> int:
        """Return the place of a symbol's company, whichever class it is; -1 where nothing of it is known.

        Examples
        --------
        >>> Fundamentals.in_order(("GOOGL",), [], classes={"GOOG": "GOOGL"}).company_of("GOOG")
        0
        """
        return self._places.get(self.classes.get(symbol, symbol), -1)

    def only(self, symbols: Sequence[str]) -> Fundamentals:
        """Return what the companies of `symbols` filed, and nothing of any other.

        Examples
        --------
        >>> rows = [(place, date(2025, 6, 30), date(2025, 8, 1), 3, {"revenue": 5.0 + place}) for place in (0, 1)]
        >>> Fundamentals.in_order(("AGX", "STRL"), rows).only(["STRL", "NONE"]).values["revenue"]
        array([6.])
        """
        kept = np.unique(np.array([self.company_of(symbol) for symbol in symbols], dtype=np.int64))
        kept = kept[kept >= 0]
        if len(kept) == len(self.companies):
            return self
        begins, ends = (np.searchsorted(self.company, kept, side=side) for side in _SIDES)
        counts = ends - begins
        rows = np.arange(counts.sum()) + np.repeat(begins - (np.cumsum(counts) - counts), counts)
        companies = tuple(self.companies[place] for place in kept)
        own = set(companies)
        return replace(
            self,
            companies=companies,
            company=np.repeat(np.arange(len(kept)), counts),
            period_end=self.period_end[rows],
            filed=self.filed[rows],
            months=self.months[rows],
            values={name: values[rows] for name, values in self.values.items()},
            classes={symbol: company for symbol, company in self.classes.items() if company in own},
        )
