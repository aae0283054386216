"""Who a fund held at the start of a period, at which weights, and what each sector has contributed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from signals.facts import Holdings
from signals.types import BoolArray, FloatArray, IntArray, SessionArray

UNKNOWN, FROM_FILE, BACKED_OUT = 0, 1, 2
"""Where start weights come from: nowhere, a file dated at or before the start, the earliest later one."""
NO_SECTOR = "no sector"


@dataclass(frozen=True, slots=True)
class Span:
    """The rows `first` to `end` - 1 of one month or year, and the row of the last session before it."""

    start: int
    first: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """A fund's shares at the start of a period, in the order of their sectors.

    Attributes
    ----------
    file : int
        Place of the file among those of the universe, the oldest first.
    source : int
        `FROM_FILE` or `BACKED_OUT`.
    symbols : tuple of str, length M
    columns : ndarray of int64, shape (M,)
        Column of each in the prices; -1 where there is none.
    sectors : ndarray of int64, shape (M,)
        Place of each one's sector, never decreasing.
    listed : ndarray of float64, shape (M,)
        The file's weights as fractions, NaN where it has none.
    worth : ndarray of float64, shape (M,)
        The same, moved to the start by the prices; only their proportions matter. NaN where they cannot be.
    start_close : ndarray of float64, shape (M,)
        Close at the start, NaN where missing.
    span : Span
        Its rows; `span.first` is the first on which the file was known.
    """

    file: int
    source: int
    symbols: tuple[str, ...]
    columns: IntArray
    sectors: IntArray
    listed: FloatArray
    worth: FloatArray
    start_close: FloatArray
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What a book has done by each of R rows; S sectors.

    Attributes
    ----------
    contribution_pct, weight_pct : ndarray of float64, shape (R, S)
        Points each sector has added, and its start weight, both of the covered basket; NaN where nobody is covered.
    basket_pct : ndarray of float64, shape (R,)
        Return of the covered basket, made from its worth; NaN where nobody is covered.
    effective_names : ndarray of float64, shape (R,)
        1 / sum of the squared start weights.
    covered_weight_pct : ndarray of float64, shape (R,)
        Share of the file's weight that is covered.
    covered : ndarray of int64, shape (R,)
        How many shares are.
    """

    contribution_pct: FloatArray
    weight_pct: FloatArray
    basket_pct: FloatArray
    effective_names: FloatArray
    covered_weight_pct: FloatArray
    covered: IntArray


def sector_names(files: Sequence[Holdings]) -> tuple[str, ...]:
    """Return every sector that any of `files` names, in alphabetical order.

    Examples
    --------
    >>> from datetime import date
    >>> sector_names([Holdings("smallcap", "IWM", date(2025, 5, 13), ("A", "B"), np.ones(2), ("Energy", ""))])
    ('Energy', 'no sector')
    """
    return _names_in(tuple(files))


@lru_cache(maxsize=8)
def _names_in(files: tuple[Holdings, ...]) -> tuple[str, ...]:
    """Look through the files once: a quarter's worth of decades holds a hundred thousand lines."""
    return tuple(sorted({sector or NO_SECTOR for file in files for sector in file.sectors}))


def spans(sessions: SessionArray, unit: str) -> Iterator[Span]:
    """Yield the months (``M``) or years (``Y``) that begin within `sessions`.

    Examples
    --------
    >>> days = np.array(["2025-06-27", "2025-06-30", "2025-07-01"], "M8[D]")
    >>> list(spans(days, "M"))
    [Span(start=1, first=2, end=3)]
    """
    periods = sessions.astype(f"datetime64[{unit}]")
    firsts = (np.flatnonzero(periods[1:] != periods[:-1]) + 1).tolist()
    for first, end in pairwise([*firsts, len(sessions)]):
        yield Span(first - 1, first, end)


def book_of(
    files: Sequence[Holdings],
    span: Span,
    *,
    closes: FloatArray,
    columns: Mapping[str, int],
    sessions: SessionArray,
    sectors: Sequence[str],
) -> Book | None:
    """Return what was held at the start of `span`, as known by its last row; None where no file tells.

    The file dated at or before the start counts, its weights moved on to the start by the prices; without one, the
    earliest later file dated within the span, its weights moved back, from its date on.

    Parameters
    ----------
    files : sequence of Holdings
        Of one universe, the oldest first.
    span : Span
        A month or a year.
    closes : ndarray of float64, shape (T, N)
        NaN where missing.
    columns : mapping of str to int
        Column of each symbol that has prices.
    sessions : ndarray of datetime64[D], shape (T,)
        Those of `closes`.
    sectors : sequence of str
        From `sector_names`.

    Notes
    -----
    A file speaks of the close of the last session on or before its date.

    Examples
    --------
    >>> from datetime import date
    >>> days = np.array(["2025-06-27", "2025-06-30", "2025-07-01", "2025-07-02"], "M8[D]")
    >>> file = Holdings("smallcap", "IWM", date(2025, 7, 1), ("A", "B"), np.array([0.6, 0.4]), ("Energy", "Energy"))
    >>> closes = np.array([[10.0, 10.0], [10.0, 10.0], [15.0, 10.0], [15.0, 12.0]])
    >>> at = {"A": 0, "B": 1}
    >>> book = book_of([file], Span(1, 2, 4), closes=closes, columns=at, sessions=days, sectors=["Energy"])
    >>> book.source == BACKED_OUT, book.worth
    (True, array([0.4, 0.4]))
    """
    chosen = _file_of(files, span, sessions)
    if chosen is None or not files[chosen[0]].symbols:
        return None
    number, source, first = chosen
    file = files[number]
    of_sector = {name: place for place, name in enumerate(sectors)}
    places = np.array([of_sector[sector or NO_SECTOR] for sector in file.sectors], dtype=np.int64)
    order = np.argsort(places, kind="stable")
    symbols = tuple(file.symbols[member] for member in order)
    found = np.array([columns.get(symbol, -1) for symbol in symbols], dtype=np.int64)
    dated = int(np.searchsorted(sessions, np.datetime64(file.effective_date, "D"), side="right")) - 1
    listed = file.weights_frac[order]
    start_close = _row(closes, span.start, found)
    worth = listed * start_close / _row(closes, dated, found)
    rows = Span(span.start, first, span.end)
    return Book(number, source, symbols, found, places[order], listed, worth, start_close, rows)


def told_by(book: Book, closes: FloatArray, count: int) -> Told:
    """Return what `book` has done by each of its rows.

    Contribution of a share = start weight x return; the start weights add up to 1 over the shares that have what is
    needed: a weight, and closes on the file's date, at the start and on the row.

    Parameters
    ----------
    book : Book
        From `book_of`.
    closes : ndarray of float64, shape (T, N)
        The same.
    count : int
        How many sectors there are.

    Examples
    --------
    >>> listed = np.array([0.4, 0.4])
    >>> book = Book(0, 1, ("A", "B"), np.arange(2), np.arange(2), listed, listed, np.full(2, 10.0), Span(0, 1, 2))
    >>> told = told_by(book, np.array([[10.0, 10.0], [15.0, 10.0]]), 2)
    >>> told.contribution_pct.round(9), told.basket_pct.round(9), told.effective_names
    (array([[25.,  0.]]), array([25.]), array([2.]))
    """
    worth, relatives = worth_and_relatives(book, closes)
    firsts = np.flatnonzero(np.diff(book.sectors, prepend=-1))

    def by_sector(values: FloatArray) -> FloatArray:
        sums = np.full((len(values), count), np.nan)
        sums[:, book.sectors[firsts]] = np.add.reduceat(values, firsts, axis=1)
        return sums

    start = by_sector(worth)
    start[start == 0.0] = np.nan
    whole = worth.sum(axis=1)
    whole[whole == 0.0] = np.nan
    gained = by_sector(worth * (relatives - 1.0))
    has = worth > 0
    finite = np.where(np.isfinite(book.listed), book.listed, 0.0)
    return Told(
        contribution_pct=100.0 * np.where(np.isnan(start), np.nan, gained) / whole[:, None],
        weight_pct=100.0 * start / whole[:, None],
        basket_pct=100.0 * ((worth * relatives).sum(axis=1) / whole - 1.0),
        effective_names=whole**2 / (worth**2).sum(axis=1),
        covered_weight_pct=100.0 * (has * finite).sum(axis=1) / (finite.sum() or np.nan),
        covered=np.count_nonzero(has, axis=1).astype(np.int64),
    )


def worth_and_relatives(book: Book, closes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return each share's worth at the start and its close against that of the start, each of shape (R, M).

    Where a share lacks what is needed its worth is 0 and its relative 1.

    Examples
    --------
    >>> listed = np.array([0.5, 0.5])
    >>> book = Book(0, 1, ("A", "B"), np.arange(2), np.arange(2), listed, listed, np.full(2, 10.0), Span(0, 1, 2))
    >>> worth_and_relatives(book, np.array([[10.0, 10.0], [15.0, np.nan]]))
    (array([[0.5, 0. ]]), array([[1.5, 1. ]]))
    """
    rows = closes[book.span.first : book.span.end]
    relatives = np.full((len(rows), len(book.symbols)), np.nan)
    there = book.columns >= 0
    relatives[:, there] = rows[:, book.columns[there]]
    relatives /= book.start_close
    counts: BoolArray = np.isfinite(relatives) & (book.worth > 0)
    relatives[~counts] = 1.0
    return np.where(counts, book.worth, 0.0), relatives


def _file_of(files: Sequence[Holdings], span: Span, sessions: SessionArray) -> tuple[int, int, int] | None:
    """Return which file tells the weights at the start, how, and the first row on which it was known."""
    dates: NDArray[np.datetime64] = np.array([file.effective_date for file in files], dtype="datetime64[D]")
    known = int(np.searchsorted(dates, sessions[span.start], side="right"))
    if known and dates[known - 1] >= sessions[0]:  # an older one cannot be moved to the start
        return known - 1, FROM_FILE, span.first
    if known < len(files) and dates[known] <= sessions[span.end - 1]:
        return known, BACKED_OUT, int(np.searchsorted(sessions, dates[known], side="left"))
    return None


def _row(closes: FloatArray, row: int, columns: IntArray) -> FloatArray:
    values = np.full(len(columns), np.nan)
    there = columns >= 0
    values[there] = closes[row, columns[there]]
    return values
