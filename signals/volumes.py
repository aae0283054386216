"""Whose volume speaks for a symbol: its own, or for an index the volume of its fund."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from signals.changes import NONE
from signals.types import FloatArray, IntArray, Prices

VOLUME_FROM: Mapping[str, str] = {"^RUT": "IWM", "^GSPC": "SPY", "^IXIC": "QQQ", "^DJI": "DIA"}
"""An index's volume is not its constituents': its ETF's speaks for it."""


def volume_symbol(prices: Prices, symbol: str) -> str | None:
    """Return whose volume speaks for `symbol`; none for an index whose ETF is not there, or without volumes.

    Parameters
    ----------
    prices : Prices
        Bars of shape (T, N).
    symbol : str
        Any symbol.

    Examples
    --------
    >>> bars = np.ones((1, 2))
    >>> prices = Prices(np.array(["2025-07-01"], "M8[D]"), ("^RUT", "IWM"), bars, volume=bars)
    >>> volume_symbol(prices, "^RUT"), volume_symbol(prices, "^GSPC")
    ('IWM', None)
    """
    speaks = VOLUME_FROM.get(symbol, None if symbol.startswith("^") else symbol)
    return speaks if prices.volume is not None and speaks in prices else None


def volume_columns(prices: Prices) -> IntArray:
    """Return, for each symbol of `prices`, the column of the volume that speaks for it; -1 where none does.

    Examples
    --------
    >>> bars = np.ones((1, 2))
    >>> volume_columns(Prices(np.array(["2025-07-01"], "M8[D]"), ("^RUT", "IWM"), bars, volume=bars))
    array([1, 1])
    """
    speaks = (volume_symbol(prices, symbol) for symbol in prices.symbols)
    return np.array([NONE if symbol is None else prices.column(symbol) for symbol in speaks], dtype=np.int64)


def volumes_of(volume: FloatArray | None, columns: IntArray, rows: int) -> FloatArray:
    """Return the volume that speaks for each symbol.

    Parameters
    ----------
    volume : ndarray of float64, shape (T, M), or None
        Volumes as they are known; None where there are none at all.
    columns : ndarray of int64, shape (N,)
        From `volume_columns`: a column of `volume` each, -1 where none speaks.
    rows : int
        T.

    Returns
    -------
    ndarray of float64, shape (T, N)
        NaN where none speaks or its volume is missing.

    Examples
    --------
    >>> volumes_of(np.array([[5.0, 7.0]]), np.array([1, -1, 0]), 1)
    array([[ 7., nan,  5.]])
    """
    found = np.full((rows, len(columns)), np.nan)
    if volume is not None:
        has = columns != NONE
        found[:, has] = volume[:, columns[has]]
    return found
