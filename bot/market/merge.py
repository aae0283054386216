"""Laying newly fetched bars over stored ones: which symbols a source has restated, and the two made one."""

from __future__ import annotations

import numpy as np

from signals.types import BoolArray, FloatArray, Prices, SessionArray

TOLERANCE = 1e-4
"""Relative difference of two closes that are the same; a dividend of a quarter of a per mille is less than that."""


def restated(stored: Prices, fresh: Prices) -> list[str]:
    """Return the symbols whose stored bars differ from `fresh` ones of the same sessions, and those that are new."""
    return [s for s in fresh.symbols if s not in stored or bool(_moved(*_both(stored, fresh, symbol=s)).any())]


def has_late(stored: Prices, fresh: Prices) -> bool:
    """Tell whether `fresh` has a bar of a stored session that was missing so far."""
    pairs = (_both(stored, fresh, symbol=symbol) for symbol in fresh.symbols if symbol in stored)
    return any(bool((np.isnan(old[0]) & ~np.isnan(new[0])).any()) for old, new in pairs)


def _both(stored: Prices, fresh: Prices, *, symbol: str) -> tuple[FloatArray, FloatArray]:
    """Return (close, adj_close) of the common sessions, from either side."""
    _, ours, theirs = np.intersect1d(stored.sessions, fresh.sessions, return_indices=True)
    old = [values[ours, stored.column(symbol)] for values in _closes(stored)]
    new = [values[theirs, fresh.column(symbol)] for values in _closes(fresh)]
    return np.stack(old), np.stack(new)


def _closes(prices: Prices) -> tuple[FloatArray, FloatArray]:
    return prices.close, prices.close if prices.adj_close is None else prices.adj_close


def _moved(old: FloatArray, new: FloatArray) -> BoolArray:
    return np.abs(new - old) > TOLERANCE * np.abs(old)  # False where either is missing: nothing is taken back


def merged(*layers: Prices) -> Prices:
    """Return all bars of `layers`, the later over the earlier; a missing bar covers nothing up."""
    sessions: SessionArray = np.unique(np.concatenate([layer.sessions for layer in layers]))
    symbols = tuple(dict.fromkeys(symbol for layer in layers for symbol in layer.symbols))
    names = [n for n in Prices.FIELDS if any(getattr(layer, n) is not None for layer in layers)]
    grids = {name: _laid(name, layers, sessions=sessions, symbols=symbols) for name in names}
    return Prices(sessions, symbols, **grids)


def _laid(name: str, layers: tuple[Prices, ...], *, sessions: SessionArray, symbols: tuple[str, ...]) -> FloatArray:
    grid = np.full((len(sessions), len(symbols)), np.nan)
    for layer in layers:
        values = getattr(layer, name)
        if values is None or not len(layer.symbols):
            continue
        rows = np.searchsorted(sessions, layer.sessions)
        columns = np.array([symbols.index(symbol) for symbol in layer.symbols])
        at = np.ix_(rows, columns)
        bar = ~np.isnan(layer.close)
        grid[at] = np.where(bar, values, grid[at])
    return grid
