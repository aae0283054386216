"""Purchases and sales of insiders in the days up to each session: how many, by how many people, for how much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from signals.facts import Facts
from signals.insider_facts import InsiderTrades
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

WINDOW_DAYS = 90
COVERED_WITHIN_DAYS = 7
"""Forms read up to so many days before a session count as read: a weekend and holidays lie between two readings."""
_CENTS = 100.0


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Some lines of forms, and on which rows of some sessions each counts: from `start` to `end` - 1.

    Attributes
    ----------
    lines : ndarray of int64, shape (K,)
        Which rows of the trades.
    start, end : ndarray of int64, shape (K,)
        `start` < `end`; a line that never counts is left out.
    is_replaced : ndarray of bool, shape (K,)
        It ends because an amendment replaced it, not because of its age.
    """

    lines: IntArray
    start: IntArray
    end: IntArray
    is_replaced: BoolArray


def spells_of(trades: InsiderTrades, which: BoolArray, sessions: SessionArray, days: int = WINDOW_DAYS) -> Spells:
    """Return when some lines count: from the day they were filed on, until `days` after the trade or an amendment.

    Parameters
    ----------
    trades : InsiderTrades
        R lines.
    which : ndarray of bool, shape (R,)
        Those that are asked about.
    sessions : ndarray of datetime64[D], shape (T,)
        Strictly increasing.
    days : int
        Calendar days, the session's own among them.

    Examples
    --------
    >>> from signals.insiders import _example
    >>> market = _example()
    >>> trades = market.facts.insiders
    >>> spells = spells_of(trades, trades.is_purchase, market.prices.sessions)
    >>> spells.start.tolist(), spells.end.tolist()
    ([2, 3], [5, 5])
    """
    lines = np.flatnonzero(which)
    start = np.searchsorted(sessions, trades.filed[lines], side="left")
    traded = np.minimum(trades.traded[lines], trades.filed[lines])  # forms hold slips of the pen, such as 2205
    aged = np.searchsorted(sessions, traded + np.timedelta64(days, "D"), side="left")
    replaced = np.searchsorted(sessions, trades.replaced[lines], side="left")  # NaT stands behind every day
    end = np.minimum(aged, replaced)
    counts = start < end
    return Spells(lines[counts], start[counts], end[counts], (replaced < aged)[counts])


def counted(
    trades: InsiderTrades, spells: Spells, places: IntArray, sessions: SessionArray, weights: IntArray | None = None
) -> IntArray:
    """Return how many lines of some companies count at each session, or the sum of their weights.

    Parameters
    ----------
    places : ndarray of int64, shape (M,)
        Companies, by `InsiderTrades.company_of`; -1 is nobody.
    weights : ndarray of int64, shape (K,), optional
        One for each of the `spells`.

    Returns
    -------
    ndarray of int64, shape (T, M)
        Exact: sums of whole numbers do not drift.

    Examples
    --------
    >>> from signals.insiders import _example
    >>> market = _example()
    >>> trades, sessions = market.facts.insiders, market.prices.sessions
    >>> counted(trades, spells_of(trades, trades.is_purchase, sessions), np.array([0]), sessions).ravel()
    array([0, 0, 1, 2, 2])
    """
    own, back = np.unique(places, return_inverse=True)
    columns = np.full(len(trades.companies) + 1, -1, dtype=np.int64)  # the last one is nobody's
    columns[own] = np.arange(len(own))
    columns[-1] = -1
    of_line = columns[trades.company[spells.lines]]
    asked = of_line >= 0
    worth = np.ones(len(of_line), dtype=np.int64) if weights is None else weights
    steps = np.zeros((len(sessions) + 1, len(own)), dtype=np.int64)
    np.add.at(steps, (spells.start[asked], of_line[asked]), worth[asked])
    np.subtract.at(steps, (spells.end[asked], of_line[asked]), worth[asked])
    return np.cumsum(steps[:-1], axis=0)[:, back.ravel()]


def one_of_each(trades: InsiderTrades, spells: Spells, rows: int) -> Spells:
    """Return the spells of people: those of one person in one company that touch become one.

    Parameters
    ----------
    rows : int
        How many sessions there are.

    Examples
    --------
    >>> from signals.insiders import _example
    >>> market = _example()
    >>> trades, sessions = market.facts.insiders, market.prices.sessions
    >>> people = one_of_each(trades, spells_of(trades, trades.is_purchase, sessions), len(sessions))
    >>> people.start.tolist(), people.end.tolist()
    ([2], [5])
    """
    lines = spells.lines
    who = trades.company[lines] * (len(trades.people) + 1) + trades.person[lines]
    order = np.lexsort((spells.start, who))
    _, group = np.unique(who[order], return_inverse=True)
    apart = group * (rows + 1)
    start, end = spells.start[order] + apart, np.maximum.accumulate(spells.end[order] + apart)
    is_first = np.ones(len(start), dtype=np.bool_)
    is_first[1:] = start[1:] > end[:-1]
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(start))[: len(firsts)] - 1
    return Spells(
        lines[order][firsts], (start - apart)[firsts], (end - apart)[lasts], np.zeros(len(firsts), dtype=np.bool_)
    )


def cents(trades: InsiderTrades, spells: Spells) -> IntArray:
    """Return what each of some lines is worth in cents, 0 where that is not stated."""
    return np.rint(np.nan_to_num(trades.dollars[spells.lines]) * _CENTS).astype(np.int64)


def is_covered(trades: InsiderTrades, places: IntArray, sessions: SessionArray, days: int = WINDOW_DAYS) -> BoolArray:
    """Return whether all forms of some companies are there of the `days` up to each session, shape (T, M).

    Forms read to within a week of the session are enough.

    Examples
    --------
    >>> from signals.insiders import _example
    >>> market = _example()
    >>> is_covered(market.facts.insiders, np.array([0, -1]), market.prices.sessions[-1:])
    array([[ True, False]])
    """
    first, last = trades.spans[places].reshape(-1, 2).T
    since = sessions[:, None] - np.timedelta64(days - 1, "D")
    read = sessions[:, None] - np.timedelta64(COVERED_WITHIN_DAYS, "D")
    return np.asarray((first <= since) & (last >= read))


def purchases_in(
    facts: Facts, symbols: Sequence[str] | str, sessions: SessionArray, days: int = WINDOW_DAYS
) -> FloatArray:
    """Return how many purchases insiders made in the days up to each session, by what was filed by then.

    Parameters
    ----------
    facts : Facts
        Its `insiders`.
    symbols : sequence of str, length M, or str
        Whose.
    sessions : ndarray of datetime64[D], shape (T,)
        Strictly increasing.
    days : int
        Calendar days, the session's own among them, counted by the day of the trade.

    Returns
    -------
    ndarray of float64, shape (T, M)
        Lines of Form 4 and 5 with code P. NaN where nothing is known: 0 takes all forms of those days.

    Examples
    --------
    >>> from signals.insiders import _example
    >>> market = _example()
    >>> purchases_in(market.facts, ["AGX", "NONE"], market.prices.sessions[1:4])
    array([[ 0., nan],
           [ 1., nan],
           [ 2., nan]])
    """
    asked = [symbols] if isinstance(symbols, str) else symbols
    trades = facts.insiders
    if trades is None:
        return np.full((len(sessions), len(asked)), np.nan)
    places = np.array([trades.company_of(symbol) for symbol in asked], dtype=np.int64)
    found = counted(trades, spells_of(trades, trades.is_purchase, sessions, days), places, sessions)
    return known_or_none(found, is_covered(trades, places, sessions, days))


def known_or_none(found: IntArray, covered: BoolArray) -> FloatArray:
    """Return counts as numbers; where not all forms are there, 0 is not known."""
    return np.where(covered | (found > 0), found.astype(np.float64), np.nan)
