"""Who belongs to a universe as companies, session by session, whether or not there are prices of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from signals.facts import Holdings, in_force
from signals.fundamentals import Fundamentals
from signals.types import BoolArray, IntArray, Market

UNIVERSES = ("smallcap", "largecap")
FINANCIALS = frozenset(("Financials", "Financial Services"))
"""Their sector as iShares and as Yahoo spell it."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The companies of a universe over all sessions.

    Attributes
    ----------
    symbols : tuple of str, length M
        One share of each company that ever belongs; share classes of a company are one.
    belongs : ndarray of bool, shape (T, M)
        Whether it belongs at a session.
    is_hindsight : ndarray of bool, shape (T,)
        Whether the members were not known yet.
    """

    symbols: tuple[str, ...]
    belongs: BoolArray
    is_hindsight: BoolArray

    @property
    def count(self) -> IntArray:
        """Companies, shape (T,)."""
        return np.asarray(self.belongs.sum(axis=1), dtype=np.int64)


def group_of(market: Market, universe: str) -> Group:
    """Return the companies of `universe` at each session of `market`.

    Before the first dated list its members stand in; without any, those of ``market.universes``. Both are hindsight.

    Parameters
    ----------
    market : Market
        Its facts hold the dated lists, and which symbols are share classes of one company.
    universe : str
        ``smallcap`` or ``largecap``.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> group = group_of(_example(), "smallcap")
    >>> group.symbols, group.count, group.is_hindsight
    (('A', 'B', 'C'), array([3, 3, 3, 3, 3]), array([ True,  True, False, False, False]))
    """
    files = market.facts.of_universe(universe)
    file = in_force(files, market.prices.sessions)
    filed = market.facts.fundamentals
    classes = filed.classes if filed else {}
    lists = [each.symbols for each in files] or [market.universes.get(universe, ())]
    members = [{classes.get(symbol, symbol) for symbol in symbols} for symbols in lists]
    symbols = tuple(sorted(set().union(*members)))
    by_list = np.array([[symbol in own for symbol in symbols] for own in members], dtype=np.bool_)
    return Group(
        symbols=symbols,
        belongs=by_list[np.maximum(file, 0)],
        is_hindsight=file < 0,
    )


def financials_among(market: Market, symbols: Sequence[str]) -> BoolArray:
    """Tell which companies are banks, insurers and the like, by the first list that says so, else by the market.

    Parameters
    ----------
    market : Market
        Its facts hold the dated lists with a sector of each member.
    symbols : sequence of str, length M
        One share of each.

    Examples
    --------
    >>> from signals.leverage import _example
    >>> financials_among(_example(), ["A", "D"])
    array([False,  True])
    """
    filed, facts = market.facts.fundamentals, market.facts
    classes = filed.classes if filed else {}
    sectors = _sectors_in((*facts.of_universe("smallcap"), *facts.of_universe("largecap")), filed)
    told = [sectors.get(classes.get(symbol, symbol), market.sectors.get(symbol)) for symbol in symbols]
    return np.array([sector in FINANCIALS for sector in told], dtype=np.bool_)


@lru_cache(maxsize=4)
def _sectors_in(files: tuple[Holdings, ...], filed: Fundamentals | None) -> Mapping[str, str]:
    """Return the sector of each company by the first list that says it; the lists are looked through once."""
    classes = filed.classes if filed else {}
    sectors: dict[str, str] = {}
    for each in files:
        companies = map(classes.get, each.symbols, each.symbols)
        own = {company: sector for company, sector in zip(companies, each.sectors, strict=True) if sector}
        sectors = own | sectors
    return sectors
