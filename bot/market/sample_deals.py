"""Merger filings in the simulated market: invented bids, more of them each year, some for companies with prices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from bot.market.sample_draws import uniforms
from bot.market.sample_listing import COMPANIES
from bot.market.sample_recon import others
from signals.deal_facts import FORMS, DealFiling, Deals

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket
    from signals.types import SessionArray

BEGIN = date(2024, 1, 1)
TARGETS = {"CRMN": 12, "FRDH": 30, "SRLW": 55, "THRN": 150}
"""Companies with prices for which there is a bid, and how many sessions before the end; their prices do not show it."""
_A_YEAR, _MORE_EACH_YEAR = 150, 25
_TENDERED_FRAC = 0.3
_STREAM = 350
_FIRST_CIK = 9_000_000
"""Numbers the SEC has not given yet."""


def deals_of(market: SampleMarket) -> Deals:
    """Return the filings from `BEGIN` to the end: merger proxies, or tender offers with the target's answer."""
    sessions = market.prices.sessions
    end: date = sessions[-1].item()
    days = on_sessions(sessions, _days(end))
    picks = uniforms(_STREAM + 1, (2, len(days)))
    names = others()
    filings = []
    for number, (day, target, form) in enumerate(zip(days, *picks.tolist(), strict=True)):
        company = f"{names[int(target * len(names))].title()} Corp"
        filings += _of_a_bid(number, day, company, is_tender=form < _TENDERED_FRAC)
    own = {company.symbol: company.name for company in COMPANIES}
    for place, (symbol, back) in enumerate(TARGETS.items()):
        bid = _of_a_bid(
            len(days) + place, sessions[-back].item(), own[symbol], is_tender=bool(place % 2), symbol=symbol
        )
        filings += [each for each in bid if each.filed <= end]
    return Deals(tuple(sorted(filings, key=lambda each: each.filed)), ((BEGIN, end),))


def on_sessions(sessions: SessionArray, days: list[date]) -> list[date]:
    """Return the last session up to each of `days`."""
    rows = np.searchsorted(sessions, np.array(days, dtype="datetime64[D]"), side="right") - 1
    found: list[date] = sessions[rows].tolist()
    return found


def _days(end: date) -> list[date]:
    """Return the days of the bids, evenly spread but for chance."""
    days: list[date] = []
    for year in range(BEGIN.year, end.year + 1):
        count = _A_YEAR + _MORE_EACH_YEAR * (year - BEGIN.year)
        places = (np.arange(count) + uniforms(_STREAM * 100 + year, (count,))) / count
        days += [date(year, 1, 3) + timedelta(days=int(360 * place)) for place in places.tolist()]
    return [day for day in days if day <= end - timedelta(days=14)]


def _of_a_bid(number: int, day: date, company: str, *, is_tender: bool, symbol: str = "") -> list[DealFiling]:
    proxy, offer, answer = FORMS

    def filing(form: str, days: int) -> DealFiling:
        filed = day + timedelta(days=days)
        accession = f"{_FIRST_CIK + number:010}-{filed.year % 100}-{1 + (form != proxy) + (form == answer):06}"
        return DealFiling(filed, form, company, _FIRST_CIK + number, symbol, accession)

    return [filing(offer, 0), filing(answer, 7)] if is_tender else [filing(proxy, 0)]
