"""The first merger filing that names a symbol."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from signals.changes import NONE, Found
from signals.deal_facts import DealFiling
from signals.deal_values import LOOK_BACK_DAYS
from signals.definition import EventKind
from signals.types import History, Scalar

KINDS: tuple[EventKind, ...] = (
    EventKind("merger_filed", "Merger filing", "a merger filing names it, the first in 365 days", (), 4),
)


def find(history: History, *, since: int, until: int) -> Iterator[Found]:
    """Yield the first filings that came to be known on rows `since` to `until` - 1.

    Parameters
    ----------
    history : History
        From `signals.deals.history`.
    since, until : int
        Rows, counted from the start.

    Notes
    -----
    A filing counts in the first session with prices from its day on. The first session of all tells nothing: its
    filings may be old.

    Examples
    --------
    >>> from signals.deals import _example, history
    >>> [(each.kind, each.rows.tolist()) for each in find(history(_example(), {}), since=0, until=5)]
    [('merger_filed', [3])]
    """
    deals = history.market.facts.deals
    rows = np.unique(history["seen"][max(0, since - 1) : until, 0])
    rows = rows[rows != NONE]
    if deals is None or len(rows) < 1:
        return
    sessions = history.sessions[rows]
    places = {symbol: place for place, symbol in enumerate(history.subjects[1:], start=1)}
    latest: dict[str, date] = {}
    told: dict[tuple[int, int], DealFiling] = {}
    for filing in deals.filings:
        place = places.get(filing.symbol)
        if place is None:
            continue
        before = latest.get(filing.symbol, date.min)
        latest[filing.symbol] = filing.filed
        row = int(np.searchsorted(sessions, np.datetime64(filing.filed, "D")))
        is_first = before < filing.filed and (filing.filed - before) >= timedelta(days=LOOK_BACK_DAYS)
        if is_first and 0 < row < len(rows):
            told.setdefault((int(rows[row]), place), filing)
    names = sorted(told)
    yield Found(
        "merger_filed",
        np.array([row for row, _ in names], dtype=np.int64),
        np.array([place for _, place in names], dtype=np.int64),
        _values([told[name] for name in names]),
    )


def _values(filings: list[DealFiling]) -> dict[str, list[Scalar]]:
    return {
        "form": [each.form for each in filings],
        "company": [each.company for each in filings],
        "filed": [each.filed.isoformat() for each in filings],
    }
