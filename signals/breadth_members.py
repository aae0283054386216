"""Who belongs to a universe, session by session: the holdings file in force, or one that nobody had yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from signals.facts import Holdings, in_force
from signals.types import BoolArray, FloatArray, IntArray, Market

NO_FILE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Stint:
    """A stretch of sessions with the same members.

    Attributes
    ----------
    rows : slice
        Its sessions.
    members : ndarray of int64, shape (M,)
        Places of those with prices in `Roll.columns`.
    """

    rows: slice
    members: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Roll:
    """The members of one universe over all sessions.

    Attributes
    ----------
    files : tuple of Holdings
        The universe's dated lists, the oldest first; empty where only an undated one is known.
    file : ndarray of int64, shape (T,)
        Which of `files` each session's members come from; -1 where there is none.
    is_hindsight : ndarray of bool, shape (T,)
        Whether those members were not known yet.
    count : ndarray of int64, shape (T,)
        Members, those without prices included; 0 where none are known.
    columns : ndarray of int64, shape (K,)
        Columns of the prices that ever belong to a member.
    stints : tuple of Stint
        Together they are all sessions.
    """

    files: tuple[Holdings, ...]
    file: IntArray
    is_hindsight: BoolArray
    count: IntArray
    columns: IntArray
    stints: tuple[Stint, ...]

    @property
    def first_known(self) -> int:
        """The first row whose members were known then; the number of rows where there is none."""
        known = np.flatnonzero(~self.is_hindsight)
        return int(known[0]) if len(known) else len(self.is_hindsight)

    def membership(self, first: int, count: int) -> BoolArray:
        """Tell which of `count` columns, from place `first` of `columns` on, belong to a member; shape (T, count).

        Examples
        --------
        >>> from signals.breadth import _example
        >>> roll_of(_example(), "smallcap").membership(0, 2).all(axis=0)
        array([ True,  True])
        """
        belongs = np.zeros((len(self.file), count), dtype=np.bool_)
        for stint in self.stints:
            here = stint.members[(stint.members >= first) & (stint.members < first + count)]
            belongs[stint.rows, here - first] = True
        return belongs


def roll_of(market: Market, universe: str) -> Roll:
    """Return who belonged to `universe` at each session of `market`.

    Before the first dated list its members stand in; without any, those of ``market.universes``. Both are hindsight.

    Parameters
    ----------
    market : Market
        Its facts hold the dated lists.
    universe : str
        ``smallcap`` or ``largecap``.

    Returns
    -------
    Roll
        Without members where neither is known.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> roll = roll_of(_example(), "smallcap")
    >>> roll.is_hindsight, roll.count
    (array([ True,  True, False, False, False]), array([3, 3, 3, 3, 3]))
    """
    sessions = market.prices.sessions
    files = market.facts.of_universe(universe)
    lists = [each.symbols for each in files] or [market.universes.get(universe, ())]
    file = in_force(files, sessions)
    used = np.maximum(file, 0)
    priced = [_columns(market, symbols) for symbols in lists]
    columns = np.unique(np.concatenate(priced))
    return Roll(
        files=files,
        file=used if files else np.full(len(sessions), NO_FILE, dtype=np.int64),
        is_hindsight=file == NO_FILE,
        count=np.array([len(symbols) for symbols in lists], dtype=np.int64)[used],
        columns=columns,
        stints=tuple(Stint(rows, np.searchsorted(columns, priced[which])) for rows, which in _runs(used)),
    )


def own_closes(market: Market, symbol: str) -> FloatArray:
    """Return the closes of one symbol, shape (T,); NaN throughout where there are no prices of it.

    Examples
    --------
    >>> from signals.breadth import _example
    >>> own_closes(_example(), "^GSPC")
    array([nan, nan, nan, nan, nan])
    """
    if symbol not in market.prices:
        return np.full(len(market.prices.sessions), np.nan)
    return market.prices.closes(market.basis)[:, market.prices.column(symbol)]


def _columns(market: Market, symbols: tuple[str, ...]) -> IntArray:
    known = [market.prices.column(symbol) for symbol in symbols if symbol in market.prices]
    return np.array(known, dtype=np.int64)


def _runs(values: IntArray) -> Iterator[tuple[slice, int]]:
    """Yield each stretch of equal values and its value."""
    ends = [*(np.flatnonzero(values[1:] != values[:-1]) + 1).tolist(), len(values)]
    start = 0
    for end in ends:
        if end > start:
            yield slice(start, end), int(values[start])
        start = end
