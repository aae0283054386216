"""Paths: how closes went on after past events, session by session, beside how they went on after any session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from signals.definition import Signal
from signals.evidence import happened_in
from signals.inquiry import past_events
from signals.tally import day_of
from signals.types import FloatArray, History, Thresholds

LENGTH = 252
"""Sessions that a path is followed."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """How one symbol's closes went on.

    Attributes
    ----------
    days : tuple of date, length n
        The session of each event, oldest first.
    after : ndarray of float64, shape (n, L + 1)
        Change in per cent from the close of the event's session to that of so many sessions later; NaN where unknown.
    base : tuple of ndarray of float64, length L + 1
        The same after every session of which it is known, one array per distance.
    """

    days: tuple[date, ...]
    after: FloatArray
    base: tuple[FloatArray, ...]

    @property
    def running(self) -> int | None:
        """How many sessions the latest event lies back; None without an event, or where its path is complete."""
        if not self.days or np.isfinite(self.after[-1, -1]):
            return None
        known = np.flatnonzero(np.isfinite(self.after[-1]))
        return int(known[-1]) if len(known) else None

    def at(self, distance: int) -> FloatArray:
        """Return the known changes over `distance` sessions after events, without the one that is still running."""
        past = self.after[:-1] if self.running is not None else self.after
        changes = past[:, distance]
        return changes[np.isfinite(changes)]


def paths_after(closes: FloatArray, rows: Sequence[int], length: int = LENGTH) -> FloatArray:
    """Follow closes from each of `rows` on.

    ``path[i, k] = 100 * (close[rows[i] + k] / close[rows[i]] - 1)``

    Parameters
    ----------
    closes : ndarray of float64, shape (T,)
        Positive, NaN where missing.
    rows : sequence of int, length n
        Where the paths begin, within `closes`.
    length : int
        Sessions to follow.

    Returns
    -------
    ndarray of float64, shape (n, length + 1)
        Per cent; NaN where one of the two closes is missing or lies beyond the end.

    Examples
    --------
    >>> paths_after(np.array([100.0, 110.0, np.nan, 99.0]), [0, 1], 2).round(1)
    array([[  0.,  10.,  nan],
           [  0.,  nan, -10.]])
    """
    padded = np.concatenate([closes, np.full(length, np.nan)])
    starts = np.asarray(rows, dtype=np.int64)
    paths: FloatArray = 100.0 * (padded[starts[:, None] + np.arange(length + 1)] / closes[starts, None] - 1.0)
    return paths


def paths_of(
    signal: Signal, history: History, subject: str, event: str, thresholds: Thresholds, *, length: int = LENGTH
) -> Paths:
    """Follow the closes of `subject` after every past event of a kind, on closed sessions alone.

    Parameters
    ----------
    signal : Signal
        Who raises the event.
    history : History
        From `signals.inquiry.history_of`, with the same windows as `thresholds`.
    subject : str
        A symbol: whose closes are followed and, where the signal is about symbols, whose events.
    event : str
        Name of one of the signal's kinds.
    thresholds : mapping
        All of the signal's.
    length : int
        Sessions to follow.

    Returns
    -------
    Paths
        After n events; over a distance of k sessions they are the returns that `signals.evidence` counts over k.

    Raises
    ------
    UnknownSubject
        If the signal has no such kind of event, or there are no prices of `subject`.

    Notes
    -----
    A missing close makes the changes that start or end on it NaN; nothing is filled in.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> found = paths_of(CROSS, CROSS.history(_example(), thresholds), "STRL", "golden_cross", thresholds, length=2)
    >>> found.days, found.after.shape, [len(changes) for changes in found.base]
    ((datetime.date(2025, 7, 3),), (1, 3), [5, 4, 3])
    """
    market = history.market
    prices = market.prices.only([subject])
    if market.open_session is not None:
        prices = prices.upto(market.open_session - timedelta(days=1))
    found = past_events(signal, history, subject, event, thresholds)
    marked = happened_in(prices, found, kind=event)[:, 0]
    closes = prices.closes(market.basis)[:, 0]
    rows = np.flatnonzero(marked & np.isfinite(closes))
    base = [
        100.0 * (closes[distance:] / closes[: max(0, len(closes) - distance)] - 1.0) for distance in range(length + 1)
    ]
    return Paths(
        days=tuple(day_of(prices.sessions[row]) for row in rows),
        after=paths_after(closes, rows.tolist(), length),
        base=tuple(changes[np.isfinite(changes)] for changes in base),
    )
