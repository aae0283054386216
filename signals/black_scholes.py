"""Black-Scholes on the forward price: what an option is worth, its delta, and the volatility in its price."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from signals.types import BoolArray, FloatArray

LOWEST_VOL, HIGHEST_VOL = 0.001, 5.0
"""Implied volatilities are looked for between these, per year: quotes beyond are faults of the source."""
_HALVINGS = 60
_erfc = np.frompyfunc(math.erfc, 1, 1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What all options of one expiry share.

    Parameters
    ----------
    forward : float
        Price for delivery at the expiry, in the unit of the strikes: with a spot price S, a dividend yield q and a
        rate r it is S * exp((r - q) * years).
    years : float
        Time to the expiry, in years.
    rate_frac : float
        Interest for that time, continuously compounded, per year: 0.04 is 4 %.
    """

    forward: float
    years: float
    rate_frac: float = 0.0

    @property
    def discount(self) -> float:
        """What 1 paid at the expiry is worth now."""
        return math.exp(-self.rate_frac * self.years)

    @property
    def are_usable(self) -> bool:
        """Whether forward and time are positive numbers."""
        return all(math.isfinite(value) and value > 0 for value in (self.forward, self.years))


def option_price(terms: Terms, strike: FloatArray, is_call: BoolArray, vol: FloatArray) -> FloatArray:
    """Return what European options are worth.

    Parameters
    ----------
    terms : Terms
        Forward, time and rate.
    strike : ndarray of float64, shape (N,)
        In the unit of the forward.
    is_call : ndarray of bool, shape (N,)
        Calls; the others are puts.
    vol : ndarray of float64, shape (N,)
        Volatility per year: 0.3 is 30 %.

    Returns
    -------
    ndarray of float64, shape (N,)
        In the unit of the forward; NaN where anything is missing or a strike or volatility is not positive.

    Examples
    --------
    >>> option_price(Terms(100.0, 1.0), np.array([100.0]), np.array([True]), np.array([0.2])).round(4)
    array([7.9656])
    """
    sign = np.where(is_call, 1.0, -1.0)
    d1, d2 = _d1_d2(terms, strike, vol)
    worth = terms.forward * _normal(sign * d1) - strike * _normal(sign * d2)
    return cast("FloatArray", np.maximum(terms.discount * sign * worth, 0.0))


def option_delta(terms: Terms, strike: FloatArray, is_call: BoolArray, vol: FloatArray) -> FloatArray:
    """Return the delta of European options to the forward price: N(d1) of a call, N(d1) - 1 of a put.

    Parameters
    ----------
    terms, strike, is_call, vol :
        As in `option_price`.

    Returns
    -------
    ndarray of float64, shape (N,)
        Between -1 and 1; NaN where the price is.

    Examples
    --------
    >>> both = np.array([True, False])
    >>> option_delta(Terms(100.0, 1.0), np.full(2, 100.0), both, np.full(2, 0.2)).round(4)
    array([ 0.5398, -0.4602])
    """
    sign = np.where(is_call, 1.0, -1.0)
    d1, _ = _d1_d2(terms, strike, vol)
    return cast("FloatArray", sign * _normal(sign * d1))


def implied_vol(terms: Terms, strike: FloatArray, is_call: BoolArray, price: FloatArray) -> FloatArray:
    """Return the volatility at which European options are worth `price`, found by halving between the bounds.

    What an option in the money is worth at once is taken off first, and the rest is that of the other side at the
    same strike: so a deep one is as exact as the price given.

    Parameters
    ----------
    terms, strike, is_call :
        As in `option_price`.
    price : ndarray of float64, shape (N,)
        In the unit of the forward.

    Returns
    -------
    ndarray of float64, shape (N,)
        Per year; NaN where no volatility between `LOWEST_VOL` and `HIGHEST_VOL` gives the price, or one is missing.

    Examples
    --------
    >>> implied_vol(Terms(100.0, 1.0), np.full(3, 100.0), np.full(3, True), np.array([7.9656, 0.0, 99.9])).round(4)
    array([0.2, nan, nan])
    """
    sign = np.where(is_call, 1.0, -1.0)
    rest = price - terms.discount * np.maximum(sign * (terms.forward - strike), 0.0)
    is_above = strike >= terms.forward
    low, high = np.full(len(rest), LOWEST_VOL), np.full(len(rest), HIGHEST_VOL)
    has_one = (option_price(terms, strike, is_above, low) < rest) & (rest < option_price(terms, strike, is_above, high))
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        is_cheap = option_price(terms, strike, is_above, middle) < rest
        low, high = np.where(is_cheap, middle, low), np.where(is_cheap, high, middle)
    return np.where(has_one, 0.5 * (low + high), np.nan)


def _d1_d2(terms: Terms, strike: FloatArray, vol: FloatArray) -> tuple[FloatArray, FloatArray]:
    is_there = terms.are_usable & np.isfinite(strike) & (strike > 0) & np.isfinite(vol) & (vol > 0)
    spread = np.where(is_there, vol, np.nan) * math.sqrt(max(terms.years, 0.0))
    away = np.log(terms.forward / np.where(is_there, strike, np.nan)) if terms.are_usable else spread
    return away / spread + 0.5 * spread, away / spread - 0.5 * spread


def _normal(values: FloatArray) -> FloatArray:
    """Return the normal distribution's share below each value."""
    return 0.5 * np.asarray(_erfc(-values / math.sqrt(2.0)), dtype=np.float64)
