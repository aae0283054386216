"""The simulated market as a whole: companies, indices and funds, with weights, shares and themes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt

import numpy as np

from bot.market.sample_bars import DECIMALS, CompanyBars, adjusted, bars
from bot.market.sample_baskets import BASKETS, Basket, Holdings, groups, hold
from bot.market.sample_companies import traits
from bot.market.sample_draws import normals, uniforms
from bot.market.sample_listing import COMPANIES, THEMES, members
from bot.market.sample_returns import REPORT_EVERY, YEAR, simulate
from bot.market.types import Reference, SourceError
from signals.errors import UnknownSubject
from signals.types import Calendar, FloatArray, Prices, SessionArray

END = date(2026, 9, 30)
SESSIONS = 12 * YEAR
VIX = "^VIX"
_FUND_VOLUMES, _VIX_RANGES = 30, 31
_RANGE_FRAC = 0.45  # the members' highs do not fall on one minute
_HALF_DAY_HOURS = 19  # a full session closes at 20:00 or 21:00 UTC


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Weights of an index's members at the start of every session, shape (sessions, symbols)."""

    sessions: SessionArray
    symbols: tuple[str, ...]
    values: FloatArray
    """Adds up to 1 in every row; the first row, before which nothing is known, is NaN."""


@dataclass(frozen=True, slots=True, eq=False)
class SampleMarket:
    """Twelve years of bars and what they were made from."""

    prices: Prices
    shares: Mapping[str, float]
    themes: Mapping[str, tuple[str, ...]]
    holdings: Mapping[str, Holdings]
    _close: FloatArray

    def weights(self, index: str) -> Weights:
        """Return the weights of `index` (or fund): their sum over members times returns is the index's return."""
        if index not in self.holdings:
            raise UnknownSubject("index", index, f"the simulated market has {', '.join(self.holdings)}")
        held = self.holdings[index]
        symbols = tuple(COMPANIES[n].symbol for n in held.columns.tolist())
        return Weights(self.prices.sessions, symbols, held.weights(self._close))

    def caps(self) -> Prices:
        """Return every company's value in dollars at each close, in the `close` field."""
        symbols = tuple(self.shares)
        return Prices(self.prices.sessions, symbols, self._close * np.array([self.shares[s] for s in symbols]))


def reference() -> Reference:
    """Return who belongs where, without simulating a single session."""
    by_group = groups(traits())
    names = {company.symbol: company.name for company in COMPANIES}
    names |= {basket.symbol: basket.name for basket in BASKETS}
    return Reference(
        universes={"smallcap": by_group["small"], "largecap": by_group["large"], "nasdaq": by_group["nasdaq"]},
        sectors={company.symbol: company.sector for company in COMPANIES},
        names=names | {VIX: "Cboe Volatility Index"},
    )


def simulate_market(calendar: Calendar) -> SampleMarket:
    """Simulate the twelve years that end on the sample's last session, the same on every machine.

    Raises
    ------
    SourceError
        If `calendar` does not reach over them.
    """
    sessions, is_half_day = _sessions(calendar)
    companies = traits()
    made = bars(companies, simulate(companies, SESSIONS), is_half_day)
    by_group = groups(companies)
    holdings = {
        basket.symbol: hold(basket, by_group[basket.members], close=made.close, shares=made.shares, sessions=sessions)
        for basket in BASKETS
    }
    columns = [_basket_bars(basket, holdings[basket.symbol], made) for basket in BASKETS]
    large = columns[next(n for n, basket in enumerate(BASKETS) if basket.symbol == "^GSPC")]
    columns.append(_vix(large["close"]))
    stacked = {
        field: np.column_stack([*(column[field] for column in columns), getattr(made, field)])
        for field in Prices.FIELDS
    }
    symbols = (*(basket.symbol for basket in BASKETS), VIX, *(company.symbol for company in COMPANIES))
    return SampleMarket(
        prices=Prices(sessions, symbols, **stacked),
        shares={company.symbol: float(n) for company, n in zip(COMPANIES, made.shares, strict=True)},
        themes={theme: members(theme) for theme in THEMES},
        holdings=holdings,
        _close=made.close,
    )


def _sessions(calendar: Calendar) -> tuple[SessionArray, FloatArray]:
    end = int(np.searchsorted(calendar.sessions, np.datetime64(END, "D"), side="right"))
    if end < SESSIONS or calendar.sessions[end - 1] != np.datetime64(END, "D"):
        raise SourceError(
            f"the calendar does not hold the {SESSIONS} sessions up to {END} that the simulated market needs:"
            " build it from 2014 or earlier to the end of 2026 or later"
        )
    span = slice(end - SESSIONS, end)
    sessions = calendar.sessions[span].astype("datetime64[D]")
    hours = (calendar.closes[span] - sessions) / np.timedelta64(1, "h")
    return sessions, (hours < _HALF_DAY_HOURS).astype(np.float64)


def _basket_bars(basket: Basket, held: Holdings, made: CompanyBars) -> dict[str, FloatArray]:
    close, opened = held.value(made.close), held.value(made.open)
    top, bottom = np.maximum(opened, close), np.minimum(opened, close)
    column = {
        "open": opened,
        "high": top + _RANGE_FRAC * np.maximum(held.value(made.high) - top, 0),
        "low": bottom - _RANGE_FRAC * np.maximum(bottom - held.value(made.low), 0),
        "close": close,
    }
    traded = made.volume[:, held.columns].sum(axis=1)
    if basket.is_index:
        return column | {"adj_close": close, "volume": traded}
    return column | {"adj_close": _fund_adjusted(held, made, close), "volume": _fund_volume(basket, traded)}


def _fund_adjusted(held: Holdings, made: CompanyBars, close: FloatArray) -> FloatArray:
    earned = np.nan_to_num(held.weights(made.close) * made.dividend_frac[:, held.columns]).sum(axis=1)
    paid = np.zeros(len(close))
    for last in range(REPORT_EVERY, len(close), REPORT_EVERY):
        paid[last] = earned[last - REPORT_EVERY + 1 : last + 1].sum()
    return adjusted(close[:, None], paid[:, None])[:, 0]


def _fund_volume(basket: Basket, traded: FloatArray) -> FloatArray:
    stream = _FUND_VOLUMES * 100 + BASKETS.index(basket)
    noise = 1 + 0.14 * normals(stream, traded.shape)
    relative = traded / traded.mean()
    volume: FloatArray = np.rint(basket.volume * relative * relative * np.maximum(noise, 0.4))
    return volume


def _vix(close: FloatArray) -> dict[str, FloatArray]:
    """Fear as a multiple of what just happened: decaying variance of the large index, drawn to its long mean."""
    change = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
    variance, levels = 0.0001, []
    for step in change.tolist():
        variance = 0.94 * variance + 0.06 * step * step
        levels.append(100 * sqrt(YEAR * (0.8 * variance + 0.00002)) * max(1.05 - 2.5 * step, 0.9))
    level = np.round(np.array(levels), DECIMALS)
    before = np.concatenate([level[:1], level[:-1]])
    draw = uniforms(_VIX_RANGES, (3, len(level)))
    opened = np.round(before + (level - before) * draw[0], DECIMALS)
    return {
        "open": opened,
        "high": np.round(np.maximum(opened, level) * (1 + 0.05 * draw[1]), DECIMALS),
        "low": np.round(np.minimum(opened, level) * (1 - 0.04 * draw[2]), DECIMALS),
        "close": level,
        "adj_close": level,
        "volume": np.full(len(level), np.nan),
    }
