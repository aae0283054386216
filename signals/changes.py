"""Changes between rows, as arrays, and the events they become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.definition import Signal
from signals.states import changed_to, latched
from signals.types import Event, FloatArray, History, IntArray, Scalar, Thresholds

NONE = -1
"""The neutral value of whole-number columns."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Events of one kind, still as arrays: where they are and what they say."""

    kind: str
    rows: IntArray
    subjects: IntArray
    values: Mapping[str, Sequence[Scalar]] = field(default_factory=dict)


def events_of(
    signal: Signal, history: History, thresholds: Thresholds, since: int, find: Callable[[int, int], Iterable[Found]]
) -> list[Event]:
    """Return the events of `signal` on closed rows from `since` on, by session, then subject, then kind.

    Parameters
    ----------
    signal : Signal
        Whose events they are.
    history : History
        Its history.
    thresholds : mapping
        All of the signal's.
    since : int
        First row looked at; negative counts from the end.
    find : callable
        ``find(first, until)``: what changed on rows `first` to `until` - 1.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> history = CROSS.history(_example(), thresholds)
    >>> found = Found("golden_cross", np.array([3]), np.array([0]), {"close": [8.0]})
    >>> [event.session.isoformat() for event in events_of(CROSS, history, thresholds, -2, lambda first, until: [found])]
    ['2025-07-03']
    """
    first = since if since >= 0 else max(0, len(history.sessions) + since)
    until = _closed_rows(history)
    return _spelled_out(find(first, until), history, thresholds, signal) if first < until else []


def crossings(
    series: FloatArray,
    level: tuple[float, float],
    kinds: tuple[str, str],
    rows: tuple[int, int],
    told: Callable[[IntArray], Mapping[str, Sequence[Scalar]]],
) -> Iterator[Found]:
    """Yield where the series of a signal's first subject came past a level, upward and then downward.

    Parameters
    ----------
    series : ndarray of float64, shape (T,)
        NaN where unknown: such a row keeps the side and raises nothing.
    level : tuple of float
        The level, and by how much it must be passed for the side to change.
    kinds : tuple of str
        The kind of event upward, and the one downward.
    rows : tuple of int
        The first row looked at, and the one behind the last.
    told : callable
        ``told(rows)``: the values of the events on those rows.

    Examples
    --------
    >>> series = np.array([1.0, 4.0, 3.9, 1.0])
    >>> found = crossings(series, (3.0, 0.5), ("up", "down"), (0, 4), lambda _: {})
    >>> [(each.kind, each.rows.tolist()) for each in found]
    [('up', [1]), ('down', [3])]
    """
    (limit, beyond), (first, until) = level, rows
    side = latched(series, limit + beyond, limit - beyond)
    for kind, value in zip(kinds, (1, -1), strict=True):
        at = np.flatnonzero(changed_to(side, value)[first:until]) + first
        yield Found(kind, at, np.zeros(len(at), dtype=np.int64), told(at))


def _closed_rows(history: History) -> int:
    """Return how many rows belong to closed sessions; the bar of an open one raises no event."""
    count = len(history.sessions)
    still_open = history.market.open_session
    if count and still_open is not None and history.sessions[-1] == np.datetime64(still_open, "D"):
        return count - 1
    return count


def _spelled_out(found: Iterable[Found], history: History, thresholds: Thresholds, signal: Signal) -> list[Event]:
    kinds = {kind.name: kind for kind in signal.kinds}
    days = history.sessions.tolist()
    order = {name: place for place, name in enumerate(kinds)}
    events: list[tuple[int, int, int, Event]] = []
    for group in found:
        own = {name: thresholds[name] for name in kinds[group.kind].thresholds}
        names = tuple(group.values)
        told = zip(*group.values.values(), strict=True)
        for row, n, values in zip(group.rows.tolist(), group.subjects.tolist(), told, strict=True):
            event = Event(
                signal=signal.name,
                kind=group.kind,
                subject=history.subjects[n],
                session=days[row],
                version=signal.version,
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
