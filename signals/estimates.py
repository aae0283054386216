"""What analysts expect of companies, as it stood on one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from signals.errors import UnalignedInput

if TYPE_CHECKING:
    from signals.types import FloatArray, SessionArray

KNOWN_FOR_DAYS = 120
"""Estimates that stood longer ago are no longer told: each quarter's report changes them."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """What analysts expected of companies on a day; known from its close on.

    Parameters
    ----------
    day : date
        The day on which they stood.
    symbols : tuple of str, length N
        One share of each company, each once.
    forward_eps : ndarray of float64, shape (N,)
        Earnings per share expected for the next twelve months, US dollars; NaN where unknown.
    surprise_pct : ndarray of float64, shape (N,)
        The last earnings against what was expected, per cent; NaN where unknown.
    analysts, mean_rating : ndarray of float64, shape (N,)
        How many rate it, and their mean, 1 (buy) to 5 (sell); NaN where unknown.

    Raises
    ------
    UnalignedInput
        If the lengths differ or a symbol is there twice.
    """

    FIELDS = ("forward_eps", "surprise_pct", "analysts", "mean_rating")

    day: date
    symbols: tuple[str, ...]
    forward_eps: FloatArray
    surprise_pct: FloatArray
    analysts: FloatArray
    mean_rating: FloatArray
    _places: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        count = len(self.symbols)
        for name in self.FIELDS:
            if len(getattr(self, name)) != count:
                raise UnalignedInput(name, len(getattr(self, name)), f"must be as many as symbols, {count}")
        places = {symbol: place for place, symbol in enumerate(self.symbols)}
        if len(places) != count:
            raise UnalignedInput("symbols", count, "must be unique")
        object.__setattr__(self, "_places", places)

    def of(self, name: str, symbols: Sequence[str]) -> FloatArray:
        """Return one of `FIELDS` of some companies, shape (M,); NaN where unknown.

        Examples
        --------
        >>> nothing = np.full(1, np.nan)
        >>> july = Estimates(date(2025, 7, 2), ("STRL",), np.array([9.5]), nothing, nothing, nothing)
        >>> july.of("forward_eps", ["AGX", "STRL"])
        array([nan, 9.5])
        """
        padded = np.append(getattr(self, name), np.nan)
        return padded[[self._places.get(symbol, -1) for symbol in symbols]]


def expected(estimates: Sequence[Estimates], name: str, symbols: Sequence[str], sessions: SessionArray) -> FloatArray:
    """Return what was expected of some companies at each session, by the last estimates known.

    Parameters
    ----------
    estimates : sequence of Estimates
        The oldest first.
    name : str
        One of ``Estimates.FIELDS``.
    symbols : sequence of str, length M
        Whose.
    sessions : ndarray of datetime64[D], shape (T,)
        The sessions.

    Returns
    -------
    ndarray of float64, shape (T, M)
        NaN where unknown, and where the last estimates are more than 120 days old.

    Examples
    --------
    >>> nothing = np.full(1, np.nan)
    >>> july = Estimates(date(2025, 7, 2), ("STRL",), np.array([9.5]), nothing, nothing, nothing)
    >>> days = np.array(["2025-07-01", "2025-07-02", "2025-12-01"], dtype="datetime64[D]")
    >>> expected([july], "forward_eps", ["STRL"], days).ravel()
    array([nan, 9.5, nan])
    """
    days = np.array([each.day for each in estimates], dtype="datetime64[D]")
    row = np.searchsorted(days, sessions, side="right") - 1
    table = np.full((len(days) + 1, len(symbols)), np.nan)  # the last row is what nobody expects
    if len(days):
        row[sessions - days[row] > np.timedelta64(KNOWN_FOR_DAYS, "D")] = -1
    for place in np.unique(row[row >= 0]).tolist():
        table[place] = estimates[place].of(name, symbols)
    return table[row]
