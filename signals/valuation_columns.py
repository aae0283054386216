"""What small and large companies cost, session by session: the columns of valuation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.estimates import expected
from signals.fundamentals import Fundamentals
from signals.group_members import Group
from signals.standing import vintages
from signals.types import FloatArray, Market
from signals.valuation_multiples import Multiples, multiples

MULTIPLES = ("trailing_pe", "forward_pe", "price_sales", "price_book")
WITHOUT = "_without_losses"
NM = "_is_meaningless"
"""Ends of names: the multiple without the companies whose amount is below 0; whether it is not meaningful."""
_FILED = {"trailing_pe": "net_income", "price_sales": "revenue", "price_book": "equity"}
_SESSIONS_AT_ONCE = 250  # keeps the panels of a pass within some tens of megabytes


def valuation_columns(market: Market, group: Group) -> dict[str, NDArray[Any]]:
    """Compute every multiple of one group, both ways.

    A company is worth its shares outstanding times its close. Expected earnings are those per share times the shares.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold what companies filed and what is expected of them.
    group : Group
        Whose.

    Returns
    -------
    dict of str to ndarray, each of shape (T,)
        Each of `MULTIPLES`, with `WITHOUT` and `NM`; ``forward_yield_pct``; ``losing_weight_pct``, of trailing
        earnings; ``covered``, ``covered_forward`` and ``members`` (counts).

    Examples
    --------
    >>> from signals.group_members import group_of
    >>> from signals.valuation import _example
    >>> market = _example()
    >>> valuation_columns(market, group_of(market, "smallcap"))["trailing_pe"]
    array([nan, nan, nan, 25., 30.])
    """
    sessions, count = market.prices.sessions, len(market.prices.sessions)
    filed = market.facts.fundamentals or Fundamentals.in_order((), [])
    places = np.array([filed.company_of(symbol) for symbol in group.symbols], dtype=np.int64)
    known = vintages(filed, places)
    closes = _closes(market, group, filed)
    columns = _nothing(count)
    for start in range(0, count, _SESSIONS_AT_ONCE):
        rows = slice(start, start + _SESSIONS_AT_ONCE)
        told = known.beside(places, sessions[rows], ("shares", *_FILED.values()))
        worth = np.where(group.belongs[rows], told["shares"] * closes[rows], np.nan)
        per_share = expected(market.facts.estimates, "forward_eps", group.symbols, sessions[rows])
        amounts = {multiple: told[name] for multiple, name in _FILED.items()}
        amounts["forward_pe"] = per_share * told["shares"]
        found = {name: multiples(worth, amounts[name]) for name in MULTIPLES}
        for name, each in found.items():
            _fill(columns, name, rows, each)
        columns["forward_yield_pct"][rows] = found["forward_pe"].yield_pct
        columns["losing_weight_pct"][rows] = found["trailing_pe"].losing_weight_pct
        columns["covered"][rows] = found["trailing_pe"].covered
        columns["covered_forward"][rows] = found["forward_pe"].covered
    return columns | {"members": group.count, "is_hindsight": group.is_hindsight}


def _nothing(count: int) -> dict[str, NDArray[Any]]:
    numbers = [name + end for name in MULTIPLES for end in ("", WITHOUT)] + ["forward_yield_pct", "losing_weight_pct"]
    words = [name + end + NM for name in MULTIPLES for end in ("", WITHOUT)]
    columns: dict[str, NDArray[Any]] = {name: np.full(count, np.nan) for name in numbers}
    columns |= {name: np.zeros(count, dtype=np.bool_) for name in words}
    return columns | {name: np.zeros(count, dtype=np.int64) for name in ("covered", "covered_forward")}


def _fill(columns: dict[str, NDArray[Any]], name: str, rows: slice, found: Multiples) -> None:
    columns[name][rows] = found.of_all
    columns[name + WITHOUT][rows] = found.without_losses
    columns[name + NM][rows] = found.is_meaningless
    columns[name + WITHOUT + NM][rows] = found.is_meaningless_without


def _closes(market: Market, group: Group, filed: Fundamentals) -> FloatArray:
    """Return the close of each company: of the share it goes by, or of the first class that has prices."""
    classes: dict[str, list[str]] = {}
    for symbol, own in filed.classes.items():
        classes.setdefault(own, []).append(symbol)
    closes = np.full((len(market.prices.sessions), len(group.symbols)), np.nan)
    for place, symbol in enumerate(group.symbols):
        priced = [each for each in (symbol, *classes.get(symbol, ())) if each in market.prices]
        if priced:
            closes[:, place] = market.prices.close[:, market.prices.column(priced[0])]
    return closes
