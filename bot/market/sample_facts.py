"""What is known of the simulated market beside prices: nothing of it is real but the dates ahead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bot.market.calendar_file import read_calendar
from bot.market.fred_csv import TITLES
from bot.market.recon_dates import read_reconstitutions
from bot.market.sample_baskets import quarter_ends
from bot.market.sample_deals import deals_of
from bot.market.sample_draws import normals
from bot.market.sample_estimates import estimates_of
from bot.market.sample_filings import filings_of, reports_of
from bot.market.sample_insiders import insiders_of
from bot.market.sample_listing import COMPANIES, THEMES
from bot.market.sample_options import chains_of
from bot.market.sample_recon import desk_of
from signals.facts import Facts, Holdings, Member, Series, Theme
from signals.types import FloatArray, SessionArray

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket

FUNDS = {"smallcap": "IWM", "largecap": "SPY", "nasdaq": "^IXIC"}
"""Universe to the fund, or the index no fund here holds, whose holdings are its members."""
SLUGS: Mapping[str, str] = dict(
    zip(
        THEMES,
        ("semiconductors", "optical", "datacenter", "industrial", "banks", "biotech", "fintech", "clean-energy"),
        strict=True,
    )
)
"""Theme to what people type for it."""
_RATES, _STEP = 100, 0.01
_LEVELS = {"DGS3MO": 3.1, "DGS2": 3.0, "DGS10": 3.6, "BAMLH0A0HYM2": 3.9}
"""What each rate is drawn back to, in per cent."""
_DAILY_PCT = {"DGS3MO": 0.022, "DGS2": 0.052, "DGS10": 0.055, "BAMLH0A0HYM2": 0.06}
_DRAWN_BACK = 0.004
_SHARED_FRAC = 0.6
"""How much of a rate's daily move all of them have in common."""
_TARGET_STEP = 0.25


def facts_of(market: SampleMarket) -> Facts:
    """Return the facts of `market`; every one of them is invented but the dates ahead."""
    sectors = {company.symbol: company.sector for company in COMPANIES}
    sessions = market.prices.sessions
    holdings = [file for universe, fund in FUNDS.items() for file in _holdings(market, universe, fund, sectors=sectors)]
    reports, desk = reports_of(market), desk_of(market)
    return Facts(
        (*holdings, *desk.large),
        _themes(market),
        _series(sessions),
        read_calendar(),
        chains=chains_of(market.prices),
        caps=desk.caps,
        membership_lists=desk.lists,
        reconstitutions=read_reconstitutions(),
        fundamentals=filings_of(market, reports),
        estimates=estimates_of(market, reports),
        insiders=insiders_of(market),
        deals=deals_of(market),
    )


def _holdings(market: SampleMarket, universe: str, fund: str, *, sectors: Mapping[str, str]) -> list[Holdings]:
    """Return what `fund` held at the close of every month that is over, and at the first of all."""
    weights = market.weights(fund)
    of = tuple(sectors[symbol] for symbol in weights.symbols)
    months = weights.sessions.astype("datetime64[M]")
    return [
        # Weights at the start of a session are those of the close before it.
        Holdings(universe, fund, weights.sessions[end].item(), weights.symbols, weights.values[end + 1], of)
        for end in (0, *np.flatnonzero(months[1:] != months[:-1]).tolist())
    ]


def _themes(market: SampleMarket) -> tuple[Theme, ...]:
    first = market.prices.sessions[0].item()
    return tuple(
        Theme(
            SLUGS[title], title[:1].upper() + title[1:], tuple(Member(symbol, first, "invented") for symbol in symbols)
        )
        for title, symbols in market.themes.items()
    )


def _series(sessions: SessionArray) -> dict[str, Series]:
    shared = normals(_RATES, (len(sessions),))
    found = {}
    for place, (name, level) in enumerate(_LEVELS.items(), start=1):
        sign = -1.0 if name == "BAMLH0A0HYM2" else 1.0
        own = normals(_RATES + place, (len(sessions),))
        steps = _DAILY_PCT[name] * (_SHARED_FRAC * sign * shared + (1 - _SHARED_FRAC) * own)
        found[name] = _drawn(steps, level)
    target = np.maximum(np.ceil(found["DGS3MO"] / _TARGET_STEP) * _TARGET_STEP, _TARGET_STEP)
    found["DFEDTARU"] = _held(target, sessions)
    found["DFF"] = np.round(found["DFEDTARU"] - 0.17, 2)
    return {name: Series(name, TITLES[name], sessions, values) for name, values in found.items()}


def _drawn(steps: FloatArray, level: float) -> FloatArray:
    """Return a walk of `steps` that is drawn back to `level`, in hundredths of a per cent and never below one."""
    value, values = level, []
    for step in steps.tolist():
        value = max(value + step + _DRAWN_BACK * (level - value), _STEP)
        values.append(value)
    return np.round(np.array(values), 2)


def _held(target: FloatArray, sessions: SessionArray) -> FloatArray:
    """Return `target` as a committee sets it: changed on the last session of a quarter alone."""
    ends = np.array(quarter_ends(sessions))
    place = np.searchsorted(ends, np.arange(len(sessions)), side="right") - 1
    kept: FloatArray = target[ends[np.maximum(place, 0)]]
    return kept
