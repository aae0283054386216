"""Merger filings: how many a quarter brings against the year before, and whom they name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from signals.changes import NONE, Found, events_of
from signals.deal_events import KINDS, find
from signals.deal_facts import DealFiling, Deals
from signals.deal_values import VALUES, coverage_of, values_of
from signals.definition import Needs, Signal
from signals.errors import UnknownSubject
from signals.example import ROUND_A_QUARTER, example_market
from signals.facts import Facts
from signals.priced import last_priced_rows
from signals.telling import checked_row, read_row
from signals.types import Coverage, Event, History, Market, Reading, Scalar, Thresholds

VERSION = 1
EVERYBODY = "market"


def choices(market: Market) -> Mapping[str, str]:
    """Return the market, and every symbol with prices that is no index.

    Examples
    --------
    >>> list(choices(_example()))
    ['market', 'AGX']
    """
    symbols = sorted(symbol for symbol in market.prices.symbols if not symbol.startswith("^"))
    return {EVERYBODY: "merger filings"} | {symbol: market.names.get(symbol, symbol) for symbol in symbols}


def history(market: Market, thresholds: Thresholds) -> History:
    """Tell, for every session, what was filed by then.

    Parameters
    ----------
    market : Market
        Its facts hold the merger filings.
    thresholds : mapping
        There are none.

    Returns
    -------
    History
        Subjects are those of `choices`. Column ``seen`` of shape (T, 1), int64: the last row with any price, -1 where
        there is none. Filings are counted for the rows that are asked about.

    Notes
    -----
    Row t uses what was filed by session t only.

    Examples
    --------
    >>> history(_example(), {})["seen"].ravel()
    array([0, 1, 2, 3, 4])
    """
    del thresholds
    columns = {"seen": last_priced_rows(market)[:, None]}
    return History(market.prices.sessions, tuple(choices(market)), columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say how many merger filings the quarter of row `t` had by then, or which name a symbol.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``market`` or a symbol of `choices`.
    thresholds : mapping
        There are none.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES` that speak of the subject, None where missing. The state of the market is
        ``known``, ``partial`` where this quarter, the one before or either a year before are not covered, or
        ``unknown``; that of a symbol ``named``, ``none`` (no filing, and all of 365 days are here) or ``unknown``.

    Raises
    ------
    UnknownSubject
        If there is no such subject.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "market", {})
    >>> now.state, now.values["filings"], now.values["change_pct"], now.values["last_filings"]
    ('known', 2, 100.0, 1)
    """
    if subject not in history.subjects:
        raise UnknownSubject("subject", subject, "it is market or a symbol with prices")
    del thresholds
    asked = checked_row(history, t)
    seen = int(history["seen"][asked, 0])
    symbol = None if subject == EVERYBODY else subject
    values, coverage = values_of(history, seen, symbol), coverage_of(history, seen, symbol)
    return read_row(
        DEALS,
        history,
        subject,
        (asked, asked if seen == NONE else seen),
        state=_state(symbol, values, coverage),
        values=values,
        coverage=coverage,
    )


def _state(symbol: str | None, values: Mapping[str, Scalar], coverage: Coverage) -> str:
    if symbol is None:
        return "unknown" if not coverage.n else "partial" if coverage.is_partial else "known"
    count = values["symbol_filings"]
    return "unknown" if count is None else "named" if count else "none"


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find the first merger filings that name a symbol, on rows `since` and later.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        There are none.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        At most one for a symbol and session; an open session gives none.

    Examples
    --------
    >>> found = events(history(_example(), {}), {})
    >>> [(event.subject, event.session.isoformat(), event.values["form"]) for event in found]
    [('AGX', '2025-07-02', 'DEFM14A')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, since=first, until=until)

    return events_of(DEALS, history, thresholds, since, found)


DEALS = Signal(
    name="deals",
    title="Merger filings",
    summary="How many merger filings a quarter brings against the year before, and which companies they name.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=1),
    thresholds=(),
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    choices=choices,
    rests_on="deals",
    takes="[symbol]",
)


def _example() -> Market:
    """Return a quarter that begins with two filings, one of them of a symbol with prices, and two years before it."""
    market = example_market("AGX", [6, 4, 2, 8, 6], days=ROUND_A_QUARTER)
    days = (date(2024, 7, 2), date(2025, 5, 6), date(2025, 7, 1), date(2025, 7, 2))
    filings = tuple(
        DealFiling(day, "DEFM14A", "Argan" if day == days[-1] else "Other", place, "AGX" if day == days[-1] else "")
        for place, day in enumerate(days)
    )
    deals = Deals(filings, ((date(2023, 7, 1), date(2025, 7, 3)),))
    return replace(market, facts=Facts(deals=deals))
