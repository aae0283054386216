"""What is known of the Russell reconstitution: its dates, what companies are worth, and published lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from signals.errors import UnalignedInput

if TYPE_CHECKING:
    from signals.types import FloatArray


@dataclass(frozen=True, slots=True)
class Reconstitution:
    """The dates of one reconstitution of the Russell indices.

    Parameters
    ----------
    rank_day : date
        The day whose market capitalisations decide.
    lists_from : date
        The Friday of the first preliminary list, after 18:00 in New York.
    lock_down : date
        From then on membership is meant to be final.
    effective : date
        The session after whose close the indices change.
    source : str
        Where the dates were published; empty where they follow from the rule alone.
    known : date
        The day from which that was known; the first day there is where it was never otherwise.

    Raises
    ------
    UnalignedInput
        If the dates are not in that order.
    """

    rank_day: date
    lists_from: date
    lock_down: date
    effective: date
    source: str = ""
    known: date = date.min

    def __post_init__(self) -> None:
        days = (self.rank_day, self.lists_from, self.lock_down, self.effective)
        if any(later <= before for before, later in pairwise(days)):
            raise UnalignedInput("dates", ", ".join(map(str, days)), "must follow each other: rank day to effective")

    @property
    def is_official(self) -> bool:
        """Whether the dates were published; else they follow from the rule."""
        return bool(self.source)


@dataclass(frozen=True, slots=True, eq=False)
class Caps:
    """What companies were worth on one day, for the ranking by size.

    Parameters
    ----------
    day : date
        The day the figures speak of; they are known from its close on.
    symbols : tuple of str, length N
        One share of each company, each once.
    total_usd : ndarray of float64, shape (N,)
        Total market capitalisation, all share classes and holders, positive; NaN where unknown.
    float_frac : ndarray of float64, shape (N,)
        Share of it that trades freely, 0 to 1; NaN where unknown.
    exchanges : tuple of str, length N
        Where each is listed, as the source writes it; empty where unknown.
    closes_usd : ndarray of float64, shape (N,), or None
        The close of each share on that day, for those without prices here; NaN where unknown, None where all are.

    Raises
    ------
    UnalignedInput
        If the lengths differ, a symbol is there twice, a cap or close is not positive or a float not a fraction.
    """

    day: date
    symbols: tuple[str, ...]
    total_usd: FloatArray
    float_frac: FloatArray
    exchanges: tuple[str, ...]
    closes_usd: FloatArray | None = None

    def __post_init__(self) -> None:
        count = len(self.symbols)
        if self.closes_usd is not None:
            if len(self.closes_usd) != count:
                raise UnalignedInput("closes_usd", len(self.closes_usd), f"must be as many as symbols, {count}")
            if bool(np.any(self.closes_usd <= 0)):
                raise UnalignedInput("closes_usd", self.closes_usd.min(), "must be positive, or NaN")
        for name in ("total_usd", "float_frac", "exchanges"):
            if len(getattr(self, name)) != count:
                raise UnalignedInput(name, len(getattr(self, name)), f"must be as many as symbols, {count}")
        if len(set(self.symbols)) != count:
            raise UnalignedInput("symbols", count, "must be unique")
        if bool(np.any((self.total_usd <= 0) | np.isinf(self.total_usd))):
            raise UnalignedInput("total_usd", self.total_usd.min(), "must be positive and finite, or NaN")
        if bool(np.any((self.float_frac < 0) | (self.float_frac > 1))):
            raise UnalignedInput("float_frac", self.float_frac.max(), "must be between 0 and 1, or NaN")


@dataclass(frozen=True, slots=True)
class MembershipList:
    """A published list of who joins and who leaves the Russell 2000; moves from and to the Russell 1000 among them.

    Parameters
    ----------
    published : date
        A list comes after the close: it counts from the session after that day on.
    additions, deletions : frozenset of str
        Symbols.

    Raises
    ------
    UnalignedInput
        If a symbol is in both.
    """

    published: date
    additions: frozenset[str]
    deletions: frozenset[str]

    def __post_init__(self) -> None:
        if both := self.additions & self.deletions:
            raise UnalignedInput("additions", ", ".join(sorted(both)), "must not be among the deletions, too")
