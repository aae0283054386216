"""Columns that are computed when first asked for."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.types import IntArray

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

    def known_of(self, columns: IntArray) -> dict[str, Column]:
        """Return what has been computed so far, of some columns (in order): a view of a single one, copies of several.

        Parameters
        ----------
        columns : ndarray of int64, shape (M,)
            Places on the second axis, M >= 1.
        """
        known = self._known.copy().items()
        if len(columns) == 1:
            single = slice(columns[0], columns[0] + 1)
            return {name: values[:, single] for name, values in known}
        return {name: np.ascontiguousarray(values[:, columns]) for name, values in known}

    def fill(self, since: int) -> None:
        """Compute all that readings of row `since` and later ask for, at once for all symbols."""
        del since
        for name in self:
            self[name]

    def __getitem__(self, name: str) -> Column:
        if name not in self._known:
            self._known[name] = self.formulas[name](self)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.formulas)

    def __len__(self) -> int:
        return len(self.formulas)
