"""What analysts expect of the simulated companies: invented to follow what was reported and how prices took it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bot.market.sample_companies import traits
from bot.market.sample_draws import normals, uniforms
from bot.market.sample_filings import Reports
from bot.market.sample_finances import QUARTERS, YEAR
from bot.market.sample_listing import COMPANIES
from signals.estimates import Estimates
from signals.types import BoolArray, FloatArray, SessionArray

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket

DAYS = (
    *(f"{year}-{month}" for year in (2023, 2024, 2025) for month in ("02-28", "05-31", "08-31", "11-30")),
    *("2026-02-27", "2026-03-31", "2026-04-30", "2026-05-29", "2026-06-30", "2026-07-31", "2026-08-14", "2026-08-31"),
    *("2026-09-15", "2026-09-30"),
)
"""The days of the estimates: a quarter or less apart, as each counts for 120 days."""
UNFOLLOWED = ("GLVX", "DRLY", "CRW", "SRLW", "BRBY", "PLDN")
"""Companies that no analyst follows."""
_TRAITS, _RATINGS = 320, 321
_TURNS_ABOVE = 0.7  # the most hopeful three in ten of those that lose money are expected to earn some


def estimates_of(market: SampleMarket, reports: Reports) -> tuple[Estimates, ...]:
    """Return what is expected of all companies on each of `DAYS`, the oldest first."""
    symbols = tuple(company.symbol for company in COMPANIES)
    shares = np.array([market.shares[symbol] for symbol in symbols])
    is_large = traits().is_large
    hope, coverage, liked = uniforms(_TRAITS, (3, len(symbols)))
    is_followed = ~np.isin(symbols, UNFOLLOWED)
    analysts = np.where(is_followed, np.rint(np.where(is_large, 8 + 22 * coverage, 1 + 9 * coverage)), 0.0)
    surprises, told = _surprises(market, reports)
    earned = reports.figures.net_income
    years = np.stack([earned[row - YEAR + 1 : row + 1].sum(axis=0) for row in range(YEAR - 1, QUARTERS)])
    columns = np.arange(len(symbols))
    ratings = _ratings(liked, is_followed)
    found = []
    for day in np.array(DAYS, dtype="datetime64[D]"):
        last = (reports.filed <= day).sum(axis=0) - 1
        year = years[np.maximum(last - YEAR + 1, 0), columns]
        expected = np.where(
            year > 0, year * (1.04 + 0.16 * hope), -year * np.where(hope > _TURNS_ABOVE, 0.15, hope - 0.9)
        )
        per_share = np.where(is_followed & (last >= YEAR - 1), np.round(expected / shares, 2), np.nan)
        heard = (told <= day).sum(axis=0) - 1
        found.append(
            Estimates(
                day.item(),
                symbols,
                per_share,
                np.where(is_followed & (heard >= 0), surprises[np.maximum(heard, 0), columns], np.nan),
                analysts,
                ratings[day.item().year],
            )
        )
    return tuple(found)


def _ratings(liked: FloatArray, is_followed: BoolArray) -> dict[int, FloatArray]:
    """Return the mean ratings of each year; analysts change their minds seldom."""
    found = {}
    for year in sorted({int(day[:4]) for day in DAYS}):
        rating = 1.4 + 1.5 * liked + 0.1 * normals(_RATINGS + year, liked.shape)
        found[year] = np.where(is_followed, np.round(np.clip(rating, 1.0, 5.0), 1), np.nan)
    return found


def _surprises(market: SampleMarket, reports: Reports) -> tuple[FloatArray, SessionArray]:
    """Return by how much each quarter's earnings beat what was expected, per cent, as the price took them, and when."""
    close, sessions = market.caps().close, market.prices.sessions
    columns = np.arange(close.shape[1])
    moved: FloatArray = close[reports.reported, columns] / close[reports.reported - 1, columns] - 1
    beaten = np.minimum(np.maximum(4.0 + 60.0 * moved, -60.0), 80.0).astype(np.float64)
    return np.asarray(np.round(beaten, 1), dtype=np.float64), sessions[reports.reported]
