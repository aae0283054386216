"""The last rows of a history by themselves, and what going on from them takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.types import History, Market, Prices

Column = NDArray[Any]


class LastRows(Mapping[str, Column]):
    """Columns of a history's last rows, shape (k, N), with a memory of the rows before them.

    Parameters
    ----------
    columns : mapping of str to ndarray
        As the whole history has them, its last rows alone; a row that a column names is counted from the very first.
    memory : mapping of str to ndarray
        What the signal needs to go on after the last row.
    whole : History, optional
        The history whose last rows they are, where it had to be made: what is remembered can be read off it.
    """

    def __init__(
        self, columns: Mapping[str, Column], memory: Mapping[str, Column], whole: History | None = None
    ) -> None:
        self._columns = columns
        self.memory = memory
        self.whole = whole

    def __getitem__(self, name: str) -> Column:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)


def memory_of(history: History, remembered: Callable[[History], Mapping[str, Column]]) -> Mapping[str, Column]:
    """Return what is remembered beside the last rows of a history; of a whole one, what `remembered` reads off it.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> history = CROSS.history(_example(), CROSS.thresholds_with())
    >>> memory_of(history, lambda whole: {"close": whole["close"][-1]})
    {'close': array([6.])}
    """
    if not isinstance(history.columns, LastRows):
        return remembered(history)
    return history.columns.memory if history.columns.whole is None else remembered(history.columns.whole)


def market_from(market: Market, first: int) -> Market:
    """Return `market` from row `first` on (views, no copy).

    Examples
    --------
    >>> from signals.cross import _example
    >>> market_from(_example(), 3).prices.close.ravel()
    array([8., 6.])
    """
    cut = {name: values[first:] for name, values in market.prices.fields()}
    return replace(market, prices=Prices(market.prices.sessions[first:], market.prices.symbols, **cut))


def row_alone(market: Market, t: int, make: Callable[[Market], History]) -> History:
    """Return the history of row `t` by itself, of a signal whose rows do not look at earlier ones.

    Examples
    --------
    >>> from signals.leverage import LEVERAGE, _example
    >>> row_alone(_example(), 3, lambda market: LEVERAGE.history(market, {}))["counted"]
    array([[2, 0]])
    """
    row = market_from(replace(market, prices=market.prices.upto(market.prices.sessions[t].item())), t)
    return replace(make(row), market=market)


def rows_after(history: History, session: np.datetime64) -> History:
    """Return the rows of a whole history after `session` (views, no copy).

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> history = CROSS.history(_example(), CROSS.thresholds_with())
    >>> rows_after(history, history.sessions[3])["close"].ravel()
    array([6.])
    """
    first = int(np.searchsorted(history.sessions, session, side="right"))
    columns = {name: values[first:] for name, values in history.columns.items()}
    return replace(history, sessions=history.sessions[first:], columns=LastRows(columns, {}, history))
