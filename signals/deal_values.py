"""What was known of merger filings on a row: of the whole market by quarter, or of one symbol."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from signals.changes import NONE
from signals.deal_facts import FORMS, DealFiling, Deals
from signals.deal_quarters import Counted, Quarter, counted
from signals.types import Coverage, History, Scalar

QUARTERS_SHOWN = 8
NAMES_SHOWN = 10
LOOK_BACK_DAYS = 365
"""Filings of a symbol older than this are not told; one after a longer silence is its first."""
NAMES = {"DEFM14A": "defm14a", "SC TO-T": "sc_to_t", "SC 14D9": "sc_14d9"}
_OF_ALL = {
    "quarter": "quarter of the session, such as 2025-Q3",
    "through": "day up to which it is counted",
    "days": "days of it up to then",
    "filings": "merger filings in those days, each counted once; amendments not",
    **{name: f"filings of form {form}, {FORMS[form]}" for form, name in NAMES.items()},
    "year_before": "filings in as many days of the quarter a year before",
    "change_pct": "against these, per cent; missing where there were none",
    "last_quarter": "the quarter before",
    "last_filings": "merger filings in it; missing where it is not covered to its end",
    "last_year_before": "filings a year before that",
    "last_change_pct": "against these, per cent; missing where there were none",
    "quarters": "quarters up to that one, the oldest first",
    "quarter_filings": "their filings in that order; ? where unknown",
    "named": "symbols with prices that filings of the last 365 days name, the latest first",
}
_OF_A_SYMBOL = {
    "symbol_filings": "filings of the last 365 days that name it, as target, bidder or seller",
    "first_filed": "day on which the first of these was made",
    "last_filed": "day on which the last of these was made",
    "last_form": "its form",
    "last_company": "whom it names",
}
VALUES = _OF_ALL | _OF_A_SYMBOL


def values_of(history: History, row: int, symbol: str | None) -> dict[str, Scalar]:
    """Return what was known on a row: of one symbol, or of all filings where it is None.

    Parameters
    ----------
    history : History
        From `signals.deals.history`.
    row : int
        Counted from the start; -1 where there is no session with prices.
    symbol : str or None
        One of its subjects, or None.

    Returns
    -------
    dict
        Those of `VALUES` that speak of it; None where missing.

    Examples
    --------
    >>> from signals.deals import _example, history
    >>> told = values_of(history(_example(), {}), 4, None)
    >>> told["quarter"], told["days"], told["filings"], told["year_before"], told["named"]
    ('2025-Q3', 3, 2, 1, 'AGX')
    """
    names = _OF_ALL if symbol is None else _OF_A_SYMBOL
    deals = history.market.facts.deals
    if deals is None or row == NONE:
        return dict.fromkeys(names)
    session: date = history.sessions[row].item()
    known = dict.fromkeys(names)
    return known | (_of_all(history, deals, session) if symbol is None else _of_a_symbol(deals, session, symbol))


def coverage_of(history: History, row: int, symbol: str | None) -> Coverage:
    """Return how many of the spans that are compared are covered; of a symbol, whether its last 365 days are.

    Examples
    --------
    >>> from signals.deals import _example, history
    >>> coverage_of(history(_example(), {}), 4, None)
    Coverage(n=4, of=4)
    """
    deals, spans = history.market.facts.deals, 1 if symbol else 4
    if deals is None or row == NONE:
        return Coverage(n=0, of=spans)
    session: date = history.sessions[row].item()
    if symbol is not None:
        return Coverage(n=int(_is_covered(deals, session)), of=spans)
    both = _two_quarters(deals, session)
    whole = [both[0], *(each for each in both[1:] if each.is_complete)]
    found = [part for each in whole for part in (each.filings, each.year_before)]
    return Coverage(n=sum(part is not None for part in found), of=spans)


def filings_upto(deals: Deals, session: date, symbol: str) -> list[DealFiling]:
    """Return the filings that name a symbol in the 365 days up to a session, the oldest first.

    Examples
    --------
    >>> from signals.deals import _example
    >>> [each.form for each in filings_upto(_example().facts.deals, date(2025, 7, 3), "AGX")]
    ['DEFM14A']
    """
    since = session - timedelta(days=LOOK_BACK_DAYS)
    return [each for each in deals.filings if each.symbol == symbol and since < each.filed <= session]


def quarters_upto(deals: Deals, session: date) -> list[Counted]:
    """Return the quarters before that of a session, the oldest first.

    Examples
    --------
    >>> from signals.deals import _example
    >>> [(str(each.quarter), each.filings) for each in quarters_upto(_example().facts.deals, date(2025, 7, 3))][-2:]
    [('2025-Q1', 0), ('2025-Q2', 1)]
    """
    now = Quarter.of(session)
    return [counted(deals, now.earlier(back), session) for back in range(QUARTERS_SHOWN, 0, -1)]


def _two_quarters(deals: Deals, session: date) -> tuple[Counted, Counted]:
    now = Quarter.of(session)
    return counted(deals, now, session), counted(deals, now.earlier(1), session)


def _of_all(history: History, deals: Deals, session: date) -> dict[str, Scalar]:
    this, last = _two_quarters(deals, session)
    values: dict[str, Scalar] = {
        "quarter": str(this.quarter),
        "through": None if this.through is None else this.through.isoformat(),
        "days": None if this.through is None else (this.through - this.quarter.first).days + 1,
        "filings": this.filings,
        **{name: this.by_form.get(form) for form, name in NAMES.items()},
        "year_before": this.year_before,
        "change_pct": this.change_pct,
        "last_quarter": str(last.quarter),
    }
    if last.is_complete:
        values["last_filings"], values["last_year_before"] = last.filings, last.year_before
        values["last_change_pct"] = last.change_pct
    before = quarters_upto(deals, session)
    values["quarters"] = ", ".join(str(each.quarter) for each in before)
    values["quarter_filings"] = ", ".join(str(each.filings) if each.is_complete else "?" for each in before)
    return values | {"named": ", ".join(named_upto(history, deals, session)) or None}


def named_upto(history: History, deals: Deals, session: date) -> Sequence[str]:
    """Return the symbols with prices that filings of the 365 days up to a session name, the latest first.

    Examples
    --------
    >>> from signals.deals import _example, history
    >>> market = _example()
    >>> named_upto(history(market, {}), market.facts.deals, date(2025, 7, 3))
    ['AGX']
    """
    since = session - timedelta(days=LOOK_BACK_DAYS)
    recent = (each.symbol for each in reversed(deals.filings) if since < each.filed <= session)
    return [symbol for symbol in dict.fromkeys(recent) if symbol in history.market.prices][:NAMES_SHOWN]


def _of_a_symbol(deals: Deals, session: date, symbol: str) -> dict[str, Scalar]:
    own = filings_upto(deals, session, symbol)
    if not own:
        return {"symbol_filings": 0 if _is_covered(deals, session) else None}
    return {
        "symbol_filings": len(own),
        "first_filed": own[0].filed.isoformat(),
        "last_filed": own[-1].filed.isoformat(),
        "last_form": own[-1].form,
        "last_company": own[-1].company,
    }


def _is_covered(deals: Deals, session: date) -> bool:
    """Tell whether all filings of the 365 days are here, those of the last week perhaps not."""
    week = timedelta(days=7)
    return deals.covers(session - timedelta(days=LOOK_BACK_DAYS - 1), session - week)
