"""What insiders did that somebody may want to hear of: a purchase was filed, several people bought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from signals.changes import NONE, Found
from signals.definition import EventKind, Threshold
from signals.insider_counts import cents, counted, is_covered, one_of_each, spells_of
from signals.insider_facts import InsiderTrades
from signals.telling import scalar
from signals.types import History, IntArray, Scalar, SessionArray, Thresholds

CLUSTER_DAYS = 30
_BEFORE_AND_AFTER = 2
THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "least_usd", "limit", "dollars", 10_000.0, 0.0, 500_000.0, "smallest sum that purchases filed in a session tell"
    ),
    Threshold("cluster_buyers", "limit", "people", 3, 2, 20, "as many buyers in 30 days are told together"),
)
KINDS: tuple[EventKind, ...] = (
    EventKind("insider_cluster", "Several insiders bought", "enough of them bought in 30 days", ("cluster_buyers",), 4),
    EventKind("insider_purchase", "Insider purchase", "a form of a purchase was filed", ("least_usd",), 3),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Lately:
    """The sessions with prices that are looked at, the one before them first, and who belongs to a company."""

    trades: InsiderTrades
    rows: IntArray
    sessions: SessionArray
    members: dict[int, list[int]]


def find(history: History, thresholds: Thresholds, *, since: int, until: int) -> Iterator[Found]:
    """Yield the purchases told by forms that came to be known on rows `since` to `until` - 1.

    Parameters
    ----------
    history : History
        From `signals.insiders.history`.
    thresholds : mapping
        All of them.
    since, until : int
        Rows, counted from the start.

    Notes
    -----
    A form counts in the first session with prices from its day on. What an amendment replaces is taken off what it
    says: it tells only what is new in it. The first session of all tells nothing: its forms may be old. That several
    people bought is told where all forms of the days before are here.

    Examples
    --------
    >>> from signals.insiders import _example, history
    >>> limits = {"least_usd": 0.0, "cluster_buyers": 2}
    >>> [(each.kind, each.rows.tolist()) for each in find(history(_example(), {}), limits, since=0, until=5)]
    [('insider_purchase', [2, 3]), ('insider_cluster', [])]
    """
    trades = history.market.facts.insiders
    seen = history["seen"][:, 0]
    rows = np.unique(seen[max(0, since - 1) : until])
    rows = rows[rows != NONE]
    if trades is None or len(rows) < _BEFORE_AND_AFTER:
        return
    members: dict[int, list[int]] = defaultdict(list)
    for place, symbol in enumerate(history.subjects[1:], start=1):
        if (company := trades.company_of(symbol)) != NONE:
            members[company].append(place)
    lately = _Lately(trades, rows, history.sessions[rows], members)
    yield _purchases(lately, float(thresholds["least_usd"]))
    yield _clusters(lately, int(thresholds["cluster_buyers"]))


def _purchases(lately: _Lately, least_usd: float) -> Found:
    trades, sessions = lately.trades, lately.sessions
    spells = spells_of(trades, trades.is_purchase, sessions)
    worth = cents(trades, spells)
    news: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k in np.flatnonzero(spells.start > 0).tolist():
        news[int(spells.start[k]), int(trades.company[spells.lines[k]])].append(k)
    replaced: dict[tuple[int, int], list[int]] = defaultdict(list)
    for k in np.flatnonzero(spells.is_replaced & (spells.end < len(sessions))).tolist():
        replaced[int(spells.end[k]), int(trades.company[spells.lines[k]])].append(k)
    told: list[tuple[int, int, dict[str, Scalar]]] = []
    for (row, company), own in sorted(news.items()):
        old = replaced.get((row, company), [])
        usd = (int(worth[own].sum()) - int(worth[old].sum())) / 100
        if len(own) > len(old) and usd >= least_usd:
            values = _values(trades, spells.lines[own], len(own) - len(old), usd)
            told += [(int(lately.rows[row]), place, values) for place in lately.members.get(company, ())]
    return _gathered("insider_purchase", told)


def _values(trades: InsiderTrades, lines: IntArray, count: int, usd: float) -> dict[str, Scalar]:
    dollars = np.nan_to_num(trades.dollars[lines], nan=-1.0)
    largest = int(lines[int(np.argmax(dollars))])
    return {
        "purchases": count,
        "buyers": len(np.unique(trades.person[lines])),
        "purchase_usd": usd if np.isfinite(trades.dollars[lines]).any() else None,
        "unpriced": int(np.isnan(trades.dollars[lines]).sum()),
        "owner": trades.people[trades.person[largest]],
        "role": trades.roles[trades.role[largest]] or None,
        "shares": scalar(trades.shares[largest]),
        "price_usd": scalar(trades.price_usd[largest]),
        "traded": str(trades.traded[largest]),
        "filed": str(trades.filed[largest]),
    }


def _clusters(lately: _Lately, least: int) -> Found:
    trades, sessions = lately.trades, lately.sessions
    people = one_of_each(trades, spells_of(trades, trades.is_purchase, sessions, CLUSTER_DAYS), len(sessions))
    stirred = np.unique(trades.company[people.lines[people.start > 0]])
    buyers = counted(trades, people, stirred, sessions)
    # While older forms are still to be read, nobody knows that fewer had bought before.
    were_fewer = (buyers[:-1] < least) & is_covered(trades, stirred, sessions[:-1], CLUSTER_DAYS)
    became = (buyers[1:] >= least) & were_fewer
    told: list[tuple[int, int, dict[str, Scalar]]] = []
    for row, n in np.argwhere(became).tolist():
        values: dict[str, Scalar] = {"buyers": int(buyers[row + 1, n]), "days": CLUSTER_DAYS}
        members = lately.members.get(int(stirred[n]), ())
        told += [(int(lately.rows[row + 1]), place, values) for place in members]
    return _gathered("insider_cluster", told)


def _gathered(kind: str, told: list[tuple[int, int, dict[str, Scalar]]]) -> Found:
    names = told[0][2] if told else {}
    rows, places = (np.array([each[part] for each in told], dtype=np.int64) for part in (0, 1))
    return Found(kind, rows, places, {name: [values[name] for _, _, values in told] for name in names})
