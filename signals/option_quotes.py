"""Which quotes of an option chain can be used: the expiry looked at, firm quotes, the forward in them, their IV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from signals.black_scholes import HIGHEST_VOL, LOWEST_VOL, Terms, implied_vol, option_delta
from signals.facts import OptionChain
from signals.types import BoolArray, FloatArray

NEAR_DAYS = 30
"""The expiry looked at is the one nearest to so many calendar days ahead."""
DAYS_A_YEAR = 365.0
PARITY_STRIKES = 5
"""The forward is the median of what the strikes nearest the money say: one wrong quote does not move it."""
DROPPED = {
    "no_bid": "without a bid and an ask",
    "crossed": "with a bid above the ask",
    "not_traded": "without a trade in 5 sessions",
    "no_iv": "with a volatility of 0, above 500 % or none at all",
}
"""Why a quote is not used, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class Smile:
    """What the usable quotes of one expiry say.

    Parameters
    ----------
    terms : Terms
        Forward, time and rate; its forward is NaN where neither the options nor the underlying tell one.
    strike, iv_frac, delta : ndarray of float64, shape (M,)
        Of the usable contracts: volatility per year, and delta to the forward.
    is_call : ndarray of bool, shape (M,)
        Calls; the others are puts.
    dropped : mapping of str to int
        How many quotes of this expiry are not used, by the names of `DROPPED`.
    """

    terms: Terms
    strike: FloatArray
    iv_frac: FloatArray
    delta: FloatArray
    is_call: BoolArray
    dropped: Mapping[str, int]


def nearest_expiry(chain: OptionChain) -> date | None:
    """Return the expiry nearest to 30 calendar days after the day of the quotes, the earlier of two as near.

    None where no contract lives beyond that day.

    Examples
    --------
    >>> from signals.option_values import _example
    >>> nearest_expiry(_example())
    datetime.date(2025, 8, 15)
    """
    ahead = np.unique(chain.expiry[chain.expiry > np.datetime64(chain.day, "D")])
    if not len(ahead):
        return None
    days = (ahead - np.datetime64(chain.day, "D")).astype(np.int64)
    nearest: date = ahead[np.argmin(np.abs(days - NEAR_DAYS))].item()
    return nearest


def smile_of(chain: OptionChain, expiry: date, *, traded_since: date, rate_frac: float) -> Smile:
    """Return the volatilities in the usable quotes of `expiry`.

    A quote is dropped without a bid, with a bid above the ask, without a trade since `traded_since`, or where its
    volatility is 0 or above 500 % (by the middle of its bid and ask, or by the source's own figure). The forward is
    the one at which calls and puts of the same strike agree (put-call parity), else the underlying's at `rate_frac`.

    Parameters
    ----------
    chain : OptionChain
        The quotes, of shape (N,).
    expiry : date
        One of its expiries, after its day.
    traded_since : date
        First of the sessions in which a usable contract has traded.
    rate_frac : float
        Interest per year, continuously compounded.

    Examples
    --------
    >>> from signals.option_values import _example
    >>> smile = smile_of(_example(), date(2025, 8, 15), traded_since=date(2025, 7, 9), rate_frac=0.0)
    >>> round(smile.terms.forward, 2), smile.iv_frac[smile.is_call].round(3), smile.dropped["no_bid"]
    (100.0, array([0.32, 0.31, 0.3 , 0.29, 0.28]), 0)
    """
    there = chain.expiry == np.datetime64(expiry, "D")
    fault = np.full(len(chain.strike), "", dtype="U10")
    with np.errstate(invalid="ignore"):
        fault[~(chain.traded >= np.datetime64(traded_since, "D"))] = "not_traded"
        fault[chain.bid > chain.ask] = "crossed"
        fault[~((chain.bid > 0) & (chain.ask > 0) & np.isfinite(chain.bid + chain.ask))] = "no_bid"
    is_firm = there & (fault == "")
    years = (expiry - chain.day).days / DAYS_A_YEAR
    middle = 0.5 * (chain.bid + chain.ask)
    forward = _forward(chain, middle, is_firm, Terms(chain.spot, years, rate_frac))
    terms = Terms(forward, years, rate_frac)
    iv = implied_vol(terms, chain.strike[is_firm], chain.is_call[is_firm], middle[is_firm])
    own = chain.iv_frac[is_firm]
    is_good = np.isfinite(iv) & ~((own <= LOWEST_VOL) | (own >= HIGHEST_VOL))
    fault[np.flatnonzero(is_firm)[~is_good]] = "no_iv"
    chosen = there & (fault == "")
    strike, is_call, iv = chain.strike[chosen], chain.is_call[chosen], iv[is_good]
    dropped = {name: int(np.count_nonzero(there & (fault == name))) for name in DROPPED}
    return Smile(terms, strike, iv, option_delta(terms, strike, is_call, iv), is_call, dropped)


def _forward(chain: OptionChain, middle: FloatArray, is_firm: BoolArray, spot: Terms) -> float:
    """Return the price for delivery that the options agree on; that of the underlying where no strike has both."""
    calls, puts = np.flatnonzero(is_firm & chain.is_call), np.flatnonzero(is_firm & ~chain.is_call)
    both, at, of = np.intersect1d(chain.strike[calls], chain.strike[puts], return_indices=True)
    if not len(both):
        return spot.forward / spot.discount
    apart = middle[calls[at]] - middle[puts[of]]
    nearest = np.argsort(np.abs(apart), kind="stable")[:PARITY_STRIKES]
    return float(np.median(both[nearest] + apart[nearest] / spot.discount))
