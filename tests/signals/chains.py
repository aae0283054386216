"""Option chains built by Black-Scholes from a smile, with a normal distribution that is not the signals' own."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np

from signals.facts import OptionChain

DAY = date(2025, 7, 16)
"""A Wednesday; the five sessions that end with it start on the 10th."""
SINCE = date(2025, 7, 10)
NORMAL = NormalDist()


@dataclass(frozen=True)
class World:
    """What a made-up chain is priced with."""

    spot: float = 100.0
    rate: float = 0.0
    dividend: float = 0.0

    def forward(self, days: int) -> float:
        return self.spot * math.exp((self.rate - self.dividend) * days / 365)


def parabola(world: World, days: int, level: float, slope: float, curve: float) -> Callable[[float], float]:
    forward = world.forward(days)
    return lambda strike: level + slope * math.log(strike / forward) + curve * math.log(strike / forward) ** 2


def worth(world: World, strike: float, years: float, vol: float, *, is_call: bool) -> float:
    root = vol * math.sqrt(years)
    d1 = (math.log(world.spot / strike) + (world.rate - world.dividend + vol * vol / 2) * years) / root
    sign = 1 if is_call else -1
    paid = world.spot * math.exp(-world.dividend * years) * NORMAL.cdf(sign * d1)
    return sign * (paid - strike * math.exp(-world.rate * years) * NORMAL.cdf(sign * (d1 - root)))


def a_chain(
    smile: Callable[[float], float] = lambda _strike: 0.3,
    strikes: Sequence[float] = tuple(range(70, 135, 5)),
    *,
    world: World = World(),
    days: Sequence[int] = (30,),
    **columns: object,
) -> OptionChain:
    """Build a chain of calls and puts; `columns` stand in for what would be made."""
    rows = [(ahead, strike, is_call) for ahead in days for is_call in (True, False) for strike in strikes]
    price = np.array([worth(world, k, ahead / 365, smile(k), is_call=is_call) for ahead, k, is_call in rows])
    made = {
        "expiry": np.array([DAY + timedelta(ahead) for ahead, _, _ in rows], dtype="datetime64[D]"),
        "is_call": np.array([is_call for _, _, is_call in rows], dtype=bool),
        "strike": np.array([strike for _, strike, _ in rows], dtype=float),
        "bid": price * 0.999,
        "ask": price * 1.001,
        "last": price,
        "volume": np.ones(len(rows)),
        "open_interest": np.full(len(rows), 10.0),
        "iv_frac": np.full(len(rows), np.nan),
        "traded": np.full(len(rows), DAY, dtype="datetime64[D]"),
    }
    return OptionChain("STRL", DAY, DAY, **(made | {"spot": world.spot} | columns))


def on_day(chain: OptionChain, day: date, *, known: date | None = None) -> OptionChain:
    """Return the same quotes of another day, with as many days to go, known later where `known` says so."""
    moved = np.timedelta64((day - chain.day).days, "D")
    return replace(chain, day=day, known=known or day, expiry=chain.expiry + moved, traded=chain.traded + moved)
