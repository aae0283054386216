"""What insiders bought and sold by the forms they filed: purchases of the share, and sales apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from signals.changes import NONE, Found, events_of
from signals.definition import Needs, Signal
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.facts import Facts
from signals.insider_counts import purchases_in
from signals.insider_events import KINDS, THRESHOLDS, find
from signals.insider_facts import InsiderTrade, InsiderTrades
from signals.insider_values import VALUES, coverage_of, values_of
from signals.priced import last_priced_rows
from signals.telling import checked_row, read_row
from signals.types import Coverage, Event, History, Market, Reading, Scalar, Thresholds

__all__ = ["EVERYBODY", "INSIDERS", "choices", "events", "history", "purchases_in", "reading"]

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
    return {EVERYBODY: "all companies"} | {symbol: market.names.get(symbol, symbol) for symbol in symbols}


def history(market: Market, thresholds: Thresholds) -> History:
    """Tell, for every session, what was filed by then.

    Parameters
    ----------
    market : Market
        Its facts hold what insiders traded.
    thresholds : mapping
        None of them is a window.

    Returns
    -------
    History
        Subjects are those of `choices`. Column ``seen`` of shape (T, 1), int64: the last row with any price, -1 where
        there is none. What insiders did is counted for the rows that are asked about: see
        `signals.insider_counts.purchases_in` for many at once.

    Notes
    -----
    Row t uses forms filed by session t only.

    Examples
    --------
    >>> history(_example(), {})["seen"].ravel()
    array([0, 1, 2, 3, 4])
    """
    del thresholds
    columns = {"seen": last_priced_rows(market)[:, None]}
    return History(market.prices.sessions, tuple(choices(market)), columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what insiders of a company, or of all, bought and sold in the 90 days up to row `t`.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``market`` or a symbol of `choices`.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES` that speak of the subject, None where missing; its coverage tells of how
        many companies all forms of these days are here. The state of a symbol is ``bought``, ``none`` (no purchase,
        and all forms are here) or ``unknown``, that of the market ``known``, ``partial`` or ``unknown``.

    Raises
    ------
    UnknownSubject
        If there is no such subject.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "AGX", {})
    >>> now.state, now.values["purchases"], now.values["last_owner"], now.values["last_price_usd"]
    ('bought', 2, 'Doe Jane', 20.0)
    """
    if subject not in history.subjects:
        raise UnknownSubject("subject", subject, "it is market or a symbol with prices")
    del thresholds
    asked = checked_row(history, t)
    seen = int(history["seen"][asked, 0])
    symbol = None if subject == EVERYBODY else subject
    values, coverage = values_of(history, seen, symbol), coverage_of(history, seen, symbol)
    return read_row(
        INSIDERS,
        history,
        subject,
        (asked, asked if seen == NONE else seen),
        state=_state(symbol, values, coverage),
        values=values,
        coverage=coverage,
    )


def _state(symbol: str | None, values: Mapping[str, Scalar], coverage: Coverage) -> str:
    if symbol is None:
        return "unknown" if values["purchases"] is None else "partial" if coverage.is_partial else "known"
    return "unknown" if values["purchases"] is None else "bought" if values["purchases"] else "none"


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find purchases of which the forms were filed, and several people who bought, on rows `since` and later.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`, one of each for a symbol and session; an open session gives none.

    Examples
    --------
    >>> found = events(history(_example(), {}), INSIDERS.thresholds_with({"least_usd": 1500}))
    >>> [(event.kind, event.session.isoformat(), event.values["purchase_usd"]) for event in found]
    [('insider_purchase', '2025-07-03', 2000.0)]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, thresholds, since=first, until=until)

    return events_of(INSIDERS, history, thresholds, since, found)


INSIDERS = Signal(
    name="insiders",
    title="Insider purchases",
    summary="What officers, directors and large owners bought and sold by the forms they filed.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=1),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    choices=choices,
    rests_on="insiders",
    takes="[symbol]",
)


def _example() -> Market:
    """Return a company of which one person bought twice, told on July 2 and 3; all its forms of the year are here."""
    market = example_market("AGX", [6, 4, 2, 8, 6])
    first = InsiderTrade("AGX", date(2025, 7, 2), date(2025, 7, 1), "P", 100.0, 10.0, "Doe Jane", "Director")
    second = first._replace(filed=date(2025, 7, 3), traded=date(2025, 7, 2), price_usd=20.0)
    trades = InsiderTrades.of([first, second], {"AGX": (date(2025, 1, 1), date(2025, 7, 7))})
    return replace(market, facts=Facts(insiders=trades))
