"""What an option chain says: put/call volume, volatility at the money, the 25-delta skew, the move priced in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from signals.black_scholes import Terms, option_price
from signals.facts import OptionChain
from signals.option_quotes import DROPPED, Smile, nearest_expiry, smile_of
from signals.types import BoolArray, FloatArray

LEAST_STRIKES = 3
"""Fewer usable strikes a side say nothing."""
SKEW_DELTA = 0.25
FARTHEST_FORWARD = 0.1
"""A forward further than this from the underlying's price says that quotes and price are not of one time or unit."""
SIDES = ("calls", "puts")
_NAN = math.nan


@dataclass(frozen=True, slots=True)
class ChainValues:
    """What a chain says; a number is NaN where it is unknown, and `reason` says why.

    Attributes
    ----------
    call_volume, put_volume : float
        Contracts traded on the day of the quotes, of all expiries.
    call_open, put_open : float
        Contracts open, of all expiries.
    expiry : date or None
        The expiry nearest 30 days ahead, which everything below is of.
    calls, puts : int
        Usable quotes a side.
    atm_iv_frac : float
        Volatility at the forward price, per year.
    call25_iv_frac, put25_iv_frac : float
        Volatility of the call and the put with a delta of 0.25, interpolated in delta.
    rr25_points : float
        The first minus the second, in vol points: 1 is 1 % a year.
    rr25_of_atm : float
        The same, divided by the volatility at the money.
    expected_move_frac : float
        One standard deviation until the expiry: the volatility at the money times the root of the time.
    reason : str
        Why volatility and skew are unknown; empty where they are known.
    """

    call_volume: float = _NAN
    put_volume: float = _NAN
    call_open: float = _NAN
    put_open: float = _NAN
    expiry: date | None = None
    calls: int = 0
    puts: int = 0
    atm_iv_frac: float = _NAN
    call25_iv_frac: float = _NAN
    put25_iv_frac: float = _NAN
    rr25_points: float = _NAN
    rr25_of_atm: float = _NAN
    expected_move_frac: float = _NAN
    reason: str = ""


def chain_values(chain: OptionChain, *, traded_since: date, rate_frac: float = 0.0) -> ChainValues:
    """Return what `chain` says of volumes, volatility and skew.

    Parameters
    ----------
    chain : OptionChain
        The quotes, of shape (N,).
    traded_since : date
        First of the five sessions that end with its day: what has not traded since is not used.
    rate_frac : float
        Interest per year, continuously compounded.

    Returns
    -------
    ChainValues
        With a `reason` wherever volatility or skew is unknown.

    Examples
    --------
    >>> values = chain_values(_example(), traded_since=date(2025, 7, 9))
    >>> values.expiry.isoformat(), round(values.atm_iv_frac, 3), round(values.rr25_points, 2), values.reason
    ('2025-08-15', 0.3, -2.37, '')
    """
    told = ChainValues(
        call_volume=_traded(chain, chain.is_call),
        put_volume=_traded(chain, ~chain.is_call),
        call_open=_sum(chain.open_interest[chain.is_call]),
        put_open=_sum(chain.open_interest[~chain.is_call]),
        expiry=nearest_expiry(chain),
    )
    if told.expiry is None:
        return replace(told, reason="no contract lives beyond the day of the quotes")
    smile = smile_of(chain, told.expiry, traded_since=traded_since, rate_frac=rate_frac)
    told = replace(told, calls=int(smile.is_call.sum()), puts=int((~smile.is_call).sum()))
    if reason := _unusable(told, smile, chain.spot):
        return replace(told, reason=reason)
    return _with_skew(told, smile)


def _with_skew(told: ChainValues, smile: Smile) -> ChainValues:
    sides = (smile.is_call, ~smile.is_call)
    money = np.log(smile.strike / smile.terms.forward)
    at = [_between(money[side], smile.iv_frac[side], 0.0) for side in sides]
    known = [vol for vol in at if math.isfinite(vol)]
    call, put = (_between(np.abs(smile.delta[side]), smile.iv_frac[side], SKEW_DELTA) for side in sides)
    atm = sum(known) / len(known) if known else _NAN
    skew = call - put
    short = [name for name, vol in zip(SIDES, (call, put), strict=True) if not math.isfinite(vol)]
    reasons = [] if known else ["the strikes do not reach the money"]
    reasons += [f"the strikes of the {name} do not reach a delta of 25" for name in short]
    return replace(
        told,
        atm_iv_frac=atm,
        call25_iv_frac=call,
        put25_iv_frac=put,
        rr25_points=100.0 * skew,
        rr25_of_atm=skew / atm,
        expected_move_frac=atm * math.sqrt(smile.terms.years),
        reason="; ".join(reasons),
    )


def _unusable(told: ChainValues, smile: Smile, spot: float) -> str:
    """Return why no volatility is read from a smile; nothing where it is."""
    if not smile.terms.are_usable and smile.dropped["no_iv"]:
        return "no strike has a call and a put, and no price of the underlying is known"
    if min(told.calls, told.puts) < LEAST_STRIKES:
        dropped = ", ".join(f"{count} {DROPPED[name]}" for name, count in smile.dropped.items() if count)
        found = f"{told.calls} calls and {told.puts} puts can be used, {LEAST_STRIKES} of each are needed"
        return f"{found} (dropped: {dropped})" if dropped else found
    if abs(smile.terms.forward * smile.terms.discount / spot - 1.0) > FARTHEST_FORWARD:
        return (
            f"the options imply a price of {smile.terms.forward:.6g} where {spot:.6g} is quoted: "
            "they are not of one time or unit"
        )
    return ""


def _between(places: FloatArray, values: FloatArray, at: float) -> float:
    """Return the value at a place that lies between two known ones, on the line between them; else NaN."""
    order = np.argsort(places, kind="stable")
    return float(np.interp(at, places[order], values[order], left=_NAN, right=_NAN))


def _traded(chain: OptionChain, side: BoolArray) -> float:
    """Return how many contracts of a side changed hands on the day of the quotes.

    A contract last traded before has a volume of another day: none of this one. Where the day of its last trade is
    not told its volume counts.
    """
    day = np.datetime64(chain.day, "D")
    volume = np.where(chain.traded < day, 0.0, np.where(chain.traded > day, _NAN, chain.volume))
    return _sum(volume[side])


def _sum(values: FloatArray) -> float:
    """Return the sum of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if len(known) else _NAN


def _example() -> OptionChain:
    """Return five strikes of one expiry, 30 days ahead, whose volatility falls from 32 to 28 %."""
    day, expiry = date(2025, 7, 16), date(2025, 8, 15)
    strike, vol = np.tile([90.0, 95.0, 100.0, 105.0, 110.0], 2), np.tile([0.32, 0.31, 0.3, 0.29, 0.28], 2)
    is_call = np.repeat([True, False], 5)
    price = option_price(Terms(100.0, 30 / 365.0), strike, is_call, vol)
    return OptionChain(
        "STRL",
        day,
        day,
        expiry=np.full(10, expiry, dtype="datetime64[D]"),
        is_call=is_call,
        strike=strike,
        bid=price - 0.001,
        ask=price + 0.001,
        last=price,
        volume=np.repeat([30.0, 10.0], 5),
        open_interest=np.full(10, 100.0),
        iv_frac=vol,
        traded=np.full(10, day, dtype="datetime64[D]"),
        spot=100.0,
    )
