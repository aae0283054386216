"""What small and large companies cost, session by session: the columns of valuation."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.estimates import expected
from signals.filed_between import filed_between
from signals.fundamentals import Fundamentals
from signals.group_members import Group
from signals.types import IntArray, Market
from signals.valuation_multiples import Multiples, multiples

MULTIPLES = ("trailing_pe", "forward_pe", "price_sales", "price_book")
WITHOUT = "_without_losses"
NM = "_is_meaningless"
"""Ends of names: the multiple without the companies whose amount is below 0; whether it is not meaningful."""
_FILED = {"trailing_pe": "net_income", "price_sales": "revenue", "price_book": "equity"}
_SESSIONS_AT_ONCE = 63  # a quarter: the panels of a pass stay within a few megabytes


def valuation_columns(market: Market, group: Group) -> dict[str, NDArray[Any]]:
    """Compute every multiple of one group, both ways.

    A company is worth its shares outstanding times its close. Expected earnings are those per share times the shares.
    One with a remark, such as that its accounts follow IFRS, counts nowhere: its shares need not be those traded here.

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
    shares = _priced(market, group, filed)
    is_comparable = np.array([symbol not in filed.remarks for symbol in group.symbols], dtype=np.bool_)
    columns = _nothing(count)
    for start in range(0, count, _SESSIONS_AT_ONCE) if len(filed.company) else ():
        rows = slice(start, start + _SESSIONS_AT_ONCE)
        told = filed_between(filed, sessions).beside(places, sessions[rows], ("shares", *_FILED.values()))
        closes = np.where(shares < 0, np.nan, market.prices.close[rows][:, shares])
        worth = np.where(group.belongs[rows] & is_comparable, told["shares"] * closes, np.nan)
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


def _priced(market: Market, group: Group, filed: Fundamentals) -> IntArray:
    """Return the column of each company: of the share it goes by, or of its first class that has prices; -1: none."""
    classes: dict[str, list[str]] = {}
    for symbol, own in filed.classes.items():
        classes.setdefault(own, []).append(symbol)
    found = [
        next((each for each in (symbol, *classes.get(symbol, ())) if each in market.prices), None)
        for symbol in group.symbols
    ]
    return np.array([-1 if each is None else market.prices.column(each) for each in found], dtype=np.int64)
