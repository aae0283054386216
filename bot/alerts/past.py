"""Every event of the last sessions at once, as scans of one session after the other would have found them.

Histories look at no later row, and neither do events (see `bot.alerts.replay`), so one history of the whole span holds
them all. Nor do they look back without end: what a signal reads is `Needs.lookback_sessions`, and what it remembers
beyond that (whether an approach has been told of, on which side two equal averages were, an exponential average's
start) has long settled after `SETTLES_SESSIONS`. So forty years of bars cost no more than four.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from bot.alerts.ports import View
from bot.alerts.scan import Request, core_of, lacking, plain, shared_windows
from bot.cards.provenance import Grounds
from signals.catalog import whole_history
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import coverage_at
from signals.sessions import sessions_since
from signals.types import Coverage, Event, History, Market, Prices, Scalar, Thresholds

YEAR_SESSIONS = 252
SETTLES_SESSIONS = 3 * YEAR_SESSIONS
"""Of so many sessions before the first one asked for, beyond a signal's lookback, nothing is left to be seen."""


@dataclass(frozen=True, slots=True)
class PastEvents:
    """What one signal with one set of thresholds raised over the last sessions.

    Attributes
    ----------
    sessions : tuple of date
        Those that could be scanned, in order; too few bars had come of any other.
    events : tuple of Event
        By session.
    grounds : Grounds
        What it was counted in.
    unavailable : str
        Why this market cannot answer the signal at all; empty where it can.
    """

    request: Request
    sessions: tuple[date, ...]
    events: tuple[Event, ...]
    grounds: Grounds
    unavailable: str = ""

    def bare(self) -> PastEvents:
        """Return the same without the values of the events, which whoever counts them does not look at."""
        none: dict[str, Scalar] = {}
        return replace(self, events=tuple(replace(event, values=none) for event in self.events))

    def last(self, sessions: int) -> PastEvents:
        """Return the same of the last `sessions` alone."""
        kept = self.sessions[-sessions:]
        return self.since(kept[0]) if kept else self

    def since(self, first: date) -> PastEvents:
        """Return the same of the sessions from `first` on."""
        return replace(
            self,
            sessions=tuple(session for session in self.sessions if session >= first),
            events=tuple(event for event in self.events if event.session >= first),
        )


def past_events(
    view: View, requests: Sequence[Request], sessions: int = YEAR_SESSIONS, until: date | None = None
) -> list[PastEvents]:
    """Open `view` and find what each of `requests` raised over its last `sessions`, in the order of `requests`.

    Those up to `until` are meant where it is given: what came later is not looked at, but still is what `grounds` tell.
    """
    return past_of_market(view.open(), requests, sessions, until)


def past_of_market(
    market: Market, requests: Sequence[Request], sessions: int = YEAR_SESSIONS, until: date | None = None
) -> list[PastEvents]:
    """Find what each of `requests` raised over the last `sessions` of `market`; see `past_events`."""
    closed = closed_part(market)
    grounds = grounds_of(closed)
    if until is not None:
        closed = replace(closed, prices=closed.prices.upto(until))
    told = tuple(_scanned(closed, sessions))
    days = frozenset(told)
    found: list[PastEvents] = []
    for signal, sets in shared_windows(requests):
        known = recent(closed, signal, sets[0], sessions)
        try:
            history = whole_history(signal, known, sets[0])
        except SignalError as error:
            found += [PastEvents(Request(signal.name, own), told, (), grounds, str(error)) for own in sets]
            continue
        for own in sets:
            events = tuple(_raised(signal, history, own, days))
            found.append(PastEvents(Request(signal.name, own), told, events, grounds))
    return [_of(request, found) or PastEvents(request, told, (), grounds) for request in requests]


def closed_part(market: Market) -> Market:
    """Return `market` without the row of a session that is still open."""
    prices = market.prices
    if market.open_session is None or not len(prices.sessions) or prices.sessions[-1].item() != market.open_session:
        return market
    return replace(market, prices=prices.upto(market.open_session - timedelta(days=1)), open_session=None)


def recent(market: Market, signal: Signal, thresholds: Thresholds, sessions: int) -> Market:
    """Return the part of `market` that says of its last `sessions` what all of it would."""
    windows = [int(value) for value in signal.windows_of(thresholds).values() if not isinstance(value, str)]
    lookback = max([signal.needs.lookback_sessions, *windows])
    first = max(0, len(market.prices.sessions) - sessions - lookback - SETTLES_SESSIONS)
    cut = {name: values[first:] for name, values in market.prices.fields()}
    return replace(market, prices=Prices(market.prices.sessions[first:], market.prices.symbols, **cut))


def grounds_of(market: Market) -> Grounds:
    """Return what `market` rests on; covered are the symbols that have a close of its last session."""
    prices = market.prices
    last: date = prices.sessions[-1].item() if len(prices.sessions) else market.as_of.date()
    have = int(np.isfinite(prices.close[-1]).sum()) if len(prices.sessions) else 0
    return Grounds(
        session=last,
        as_of=market.as_of,
        source=market.source,
        basis=market.basis,
        coverage=Coverage(n=have, of=len(prices.symbols)),
        stale_sessions=sessions_since(market.calendar, last, market.as_of),
        labels=market.labels,
    )


def _scanned(market: Market, sessions: int) -> Iterator[date]:
    """Yield those of the last `sessions` of which enough bars have come: a scan refuses any other."""
    core, count = core_of(market), len(market.prices.sessions)
    for row in range(max(0, count - sessions), count):
        if not lacking(market, row, core):
            yield market.prices.sessions[row].item()


def _raised(signal: Signal, history: History, thresholds: Thresholds, days: Collection[date]) -> Iterator[Event]:
    if not days:
        return
    first = int(np.searchsorted(history.sessions, np.datetime64(min(days), "D")))
    for event in signal.events(history, thresholds, since=first):
        if event.session in days and not coverage_at(signal, history, thresholds, event).is_partial:
            yield plain(event)


def _of(request: Request, found: Sequence[PastEvents]) -> PastEvents | None:
    return next((past for past in found if past.request == request), None)
