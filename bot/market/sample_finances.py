"""What the simulated companies earn, owe and own, quarter by quarter: invented to fit what they are worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.market.sample_companies import Traits
from bot.market.sample_draws import normals, uniforms
from bot.market.sample_listing import COMPANIES, SECTORS, THEMES
from signals.types import FloatArray

QUARTERS, YEAR = 18, 4
TAX, INTEREST = 0.21, 0.055
_TRAITS, _PATHS = 300, 301
_MOST_LEVERAGE = 9.0
_LARGE_PE, _LARGE_MARGIN, _LARGE_LEVERAGE, _LARGE_BOOK = 1.42, 1.8, 0.37, 2.4
"""How large companies differ from small ones of their sector, as factors."""
_SWING_FRAC = 0.004
_LARGE_LOSING, _BIOTECH_LOSING = 0.03, 0.85


@dataclass(frozen=True, slots=True)
class _Books:
    """The books of a small company of a sector."""

    losing_frac: float
    price_earnings: float
    margin_frac: float
    depreciation_frac: float  # of revenue
    price_book: float
    leverage: float  # net debt / EBITDA


_BOOKS: Mapping[str, _Books] = {
    "Technology": _Books(0.58, 25.0, 0.09, 0.05, 3.5, 2.0),
    "Financial Services": _Books(0.08, 12.5, 0.22, 0.02, 1.2, 3.0),
    "Healthcare": _Books(0.40, 22.0, 0.08, 0.04, 3.0, 3.0),
    "Consumer Cyclical": _Books(0.38, 15.0, 0.05, 0.04, 2.0, 3.6),
    "Communication Services": _Books(0.48, 17.0, 0.07, 0.09, 1.8, 4.6),
    "Industrials": _Books(0.28, 19.0, 0.06, 0.04, 2.4, 3.4),
    "Consumer Defensive": _Books(0.28, 18.0, 0.045, 0.035, 2.2, 3.8),
    "Energy": _Books(0.35, 11.0, 0.10, 0.12, 1.2, 3.0),
    "Utilities": _Books(0.12, 18.0, 0.11, 0.12, 1.6, 5.8),
    "Real Estate": _Books(0.40, 30.0, 0.14, 0.20, 1.3, 6.4),
    "Basic Materials": _Books(0.35, 16.0, 0.06, 0.06, 1.5, 3.6),
}


@dataclass(frozen=True, slots=True, eq=False)
class Finances:
    """Figures of the companies in US dollars, each of shape (quarters, companies), the oldest quarter first."""

    revenue: FloatArray
    net_income: FloatArray
    operating_income: FloatArray
    depreciation: FloatArray
    operating_cash_flow: FloatArray
    capex: FloatArray
    cash: FloatArray
    equity: FloatArray
    debt: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Year:
    """Twelve months and the balance sheet of the companies as they are at the end, each of shape (companies,)."""

    revenue: FloatArray
    operating_income: FloatArray
    depreciation: FloatArray
    cash: FloatArray
    debt: FloatArray
    equity: FloatArray


@dataclass(frozen=True, slots=True)
class Turn:
    """What a company's last quarter is to those before it: factors of the figures that stand here."""

    before: Mapping[str, float]
    last: Mapping[str, float]


TURNS: Mapping[str, Turn] = {
    "LITE": Turn({"operating_income": -0.1, "debt": 0.3}, {"operating_income": 1.4, "debt": 0.3}),
    "STRL": Turn({"debt": 2.6}, {}),
    "AGX": Turn({}, {"operating_income": 0.45}),
    "HLLN": Turn({}, {"capex": 9.0}),
    "TNR": Turn({}, {"revenue": 1.2, "operating_income": 1.2}),
}
"""What is to be told in the simulated market's last two months, when the last quarter is filed."""
EARNERS = ("LITE", "STRL", "AGX", "HLLN", "TNR", "MRRN")
"""Companies that earn something in the end, whatever chance says."""


def finances(companies: Traits, caps: FloatArray) -> Finances:
    """Return the figures of all companies over `QUARTERS`; `caps` is what each is worth at the end."""
    year, growth = _years(companies, caps)
    draws = normals(_PATHS, (6, QUARTERS, len(caps)))
    back = np.arange(QUARTERS)[::-1, None]
    trend = _powers(1.0 + growth / YEAR, QUARTERS)
    season = 1.0 + 0.08 * np.where(back % YEAR == 0, 1.0, -1.0 / 3) * uniforms(_TRAITS + 1, (len(caps),))
    revenue = year.revenue / YEAR * trend * season * (1.0 + 0.006 * draws[0])
    depreciation = year.depreciation / YEAR * trend
    margin = year.operating_income / year.revenue + _swing(draws[1])
    figures = {
        "revenue": revenue,
        "operating_income": revenue * margin,
        "capex": depreciation * (0.75 + 0.9 * uniforms(_TRAITS + 2, (len(caps),))) * (1.0 + 0.03 * draws[3]),
        "cash": year.cash * (1.0 + 0.03 * draws[4]) * (0.4 + 0.6 * trend),
        "debt": year.debt * (1.0 + 0.01 * draws[5]) * (0.2 + 0.8 * trend),
    }
    _turn(figures)
    before_tax = figures["operating_income"] - INTEREST / YEAR * figures["debt"]
    net_income = before_tax * np.where(before_tax > 0, 1 - TAX, 1.0)
    return Finances(
        net_income=net_income,
        depreciation=depreciation,
        operating_cash_flow=net_income + 1.05 * depreciation + 0.002 * revenue * draws[2],
        equity=year.equity * (0.7 + 0.3 * trend),
        **figures,
    )


def _years(companies: Traits, caps: FloatArray) -> tuple[_Year, FloatArray]:
    """Return the last year of each company, and by how much it grows in one."""
    books = [_BOOKS[SECTORS[sector]] for sector in companies.sector.tolist()]
    is_large, is_biotech = companies.is_large, companies.theme == THEMES.index("biotech")
    chance, dear, broad, owed, held, loss = uniforms(_TRAITS, (6, len(caps)))

    def own(name: str, factor: float = 1.0) -> FloatArray:
        values = np.array([getattr(each, name) for each in books], dtype=np.float64)
        return np.where(is_large, factor, 1.0) * values

    losing = np.where(is_large, _LARGE_LOSING, np.where(is_biotech, _BIOTECH_LOSING, own("losing_frac")))
    loses = (chance < losing) & ~_are(EARNERS)
    earned = caps / (own("price_earnings", _LARGE_PE) * (0.7 + 0.6 * dear))
    net_income = np.where(loses, -np.minimum(caps, 3e9) * (0.02 + 0.10 * loss + 0.08 * is_biotech), earned)
    margin = np.minimum(own("margin_frac", _LARGE_MARGIN) * (0.6 + 0.8 * broad), 0.4)
    revenue = np.where(loses, caps * np.where(is_biotech, 0.04, 0.15 + 0.5 * broad), earned / margin)
    depreciation = own("depreciation_frac") * (0.7 + 0.6 * held) * revenue
    cash = caps * np.where(is_biotech, 0.3, 0.03 + 0.07 * held)
    ratio = np.minimum(own("leverage", _LARGE_LEVERAGE) * (0.15 + 2.1 * owed), _MOST_LEVERAGE)
    # EBITDA pays interest on a debt that is itself a multiple of EBITDA.
    before_interest = net_income / np.where(loses, 1.0, 1 - TAX) + depreciation + INTEREST * cash
    ebitda = before_interest / (1 - INTEREST * ratio)
    debt = np.where(ebitda > 0, ratio * ebitda + cash, caps * 0.3 * owed)
    operating_income = net_income / np.where(loses, 1.0, 1 - TAX) + INTEREST * debt
    growth = np.clip(0.05 + 0.08 * normals(_PATHS + 1, caps.shape) + 0.02 * is_large, -0.12, 0.3)
    equity = caps / (own("price_book", _LARGE_BOOK) * (0.6 + 0.8 * broad))
    return _Year(revenue, operating_income, depreciation, cash, debt, equity), growth


def _swing(draws: FloatArray) -> FloatArray:
    """Return how far margins are from where they end: slowly, by about a point a year, as a sum of what came by."""
    gone = np.cumsum(draws, axis=0)
    slow = gone[YEAR:] - gone[:-YEAR]
    swing = np.concatenate([np.repeat(slow[:1], YEAR, axis=0), slow])
    away: FloatArray = _SWING_FRAC * (swing - swing[-1])
    return away


def _powers(base: FloatArray, count: int) -> FloatArray:
    """Return `base` to the powers up to 0, by division: the same on every machine."""
    rows = [np.ones_like(base)]
    for _ in range(count - 1):
        rows.append(rows[-1] / base)
    return np.stack(rows[::-1])


def _turn(figures: Mapping[str, FloatArray]) -> None:
    for symbol, turn in TURNS.items():
        column = np.flatnonzero(_are((symbol,)))
        for rows, factors in ((slice(None, -1), turn.before), (slice(-1, None), turn.last)):
            for name, factor in factors.items():
                figures[name][rows, column] *= factor


def _are(symbols: tuple[str, ...]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.array([company.symbol in symbols for company in COMPANIES])
