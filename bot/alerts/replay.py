"""Every event of a span of past sessions, as the live bot would have found them one session at a time.

The live bot at session t computes a history of rows up to t and asks for the events of row t. Histories look at no
later row (``history(prices[:t]) == history(prices)[:t]``, the property every signal is tested for) and neither do
events, so one history of the whole span holds the same events at the same rows. Asking once instead of ten thousand
times is what makes a replay of forty years take seconds; a test compares it with scans of truly cut markets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from bot.alerts.scan import Request, plain, shared_windows
from signals.catalog import whole_history
from signals.inquiry import coverage_at
from signals.types import Event, Market


def replay(market: Market, requests: Sequence[Request], *, start: date, end: date) -> Iterator[Event]:
    """Yield the events of the sessions from `start` to `end`, by session; each identity once."""
    found: dict[str, Event] = {}
    for signal, sets in shared_windows(requests):
        history = whole_history(signal, market, sets[0])
        first = int(np.searchsorted(history.sessions, np.datetime64(start, "D")))
        for thresholds in sets:
            for event in signal.events(history, thresholds, since=first):
                if event.session <= end and not coverage_at(signal, history, thresholds, event).is_partial:
                    found.setdefault(event.identity, plain(event))
    yield from sorted(found.values(), key=lambda event: event.session)
