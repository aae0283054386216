"""The columns of a history of leadership: what each sector has added this year and this month, and the banks' lead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.leadership_books import Told, book_of, sector_names, spans, told_by
from signals.periods import period_starts, returns_since
from signals.themes_columns import closes_of
from signals.types import FloatArray, IntArray, Market
from signals.windows import EQUAL_WITHIN

INDEX, BANKS = "^RUT", "KRE"
UNIVERSE = "smallcap"
SUBJECTS = ("ytd", "mtd", "banks")
UNITS = {"ytd": "Y", "mtd": "M"}
LEAST_TOTAL_PCT = 1.0
"""Shares of a smaller total would be shares of next to nothing."""
MOST_SHARE_PCT = 100.0
NONE = -1

Column = NDArray[Any]


def columns_of(market: Market, *, banks_sessions: int, first: int = 0) -> dict[str, Column]:
    """Return the columns of `market`, of shape (T, 3) or (T, 3, S) for S sectors; see `signals.leadership.history`.

    Of rows before `first` no contributions are wanted.
    """
    sessions = market.prices.sessions
    sectors = sector_names(market.facts.of_universe(UNIVERSE))
    columns = _empty(len(sessions), len(sectors))
    for place, period in enumerate(UNITS):
        _fill(columns, market, place, UNITS[period], first=first)
        returns = returns_since(closes_of(market, (INDEX,)), period_starts(sessions)[f"{period}_pct"])
        columns["index_pct"][:, place] = returns[:, 0]
    columns["top_two_share_pct"] = top_two_share(columns["contribution_pct"], columns["basket_pct"])
    columns["leader"] = leaders(columns["contribution_pct"])
    _fill_banks(columns, market, banks_sessions)
    return columns


def top_two_share(contributions: FloatArray, total: FloatArray) -> FloatArray:
    """Return what the two sectors that added most to the total, in its direction, make up of it, in per cent.

    Parameters
    ----------
    contributions : ndarray of float64, shape (..., S)
        Points, NaN where a sector is not covered.
    total : ndarray of float64, shape (...)
        Their sum.

    Returns
    -------
    ndarray of float64, shape (...)
        NaN where the total is smaller than 1 % in size, or the share above 100 % and so without a meaning.

    Examples
    --------
    >>> top_two_share(np.array([[2.0, 1.0, 1.0], [-2.0, -1.0, -1.0], [4.0, 1.0, -3.0]]), np.array([4.0, -4.0, 2.0]))
    array([75., 75., nan])
    """
    if not contributions.shape[-1]:
        return np.full(total.shape, np.nan)
    directed = contributions * np.sign(total)[..., None]
    ordered = np.sort(np.where(np.isnan(directed), -np.inf, directed), axis=-1)[..., -2:]
    added = np.where(np.isfinite(ordered), ordered, 0.0).sum(axis=-1)
    share = np.full(total.shape, np.nan)
    np.divide(100.0 * added, np.abs(total), out=share, where=np.abs(total) >= LEAST_TOTAL_PCT)
    share[share > MOST_SHARE_PCT] = np.nan
    return share


def leaders(contributions: FloatArray) -> IntArray:
    """Return the place of the sector that added most; -1 where none is covered or two are level.

    Parameters
    ----------
    contributions : ndarray of float64, shape (..., S)
        Points, NaN where a sector is not covered.

    Examples
    --------
    >>> leaders(np.array([[1.0, 2.0, np.nan], [2.0, 2.0, 1.0], [np.nan, np.nan, np.nan]]))
    array([ 1, -1, -1])
    """
    if not contributions.shape[-1]:
        return np.full(contributions.shape[:-1], NONE, dtype=np.int64)
    known = np.where(np.isnan(contributions), -np.inf, contributions)
    best = known.argmax(axis=-1).astype(np.int64)
    top = known.max(axis=-1)
    is_level = np.count_nonzero(known >= (top - EQUAL_WITHIN)[..., None], axis=-1) > 1
    return np.where(np.isinf(top) | is_level, NONE, best)


def _empty(rows: int, sectors: int) -> dict[str, Column]:
    shape = (rows, len(SUBJECTS))
    numbers = ("basket_pct", "index_pct", "effective_names", "covered_weight_pct")
    return {
        **{name: np.full(shape, np.nan) for name in numbers},
        **{name: np.full((*shape, sectors), np.nan) for name in ("contribution_pct", "weight_pct")},
        "covered": np.zeros(shape, dtype=np.int64),
        "universe": np.zeros(shape, dtype=np.int64),
        "source": np.zeros(shape, dtype=np.int8),
        "file": np.full(shape, NONE, dtype=np.int64),
    }


def _fill(columns: dict[str, Column], market: Market, place: int, unit: str, *, first: int) -> None:
    """Write what every month or year has to tell into the columns of `place`, from row `first` on."""
    prices, closes = market.prices, market.prices.closes(market.basis)
    files = market.facts.of_universe(UNIVERSE)
    sectors = sector_names(files)
    at = {symbol: column for column, symbol in enumerate(prices.symbols)}
    for span in spans(prices.sessions, unit):
        if span.end <= first:
            continue
        book = book_of(files, span, closes=closes, columns=at, sessions=prices.sessions, sectors=sectors)
        if book is None:
            continue
        book = replace(book, span=replace(book.span, first=max(book.span.first, first)))
        told = told_by(book, closes, len(sectors))
        rows = slice(book.span.first, book.span.end)
        for name in Told.__slots__:
            columns[name][rows, place] = getattr(told, name)
        columns["universe"][rows, place] = len(book.symbols)
        columns["source"][rows, place] = book.source
        columns["file"][rows, place] = book.file


def _fill_banks(columns: dict[str, Column], market: Market, banks_sessions: int) -> None:
    closes = closes_of(market, (BANKS, INDEX))
    shape = columns["basket_pct"].shape
    returns = returns_since(closes, np.arange(len(closes), dtype=np.int64) - banks_sessions)
    lead = returns[:, 0] - returns[:, 1]
    for name, values in (("banks_pct", returns[:, 0]), ("banks_index_pct", returns[:, 1]), ("banks_lead", lead)):
        columns[name] = np.broadcast_to(values[:, None], shape)
    place = SUBJECTS.index("banks")
    columns["covered"][:, place] = np.isfinite(closes).sum(axis=1)
    columns["universe"][:, place] = 2
