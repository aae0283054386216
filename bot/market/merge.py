"""Laying newly fetched bars over stored ones: which symbols a source has restated, and the two made one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from bot.market.gate_moves import NO_PRICES
from bot.market.types import Bars, Status
from signals.types import FloatArray, Prices, SessionArray

TOLERANCE = 1e-4
"""Relative difference of two closes that are the same; a dividend of a quarter of a per mille is less than that."""
LEAP = 1.3
"""A move by this factor, either way, that a restated history has and the stored one has not."""
LEAP_BARS = 5
BASIS_SPREAD, BASIS_TIMES = 0.002, 2
"""Closes that part from the stored ones by more than this, and go along with the dividend-adjusted ones within half."""
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


def without_inventions(stored: Prices, whole: Bars) -> Bars:
    """Return `whole` without the histories that no split explains.

    A true restatement divides all bars up to a split alike, or takes a leap out of them. One that leaps where the
    stored history does not has a split invented; one that follows the stored dividend-adjusted closes is on another
    basis.
    """
    found = dict(_inventions(stored, whole.prices))
    if not found:
        return whole
    prices = whole.prices.only([symbol for symbol in whole.prices.symbols if symbol not in found])
    told = (
        replace(o, status=Status.SUSPECT, detail=found[o.symbol]) if o.symbol in found else o for o in whole.outcomes
    )
    return replace(whole, prices=prices, outcomes=tuple(told))


def _inventions(stored: Prices, whole: Prices) -> Iterator[tuple[str, str]]:
    """Yield each symbol whose restated history has a leap the stored one has not, and the words for it."""
    _, ours, theirs = np.intersect1d(stored.sessions, whole.sessions, return_indices=True)
    for symbol in whole.symbols:
        if symbol not in stored or symbol in NO_PRICES:
            continue
        old, new = (prices.close[rows, prices.column(symbol)] for prices, rows in ((stored, ours), (whole, theirs)))
        both = np.flatnonzero((old > 0) & (new > 0))
        if stored.adj_close is not None:
            adjusted = stored.adj_close[ours, stored.column(symbol)]
            if _is_on_other_basis(old[both], adjusted[both], new[both]):
                yield symbol, "its closes came anew as dividend-adjusted ones: the bars from before are kept"
                continue
        for n in _leaps(old[both], new[both]):
            now, before = (100 * (values[both[n]] / values[both[n - 1]] - 1) for values in (new, old))
            words = (
                f"its history came anew with a move of {now:+,.0f} % on {stored.sessions[ours[both[n]]]} where"
                f" there was one of {before:+,.1f} % before, as an invented split makes: the bars from before are kept"
            )
            yield symbol, words


def _is_on_other_basis(old: FloatArray, adjusted: FloatArray, new: FloatArray) -> bool:
    """Tell whether `new` goes along with `adjusted` but for one factor, and not with `old`."""
    if len(new) < LEAP_BARS:
        return False
    spread = [float(np.ptp(np.log(new / values))) for values in (old, adjusted)]
    return spread[0] > BASIS_SPREAD > spread[1] * BASIS_TIMES


def _leaps(old: FloatArray, new: FloatArray) -> list[int]:
    """Return where `new` leaps away from `old` for more than a bar; a last bar that moved is for the gate to judge."""
    away = np.log(new / old)
    moved_old, moved_new = (np.abs(np.diff(np.log(values))) for values in (old, new))
    found = []
    for n in (1 + np.flatnonzero((moved_new >= np.log(LEAP)) & (moved_old < moved_new))).tolist():
        before, after = away[max(0, n - LEAP_BARS) : n], away[n : n + LEAP_BARS]
        if len(after) > 1 and abs(np.median(after) - np.median(before)) >= np.log(LEAP):
            found.append(n)
    return found[:1]


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
