"""Rehearse a threshold: what the present value raised in the past beside what a proposed one would have raised."""

from __future__ import annotations

from collections import Counter, defaultdict

from bot.alerts.past import PastEvents
from bot.cards.rehearsal_data import Rehearsal, Side
from signals.catalog import by_name

SOON_SESSIONS = 5
"""The same kind of the same subject again within so many sessions is a repeat."""


def rehearse(present: PastEvents, proposed: PastEvents, name: str) -> Rehearsal:
    """Return the rehearsal of the threshold `name`; both were found in the same market and over the same sessions."""
    signal = by_name(present.request.signal)
    unit = next(threshold.unit for threshold in signal.thresholds if threshold.name == name)
    before, after = ({event.subject for event in past.events} for past in (present, proposed))
    return Rehearsal(
        signal=signal.name,
        name=name,
        unit=unit,
        present=side_of(present, name),
        proposed=side_of(proposed, name),
        kinds={kind.name: kind.title for kind in signal.kinds},
        first=present.sessions[0],
        last=present.sessions[-1],
        sessions=len(present.sessions),
        soon=SOON_SESSIONS,
        new=tuple(sorted(after - before)),
        gone=tuple(sorted(before - after)),
        grounds=present.grounds,
    )


def side_of(past: PastEvents, name: str) -> Side:
    """Return the counts of `past`, found with its value of the threshold `name`."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for event in past.events:
        counts[f"{event.session:%Y-%m}"][event.kind] += 1
    return Side(past.request.thresholds[name], {month: dict(kinds) for month, kinds in counts.items()}, repeats(past))


def repeats(past: PastEvents) -> int:
    """Count the events that follow one of the same kind and subject within `SOON_SESSIONS`."""
    place = {session: row for row, session in enumerate(past.sessions)}
    told: dict[tuple[str, str], int] = {}
    count = 0
    for event in past.events:
        about, row = (event.subject, event.kind), place[event.session]
        count += about in told and row - told[about] <= SOON_SESSIONS
        told[about] = row
    return count
