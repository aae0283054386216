"""Merger filings by EDGAR's form index, each known from the day it was filed on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from signals.errors import UnalignedInput

if TYPE_CHECKING:
    from signals.types import SessionArray

FORMS = {
    "DEFM14A": "a proxy by which owners vote on a merger",
    "SC TO-T": "an offer of a third party to buy the shares",
    "SC 14D9": "the company's answer to such an offer",
}
"""The forms that are counted, amendments (such as SC TO-T/A) not."""


@dataclass(frozen=True, slots=True)
class DealFiling:
    """One line of the form index.

    Attributes
    ----------
    filed : date
        The day it was filed.
    form : str
        One of `FORMS`.
    company, cik : str, int
        Whom the line names. A tender offer stands in the index under its target and under its bidder: two lines with
        one accession number, one filing.
    symbol : str
        That company's share; empty where it has none, or none is known.
    accession : str
        EDGAR's number of the filing, such as 0001193125-25-123456; empty where unknown: a line is a filing then.
    """

    filed: date
    form: str
    company: str
    cik: int = 0
    symbol: str = ""
    accession: str = ""

    def __post_init__(self) -> None:
        if self.form not in FORMS:
            raise UnalignedInput("form", self.form, f"must be one of {', '.join(FORMS)}")


@dataclass(frozen=True, slots=True)
class Deals:
    """Merger filings, and of which days all are here.

    Parameters
    ----------
    filings : tuple of DealFiling
        The oldest first.
    covered : tuple of tuple of date
        First and last days of spans of which every filing is here, the oldest first, not overlapping. A quarter is
        complete where it lies in one span; adjoining spans are to be written as one.
    source : str
        Where they come from, as printed on cards; empty where nobody says.
    fetched : datetime or None
        The instant (UTC) up to which that source was asked for all of them; None where nobody says.

    Raises
    ------
    UnalignedInput
        If filings or spans are out of order.
    """

    filings: tuple[DealFiling, ...] = ()
    covered: tuple[tuple[date, date], ...] = ()
    source: str = ""
    fetched: datetime | None = None
    _days: Mapping[str, SessionArray] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if any(later.filed < before.filed for before, later in pairwise(self.filings)):
            raise UnalignedInput("filings", len(self.filings), "must be ordered by the day they were filed")
        days = [day for span in self.covered for day in span]
        if any(last < first for first, last in self.covered) or days != sorted(days):
            raise UnalignedInput("covered", len(self.covered), "must be spans in order that do not overlap")
        object.__setattr__(self, "_days", _days_of(self.filings))

    def count(self, form: str, first: date, last: date) -> int:
        """Return how many filings of a form were made from `first` to `last`, by what is here.

        Examples
        --------
        >>> target = DealFiling(date(2025, 7, 1), "SC TO-T", "Target", 1, accession="0000000001-25-000001")
        >>> bidder = DealFiling(date(2025, 7, 1), "SC TO-T", "Bidder", 2, accession="0000000001-25-000001")
        >>> Deals((target, bidder)).count("SC TO-T", date(2025, 7, 1), date(2025, 9, 30))
        1
        """
        days = self._days[form]
        begin, end = np.datetime64(first, "D"), np.datetime64(last, "D")
        return int(np.searchsorted(days, end, side="right") - np.searchsorted(days, begin, side="left"))

    def covers(self, first: date, last: date) -> bool:
        """Return whether every filing from `first` to `last` is here.

        Examples
        --------
        >>> Deals(covered=((date(2025, 1, 1), date(2025, 6, 30)),)).covers(date(2025, 4, 1), date(2025, 6, 30))
        True
        """
        return any(begin <= first and last <= end for begin, end in self.covered)


def _days_of(filings: Iterable[DealFiling]) -> dict[str, SessionArray]:
    """Return the days of the filings of each form, each filing once."""
    once = {each.accession or (each.form, each.cik, each.filed): each for each in filings}
    return {
        form: np.array(sorted(each.filed for each in once.values() if each.form == form), dtype="datetime64[D]")
        for form in FORMS
    }
