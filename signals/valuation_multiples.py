"""What a group of companies costs: price over earnings, sales or book, with loss-makers and without."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass

import numpy as np

from signals.types import BoolArray, FloatArray, IntArray

NOT_MEANINGFUL = "n.m."
"""What stands in the place of a ratio whose denominator is known and not above 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Multiples:
    """What a group cost, session by session.

    Attributes
    ----------
    of_all : ndarray of float64, shape (T,)
        Sum of market values / sum of amounts, losses included; NaN where unknown or not meaningful.
    without_losses : ndarray of float64, shape (T,)
        The same without the companies whose amount is below 0: the index providers' headline.
    is_meaningless, is_meaningless_without : ndarray of bool, shape (T,)
        Where the sum of amounts is known and not above 0.
    yield_pct : ndarray of float64, shape (T,)
        Sum of amounts / sum of market values, losses included, per cent; may be below 0; NaN where unknown.
    losing_weight_pct : ndarray of float64, shape (T,)
        Share of market value in companies whose amount is below 0, per cent; NaN where unknown.
    covered : ndarray of int64, shape (T,)
        Companies with both a market value and an amount.
    of : int
        Companies.
    """

    of_all: FloatArray
    without_losses: FloatArray
    is_meaningless: BoolArray
    is_meaningless_without: BoolArray
    yield_pct: FloatArray
    losing_weight_pct: FloatArray
    covered: IntArray
    of: int


def multiples(values: FloatArray, amounts: FloatArray) -> Multiples:
    """Compute price over an amount for a group, both ways.

    Parameters
    ----------
    values : ndarray of float64, shape (T, M)
        What each company is worth, US dollars; NaN, or not above 0, where unknown.
    amounts : ndarray of float64, shape (T, M)
        What it earns, sells, or its book value, US dollars; NaN where unknown.

    Returns
    -------
    Multiples
        Of the companies of which both are known, a session at a time. A company that earns exactly 0 makes no loss.

    Examples
    --------
    >>> found = multiples(np.array([[300.0, 100.0, 50.0]]), np.array([[20.0, -4.0, np.nan]]))
    >>> found.of_all, found.without_losses, found.losing_weight_pct, found.covered
    (array([25.]), array([15.]), array([25.]), array([2]))
    """
    is_known = (values > 0) & np.isfinite(values) & np.isfinite(amounts)
    worths, own = np.where(is_known, values, 0.0), np.where(is_known, amounts, 0.0)
    worth, amount = worths.sum(axis=1), own.sum(axis=1)
    losing = np.where(own < 0, worths, 0.0).sum(axis=1)
    worth_earning = np.where(own < 0, 0.0, worths).sum(axis=1)
    amount_earning = np.maximum(own, 0.0).sum(axis=1)
    covered = np.count_nonzero(is_known, axis=1)
    return Multiples(
        of_all=_over(worth, amount),
        without_losses=_over(worth_earning, amount_earning),
        is_meaningless=(covered > 0) & (amount <= 0),
        is_meaningless_without=(covered > 0) & (amount_earning <= 0),
        yield_pct=100.0 * _over(amount, worth),
        losing_weight_pct=100.0 * _over(losing, worth),
        covered=covered.astype(np.int64),
        of=values.shape[1],
    )


def discount_pct(small: FloatArray, large: FloatArray) -> FloatArray:
    """Return by how much small companies cost less than large ones: ``100 * (1 - small / large)``.

    Parameters
    ----------
    small, large : ndarray of float64, shape (T,)
        Multiples above 0; NaN where unknown or not meaningful.

    Returns
    -------
    ndarray of float64, shape (T,)
        Per cent, below 0 where small ones cost more; NaN where either is.

    Examples
    --------
    >>> discount_pct(np.array([18.0, np.nan]), np.array([24.0, 24.0]))
    array([25., nan])
    """
    return np.asarray(100.0 * (1.0 - small / large))


def risk_premium_points(earnings_yield_pct: FloatArray, ten_year_pct: FloatArray) -> FloatArray:
    """Return the forward earnings yield minus the 10-year Treasury yield, in points; NaN where either is.

    Examples
    --------
    >>> risk_premium_points(np.array([5.0]), np.array([4.25]))
    array([0.75])
    """
    return earnings_yield_pct - ten_year_pct


def percentiles_so_far(values: FloatArray) -> FloatArray:
    """Compute where each value stands among all up to it.

    ``100 * (lower + equal / 2) / (n - 1)``, counting the others of the n values so far: 0 the lowest, 100 the highest.

    Parameters
    ----------
    values : ndarray of float64, shape (T,)
        NaN where unknown.

    Returns
    -------
    ndarray of float64, shape (T,)
        0 to 100; NaN where the value is, and at the first one.

    Examples
    --------
    >>> percentiles_so_far(np.array([10.0, np.nan, 12.0, 11.0]))
    array([ nan,  nan, 100.,  50.])
    """
    found = np.full(len(values), np.nan)
    seen: list[float] = []
    for row in np.flatnonzero(np.isfinite(values)).tolist():
        value = float(values[row])
        insort(seen, value)
        others = len(seen) - 1
        if others:
            lower, upto = bisect_left(seen, value), bisect_right(seen, value)
            found[row] = 100.0 * (lower + (upto - lower - 1) / 2) / others
    return found


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.asarray(above / np.where(below > 0, below, np.nan))
