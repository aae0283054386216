"""What insiders of the simulated companies bought and sold: invented people, at prices of the simulated market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from bot.market.sample_companies import traits
from bot.market.sample_draws import uniforms
from bot.market.sample_listing import COMPANIES
from signals.insider_facts import PURCHASE, SALE, InsiderTrade, InsiderTrades

if TYPE_CHECKING:
    from bot.market.sample_market import SampleMarket

SESSIONS = 440
"""How many of the last sessions had trades; before them nothing is known."""
UNREAD = ("GLX", "CDH", "BRBW", "NLSN")
"""Companies whose forms have not been read."""
CLUSTER, CLUSTER_SESSIONS = "STRL", (35, 33, 30)
"""A company of which three people buy, and on which sessions before the end."""
AMENDED, AMENDED_SESSION = "LITE", 18
"""A company of which a purchase is corrected a week later, and the session of the trade before the end."""
ROLES = ("Chief Executive Officer", "Chief Financial Officer", "Director", "Director")
_LINES = 4
_STREAM = 340
_GIVEN = ("Ada", "Bruno", "Clara", "Dario", "Edda", "Felix", "Gerda", "Hugo", "Ines", "Jonas", "Karla", "Leon")
_FIRST = ("Bra", "Cor", "Dal", "Fen", "Gro", "Hal", "Kel", "Lor", "Mar", "Nor", "Pel", "Ros", "Sten", "Tor", "Vel")
_LAST = ("berg", "dale", "holt", "mont", "ner", "quist", "sen", "stad", "ton", "wick", "wyn")
_SMALL_BUYS, _LARGE_BUYS, _SMALL_SELLS, _LARGE_SELLS = 0.3, 0.05, 0.25, 0.75
_USD = {False: (15e3, 600e3), True: (200e3, 9e6)}
"""What a line of a small, and of a large company is worth."""
_UNIT = 10.0


def insiders_of(market: SampleMarket) -> InsiderTrades:
    """Return the forms of the last sessions: purchases rather of small companies, sales rather of large ones."""
    sessions = market.prices.sessions
    begin, end = sessions[-SESSIONS].item(), sessions[-1].item()
    covered = {company.symbol: (begin, end) for company in COMPANIES if company.symbol not in UNREAD}
    trades = [trade for trade in (*_by_chance(market), *_scripted(market)) if trade.symbol in covered]
    return InsiderTrades.of(trades, covered)


def person(company: int, place: int) -> tuple[str, str]:
    """Return the name, surname first as forms have it, and the role of one of a company's four insiders."""
    number = company * len(ROLES) + place
    surname = _FIRST[number % len(_FIRST)] + _LAST[number // len(_FIRST) % len(_LAST)]
    return f"{surname} {_GIVEN[(number + number // 7) % len(_GIVEN)]}", ROLES[place]


def _by_chance(market: SampleMarket) -> Iterator[InsiderTrade]:
    count = len(COMPANIES)
    is_large = traits().is_large
    happens, when, sells, worth, late, planned = uniforms(_STREAM, (6, _LINES, count))
    buying = np.where(is_large, _LARGE_BUYS, _SMALL_BUYS)
    selling = np.where(is_large, _LARGE_SELLS, _SMALL_SELLS)
    rows = len(market.prices.sessions) - 3 - np.floor(when * (SESSIONS - 3)).astype(np.int64)
    code = np.where(happens < buying, PURCHASE, np.where(sells < selling, SALE, ""))
    for line, company in np.argwhere(code != "").tolist():
        low, high = _USD[bool(is_large[company])]
        trade = _trade(
            market,
            company,
            line,
            int(rows[line, company]),
            usd=low + (high - low) * float(worth[line, company]) ** 3,
        )
        after = 1 + int(late[line, company] > 1 / 2)
        is_sale = code[line, company] == SALE
        yield trade._replace(
            code=str(code[line, company]),
            filed=_day(market, int(rows[line, company]) + after),
            is_acquired=not is_sale,
            is_planned=bool(is_sale and planned[line, company] < 2 / 3),
        )


def _scripted(market: SampleMarket) -> Iterator[InsiderTrade]:
    """Yield three people's purchases within days, one that is corrected, and lines that are no purchase."""
    symbols = [company.symbol for company in COMPANIES]
    end = len(market.prices.sessions)
    for place, back in enumerate(CLUSTER_SESSIONS):
        bought = _trade(market, symbols.index(CLUSTER), place, end - back, usd=90e3 + 40e3 * place)
        yield bought._replace(filed=_day(market, end - back + 2))
    wrong = _trade(market, symbols.index(AMENDED), 2, end - AMENDED_SESSION, usd=60e3)
    wrong = wrong._replace(filed=_day(market, end - AMENDED_SESSION + 1))
    yield wrong
    right = _day(market, end - AMENDED_SESSION + 6)
    yield wrong._replace(filed=right, shares=wrong.shares / 2, is_amendment=True)
    award = _trade(market, symbols.index("AGX"), 0, end - 40, usd=250e3)
    award = award._replace(filed=_day(market, end - 39), price_usd=0.0)
    yield award._replace(code="A")
    yield award._replace(code="M", is_derivative=True)


def _trade(market: SampleMarket, company: int, place: int, row: int, *, usd: float) -> InsiderTrade:
    """Return a purchase at a session's close, filed on that day."""
    symbol = COMPANIES[company].symbol
    price = round(float(market.prices.close[row, market.prices.column(symbol)]), 2)
    day = _day(market, row)
    owner, role = person(company, place)
    return InsiderTrade(symbol, day, day, PURCHASE, _UNIT * max(round(usd / price / _UNIT), 1), price, owner, role)


def _day(market: SampleMarket, row: int) -> date:
    day: date = market.prices.sessions[row].item()
    return day
