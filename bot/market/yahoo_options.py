"""Option chains from Yahoo's answers, one per expiry: every contract as given, or a line that says what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain as joined
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from signals.errors import UnalignedInput
from signals.facts import OptionChain

NEW_YORK = ZoneInfo("America/New_York")
"""The options are those of US exchanges: the day of a trade is theirs."""
REGULAR = "REGULAR"
_LATEST = datetime(2200, 1, 1, tzinfo=UTC).timestamp()
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
    """

    chain: OptionChain | None
    detail: str = ""


class _Unusable(Exception):
    """An answer holds no chain: why."""


def chain_of(symbol: str, bodies: Sequence[bytes], *, known: date) -> ChainAnswer:
    """Return the chain in `bodies`, Yahoo's answers for some expiries of `symbol`, asked for on the day `known`.

    The day of the quotes is that of the underlying's last regular trade in the first of them.
    """
    try:
        return _chain(symbol, [_result(symbol, body) for body in bodies], known)
    except (_Unusable, UnalignedInput) as error:
        return ChainAnswer(None, str(error))


def expiries_of(body: bytes) -> tuple[date, ...]:
    """Return the expiries that an answer says there are; none where it cannot be read."""
    try:
        given = _list(_result("", body), "expirationDates")
        return tuple(_utc_day(each, "expirationDates") for each in given)
    except _Unusable:
        return ()


def _result(symbol: str, body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise _Unusable("the answer is no JSON") from None
    outer = _mapping(_mapping(answer, "answer").get("optionChain"), "optionChain")
    if (error := outer.get("error")) is not None:
        said = error.get("description") if isinstance(error, dict) else error
        raise _Unusable(f"Yahoo says: {str(said)[:120]}")
    results = _list(outer, "result")
    if not results:
        raise _Unusable("Yahoo knows no such symbol")
    result = _mapping(results[0], "result")
    named = result.get("underlyingSymbol")
    if symbol and named != symbol:
        raise _Unusable(f"the answer is of {str(named)[:40]!r}, not of {symbol}")
    return result


def _chain(symbol: str, results: Sequence[Mapping[str, Any]], known: date) -> ChainAnswer:
    if not results:
        raise _Unusable("nothing was asked for")
    expiries = [_mapping(each, "options") for each in joined.from_iterable(_list(one, "options") for one in results)]
    if not expiries:
        raise _Unusable("Yahoo lists no options of it")
    rows = [
        (_mapping(contract, side), is_call)
        for one in expiries
        for side, is_call in (("calls", True), ("puts", False))
        for contract in _list(one, side)
    ]
    kept = [(contract, is_call) for contract, is_call in rows if contract.get("contractSize", REGULAR) == REGULAR]
    if not kept:
        raise _Unusable("Yahoo lists no contract of the expiry asked for")
    contracts = [contract for contract, _ in kept]
    quote = _mapping(results[0].get("quote"), "quote")
    spot = _number(quote, "regularMarketPrice")
    day = _day_of_trade(quote.get("regularMarketTime"), "regularMarketTime")
    if day > known:
        raise _Unusable(f"regularMarketTime is of {day}, after the day it was asked for, {known}")
    columns = {name: np.array([_number(one, key) for one in contracts]) for name, key in _COLUMNS.items()}
    traded = [_day_of_trade(one["lastTradeDate"], "lastTradeDate") if _has_trade(one) else None for one in contracts]
    found = OptionChain(
        symbol,
        day,
        known,
        expiry=np.array([_utc_day(one.get("expiration"), "expiration") for one in contracts], dtype="datetime64[D]"),
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


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Unusable(f"{name} is {_shown(value)}, not an object")
    return value


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    if not isinstance(found, list):
        raise _Unusable(f"{name} is {_shown(found)}, not a list")
    return found


def _number(value: Mapping[str, Any], name: str) -> float:
    """Return a number, NaN where there is none."""
    found = value.get(name)
    if found is None:
        return math.nan
    number = _float(found, name)
    if number < 0:
        raise _Unusable(f"{name} is {_shown(found)}, below 0")
    return number


def _float(found: object, name: str) -> float:
    try:
        number = float(found) if isinstance(found, int | float) and not isinstance(found, bool) else math.nan
    except OverflowError:
        number = math.nan
    if not math.isfinite(number):
        raise _Unusable(f"{name} is {_shown(found)}, not a number")
    return number


def _utc_day(seconds: object, name: str) -> date:
    return _instant(seconds, name).date()


def _day_of_trade(seconds: object, name: str) -> date:
    return _instant(seconds, name).astimezone(NEW_YORK).date()


def _instant(seconds: object, name: str) -> datetime:
    number = _float(seconds, name)
    if not 0 < number < _LATEST:
        raise _Unusable(f"{name} is {_shown(seconds)}, not an instant in seconds")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


def _shown(value: object) -> str:
    return "missing" if value is None else repr(value)[:40]
