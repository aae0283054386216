"""Option chains of the simulated market's last month: invented quotes that fit its prices and its volatility."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from bot.market.sample_draws import normals
from signals.black_scholes import Terms, option_price
from signals.facts import OptionChain
from signals.types import FloatArray, Prices
from signals.volatility import realised_volatility

SYMBOLS = ("IWM", "STRL", "LITE", "AGX")
SESSIONS = 21
EXPIRIES = 3
_STREAM = 200
_STRIKES = 21
_STEPS = (0.5, 1.0, 2.5, 5.0, 10.0, 25.0)
_WIDTH_FRAC = 0.35
"""How far the strikes reach to either side of the price."""
_DEARER, _CALMEST = 1.15, 0.16
"""Options price in somewhat more than what was realised, and never less than this."""
_SLOPE, _CURVE = -0.35, 0.5
_TICK, _SPREAD_FRAC = 0.05, 0.03
_CONTRACTS_PER_SHARE = 1 / 200
_HELD_FOR_DAYS = 12.0
_FRIDAY, _THIRD_WEEK = 4, 15


@dataclass(frozen=True, slots=True)
class _Then:
    """A symbol at the end of a session: price, volatility that is priced in, shares traded."""

    day: date
    price: float
    vol: float
    shares: float


def chains_of(prices: Prices) -> dict[str, tuple[OptionChain, ...]]:
    """Return the chains of a few symbols, one for each of the last sessions of `prices`."""
    return {
        symbol: _chains(prices.only([symbol]), symbol, stream=_STREAM + place) for place, symbol in enumerate(SYMBOLS)
    }


def _chains(prices: Prices, symbol: str, *, stream: int) -> tuple[OptionChain, ...]:
    close, volume = prices.close[:, 0], prices.volume
    shares = np.zeros(len(close)) if volume is None else volume[:, 0]
    vol = realised_volatility(prices.close, 20)[:, 0] / 100.0
    draws = normals(stream, (SESSIONS, 2 * EXPIRIES * _STRIKES + 1))
    days: Sequence[date] = prices.sessions[-SESSIONS:].tolist()
    recent = range(len(close) - SESSIONS, len(close))
    return tuple(
        _chain(symbol, _Then(day, float(close[row]), _DEARER * float(vol[row]), float(shares[row])), draws[place])
        for place, (day, row) in enumerate(zip(days, recent, strict=True))
    )


def _chain(symbol: str, then: _Then, draw: FloatArray) -> OptionChain:
    day, price = then.day, then.price
    step = next((step for step in _STEPS if step * (_STRIKES // 2) >= _WIDTH_FRAC * price), _STEPS[-1])
    grid = step * (round(price / step) + np.arange(_STRIKES) - _STRIKES // 2)
    expiries = _third_fridays(day)
    expiry = np.repeat(np.array(expiries, dtype="datetime64[D]"), 2 * _STRIKES)
    is_call = np.tile(np.repeat([True, False], _STRIKES), EXPIRIES)
    strike = np.tile(grid, 2 * EXPIRIES)
    level = max(then.vol * (1.0 + 0.04 * draw[-1]), _CALMEST)
    away = np.log(strike / price)
    smile = np.maximum(level * (1.0 + _SLOPE * away + _CURVE * away**2), _CALMEST / 2)
    worth = np.concatenate(
        [
            option_price(Terms(price, (last - day).days / 365.0), strike[part], is_call[part], smile[part])
            for last, part in zip(expiries, np.split(np.arange(len(strike)), EXPIRIES), strict=True)
        ]
    )
    half = np.maximum(_TICK / 2, _SPREAD_FRAC / 2 * worth)
    ask = np.round(np.ceil((worth + half) / 0.01 - 1e-6) * 0.01, 2)
    bid = np.round(np.maximum(np.floor((worth - half) / 0.01 + 1e-6) * 0.01, 0.0), 2)
    near = np.exp(-np.abs(away) / (2 * level * math.sqrt(1 / 12))) * np.where(is_call, 1.2, 1.0)
    traded = np.floor(then.shares * _CONTRACTS_PER_SHARE * near / near.sum() * np.exp(0.5 * draw[:-1]))
    return OptionChain(
        symbol,
        day,
        day,
        expiry=expiry,
        is_call=is_call,
        strike=strike,
        bid=np.asarray(bid, dtype=np.float64),
        ask=np.asarray(ask, dtype=np.float64),
        last=np.round(worth, 2),
        volume=traded,
        open_interest=np.floor(_HELD_FOR_DAYS * near / near.sum() * then.shares * _CONTRACTS_PER_SHARE),
        iv_frac=np.round(smile, 4),
        traded=np.where(traded > 0, np.datetime64(day, "D"), np.datetime64(day - timedelta(days=3), "D")),
        spot=price,
    )


def _third_fridays(day: date) -> list[date]:
    """Return the next monthly expiries, at least a week away."""
    months = (date(day.year + (day.month - 1 + ahead) // 12, (day.month - 1 + ahead) % 12 + 1, 1) for ahead in range(5))
    fridays = [
        first.replace(day=_THIRD_WEEK + (_FRIDAY - first.replace(day=_THIRD_WEEK).weekday()) % 7) for first in months
    ]
    return [friday for friday in fridays if friday >= day + timedelta(days=7)][:EXPIRIES]
