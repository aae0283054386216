"""What insiders traded by their Forms 3, 4 and 5, each trade known from the day it was filed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.errors import UnalignedInput

if TYPE_CHECKING:
    from signals.types import BoolArray, FloatArray, IntArray, SessionArray

PURCHASE, SALE = "P", "S"
"""Codes of a purchase and a sale, in the open market or in private; awards (A), exercises (M) and more are neither."""

MOST_USD = 1e12
"""What a line may be worth: more is a slip of the pen."""


class InsiderTrade(NamedTuple):
    """One line of a form.

    Attributes
    ----------
    symbol : str
        The issuer's.
    filed, traded : date
        The day of the form and that of the trade. A day of trade after the form's is a mistake that forms do hold.
    code : str
        The form's: ``P``, ``S``, ``A``, ``M`` …; empty for a form, mostly an amendment, that reports no trade.
    shares, price_usd : float
        NaN where the form does not state them, such as a price that stands in a footnote.
    owner, role : str
        Who traded, and what they are to the company. People who report together are one owner.
    is_acquired : bool
        Acquired; else disposed of.
    is_derivative : bool
        An option or the like, not the share itself.
    is_planned : bool
        Under a plan made before, as the form says (Rule 10b5-1).
    is_amendment : bool
        From an amendment (4/A): it replaces what its owner filed before of the same `period`.
    period : date or None
        The form's period of report, the day of its first trade; None is `traded`.
    """

    symbol: str
    filed: date
    traded: date
    code: str
    shares: float
    price_usd: float
    owner: str
    role: str = ""
    is_acquired: bool = True
    is_derivative: bool = False
    is_planned: bool = False
    is_amendment: bool = False
    period: date | None = None


@dataclass(frozen=True, slots=True, eq=False)
class InsiderTrades:
    """What insiders reported, line by line, in columns.

    Parameters
    ----------
    companies, people, roles : tuple of str
        What `company`, `person` and `role` number; companies by one symbol each.
    company, person, role : ndarray of int64, shape (R,)
        Of which company, by whom; rows are ordered by company, then by `filed` (see `InsiderTrades.of`).
    filed, traded, replaced : ndarray of datetime64[D], shape (R,)
        A line counts from the day it was filed on until the day an amendment replaced it; NaT where none did.
    code : ndarray of str, shape (R,)
        The form's.
    shares, price_usd : ndarray of float64, shape (R,)
        NaN where the form does not state them.
    is_acquired, is_derivative, is_planned, is_amendment : ndarray of bool, shape (R,)
        As in `InsiderTrade`.
    covered : mapping of str to tuple of date
        By company: the first and the last day of which all its forms are here. A company that is left out is unknown.
    classes : mapping of str to str
        Further share classes of a company: their symbols, each with that of its company.
    source : str
        Where they come from, as printed on cards; empty where nobody says.
    fetched : datetime or None
        The instant (UTC) up to which that source was asked for all of them; None where nobody says.

    Raises
    ------
    UnalignedInput
        If lengths differ, rows are out of order, a row is worth less than nothing or a trillion dollars, or a company's
        last covered day lies before its first.
    """

    companies: tuple[str, ...]
    people: tuple[str, ...]
    roles: tuple[str, ...]
    company: IntArray
    person: IntArray
    role: IntArray
    filed: SessionArray
    traded: SessionArray
    replaced: SessionArray
    code: NDArray[np.str_]
    shares: FloatArray
    price_usd: FloatArray
    is_acquired: BoolArray
    is_derivative: BoolArray
    is_planned: BoolArray
    is_amendment: BoolArray
    covered: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    classes: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    fetched: datetime | None = None
    is_purchase: BoolArray = field(init=False, repr=False)
    """Which rows are purchases of the share: code P, acquired, no derivative."""
    is_sale: BoolArray = field(init=False, repr=False)
    """Which rows are sales of the share: code S, disposed of, no derivative."""
    spans: SessionArray = field(init=False, repr=False)
    """`covered` by the places of companies, shape (companies + 1, 2); NaT where unknown. The last row is nobody's."""
    _places: Mapping[str, int] = field(init=False, repr=False)

    COLUMNS = ("person", "role", "filed", "traded", "replaced", "code", "shares", "price_usd",
               "is_acquired", "is_derivative", "is_planned", "is_amendment")  # fmt: skip

    def __post_init__(self) -> None:
        shape = self.company.shape
        for name in self.COLUMNS:
            if getattr(self, name).shape != shape:
                raise UnalignedInput(name, getattr(self, name).shape, f"must have the shape of company, {shape}")
        places = {symbol: place for place, symbol in enumerate(self.companies)}
        if len(places) != len(self.companies):
            raise UnalignedInput("companies", len(self.companies), "must be unique")
        object.__setattr__(self, "_places", places)
        unknown = (np.datetime64("NaT", "D"),) * 2
        spans = [*(self.covered.get(company, unknown) for company in self.companies), unknown]
        object.__setattr__(self, "spans", np.array(spans, dtype="datetime64[D]"))
        object.__setattr__(self, "is_purchase", (self.code == PURCHASE) & self.is_acquired & ~self.is_derivative)
        object.__setattr__(self, "is_sale", (self.code == SALE) & ~self.is_acquired & ~self.is_derivative)
        step, days = np.diff(self.company), np.diff(self.filed).astype(np.int64)
        if bool(np.any((step < 0) | ((step == 0) & (days < 0)))):
            raise UnalignedInput(
                "company", shape[0], "rows must be ordered by company, then by the day they were filed"
            )
        if bool(np.any(self.dollars >= MOST_USD)) or bool(np.any((self.shares < 0) | (self.price_usd < 0))):
            raise UnalignedInput(
                "shares", shape[0], f"and price must not be below 0, nor make ${MOST_USD:,.0f} or more"
            )
        if any(last < first for first, last in self.covered.values()):
            raise UnalignedInput("covered", len(self.covered), "must not end before it begins")

    @classmethod
    def of(
        cls,
        trades: Iterable[InsiderTrade],
        covered: Mapping[str, tuple[date, date]] | None = None,
        classes: Mapping[str, str] | None = None,
        *,
        source: str = "",
        fetched: datetime | None = None,
    ) -> InsiderTrades:
        """Return lines in any order as columns; what an amendment replaces is marked.

        Examples
        --------
        >>> first = InsiderTrade("AGX", date(2025, 7, 3), date(2025, 7, 1), "P", 100.0, 20.0, "Doe Jane")
        >>> later = first._replace(filed=date(2025, 7, 9), shares=90.0, is_amendment=True)
        >>> both = InsiderTrades.of([later, first])
        >>> both.shares.tolist(), both.replaced.astype(str).tolist(), both.is_purchase.tolist()
        ([100.0, 90.0], ['2025-07-09', 'NaT'], [True, True])
        """
        ordered = sorted(trades, key=lambda row: (row.symbol, row.filed, row.is_amendment))
        columns = dict(zip(InsiderTrade._fields, zip(*ordered, strict=True), strict=False))
        names = {name: _numbered(columns.get(name, ())) for name in ("symbol", "owner", "role")}
        covered = covered or {}

        def values(name: str, kind: str) -> NDArray[Any]:
            own = columns.get(name, ())
            return np.array([names[name][each] for each in own] if name in names else own, dtype=kind)

        return cls(
            (*names["symbol"], *sorted(set(covered) - set(names["symbol"]))),
            tuple(names["owner"]),
            tuple(names["role"]),
            values("symbol", "int64"),
            values("owner", "int64"),
            values("role", "int64"),
            values("filed", "datetime64[D]"),
            values("traded", "datetime64[D]"),
            np.array(_replaced(ordered), dtype="datetime64[D]"),
            values("code", "str"),
            values("shares", "float64"),
            values("price_usd", "float64"),
            values("is_acquired", "bool"),
            values("is_derivative", "bool"),
            values("is_planned", "bool"),
            values("is_amendment", "bool"),
            covered,
            classes or {},
            source,
            fetched,
        )

    @property
    def dollars(self) -> FloatArray:
        """What each row is worth, shape (R,), US dollars; NaN where shares or price are not stated."""
        return self.shares * self.price_usd

    def company_of(self, symbol: str) -> int:
        """Return the place of a symbol's company, whichever class it is; -1 where nothing of it is known.

        Examples
        --------
        >>> day = date(2025, 7, 1)
        >>> InsiderTrades.of([], {"GOOGL": (day, day)}, {"GOOG": "GOOGL"}).company_of("GOOG")
        0
        """
        return self._places.get(self.classes.get(symbol, symbol), -1)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(dict.fromkeys(names))}


def _replaced(ordered: Sequence[InsiderTrade]) -> list[date | None]:
    """Return the day on which each line was replaced, None where it was not."""
    amended: dict[tuple[str, str, date], set[date]] = defaultdict(set)
    for row in ordered:
        if row.is_amendment:
            amended[_form_of(row)].add(row.filed)
    if not amended:
        return [None] * len(ordered)
    return [
        min(
            (day for day in amended.get(_form_of(row), ()) if (day, True) > (row.filed, row.is_amendment)), default=None
        )
        for row in ordered
    ]


def _form_of(row: InsiderTrade) -> tuple[str, str, date]:
    return row.symbol, row.owner, row.period or row.traded
