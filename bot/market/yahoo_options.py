"""Option chains from Yahoo's answers, one per expiry: every contract as given, or a line that says what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain as joined
from typing import Any

import numpy as np

from bot.market.yahoo_json import (
    NEW_YORK,
    Nothing,
    Unusable,
    first_result,
    float_of,
    instant_of,
    list_of,
    mapping_of,
    shown,
    utc_day,
)
from signals.errors import UnalignedInput
from signals.facts import OptionChain

REGULAR = "REGULAR"
AHEAD_DAYS = 30
"""The expiry nearest to so many days ahead is asked for besides the next one: volatility is told of it."""
_COLUMNS = {
    "bid": "bid",
    "ask": "ask",
    "last": "lastPrice",
    "volume": "volume",
    "open_interest": "openInterest",
    "iv_frac": "impliedVolatility",
}


@dataclass(frozen=True, slots=True, eq=False)
class ChainAnswer:
    """What Yahoo's answers give.

    Attributes
    ----------
    chain : OptionChain or None
        None where there is none; `detail` says why.
    detail : str
        What is wrong or missing, for people; empty where nothing is.
    is_broken : bool
        There is none because the answer makes no sense, not because Yahoo has none.
    """

    chain: OptionChain | None
    detail: str = ""
    is_broken: bool = False


def chain_of(symbol: str, bodies: Sequence[bytes], *, known: date) -> ChainAnswer:
    """Return the chain in `bodies`, Yahoo's answers for some expiries of `symbol`, asked for on the day `known`.

    The day of the quotes is that of the underlying's last regular trade in the first of them.
    """
    try:
        return _chain(symbol, [_result(symbol, body) for body in bodies], known)
    except (Unusable, UnalignedInput) as error:
        return ChainAnswer(None, str(error), is_broken=not isinstance(error, Nothing))


def expiries_of(body: bytes) -> tuple[date, ...]:
    """Return the expiries that an answer says there are; none where it cannot be read."""
    try:
        given = list_of(_result("", body), "expirationDates")
        return tuple(utc_day(each, "expirationDates") for each in given)
    except Unusable:
        return ()


def _result(symbol: str, body: bytes) -> Mapping[str, Any]:
    result = first_result(body, "optionChain")
    named = result.get("underlyingSymbol")
    if symbol and named != symbol:
        raise Unusable(f"the answer is of {str(named)[:40]!r}, not of {symbol}")
    return result


def _chain(symbol: str, results: Sequence[Mapping[str, Any]], known: date) -> ChainAnswer:
    if not results:
        raise Unusable("nothing was asked for")
    expiries = [
        mapping_of(each, "options") for each in joined.from_iterable(list_of(one, "options") for one in results)
    ]
    if not expiries:
        raise Nothing("Yahoo lists no options of it")
    rows = [
        (mapping_of(contract, side), is_call)
        for one in expiries
        for side, is_call in (("calls", True), ("puts", False))
        for contract in list_of(one, side)
    ]
    kept = [(contract, is_call) for contract, is_call in rows if contract.get("contractSize", REGULAR) == REGULAR]
    if not kept:
        raise Nothing("Yahoo lists no contract of the expiry asked for")
    contracts = [contract for contract, _ in kept]
    quote = mapping_of(results[0].get("quote"), "quote")
    spot = _number(quote, "regularMarketPrice")
    day = _day_of_trade(quote.get("regularMarketTime"), "regularMarketTime")
    if day > known:
        raise Unusable(f"regularMarketTime is of {day}, after the day it was asked for, {known}")
    columns = {name: np.array([_number(one, key) for one in contracts]) for name, key in _COLUMNS.items()}
    traded = [_day_of_trade(one["lastTradeDate"], "lastTradeDate") if _has_trade(one) else None for one in contracts]
    found = OptionChain(
        symbol,
        day,
        known,
        expiry=np.array([utc_day(one.get("expiration"), "expiration") for one in contracts], dtype="datetime64[D]"),
        is_call=np.array([is_call for _, is_call in kept], dtype=bool),
        strike=np.array([_number(one, "strike") for one in contracts]),
        traded=np.array(traded, dtype="datetime64[D]"),
        spot=spot if spot > 0 else math.nan,
        **columns,
    )
    left_out = len(rows) - len(kept)
    return ChainAnswer(found, f"{left_out} contracts that are no regular ones are left out" if left_out else "")


def _has_trade(contract: Mapping[str, Any]) -> bool:
    """Tell whether the contract has ever traded: Yahoo gives none, or the start of 1970, where it has not."""
    return contract.get("lastTradeDate") not in (None, 0)


def _number(value: Mapping[str, Any], name: str) -> float:
    """Return a number, NaN where there is none."""
    found = value.get(name)
    if found is None:
        return math.nan
    number = float_of(found, name)
    if number < 0:
        raise Unusable(f"{name} is {shown(found)}, below 0")
    return number


def _day_of_trade(seconds: object, name: str) -> date:
    return instant_of(seconds, name).astimezone(NEW_YORK).date()
