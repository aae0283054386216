"""What companies owe against what they earn and own: net debt/EBITDA, its median, debt/equity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Ratios:
    """A ratio of each company.

    Attributes
    ----------
    values : ndarray of float64
        NaN where unknown or not meaningful.
    is_meaningless : ndarray of bool, the same shape
        Whether the denominator is known and not above 0.
    """

    values: FloatArray
    is_meaningless: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class MedianDebt:
    """Net debt/EBITDA of the company in the middle of a group, session by session.

    Attributes
    ----------
    median : ndarray of float64, shape (T,)
        Of `counted` companies; of an even number the mean of the middle two; NaN where there is none.
    counted, meaningless, unknown : ndarray of int64, shape (T,)
        Companies with a ratio, with an EBITDA of 0 or less (not meaningful), and with a part that is missing.
    financials : int
        Companies left out because debt is their trade; the other three add up to the rest.
    """

    median: FloatArray
    counted: IntArray
    meaningless: IntArray
    unknown: IntArray
    financials: int


def net_debt_to_ebitda(debt: FloatArray, cash: FloatArray, ebitda: FloatArray) -> Ratios:
    """Return ``(debt - cash) / EBITDA``; below 0 where there is more cash than debt.

    Parameters
    ----------
    debt, cash, ebitda : ndarray of float64, of one shape
        US dollars, EBITDA over twelve months; NaN where unknown.

    Returns
    -------
    Ratios
        Not meaningful where EBITDA is not above 0, whatever is owed.

    Examples
    --------
    >>> found = net_debt_to_ebitda(np.array([50.0, 50.0]), np.array([10.0, 10.0]), np.array([20.0, -5.0]))
    >>> found.values, found.is_meaningless
    (array([ 2., nan]), array([False,  True]))
    """
    return _ratios(debt - cash, ebitda)


def debt_to_equity(debt: FloatArray, equity: FloatArray) -> Ratios:
    """Return ``debt / equity``.

    Parameters
    ----------
    debt, equity : ndarray of float64, of one shape
        US dollars; NaN where unknown.

    Returns
    -------
    Ratios
        Not meaningful where equity is not above 0, whatever is owed.

    Examples
    --------
    >>> found = debt_to_equity(np.array([50.0, 50.0]), np.array([100.0, -20.0]))
    >>> found.values, found.is_meaningless
    (array([0.5, nan]), array([False,  True]))
    """
    return _ratios(debt, equity)


def median_debt(debt: FloatArray, cash: FloatArray, ebitda: FloatArray, *, is_financial: BoolArray) -> MedianDebt:
    """Compute the median of net debt/EBITDA over a group.

    Parameters
    ----------
    debt, cash, ebitda : ndarray of float64, shape (T, M)
        See `net_debt_to_ebitda`.
    is_financial : ndarray of bool, shape (M,)
        Banks, insurers and the like: left out.

    Returns
    -------
    MedianDebt
        A session at a time.

    Examples
    --------
    >>> owed, held, made = np.array([[30.0, 9.0, 8.0, 5.0]]), np.zeros((1, 4)), np.array([[10.0, 9.0, -1.0, 1.0]])
    >>> found = median_debt(owed, held, made, is_financial=np.array([False, False, False, True]))
    >>> found.median, found.counted, found.meaningless, found.financials
    (array([2.]), array([2]), array([1]), 1)
    """
    kept = ~is_financial
    ratios = net_debt_to_ebitda(debt[:, kept], cash[:, kept], ebitda[:, kept])
    ordered = np.sort(ratios.values, axis=1)  # what is missing comes last
    counted = np.count_nonzero(np.isfinite(ordered), axis=1)
    meaningless = np.count_nonzero(ratios.is_meaningless, axis=1)
    median = np.full(len(debt), np.nan)
    rows = np.flatnonzero(counted)
    upper, lower = counted[rows] // 2, (counted[rows] - 1) // 2
    median[rows] = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return MedianDebt(
        median=median,
        counted=counted.astype(np.int64),
        meaningless=meaningless.astype(np.int64),
        unknown=(kept.sum() - counted - meaningless).astype(np.int64),
        financials=int(is_financial.sum()),
    )


def _ratios(above: FloatArray, below: FloatArray) -> Ratios:
    return Ratios(above / np.where(below > 0, below, np.nan), np.asarray(below <= 0))
