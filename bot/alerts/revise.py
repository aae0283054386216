"""Do earlier events still hold in the bars as they are now? A source corrects its past, and a posted event may fall."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np

from signals.catalog import by_name
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import history_of
from signals.sessions import sessions_between
from signals.types import Calendar, Event, History, Market, Thresholds

LOOKED_BACK_SESSIONS = 20
"""Older events are left as they were told."""
UNKNOWN = "unknown"

Key = tuple[str, str, tuple[tuple[str, object], ...]]


def first_looked_back(calendar: Calendar, session: date) -> date:
    """Return the earliest session whose events are looked at again when `session` is scanned."""
    earlier = sessions_between(calendar, calendar.sessions[0].item(), session)
    first: date = earlier[-LOOKED_BACK_SESSIONS - 1 :][0].item()
    return first


def no_longer_holding(market: Market, posted: Iterable[Event]) -> Iterator[str]:
    """Yield the identities of those `posted` that the present bars do not show any more.

    Missing bars disprove nothing: an event whose row is unknown now is left standing, and so is one of another version
    of its formula.
    """
    last = market.prices.sessions[-1].item()
    alike: dict[Key, list[Event]] = defaultdict(list)
    for event in posted:
        signal = by_name(event.signal)
        if event.session <= last and event.version == signal.version:
            alone = event.subject if signal.subject_kind == "symbol" else ""
            alike[event.signal, alone, tuple(sorted(event.thresholds.items()))].append(event)
    for (name, subject, _), events in alike.items():
        yield from _fallen(by_name(name), subject, events, market)


def _fallen(signal: Signal, subject: str, events: Sequence[Event], market: Market) -> Iterator[str]:
    """Yield those of `events`, alike in thresholds (and, where the signal reads symbols, in subject), that are gone."""
    try:
        thresholds = signal.thresholds_with(dict(events[0].thresholds))
        history = history_of(signal, market, subject, thresholds)
    except SignalError:
        return  # nothing can be said of them now: the symbol is gone, or the bars are too few
    first = min(_row(history, event) for event in events)
    holding = {event.identity for event in signal.events(history, thresholds, since=first)}
    for event in events:
        if event.identity not in holding and _is_known(signal, history, event, thresholds):
            yield event.identity


def _row(history: History, event: Event) -> int:
    return int(np.searchsorted(history.sessions, np.datetime64(event.session, "D")))


def _is_known(signal: Signal, history: History, event: Event, thresholds: Thresholds) -> bool:
    row = _row(history, event)
    if row >= len(history.sessions) or history.sessions[row] != np.datetime64(event.session, "D"):
        return False
    try:
        reading = signal.reading(history, event.subject, thresholds, row)
    except SignalError:
        return False
    is_of_its_day = reading.session == event.session  # without a bar a reading falls back to the one before
    return is_of_its_day and reading.state != UNKNOWN and not reading.coverage.is_partial
