"""What the simulated companies are like: size, price, dividend, and how they follow market, sector and theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.market.sample_draws import uniforms
from bot.market.sample_listing import COMPANIES, LARGE, SECTORS, SMALL, THEMES
from signals.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class _Sector:
    weight_frac: float  # of the large companies' value
    beta: float
    own_pct: float  # own volatility of a small company, per year
    yield_pct: float  # dividends of those that pay


_SECTORS: Mapping[str, _Sector] = {
    "Technology": _Sector(0.315, 1.15, 40.0, 0.9),
    "Financial Services": _Sector(0.135, 1.05, 27.0, 2.6),
    "Healthcare": _Sector(0.105, 0.80, 44.0, 1.7),
    "Consumer Cyclical": _Sector(0.105, 1.15, 40.0, 1.4),
    "Communication Services": _Sector(0.100, 1.00, 40.0, 1.2),
    "Industrials": _Sector(0.085, 1.05, 32.0, 1.5),
    "Consumer Defensive": _Sector(0.060, 0.60, 28.0, 2.7),
    "Energy": _Sector(0.032, 1.00, 38.0, 3.4),
    "Utilities": _Sector(0.024, 0.50, 22.0, 3.2),
    "Real Estate": _Sector(0.021, 0.80, 25.0, 3.8),
    "Basic Materials": _Sector(0.018, 1.00, 34.0, 2.0),
}
_LARGE_VALUE_USD = 25e12
_SMALL_CAP_USD = (0.3e9, 4.5e9)
_LARGE_OWN_FRAC = 0.6  # a large company's own volatility against a small one's of its sector
_TRAITS, _PRICES, _CAPS = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class Traits:
    """The companies' numbers, each array of shape (companies,); sector and theme are positions, -1 is no theme."""

    sector: IntArray
    theme: IntArray
    is_large: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    last_close: FloatArray
    early_cap: FloatArray
    """Value in dollars two years into the sample."""
    beta: FloatArray
    size_load: FloatArray
    own_vol: FloatArray
    yield_frac: FloatArray
    turnover_frac: FloatArray
    reports_on: IntArray


def traits() -> Traits:
    """Return the numbers of all companies, in the order of the listing."""
    count = len(COMPANIES)
    spread, payer, report, active = uniforms(_TRAITS, (4, count)) - 0.5
    own = np.array([_SECTORS[company.sector] for company in COMPANIES], dtype=object)
    is_large = np.arange(count) < len(LARGE)
    cap = np.concatenate([_large_caps(), _small_caps()])
    own_pct = np.array([sector.own_pct for sector in own]) * np.where(is_large, _LARGE_OWN_FRAC, 1.0)
    theme = np.array([THEMES.index(company.theme) if company.theme else -1 for company in COMPANIES])
    pays = (payer < np.where(is_large, 0.3, 0.05)) & (theme != THEMES.index("biotech"))
    return Traits(
        sector=np.array([SECTORS.index(company.sector) for company in COMPANIES]),
        theme=theme,
        is_large=is_large,
        last_close=_round_prices(is_large),
        early_cap=cap,
        beta=np.array([sector.beta for sector in own]) + 0.35 * spread,
        size_load=np.concatenate([_large_size_loads(cap[: len(LARGE)]), 1.0 + 0.3 * spread[len(LARGE) :]]),
        own_vol=own_pct / 100 * (1 + 0.6 * spread),
        yield_frac=np.where(pays, np.array([sector.yield_pct for sector in own]) / 100 * (1 + spread), 0.0),
        turnover_frac=0.007 * (1 + active) ** 2,
        reports_on=(12 + 36 * (report + 0.5)).astype(np.int64),
    )


def _large_caps() -> FloatArray:
    caps = []
    for name in SECTORS:
        count = sum(company.sector == name for company in LARGE)
        share = 1.0 / (3.0 + np.arange(count))
        caps.append(_LARGE_VALUE_USD * _SECTORS[name].weight_frac * share / share.sum())
    return np.concatenate(caps)


def _small_caps() -> FloatArray:
    low, high = _SMALL_CAP_USD
    draw = uniforms(_CAPS, (len(SMALL),))
    return low + (high - low) * draw * draw * draw


def _large_size_loads(cap: FloatArray) -> FloatArray:
    # The giants move against the small companies, the smaller of the large ones a little with them.
    rank = np.empty(len(cap))
    rank[np.argsort(-cap, kind="stable")] = np.arange(len(cap))
    from_top = 1 - rank / (len(cap) - 1)
    return 0.45 - 2.4 * (from_top * from_top) * (from_top * from_top)


def _round_prices(is_large: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> FloatArray:
    draw = uniforms(_PRICES, is_large.shape)
    dollars: FloatArray = np.where(is_large, 45 + 420 * draw * draw, 6 + 90 * draw * draw)
    return np.round(dollars, 2)
