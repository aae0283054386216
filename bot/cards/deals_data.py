"""The picture of merger filings: a bar for each quarter, the one that is not over paler."""

from __future__ import annotations

from bot.cards import style
from bot.cards.bars import Bar, bars_chart
from bot.cards.card import Chart
from bot.cards.face import Shown
from bot.cards.words import session_words
from signals.deal_facts import DealFiling
from signals.deal_quarters import Quarter, counted
from signals.deal_values import filings_upto, named_upto, quarters_upto
from signals.deals import EVERYBODY


def own_filings(shown: Shown) -> list[DealFiling]:
    """Return the filings that name a symbol, the latest first."""
    deals = shown.history.market.facts.deals
    return [] if deals is None else filings_upto(deals, shown.reading.session, shown.reading.subject)[::-1]


def named_of(shown: Shown) -> list[DealFiling]:
    """Return the last filing of each symbol with prices, the latest first."""
    deals, session = shown.history.market.facts.deals, shown.reading.session
    if deals is None:
        return []
    return [filings_upto(deals, session, symbol)[-1] for symbol in named_upto(shown.history, deals, session)]


def deals_chart(shown: Shown) -> Chart | None:
    """Return bars of the filings by quarter; None where none is known, and for a symbol."""
    deals, session = shown.history.market.facts.deals, shown.reading.session
    if deals is None or shown.reading.subject != EVERYBODY:
        return None
    now = counted(deals, Quarter.of(session), session)
    bars = [
        Bar(str(each.quarter), float("nan" if each.filings is None or not each.is_complete else each.filings), "")
        for each in quarters_upto(deals, session)
    ]
    if now.filings is not None:
        note = "" if now.is_complete else f"{(now.through - now.quarter.first).days + 1} days" if now.through else ""
        bars.append(Bar(str(now.quarter), float(now.filings), note, colour=style.SLOW))
    title = "Merger filings by quarter"
    named = ", ".join(f"{bar.name} {bar.value:.0f}" for bar in bars if bar.value == bar.value)
    alt = f"{title}, {session_words(session)}: {named}."
    return bars_chart(shown.history.market, session, bars, title=title, unit="", alt=alt)
