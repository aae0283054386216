"""Changes between rows, as arrays, and the events they become."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.definition import EventKind
from signals.types import Event, History, IntArray, Scalar, Thresholds

NONE = -1
"""The neutral value of whole-number columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Events of one kind, still as arrays: where they are and what they say."""

    kind: str
    rows: IntArray
    subjects: IntArray
    values: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)


def closed_rows(history: History) -> int:
    """Return how many rows belong to closed sessions; the bar of an open one raises no event."""
    count = len(history.sessions)
    still_open = history.market.open_session
    if count and still_open is not None and history.sessions[-1] == np.datetime64(still_open, "D"):
        return count - 1
    return count


def spell_out(
    found: Iterable[Found],
    history: History,
    thresholds: Thresholds,
    *,
    signal: str,
    version: int,
    kinds: Mapping[str, EventKind],
) -> list[Event]:
    """Turn what was found into events, by session, then subject, then kind."""
    days = history.sessions.tolist()
    order = {name: place for place, name in enumerate(kinds)}
    events: list[tuple[int, int, int, Event]] = []
    for group in found:
        own = {name: thresholds[name] for name in kinds[group.kind].thresholds}
        names = tuple(group.values)
        told = zip(*group.values.values(), strict=True)
        for row, n, values in zip(group.rows.tolist(), group.subjects.tolist(), told, strict=True):
            event = Event(
                signal=signal,
                kind=group.kind,
                subject=history.subjects[n],
                session=days[row],
                version=version,
                thresholds=own,
                values=dict(zip(names, values, strict=True)),
            )
            events.append((row, n, order[group.kind], event))
    return [event for *_, event in sorted(events, key=lambda entry: entry[:3])]


def plain(values: NDArray[Any]) -> list[Scalar]:
    """Return Python numbers, None for NaN and for the neutral value of whole-number columns."""
    if values.dtype.kind == "f":
        return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN is unlike itself
    return [None if value == NONE else value for value in values.tolist()]
