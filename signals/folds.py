"""How the kernels work through an array: checked input, tiles that stay in the cache, folds by doubling.

A fold over 2k rows is two folds over k rows, so a window of w rows takes about log2(w) steps and no running total.
Nothing drifts, a missing bar is forgotten as soon as it has left the window, and a value does not depend on what comes
before its window or after it: a longer history gives the same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.errors import InvalidWindow, UnalignedInput
from signals.types import FloatArray

BLOCK_CELLS = 1 << 16
"""Kernels that go row by row take so many cells at a time."""
_TILE_CELLS = 3 << 15  # kernels that fold take so many
_LEAST_WIDTH = 16  # narrower tiles waste the cache lines they are read from

Fold = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""Joins the folds of two neighbouring stretches of rows, cell by cell."""


def checked_window(name: str, window: object, *, least: int = 1) -> int:
    """Return `window`; raise `InvalidWindow` where it is not a whole number of at least `least` sessions."""
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < least:
        raise InvalidWindow(name, window, f"must be a whole number of sessions, at least {least}")
    return int(window)


def checked_panel(name: str, values: FloatArray, *, like: FloatArray | None = None) -> FloatArray:
    """Return `values` as float64; raise `UnalignedInput` where they are not (sessions, symbols) or not as `like`."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2:  # noqa: PLR2004 - sessions and symbols
        raise UnalignedInput(name, values.shape, "must have two axes, (sessions, symbols)")
    if like is not None and values.shape != like.shape:
        raise UnalignedInput(name, values.shape, f"must have the shape {like.shape}")
    return values


def checked_out(out: FloatArray | None, values: FloatArray) -> FloatArray:
    """Return `out`, or a new array of the shape of `values`; raise `UnalignedInput` where it does not fit."""
    if out is None:
        return np.empty(values.shape)
    if out.shape != values.shape or out.dtype != np.float64:
        raise UnalignedInput("out", f"{out.shape} of {out.dtype}", f"must be {values.shape} of float64")
    return out


def blocks(shape: tuple[int, ...], *, first_row: int = 0) -> Iterator[slice]:
    """Cut the rows from `first_row` on into slices of about `BLOCK_CELLS` cells."""
    rows = max(1, BLOCK_CELLS // max(1, shape[1]))
    for start in range(first_row, shape[0], rows):
        yield slice(start, min(start + rows, shape[0]))


class Bench:
    """Buffers for the folds of one tile after the other, so that a pass allocates nothing per tile."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        wanted = max(_LEAST_WIDTH, _TILE_CELLS // max(1, shape[0]) // 8 * 8)
        self._shape = shape
        self._width = min(wanted, max(1, shape[1]))
        self._tile, *self._buffers = (np.empty(shape[0] * self._width) for _ in range(3))
        self._turn = 0

    def tiles(self, values: FloatArray) -> Iterator[tuple[slice, FloatArray]]:
        """Yield the columns' slice and a contiguous copy of them, tile by tile; a copy lives until the next."""
        rows, count = self._shape
        for start in range(0, count, self._width):
            columns = slice(start, min(start + self._width, count))
            width = columns.stop - start
            tile = self._tile[: rows * width].reshape(rows, width)
            np.copyto(tile, values[:, columns])
            yield columns, tile

    def folding(self, join: np.ufunc) -> Fold:
        """Return `join` writing to the two buffers in turn: a result lives until the fold after the next."""

        def fold(left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
            self._turn ^= 1
            return join(left, right, out=self._buffers[self._turn][: left.size].reshape(left.shape))  # type: ignore[no-any-return]

        return fold


def window_sums(add: Fold, tile: FloatArray, windows: Sequence[int]) -> Iterator[tuple[int, FloatArray]]:
    """Yield each window, shortest first, and the sums of rows i to i + window - 1, shape (T - window + 1, N).

    A window's binary digits, from the highest, say how its sum is made: double, then add one row where the digit is 1.
    A longer window that begins with the same digits (50 is 110010, 200 is 11001000) goes on from the shorter one's sum.
    """
    sums, span = tile, 1
    for window in sorted(windows):
        if not f"{window:b}".startswith(f"{span:b}"):
            sums, span = tile, 1
        for digit in f"{window:b}"[span.bit_length() :]:
            sums, span = add(sums[:-span], sums[span:]), span * 2
            if digit == "1":
                sums, span = add(sums[:-1], tile[span:]), span + 1
        yield window, sums


def window_extremes(fold: Fold, tile: NDArray[Any], window: int) -> NDArray[Any]:
    """Return the fold of rows i to i + window - 1, shape (T - window + 1, N); it may count a row twice."""
    span = 1
    while span * 2 <= window:
        tile, span = fold(tile[:-span], tile[span:]), span * 2
    overlap = window - span
    return fold(tile[:-overlap], tile[overlap:]) if overlap else tile
