"""How many members rise, stand above their averages or close at a new high: counted in tiles, session by session."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from signals.breadth_members import Roll
from signals.medians import median_returns
from signals.states import held
from signals.types import BoolArray, FloatArray, IntArray
from signals.windows import EQUAL_WITHIN, are_new_extremes, moving_averages

AVERAGES = (50, 200)
YEAR_SESSIONS = 252
EMA_SESSIONS = 10
HORIZONS = (1, 5, 21)
"""Sessions over which the typical member's return is compared with the index's."""

COUNTS = (
    "priced",
    *(f"{what}_{window}" for window in AVERAGES for what in ("above", "covered")),
    "advances",
    "declines",
    "compared",
    "new_highs",
    "new_lows",
    "covered_252",
)
_TILE_CELLS = 1 << 18


def counts_of(closes: FloatArray, roll: Roll) -> dict[str, IntArray]:
    """Count the members of each session.

    Parameters
    ----------
    closes : ndarray of float64, shape (T, N)
        NaN where missing.
    roll : Roll
        Whose columns count on which rows.

    Returns
    -------
    dict of str to ndarray of int64, shape (T,)
        ``priced``: with a close. ``covered_50``, ``covered_200``: with a close and the average of that many;
        ``above_50``, ``above_200``: of those, close above it by more than one part in a thousand million. ``compared``:
        with a close and one the session before; ``advances``, ``declines``: of those, above or below it.
        ``covered_252``: with 252 closes in a row; ``new_highs``, ``new_lows``: of those, above or below the 251 before.

    Notes
    -----
    Row t uses rows up to t only. An average needs every close of its window. Columns are worked through in tiles, so
    that nothing as large as the input is ever made.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> from signals.breadth_members import roll_of
    >>> counts = counts_of(_example().prices.close, roll_of(_example(), "smallcap"))
    >>> counts["priced"], counts["advances"], counts["compared"]
    (array([2, 2, 2, 1, 2]), array([0, 2, 1, 1, 1]), array([0, 2, 2, 1, 1]))
    """
    counts = {name: np.zeros(len(closes), dtype=np.int64) for name in COUNTS}
    width = max(1, _TILE_CELLS // max(1, len(closes)))
    for first in range(0, len(roll.columns), width):
        tile = np.take(closes, roll.columns[first : first + width], axis=1)
        belongs = roll.membership(first, tile.shape[1])
        each = np.ones(tile.shape[1], dtype=np.float32)
        for name, marks in _marks(tile):
            # Multiplying is the quickest way to count along an axis, and exact below 2**24.
            counts[name] += ((marks & belongs).astype(np.float32) @ each).astype(np.int64)
    return counts


def moves_of(closes: FloatArray, roll: Roll) -> tuple[IntArray, IntArray]:
    """Return ``advances`` and ``declines`` alone, as `counts_of` does: a fraction of its work.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> from signals.breadth_members import roll_of
    >>> moves_of(_example().prices.close, roll_of(_example(), "smallcap"))
    (array([0, 2, 1, 1, 1]), array([0, 0, 0, 0, 0]))
    """
    counts = np.zeros((2, len(closes)), dtype=np.int64)
    width = max(1, _TILE_CELLS // max(1, len(closes)))
    for first in range(0, len(roll.columns), width):
        tile = np.take(closes, roll.columns[first : first + width], axis=1)
        belongs = roll.membership(first, tile.shape[1])[1:]
        each = np.ones(tile.shape[1], dtype=np.float32)
        for count, moved in zip(counts, (tile[1:] > tile[:-1], tile[1:] < tile[:-1]), strict=True):
            count[1:] += ((moved & belongs).astype(np.float32) @ each).astype(np.int64)
    return counts[0], counts[1]


def medians_of(closes: FloatArray, roll: Roll, sessions: int, *, first: int = 0) -> FloatArray:
    """Return the members' median return over the last `sessions`, per cent; see `signals.medians.median_returns`.

    Rows before `first` are not wanted, and NaN.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> from signals.breadth_members import roll_of
    >>> medians_of(_example().prices.close, roll_of(_example(), "smallcap"), 1).round(1)
    array([nan, 10.,  5., 10., 10.])
    """
    medians = np.full(len(closes), np.nan)
    for stint in roll.stints:
        rows = slice(max(first, stint.rows.start), max(first, stint.rows.stop))
        medians[rows] = median_returns(closes, roll.columns[stint.members], sessions, rows)
    return medians


def exponential_average(values: FloatArray, window: int = EMA_SESSIONS) -> FloatArray:
    """Return the exponential average: first the mean of `window` values, then 2 / (window + 1) of each new one.

    Parameters
    ----------
    values : ndarray of float64, shape (T,)
        NaN where unknown.
    window : int
        At least 1.

    Returns
    -------
    ndarray of float64, shape (T,)
        NaN for the first ``window - 1`` rows, and after a NaN until `window` values have come again: it then begins
        anew.

    Examples
    --------
    >>> exponential_average(np.array([1.0, 2.0, 3.0, np.nan, 4.0, 6.0]), 2)
    array([nan, 1.5, 2.5, nan, nan, 5. ])
    """
    averages = np.full(len(values), np.nan)
    average, run = np.nan, 0
    for row, value in enumerate(values.tolist()):
        run = run + 1 if value == value else 0  # noqa: PLR0124 - NaN is unlike itself
        if run < window:
            continue
        if run == window:
            average = float(np.mean(values[row - window + 1 : row + 1]))
        else:
            average += 2 / (window + 1) * (value - average)
        averages[row] = average
    return averages


def cumulative(values: FloatArray) -> FloatArray:
    """Return the running sum; a row without a value is NaN and adds nothing to the rows after it.

    Examples
    --------
    >>> cumulative(np.array([np.nan, 3.0, np.nan, -1.0]))
    array([nan,  3., nan,  2.])
    """
    sums = np.cumsum(np.nan_to_num(values))  # whole numbers: nothing drifts
    return np.where(np.isnan(values), np.nan, sums)


def _marks(tile: FloatArray) -> Iterator[tuple[str, BoolArray]]:
    known = np.isfinite(tile)
    yield "priced", known
    averages = moving_averages(tile, AVERAGES)
    for window, average in zip(AVERAGES, averages, strict=True):
        yield f"covered_{window}", np.isfinite(average)
        yield f"above_{window}", tile > np.multiply(average, 1 + EQUAL_WITHIN, out=average)
    for name, compared in (
        ("advances", tile[1:] > tile[:-1]),
        ("declines", tile[1:] < tile[:-1]),
        ("compared", known[1:] & known[:-1]),
    ):
        marks = np.zeros(tile.shape, dtype=np.bool_)
        marks[1:] = compared
        yield name, marks
    is_high, is_low = are_new_extremes(tile, YEAR_SESSIONS)
    yield "new_highs", is_high
    yield "new_lows", is_low
    yield "covered_252", held(known, YEAR_SESSIONS)
