"""Random numbers that are the same on every machine: integers of a bit generator and plain arithmetic.

numpy promises the bits of `PCG64`, not what its distributions make of them, and `exp` or `log` may differ in the last
digit between processors. Sums of uniform integers need neither.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from signals.types import FloatArray

_SEED = 20260930
_LANES = np.uint64(0x0000FFFF0000FFFF)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_LANE_BITS = np.uint64(16)


def _bits(stream: int, count: int) -> NDArray[np.uint64]:
    return np.random.PCG64([_SEED, stream]).random_raw(count)


def normals(stream: int, shape: tuple[int, ...]) -> FloatArray:
    """Return draws of mean 0 and variance 1, nearly normal and never beyond 6: sums of twelve uniform integers."""
    raw = _bits(stream, 3 * math.prod(shape)).reshape(3, *shape)
    pairs = (raw & _LANES) + ((raw >> _LANE_BITS) & _LANES)
    lanes = pairs[0] + pairs[1] + pairs[2]
    total = ((lanes & _LOW) + (lanes >> _HALF)).astype(np.float64)
    drawn: FloatArray = (total - 12 * 32767.5) / 65536.0
    return drawn


def uniforms(stream: int, shape: tuple[int, ...]) -> FloatArray:
    """Return draws between 0 and 1."""
    return (_bits(stream, math.prod(shape)) >> np.uint64(11)).astype(np.float64).reshape(shape) / 2.0**53
