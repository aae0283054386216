"""Many at a time, but never more than a database takes in one statement."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

MOST = 5_000
"""PostgreSQL takes 32,767 parameters with a statement, SQLite about as many; a statement has others besides."""
T = TypeVar("T")


def slices(items: Collection[T], size: int = MOST) -> Iterator[Sequence[T]]:
    """Yield `items` in order, at most `size` of them at a time."""
    ordered = list(items)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]
