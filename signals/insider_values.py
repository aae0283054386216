"""What insiders of one company, and of all, did in the days up to a session."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np

from signals.changes import NONE
from signals.insider_counts import WINDOW_DAYS, Spells, cents, is_covered, one_of_each, spells_of
from signals.insider_events import CLUSTER_DAYS
from signals.insider_facts import InsiderTrades
from signals.telling import scalar
from signals.types import Coverage, History, IntArray, Scalar

MOST_NAMES = 10
_SIDES = {
    "purchases": "lines of forms with purchases in the open market or in private, code P, of the last 90 days",
    "buyers": "people who made them",
    "purchase_usd": "what they cost, dollars, where the forms state prices",
    "unpriced": "purchases without a price",
    "sales": "lines of forms with sales, code S, of the last 90 days",
    "sellers": "people who made them",
    "sale_usd": "what they brought, dollars, where the forms state prices",
    "planned_sale_usd": "of that, under a plan made before (Rule 10b5-1)",
}
_OF_A_SYMBOL = {
    "buyers_30d": "people who bought in the last 30 days",
    "covered_from": "day from which on all its forms are here",
    "covered_to": "day up to which all its forms are here",
    "last_filed": "day on which its last purchase was filed",
    "last_traded": "day of that purchase",
    "last_owner": "who made it",
    "last_role": "what they are to the company",
    "last_shares": "shares bought",
    "last_price_usd": "price of a share, dollars",
}
_OF_ALL = {
    "companies": "companies whose insiders bought",
    "selling_companies": "companies whose insiders sold",
    "largest_names": "those with the largest purchases, the largest first",
    "largest_sums": "what these cost in whole dollars, in that order",
}
VALUES = _SIDES | _OF_A_SYMBOL | _OF_ALL


@dataclass(frozen=True, slots=True)
class Bought:
    """What insiders of one company bought.

    Attributes
    ----------
    usd : float
        Of the purchases that are priced.
    """

    company: str
    usd: float
    purchases: int
    buyers: int


def coverage_of(history: History, row: int, symbol: str | None) -> Coverage:
    """Return how many companies have all forms of the 90 days up to `row` here, of those ever read; or whether one has.

    Examples
    --------
    >>> from signals.insiders import _example, history
    >>> coverage_of(history(_example(), {}), 4, None)
    Coverage(n=1, of=1)
    """
    trades = history.market.facts.insiders
    if trades is None or row == NONE:
        return Coverage(n=0, of=1)
    companies = np.arange(len(trades.companies)) if symbol is None else np.array([trades.company_of(symbol)])
    found = is_covered(trades, companies, history.sessions[row : row + 1])
    return Coverage(n=int(found.sum()), of=max(1, found.size))


def values_of(history: History, row: int, symbol: str | None) -> dict[str, Scalar]:
    """Return what was known on a row: of one symbol, or of all companies where it is None.

    Parameters
    ----------
    history : History
        From `signals.insiders.history`.
    row : int
        Counted from the start; -1 where there is no session with prices.
    symbol : str or None
        One of its subjects, or None.

    Returns
    -------
    dict
        Those of `VALUES` that speak of it. A number of purchases or sales above 0 is told though not all forms are
        here; 0 only where they are.

    Examples
    --------
    >>> from signals.insiders import _example, history
    >>> told = values_of(history(_example(), {}), 4, "AGX")
    >>> told["purchases"], told["buyers"], told["purchase_usd"], told["sales"]
    (2, 1, 3000.0, 0)
    """
    names = _SIDES | (_OF_ALL if symbol is None else _OF_A_SYMBOL)
    trades = history.market.facts.insiders
    if trades is None or row == NONE:
        return dict.fromkeys(names)
    company = None if symbol is None else trades.company_of(symbol)
    if company == NONE:
        return dict.fromkeys(names)
    is_known = coverage_of(history, row, symbol).n > 0
    bought, sold = (_spells(history, row, side, company=company) for side in ("purchase", "sale"))
    values = dict.fromkeys(names) | _sides(trades, bought, sold, is_known=is_known)
    if company is not None:
        return values | _of_a_symbol(history, trades, row, company, is_known=is_known)
    ranked = [each for each in bought_by_company(history, row) if each.usd > 0][:MOST_NAMES]
    return values | {
        "companies": _known(len(_companies(trades, bought)), is_known=is_known),
        "selling_companies": _known(len(_companies(trades, sold)), is_known=is_known),
        "largest_names": ", ".join(each.company for each in ranked) or None,
        "largest_sums": ", ".join(f"{each.usd:.0f}" for each in ranked) or None,
    }


def bought_by_company(history: History, row: int) -> list[Bought]:
    """Return what insiders bought in the 90 days up to a row, by company, the largest sum first.

    Examples
    --------
    >>> from signals.insiders import _example, history
    >>> bought_by_company(history(_example(), {}), 4)
    [Bought(company='AGX', usd=3000.0, purchases=2, buyers=1)]
    """
    trades = history.market.facts.insiders
    if trades is None or row == NONE:
        return []
    spells = _spells(history, row, "purchase")
    worth = cents(trades, spells)
    lines: dict[int, list[int]] = defaultdict(list)
    for place, company in enumerate(trades.company[spells.lines].tolist()):
        lines[company].append(place)
    found = [
        Bought(
            trades.companies[company],
            int(worth[own].sum()) / 100,
            len(own),
            len(np.unique(trades.person[spells.lines[own]])),
        )
        for company, own in lines.items()
    ]
    return sorted(found, key=lambda each: (-each.usd, each.company))


def _spells(history: History, row: int, side: str, days: int = WINDOW_DAYS, *, company: int | None = None) -> Spells:
    """Return the lines of one side that count on a row."""
    trades = history.market.facts.insiders
    assert trades is not None  # noqa: S101 - asked before
    which = trades.is_purchase if side == "purchase" else trades.is_sale
    if company is not None:
        which = which & (trades.company == company)
    return spells_of(trades, which, history.sessions[row : row + 1], days)


def _sides(trades: InsiderTrades, bought: Spells, sold: Spells, *, is_known: bool) -> dict[str, Scalar]:
    planned = trades.is_planned[sold.lines]
    return {
        **_side(trades, bought, ("purchases", "buyers", "purchase_usd"), is_known=is_known),
        "unpriced": _known(
            int(np.isnan(trades.dollars[bought.lines]).sum()), is_known=is_known or bool(len(bought.lines))
        ),
        **_side(trades, sold, ("sales", "sellers", "sale_usd"), is_known=is_known),
        "planned_sale_usd": _known(
            float(cents(trades, sold)[planned].sum()) / 100, is_known=is_known or bool(len(sold.lines))
        ),
    }


def _side(trades: InsiderTrades, spells: Spells, names: tuple[str, str, str], *, is_known: bool) -> dict[str, Scalar]:
    """Return the lines, the people and the dollars of one side."""
    dollars = trades.dollars[spells.lines]
    is_priced = not len(dollars) or bool(np.isfinite(dollars).any())
    known = is_known or bool(len(dollars))
    return {
        names[0]: _known(len(dollars), is_known=known),
        names[1]: _known(len(one_of_each(trades, spells, 1).lines), is_known=known),
        names[2]: _known(float(cents(trades, spells).sum()) / 100, is_known=known and is_priced),
    }


def _known(value: float, *, is_known: bool) -> Scalar:
    return value if is_known else None


def _companies(trades: InsiderTrades, spells: Spells) -> IntArray:
    return np.unique(trades.company[spells.lines])


def _of_a_symbol(
    history: History, trades: InsiderTrades, row: int, company: int, *, is_known: bool
) -> dict[str, Scalar]:
    session: date = history.sessions[row].item()
    first, last = trades.covered.get(trades.companies[company], (None, None))
    lately = one_of_each(trades, _spells(history, row, "purchase", CLUSTER_DAYS, company=company), 1)
    values: dict[str, Scalar] = {
        "buyers_30d": _known(len(lately.lines), is_known=is_known or bool(len(lately.lines))),
        "covered_from": None if first is None or first > session else first.isoformat(),
        "covered_to": None if last is None or first is None or first > session else min(last, session).isoformat(),
    }
    return values | _last(trades, _ever(history, trades, row, company))


def _ever(history: History, trades: InsiderTrades, row: int, company: int) -> IntArray:
    """Return the purchases of a company known on a row, however old."""
    session = history.sessions[row]
    stands = (trades.filed <= session) & ~(trades.replaced <= session)
    return np.flatnonzero(trades.is_purchase & (trades.company == company) & stands)


def _last(trades: InsiderTrades, lines: IntArray) -> dict[str, Scalar]:
    if not len(lines):
        return {}
    order = np.lexsort((np.nan_to_num(trades.dollars[lines], nan=-1.0), trades.traded[lines], trades.filed[lines]))
    last = int(lines[order[-1]])
    return {
        "last_filed": str(trades.filed[last]),
        "last_traded": str(trades.traded[last]),
        "last_owner": trades.people[trades.person[last]],
        "last_role": trades.roles[trades.role[last]] or None,
        "last_shares": scalar(trades.shares[last]),
        "last_price_usd": scalar(trades.price_usd[last]),
    }
