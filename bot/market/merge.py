"""Laying newly fetched bars over stored ones: which symbols a source has restated, and the two made one."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from signals.types import FloatArray, Prices, SessionArray

TOLERANCE = 1e-4
"""Relative difference of two closes that are the same; a dividend of a quarter of a per mille is less than that."""
MOST_OF = 0.9
"""A history with fewer of the bars there were came in part alone."""


def restated(stored: Prices, fresh: Prices) -> list[str]:
    """Return the symbols whose stored bars differ from `fresh` ones of the same sessions, and those that are new."""
    common, pairs = _common(stored, fresh)
    moved = np.zeros(len(common), dtype=bool)
    for old, new in pairs:
        # False where either is missing: nothing is taken back.
        moved |= (np.abs(new - old) > TOLERANCE * np.abs(old)).any(axis=0)
    differing = {symbol for symbol, is_moved in zip(common, moved, strict=True) if is_moved}
    return [symbol for symbol in fresh.symbols if symbol not in stored or symbol in differing]


def has_late(stored: Prices, fresh: Prices) -> bool:
    """Tell whether `fresh` has a bar of a stored session that was missing so far."""
    return any(bool((np.isnan(old) & ~np.isnan(new)).any()) for old, new in _common(stored, fresh)[1])


def _common(stored: Prices, fresh: Prices) -> tuple[list[str], list[tuple[FloatArray, FloatArray]]]:
    """Return the symbols of both sides, and of close and adj_close the common cells of either."""
    _, ours, theirs = np.intersect1d(stored.sessions, fresh.sessions, return_indices=True)
    symbols = [symbol for symbol in fresh.symbols if symbol in stored]
    old_at = np.ix_(ours, np.array([stored.column(symbol) for symbol in symbols], dtype=np.int64))
    new_at = np.ix_(theirs, np.array([fresh.column(symbol) for symbol in symbols], dtype=np.int64))
    fields = [(stored.close, fresh.close)]
    if stored.adj_close is not None and fresh.adj_close is not None:
        fields.append((stored.adj_close, fresh.adj_close))
    return symbols, [(old[old_at], new[new_at]) for old, new in fields]


def rebased(stored: Prices, fresh: Prices, whole: Prices, changed: Sequence[str], *, ok: AbstractSet[str]) -> Prices:
    """Return the bars of all three where `changed` stands on one basis each: its `whole` history, else the stored one.

    A restated symbol whose history did not come (or far shorter than before, and not `ok`) keeps its old bars and
    gets no new one: a new bar after old ones would look like a split, and the next fetch would see no difference.
    """
    came = {symbol for symbol in changed if symbol in whole and (symbol in ok or _is_as_long(stored, whole, symbol))}
    settled = set(fresh.symbols).difference(changed)
    prices = merged(
        stored.only([symbol for symbol in stored.symbols if symbol not in came]),
        fresh.only([symbol for symbol in fresh.symbols if symbol in settled]),
        whole.only([symbol for symbol in whole.symbols if symbol in came]),
    )
    held = set(prices.symbols)
    order = dict.fromkeys((*stored.symbols, *fresh.symbols, *whole.symbols))
    return prices.only([symbol for symbol in order if symbol in held])


def _is_as_long(stored: Prices, whole: Prices, symbol: str) -> bool:
    if symbol not in stored:
        return True
    before, now = (int((~np.isnan(prices.close[:, prices.column(symbol)])).sum()) for prices in (stored, whole))
    return now >= MOST_OF * before


def merged(*layers: Prices) -> Prices:
    """Return all bars of `layers`, the later over the earlier; a missing bar covers nothing up."""
    sessions: SessionArray = np.unique(np.concatenate([layer.sessions for layer in layers]))
    symbols = tuple(dict.fromkeys(symbol for layer in layers for symbol in layer.symbols))
    names = [n for n in Prices.FIELDS if any(getattr(layer, n) is not None for layer in layers)]
    grids = {name: _laid(name, layers, sessions=sessions, symbols=symbols) for name in names}
    return Prices(sessions, symbols, **grids)


def _laid(name: str, layers: tuple[Prices, ...], *, sessions: SessionArray, symbols: tuple[str, ...]) -> FloatArray:
    grid = np.full((len(sessions), len(symbols)), np.nan)
    position = {symbol: n for n, symbol in enumerate(symbols)}
    for layer in layers:
        values = getattr(layer, name)
        if values is None or not len(layer.symbols):
            continue
        rows = np.searchsorted(sessions, layer.sessions)
        columns = np.array([position[symbol] for symbol in layer.symbols])
        at = np.ix_(rows, columns)
        bar = ~np.isnan(layer.close)
        grid[at] = np.where(bar, values, grid[at])
    return grid
