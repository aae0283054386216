"""Equal-weighted baskets as arrays: who belongs to each session by session, and what each earns from close to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.facts import Theme
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

LEAST_MEMBERS = 3
"""A basket of fewer members is no basket: before so many were known, all of them are looked at in hindsight."""
BASE = 100.0
"""Level of a basket before its first step."""


@dataclass(frozen=True, slots=True, eq=False)
class Membership:
    """Who belongs to which of K baskets, session by session; M counts a member of two baskets twice.

    Attributes
    ----------
    symbols : tuple of str, length M
        The members, basket after basket.
    basket_of : ndarray of int64, shape (M,)
        The basket each belongs to, 0 to K - 1.
    is_dated : ndarray of bool, shape (T, M)
        Whether its date has come.
    is_member : ndarray of bool, shape (T, M)
        Whether it is part of the basket; where `hindsight`, all of them are.
    hindsight : ndarray of bool, shape (T, K)
        Whether fewer than `LEAST_MEMBERS` were known.
    """

    symbols: tuple[str, ...]
    basket_of: IntArray
    is_dated: BoolArray
    is_member: BoolArray
    hindsight: BoolArray

    def counted(self, flags: BoolArray) -> IntArray:
        """Return how many cells of `flags`, shape (T, M), are true in each basket, shape (T, K)."""
        counts = np.zeros(self.hindsight.shape, dtype=np.int64)
        for column, basket in enumerate(self.basket_of):
            counts[:, basket] += flags[:, column]
        return counts


def membership(themes: Sequence[Theme], sessions: SessionArray) -> Membership:
    """Return who belongs to each of `themes` in each session.

    A basket is made of the members whose date is on or before the session. Where fewer than three are, it is made of
    all that are ever listed, and the row is marked: nobody knew them then.

    Parameters
    ----------
    themes : sequence of Theme, length K
        Their members with their dates.
    sessions : ndarray of datetime64[D], shape (T,)
        Strictly increasing.

    Returns
    -------
    Membership
        Row t depends on session t alone.

    Examples
    --------
    >>> from datetime import date
    >>> from signals.facts import Member
    >>> members = tuple(Member(symbol, date(2025, 7, 1)) for symbol in "ABC") + (Member("D", date(2025, 7, 2)),)
    >>> days = np.array(["2025-06-30", "2025-07-01", "2025-07-02"], "M8[D]")
    >>> known = membership([Theme("chips", "Chips", members)], days)
    >>> known.hindsight.ravel(), known.is_member.sum(axis=1)
    (array([ True, False, False]), array([4, 3, 4]))
    """
    listed = [(basket, member) for basket, theme in enumerate(themes) for member in theme.members]
    since = np.array([member.since for _, member in listed], dtype="datetime64[D]")
    basket_of = np.array([basket for basket, _ in listed], dtype=np.int64)
    is_dated = since <= sessions[:, None]
    known = np.zeros((len(sessions), len(themes)), dtype=np.int64)
    for column, basket in enumerate(basket_of):
        known[:, basket] += is_dated[:, column]
    hindsight = known < LEAST_MEMBERS
    symbols = tuple(member.symbol for _, member in listed)
    return Membership(symbols, basket_of, is_dated, is_dated | hindsight[:, basket_of], hindsight)


def basket_steps(closes: FloatArray, members: Membership, sessions: SessionArray) -> FloatArray:
    """Compute what each basket earned from the close before to each close.

    ``step[t] = sum(w[i] * (close[t, i] / close[t - 1, i] - 1)) / sum(w[i])`` over the members of row t with both
    closes. The weights are equal at the last close of a month and drift with the prices until the next.

    Parameters
    ----------
    closes : ndarray of float64, shape (T, M)
        Of the members, NaN where missing.
    members : Membership
        Of the same sessions.
    sessions : ndarray of datetime64[D], shape (T,)
        They tell where a month begins.

    Returns
    -------
    ndarray of float64, shape (T, K)
        A fraction. NaN on row 0 and wherever no member has both closes.

    Notes
    -----
    Row t uses rows up to t only. A member that lacks one of the two closes is left out of that step, and its weight
    does not move; one that joins during a month joins with the weight of the month's start.

    References
    ----------
    Ours.

    Examples
    --------
    >>> from datetime import date
    >>> from signals.facts import Member
    >>> days = np.array(["2025-06-27", "2025-06-30", "2025-07-01"], "M8[D]")
    >>> chips = Theme("chips", "Chips", tuple(Member(symbol, date(2025, 1, 1)) for symbol in "ABC"))
    >>> closes = np.array([[10.0, 10.0, 10.0], [20.0, 10.0, 10.0], [20.0, 20.0, np.nan]])
    >>> basket_steps(closes, membership([chips], days), days).round(3).ravel()
    array([  nan, 0.333, 0.5  ])
    """
    relatives = np.full(closes.shape, np.nan)
    np.divide(closes[1:], closes[:-1], out=relatives[1:])
    counts = members.is_member & np.isfinite(relatives)
    relatives[~counts] = 1.0
    weights = _drifted(relatives, sessions) * counts
    gained, total = (np.zeros(members.hindsight.shape) for _ in range(2))
    for column, basket in enumerate(members.basket_of):  # one column after the other: the same bits however many rows
        gained[:, basket] += weights[:, column] * (relatives[:, column] - 1.0)
        total[:, basket] += weights[:, column]
    steps = np.full(total.shape, np.nan)
    np.divide(gained, total, out=steps, where=total > 0)
    return steps


def basket_levels(steps: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Chain steps to levels that begin at 100.

    Parameters
    ----------
    steps : ndarray of float64, shape (T, K)
        Fractions, NaN where unknown.

    Returns
    -------
    level : ndarray of float64, shape (T, K)
        NaN where the step to it is unknown.
    chained : ndarray of float64, shape (T, K)
        The same, an unknown step leaving it where it was.
    unknown : ndarray of int64, shape (T, K)
        How many steps up to the row were unknown: a return over rows of which this differs is unknown.

    Examples
    --------
    >>> level, chained, unknown = basket_levels(np.array([[np.nan], [0.5], [np.nan], [0.1]]))
    >>> level.ravel(), chained.ravel(), unknown.ravel()
    (array([ nan, 150.,  nan, 165.]), array([100., 150., 150., 165.]), array([1, 1, 2, 2]))
    """
    is_unknown = np.isnan(steps)
    chained: FloatArray = BASE * np.asarray(
        np.cumprod(np.where(is_unknown, 1.0, 1.0 + steps), axis=0), dtype=np.float64
    )
    return np.where(is_unknown, np.nan, chained), chained, np.cumsum(is_unknown, axis=0)


def chained_returns(chained: FloatArray, unknown: NDArray[Any], starts: IntArray) -> FloatArray:
    """Return the change since each row of `starts`, in per cent; NaN where a step between is unknown.

    Parameters
    ----------
    chained, unknown : ndarray, shape (T, K)
        From `basket_levels`.
    starts : ndarray of int64, shape (T,)
        A row each, negative where there is none.

    Returns
    -------
    ndarray of float64, shape (T, K)
        In per cent.

    Examples
    --------
    >>> _, chained, unknown = basket_levels(np.array([[np.nan], [0.5], [np.nan], [0.1]]))
    >>> chained_returns(chained, unknown, np.array([-1, 0, 1, 2])).round(9).ravel()
    array([nan, 50., nan, 10.])
    """
    returns = np.full(chained.shape, np.nan)
    rows = np.flatnonzero(starts >= 0)
    change = 100.0 * (chained[rows] / chained[starts[rows]] - 1.0)
    returns[rows] = np.where(unknown[rows] == unknown[starts[rows]], change, np.nan)
    return returns


def _drifted(relatives: FloatArray, sessions: SessionArray) -> FloatArray:
    """Return each weight before the step of its row: 1 at the last close of a month, then moving with the price."""
    weights = np.ones(relatives.shape)
    month = sessions.astype("datetime64[M]")
    firsts = np.flatnonzero(month[1:] != month[:-1]) + 1
    for first, end in zip([0, *firsts], [*firsts, len(sessions)], strict=True):
        np.cumprod(relatives[first : end - 1], axis=0, out=weights[first + 1 : end])
    return weights
