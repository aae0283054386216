"""From returns to daily bars of the simulated companies: open, high, low, close, volume, dividends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bot.market.sample_companies import Traits
from bot.market.sample_draws import normals, uniforms
from bot.market.sample_returns import REPORT_EVERY, Returns
from signals.types import FloatArray

DECIMALS = 4
_GAPS, _RANGES, _VOLUMES = 20, 21, 22
_HALF_DAY_VOLUME = 0.55
_SHARES_UNIT = 1000.0


@dataclass(frozen=True, slots=True, eq=False)
class CompanyBars:
    """Bars of the companies, each array of shape (sessions, companies); `dividend_frac` is of the close before.

    `shares` has one number a company, the same through all sessions, as prices are split-adjusted.
    """

    open: FloatArray
    high: FloatArray
    low: FloatArray
    close: FloatArray
    adj_close: FloatArray
    volume: FloatArray
    dividend_frac: FloatArray
    shares: FloatArray


def bars(companies: Traits, returns: Returns, is_half_day: FloatArray) -> CompanyBars:
    """Return the bars that `returns` make; `is_half_day` is 1.0 on sessions that close early."""
    growth = np.cumprod(1 + returns.total, axis=0)
    close = np.round(growth / growth[-1] * companies.last_close, DECIMALS)
    before = np.concatenate([close[:1], close[:-1]])
    opened = np.round(before * (1 + _gaps(returns)), DECIMALS)
    reach = uniforms(_RANGES, (2, *close.shape))
    width = 0.9 * returns.own_sigma * before
    high = np.round(np.maximum(opened, close) + reach[0] * reach[0] * width, DECIMALS)
    low = np.round(np.minimum(opened, close) - reach[1] * reach[1] * width, DECIMALS)
    shares = np.rint(companies.early_cap / close[len(close) // 6] / _SHARES_UNIT) * _SHARES_UNIT
    dividend_frac = _dividends(companies, close)
    return CompanyBars(
        open=opened,
        high=high,
        low=low,
        close=close,
        adj_close=adjusted(close, dividend_frac),
        volume=_volumes(returns, shares * companies.turnover_frac, is_half_day),
        dividend_frac=dividend_frac,
        shares=shares,
    )


def adjusted(close: FloatArray, dividend_frac: FloatArray) -> FloatArray:
    """Return `close` with every later dividend taken off, as if it had been put back into the shares."""
    kept = np.cumprod(1 - dividend_frac[::-1], axis=0)[::-1]
    later = np.concatenate([kept[1:], np.ones_like(kept[:1])])
    put_back: FloatArray = np.round(close * later, DECIMALS)
    return put_back


def _gaps(returns: Returns) -> FloatArray:
    sessions = len(returns.shared)
    overnight = 0.25 + 0.25 * normals(_GAPS, (sessions, 1))
    noise = 0.25 * normals(_GAPS + 100, returns.own.shape) * returns.own_sigma
    own = np.where(returns.is_report, 0.85, 0.2) * returns.own
    return np.clip(overnight * returns.shared + own + noise, -0.2, 0.25)


def _volumes(returns: Returns, usual: FloatArray, is_half_day: FloatArray) -> FloatArray:
    moved = np.minimum(np.abs(returns.own + 0.5 * returns.shared) / returns.own_sigma, 9.0)
    noise = np.maximum(1 + 0.16 * normals(_VOLUMES, moved.shape), 0.3)
    short = 1 - (1 - _HALF_DAY_VOLUME) * is_half_day[:, None]
    return np.rint(np.maximum(usual * (0.55 + 0.45 * moved) * noise * noise * short, 100.0))


def _dividends(companies: Traits, close: FloatArray) -> FloatArray:
    sessions = len(close)
    is_ex = np.arange(sessions)[:, None] % REPORT_EVERY == (companies.reports_on + 12) % REPORT_EVERY
    is_ex[0] = False
    return np.where(is_ex, companies.yield_frac / 4, 0.0)
