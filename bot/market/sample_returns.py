"""How the simulated companies move: factors with clustered volatility, and what is a company's own."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np

from bot.market.sample_companies import Traits
from bot.market.sample_draws import normals
from bot.market.sample_script import FACTORS, FIRST_SECTOR, FIRST_THEME, MARKET, SIZE, follow_script
from signals.types import FloatArray

YEAR = 252
REPORT_EVERY = 63
_FACTORS, _OWN = 10, 11
_MARKET_VOL, _MARKET_DRIFT = 0.17, 0.11
_SIZE_VOL, _SIZE_DRIFT = 0.1, 0.007
_SECTOR_VOL, _THEME_VOL = 0.085, 0.14
# How the market's variance follows its own past: news, bad news, memory (Glosten, Jagannathan and Runkle 1993).
_NEWS, _BAD_NEWS, _MEMORY = 0.04, 0.21, 0.84
_PINNED_YEARS = 4
_OWN_NEWS, _OWN_MEMORY = 0.06, 0.91
_PULL = 1 / 4000  # share of its own past that a company gives back each session, so that none outgrows the market
_REPORT_SIZE = 3.2
_LARGEST_FALL, _LARGEST_RISE = -0.24, 0.28  # short of anything that could be taken for a split


@dataclass(frozen=True, slots=True, eq=False)
class Returns:
    """Daily returns of the companies, shape (sessions, companies), in two parts."""

    shared: FloatArray
    own: FloatArray
    own_sigma: FloatArray
    """What was to be expected of `own` in that session, as a standard deviation."""
    is_report: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

    @property
    def total(self) -> FloatArray:
        """Both parts together."""
        return np.clip(self.shared + self.own, _LARGEST_FALL, _LARGEST_RISE)


def simulate(companies: Traits, sessions: int) -> Returns:
    """Return the returns of all companies over `sessions`."""
    shocks = normals(_FACTORS, (sessions, FACTORS))
    state = _market_state(shocks[:, MARKET])
    factors = _factors(shocks, state)
    shared = factors[:, MARKET, None] * companies.beta + factors[:, SIZE, None] * companies.size_load
    shared += factors[:, FIRST_SECTOR:FIRST_THEME][:, companies.sector]
    in_theme = companies.theme >= 0
    shared[:, in_theme] += factors[:, FIRST_THEME:][:, companies.theme[in_theme]]
    own, sigma, is_report = _own(companies, state)
    return Returns(shared, own, sigma, is_report)


def _market_state(shocks: FloatArray) -> FloatArray:
    variance, variances = 1.0, []
    left = 1 - _NEWS - _BAD_NEWS / 2 - _MEMORY
    for shock in shocks.tolist():
        variances.append(variance)
        news = _NEWS + (_BAD_NEWS if shock < 0 else 0.0)
        variance = left + (news * shock * shock + _MEMORY) * variance
    mean = fsum(variances) / len(variances)
    return np.sqrt(np.array(variances) / mean)


def _factors(shocks: FloatArray, state: FloatArray) -> FloatArray:
    vol = np.full(FACTORS, _SECTOR_VOL)
    vol[FIRST_THEME:] = _THEME_VOL
    vol[MARKET], vol[SIZE] = _MARKET_VOL, _SIZE_VOL
    drift = np.zeros(FACTORS)
    drift[MARKET], drift[SIZE] = _MARKET_DRIFT, _SIZE_DRIFT
    factors: FloatArray = shocks * vol / sqrt(YEAR) * (0.5 + 0.5 * state[:, None])
    factors[:, MARKET] = shocks[:, MARKET] * _MARKET_VOL / sqrt(YEAR) * state
    # Chance decides the way, not where it stands after four years: base rates stay believable.
    for years in np.array_split(factors, len(factors) // (_PINNED_YEARS * YEAR)):
        years[:] += drift / YEAR - np.array([fsum(path) / len(path) for path in years.T.tolist()])
    follow_script(factors)
    return factors


def _own(
    companies: Traits, state: FloatArray
) -> tuple[FloatArray, FloatArray, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    sessions, count = len(state), len(companies.own_vol)
    shocks = normals(_OWN, (sessions, count))
    is_report = np.arange(sessions)[:, None] % REPORT_EVERY == companies.reports_on
    size = companies.own_vol / sqrt(YEAR) * (0.7 + 0.3 * state[:, None]) * 0.85
    own, sigma = np.empty_like(shocks), np.empty_like(shocks)
    variance, level = np.ones(count), np.zeros(count)
    for t in range(sessions):
        np.multiply(size[t], np.sqrt(variance), out=sigma[t])
        np.multiply(sigma[t], shocks[t], out=own[t])
        own[t][is_report[t]] *= _REPORT_SIZE
        own[t] -= _PULL * level
        level += own[t]
        variance *= _OWN_MEMORY + _OWN_NEWS * shocks[t] * shocks[t]
        variance += 1 - _OWN_NEWS - _OWN_MEMORY
    return own, sigma, is_report
