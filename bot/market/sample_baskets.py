"""The simulated market's indices and funds: what each holds, in units, so that weights times returns add up exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bot.market.sample_companies import Traits
from bot.market.sample_listing import COMPANIES, LARGE, SECTORS, Company
from signals.types import FloatArray, IntArray, SessionArray

Rule = Literal["cap", "equal", "price"]
_QQQ_COUNT, _QQQJ_COUNT = 25, 30
_MONTHS_IN_QUARTER = 3


@dataclass(frozen=True, slots=True)
class Basket:
    """An index or a fund: its name, its level on the first session, how and of what it is made."""

    symbol: str
    name: str
    start: float
    rule: Rule
    members: str
    """Name of a group of companies (see `groups`)."""
    volume: float = 0.0
    """Mean shares traded a day by a fund; an index has its members' volume instead."""

    @property
    def is_index(self) -> bool:
        """Whether nobody can trade it."""
        return self.symbol.startswith("^")


BASKETS = (
    Basket("^RUT", "Russell 2000", 1118.0, "cap", "small"),
    Basket("^GSPC", "S&P 500", 1982.0, "cap", "large"),
    Basket("^IXIC", "Nasdaq Composite", 4508.0, "cap", "nasdaq"),
    Basket("^DJI", "Dow Jones Industrial Average", 17055.0, "price", "dow"),
    Basket("IWM", "iShares Russell 2000 ETF", 111.4, "cap", "small", 31e6),
    Basket("SPY", "SPDR S&P 500 ETF", 198.0, "cap", "large", 78e6),
    Basket("RSP", "Invesco S&P 500 Equal Weight ETF", 76.2, "equal", "large", 6e6),
    Basket("QQQ", "Invesco QQQ Trust", 98.5, "cap", "QQQ", 44e6),
    Basket("QQQE", "Direxion Nasdaq-100 Equal Weighted ETF", 31.4, "equal", "QQQ", 0.3e6),
    Basket("QQQJ", "Invesco Nasdaq Next Gen 100 ETF", 17.9, "cap", "QQQJ", 0.2e6),
    Basket("XLK", "Technology Select Sector SPDR", 39.8, "cap", "Technology", 6e6),
    Basket("XLF", "Financial Select Sector SPDR", 18.9, "cap", "Financial Services", 40e6),
    Basket("XLE", "Energy Select Sector SPDR", 44.3, "cap", "Energy", 16e6),
    Basket("XLV", "Health Care Select Sector SPDR", 63.6, "cap", "Healthcare", 8e6),
    Basket("XLI", "Industrial Select Sector SPDR", 53.1, "cap", "Industrials", 10e6),
    Basket("XLP", "Consumer Staples Select Sector SPDR", 45.2, "cap", "Consumer Defensive", 11e6),
    Basket("XLY", "Consumer Discretionary Select Sector SPDR", 66.9, "cap", "Consumer Cyclical", 4e6),
    Basket("XLU", "Utilities Select Sector SPDR", 42.1, "cap", "Utilities", 12e6),
    Basket("XLB", "Materials Select Sector SPDR", 49.7, "cap", "Basic Materials", 6e6),
    Basket("XLRE", "Real Estate Select Sector SPDR", 30.2, "cap", "Real Estate", 5e6),
    Basket("XLC", "Communication Services Select Sector SPDR", 34.6, "cap", "Communication Services", 5e6),
    Basket("KRE", "SPDR S&P Regional Banking ETF", 38.2, "equal", "regional banks", 9e6),
    Basket("SMH", "VanEck Semiconductor ETF", 25.7, "cap", "AI semiconductors", 7e6),
    Basket("XBI", "SPDR S&P Biotech ETF", 52.3, "equal", "biotech", 8e6),
)


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Units of each member that a basket holds, from session `starts[k]` (exclusive) to the next start (inclusive)."""

    columns: IntArray
    starts: tuple[int, ...]
    units: tuple[FloatArray, ...]

    def value(self, prices: FloatArray) -> FloatArray:
        """Return the basket's level at `prices`, shape (sessions, companies)."""
        held = prices[:, self.columns]
        levels = np.empty(len(prices))
        for first, last, units in self._spans(len(prices)):
            levels[first:last] = (held[first:last] * units).sum(axis=1)
        return levels

    def weights(self, close: FloatArray) -> FloatArray:
        """Return each member's weight at the start of every session, shape (sessions, members); NaN on the first."""
        worth = np.full((len(close), len(self.columns)), np.nan)
        for first, last, units in self._spans(len(close)):
            begin = max(first, 1)
            worth[begin:last] = close[begin - 1 : last - 1, self.columns] * units
        worth /= worth.sum(axis=1, keepdims=True)
        return worth

    def _spans(self, sessions: int) -> list[tuple[int, int, FloatArray]]:
        firsts = [0, *(start + 1 for start in self.starts[1:])]
        return list(zip(firsts, [*firsts[1:], sessions], self.units, strict=True))


def groups(companies: Traits) -> Mapping[str, tuple[str, ...]]:
    """Return the companies of every group a basket may be made of, by the group's name."""
    by_size = [COMPANIES[n] for n in np.argsort(-companies.early_cap, kind="stable").tolist()]
    nasdaq_100 = [company for company in by_size if company.is_nasdaq and company.sector != "Financial Services"]
    found: dict[str, tuple[str, ...]] = {
        "large": _named(lambda company: company.size == "large"),
        "small": _named(lambda company: company.size == "small"),
        "nasdaq": _named(lambda company: company.is_nasdaq),
        "dow": _dow(),
        "QQQ": tuple(company.symbol for company in nasdaq_100[:_QQQ_COUNT]),
        "QQQJ": tuple(company.symbol for company in nasdaq_100[_QQQ_COUNT : _QQQ_COUNT + _QQQJ_COUNT]),
    }
    for name in SECTORS:
        found[name] = tuple(company.symbol for company in LARGE if company.sector == name)
    for theme in ("regional banks", "AI semiconductors", "biotech"):
        found[theme] = tuple(company.symbol for company in COMPANIES if company.theme == theme)
    return found


def _named(wanted: Callable[[Company], bool]) -> tuple[str, ...]:
    return tuple(company.symbol for company in COMPANIES if wanted(company))


def _dow() -> tuple[str, ...]:
    # Like its model: the three largest of every sector but the utilities.
    kept = (name for name in SECTORS if name != "Utilities")
    return tuple(symbol for name in kept for symbol in [c.symbol for c in LARGE if c.sector == name][:3])


def hold(
    basket: Basket, symbols: tuple[str, ...], *, close: FloatArray, shares: FloatArray, sessions: SessionArray
) -> Holdings:
    """Return what `basket` holds of `symbols` through all sessions."""
    position = {company.symbol: n for n, company in enumerate(COMPANIES)}
    columns = np.array([position[symbol] for symbol in symbols])
    if basket.rule == "equal":
        return _equal(columns, close[:, columns], basket.start, quarter_ends(sessions))
    units = shares[columns] if basket.rule == "cap" else np.ones(len(columns))
    return Holdings(columns, (0,), (units * (basket.start / float((units * close[0, columns]).sum())),))


def _equal(columns: IntArray, close: FloatArray, start: float, rebalanced: list[int]) -> Holdings:
    level, units = start, []
    for first, last in zip(rebalanced, [*rebalanced[1:], len(close) - 1], strict=True):
        units.append(level / len(columns) / close[first])
        level = float((units[-1] * close[last]).sum())
    return Holdings(columns, tuple(rebalanced), tuple(units))


def quarter_ends(sessions: SessionArray) -> list[int]:
    """Return the first row, and the last one of every quarter that is over."""
    quarter = sessions.astype("datetime64[M]").astype(np.int64) // _MONTHS_IN_QUARTER
    return [0, *(np.flatnonzero(quarter[1:] != quarter[:-1])).tolist()]
