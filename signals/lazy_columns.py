"""Columns that are computed when first asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

Column = NDArray[Any]


class LazyColumns(Mapping[str, Column]):
    """Columns by name, each made by its formula when first asked for, and kept.

    Parameters
    ----------
    **known : ndarray
        Columns that need no formula.
    """

    def __init__(self, **known: Column) -> None:
        self._known: dict[str, Column] = known

    @property
    @abstractmethod
    def formulas(self) -> Mapping[str, Callable[[Any], Column]]:
        """Name of each column to what makes it of these columns."""

    def __getitem__(self, name: str) -> Column:
        if name not in self._known:
            self._known[name] = self.formulas[name](self)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.formulas)

    def __len__(self) -> int:
        return len(self.formulas)
