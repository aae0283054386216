"""The interval of a difference: blocks of sessions drawn at random, widened for how few independent ones there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from signals.errors import UnalignedInput
from signals.types import FloatArray, IntArray

RESAMPLES = 10_000
SEED = 20_250_930
CONFIDENCE = 0.95
OVERLAP_GAIN = 2.0
"""Degrees of freedom of overlapping blocks, as a multiple of those of disjoint ones."""
FEWEST_BLOCKS = 3
"""With fewer blocks than this in the sample there is no interval at all."""

_NORMAL_POINT = 1.959963984540054
_MOST_FREEDOM = 1_000.0
_DRAWS_AT_ONCE = 1 << 19


@dataclass(frozen=True, slots=True)
class Spread:
    """How uncertain an estimate is.

    Attributes
    ----------
    error : float
        Standard error, in the unit of the estimate; NaN where it is unknown.
    freedom : float
        Effective degrees of freedom, 1 to 1,000.
    """

    error: float
    freedom: float

    @property
    def margin(self) -> float:
        """Half the width of the 95 % interval."""
        return student_point(self.freedom) * self.error

    def p_value(self, estimate: float) -> float:
        """Return how often chance alone is at least as far from 0 as `estimate` (two-sided); 1 where it is unknown."""
        if not self.error > 0:
            return 1.0
        return student_tail(abs(estimate) / self.error, self.freedom)


UNKNOWN_SPREAD = Spread(float("nan"), 1.0)


def block_spreads(
    ledgers: FloatArray, block: int, *, resamples: int = RESAMPLES, seed: int = SEED
) -> tuple[Spread, ...]:
    """Measure the spread of the sum of each ledger by a moving-block bootstrap.

    Blocks of `block` successive sessions, wrapped round the end, are drawn with replacement until they fill the sample,
    and summed; this is done `resamples` times. The 95 % point of the absolute deviations, over 1.96, times
    ``sqrt(k / (k - 1))`` for the ``k = T / block`` blocks around one estimated mean, is the standard error. It goes
    with Student's t on

    ``freedom = 2 * k * mean(v)**2 / mean(v**2)``

    degrees, where v is the sum of squares in a block (Satterthwaite): a ledger that earns all its uncertainty in a few
    blocks has few degrees. The 2 is measured: overlapping blocks carry about 1.5 times what disjoint ones do, and fat
    tails make v noisier than the variance it stands for.

    Parameters
    ----------
    ledgers : ndarray of float64, shape (H, T)
        Contributions of each session to H estimates; a row sums to about 0. No NaN.
    block : int
        Sessions in a block, the horizon of the estimates.
    resamples : int
        How often the sample is drawn anew.
    seed : int
        Seed of the generator: the same input gives the same interval.

    Returns
    -------
    tuple of Spread, length H
        `UNKNOWN_SPREAD` where the sample holds fewer than three blocks or nothing varies.

    Raises
    ------
    UnalignedInput
        If `ledgers` is not two-dimensional or `block` is below 1.

    References
    ----------
    H. R. Künsch, The jackknife and the bootstrap for general stationary observations, Annals of Statistics 17, 1989.
    D. N. Politis and J. P. Romano, A circular block-resampling procedure for stationary data, 1992.
    F. E. Satterthwaite, An approximate distribution of estimates of variance components, Biometrics 2, 1946.

    Examples
    --------
    >>> ledger = np.tile([1.0, -1.0, 2.0, -2.0], 50)[None, :]
    >>> (spread,) = block_spreads(ledger, 1)
    >>> round(spread.error, 1), round(spread.freedom)
    (22.5, 294)
    """
    if ledgers.ndim != 2 or block < 1:  # noqa: PLR2004 - the two axes of a panel
        raise UnalignedInput(
            "ledgers", (ledgers.shape, block), "must be (estimates, sessions) with blocks of at least 1"
        )
    blocks = ledgers.shape[1] / block
    if blocks < FEWEST_BLOCKS:
        return (UNKNOWN_SPREAD,) * len(ledgers)
    sums = np.stack([_block_sums(ledger, block) for ledger in ledgers])
    squares = np.stack([_block_sums(ledger * ledger, block) for ledger in ledgers])
    deviations = _resampled(sums - sums.mean(axis=1, keepdims=True), round(blocks), resamples=resamples, seed=seed)
    deviations *= np.sqrt(blocks / round(blocks))
    points = np.quantile(np.abs(deviations), CONFIDENCE, axis=1)
    errors = points / _NORMAL_POINT * np.sqrt(blocks / (blocks - 1))
    return tuple(_spread(error, row, blocks) for error, row in zip(errors, squares, strict=True))


def holm(p_values: FloatArray) -> FloatArray:
    """Correct p-values for having looked several times.

    The smallest of m is multiplied by m, the next by m - 1, and so on; each is at least the one before it, at most 1.

    Parameters
    ----------
    p_values : ndarray of float64, shape (m,)
        One per question asked.

    Returns
    -------
    ndarray of float64, shape (m,)
        Corrected p-values, in the order given.

    References
    ----------
    S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6, 1979.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, 0.5])).round(2).tolist()
    [0.04, 0.09, 0.09, 0.5]
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(p_values[order] * factors))
    return corrected


def student_point(freedom: float, confidence: float = CONFIDENCE) -> float:
    """Return the number of standard errors within which Student's t lies with `confidence` (two-sided).

    Parameters
    ----------
    freedom : float
        Degrees of freedom, at least 1; need not be whole.
    confidence : float
        Between 0 and 1.

    Examples
    --------
    >>> [round(student_point(freedom), 3) for freedom in (1, 2, 5, 30, 1000)]
    [12.706, 4.303, 2.571, 2.042, 1.962]
    """
    angles, shares = _student(freedom)
    return float(np.sqrt(freedom) * np.tan(np.interp(confidence, shares, angles)))


def student_tail(point: float, freedom: float) -> float:
    """Return the chance that Student's t is at least `point` away from 0, on either side.

    Parameters
    ----------
    point : float
        A number of standard errors, at least 0.
    freedom : float
        Degrees of freedom, at least 1; need not be whole.

    Examples
    --------
    >>> round(student_tail(2.571, 5), 3), student_tail(0.0, 5)
    (0.05, 1.0)
    """
    angles, shares = _student(freedom)
    return float(1.0 - np.interp(np.arctan(point / np.sqrt(freedom)), angles, shares))


def _student(freedom: float) -> tuple[FloatArray, FloatArray]:
    # With x = sqrt(freedom) tan(angle), the density of t becomes cos(angle)**(freedom - 1): smooth and bounded.
    angles = np.linspace(0.0, np.pi / 2, 16_385)
    density = np.cos(angles) ** (freedom - 1)
    shares = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
    return angles, shares / shares[-1]


def _block_sums(ledger: FloatArray, block: int) -> FloatArray:
    """Sum every block of `block` sessions, one starting on each session, wrapped round the end."""
    sums = np.concatenate([[0.0], np.cumsum(np.concatenate([ledger, ledger[: block - 1]]))])
    return np.asarray(sums[block:] - sums[:-block])


def _resampled(sums: FloatArray, blocks: int, *, resamples: int, seed: int) -> FloatArray:
    """Sum `blocks` draws from each row of `sums`, `resamples` times; all rows share their draws."""
    generator = np.random.default_rng(seed)
    count = sums.shape[1]
    totals = np.empty((len(sums), resamples))
    step = max(1, _DRAWS_AT_ONCE // blocks)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        draws: IntArray = generator.integers(0, count, size=(rows, blocks), dtype=np.int64)
        for row, total in zip(sums, totals, strict=True):
            total[start : start + rows] = row[draws].sum(axis=1)
    return totals


def _spread(error: float, squares: FloatArray, blocks: float) -> Spread:
    if not error > 0:
        return UNKNOWN_SPREAD
    freedom = OVERLAP_GAIN * blocks * squares.mean() ** 2 / (squares * squares).mean()
    return Spread(float(error), float(np.clip(freedom, 1.0, _MOST_FREEDOM)))
