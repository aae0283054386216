"""The picture of insider purchases: the largest sums bought, or what one company's insiders bought month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from bot.cards import style
from bot.cards.bars import Bar, bars_chart
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.money import people, sum_words
from bot.cards.words import plain_titled, session_words
from signals.insider_counts import WINDOW_DAYS, is_covered, spells_of
from signals.insider_facts import InsiderTrades
from signals.insider_values import bought_by_company
from signals.insiders import EVERYBODY

MONTHS_SHOWN = 12
COMPANIES_SHOWN = 12
_THOUSAND = 1e3


@dataclass(frozen=True, slots=True)
class Purchase:
    """One line of a form; NaN where it does not state a number."""

    traded: date
    shares: float
    price_usd: float


def lines_of(shown: Shown) -> list[Purchase]:
    """Return the purchases of a symbol in the 90 days up to the reading's session, the latest first."""
    trades = shown.history.market.facts.insiders
    if trades is None:
        return []
    which = trades.is_purchase & (trades.company == trades.company_of(shown.reading.subject))
    lines = spells_of(trades, which, np.array([shown.reading.session], dtype="datetime64[D]")).lines
    order = lines[np.lexsort((trades.filed[lines], trades.traded[lines]))][::-1]
    return [
        Purchase(trades.traded[line].item(), float(trades.shares[line]), float(trades.price_usd[line]))
        for line in order
    ]


def insiders_chart(shown: Shown) -> Chart | None:
    """Return bars of the largest sums bought, or of a symbol by month; None where nothing was bought."""
    return _of_all(shown) if shown.reading.subject == EVERYBODY else _of_one(shown)


def _of_all(shown: Shown) -> Chart | None:
    history, session = shown.history, shown.reading.session
    row = int(np.searchsorted(history.sessions, np.datetime64(session, "D")))
    found = [each for each in bought_by_company(history, row) if each.usd > 0][:COMPANIES_SHOWN]
    bars = [Bar(each.company, each.usd / _THOUSAND, people(each.buyers), colour=style.GOLDEN) for each in found]
    title = f"Bought by insiders in {WINDOW_DAYS} days, thousand dollars"
    named = ", ".join(f"{each.company} {sum_words(each.usd)}" for each in found)
    return bars_chart(
        history.market, session, bars, title=title, unit="k", alt=f"{title}, {session_words(session)}: {named}."
    )


def _of_one(shown: Shown) -> Chart | None:
    trades, session = shown.history.market.facts.insiders, shown.reading.session
    if trades is None:
        return None
    last = np.datetime64(session, "M")
    bars = [
        _month(trades, trades.company_of(shown.reading.subject), month, np.datetime64(session, "D"))
        for month in last - np.arange(MONTHS_SHOWN - 1, -1, -1)
    ]
    if not any(bar.value > 0 for bar in bars):
        return None
    title = f"{plain_titled(shown.name, shown.reading.subject)}: bought by insiders, thousand dollars"
    told = ", ".join(f"{bar.name} {sum_words(_THOUSAND * bar.value)}" for bar in bars if bar.value > 0)
    alt = f"{title}, month by month up to {session_words(session)}: {told}."
    return bars_chart(shown.history.market, session, bars, title=title, unit="k", alt=alt)


def _month(trades: InsiderTrades, company: int, month: np.datetime64, day: np.datetime64) -> Bar:
    """Return what was bought in a month, as known on a day: unknown where not all forms of it are here, nor any."""
    first = month.astype("datetime64[D]")
    last = min((month + 1).astype("datetime64[D]") - 1, day)
    own = (trades.company == company) & (first <= trades.traded) & (trades.traded <= last)
    own &= (trades.filed <= day) & ~(trades.replaced <= day)
    bought, sold = (trades.dollars[own & side] for side in (trades.is_purchase, trades.is_sale))
    days = int((last - first).astype(np.int64)) + 1
    is_known = is_covered(trades, np.array([company]), np.array([last]), days)[0, 0] or len(bought) > 0
    is_priced = not len(bought) or np.isfinite(bought).any()
    value = float(np.nansum(bought)) / _THOUSAND if is_known and is_priced else float("nan")
    note = f"sold {sum_words(float(np.nansum(sold)))}" if np.isfinite(sold).any() else ""
    return Bar(f"{month.item():%b %Y}", value, note, colour=style.GOLDEN)
