"""The last rows of a cross, found without going through the years of everybody: what a scan of one session needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from signals.cross_columns import GAP_SESSIONS, NONE, CrossColumns, flat_sessions
from signals.cross_events import AFTERMATH_SESSIONS
from signals.last_rows import market_from
from signals.types import BoolArray, FloatArray, History, IntArray, Market, Thresholds
from signals.volumes import VOLUME_FROM, volume_columns
from signals.windows import moving_averages, trend_state, wilder_rsi

APPROACH_SESSIONS = 126
"""An approach that began longer ago, and never ended since, makes the whole history needed."""


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Compute a history whose events on rows `since` and later are those of the whole one.

    An event needs a cross on its row or up to 20 rows before it, or a forecast within the widest approach asked for:
    averages tell who has one, and all others are left out. Of those that are left, only the rows are kept that the
    events look at. What remembers longer is made of all rows: the RSI, where it is asked for, and the state of two
    averages that are equal.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    sets : sequence of mapping
        Complete thresholds with equal windows, at least one.
    since : int
        First row whose events are wanted, counted from the start.

    Returns
    -------
    History
        Of some symbols, in their order, and of the last sessions. Its columns are those of the whole history, bit for
        bit, on every row an event from `since` on looks at; a row that a column names is one of this history.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> [event.kind for event in CROSS.events(deciding(_example(), [thresholds], 3), thresholds, since=-2)]
    ['golden_cross']
    """
    closes = market.prices.closes(market.basis)
    windows = int(sets[0]["fast"]), int(sets[0]["slow"])
    widest = max(int(thresholds["approach_sessions"]) for thresholds in sets)
    named = _concerned(closes, windows, since, widest=widest)
    rising = max(int(thresholds["rising_sessions"]) for thresholds in sets)
    looked_at = max(APPROACH_SESSIONS, AFTERMATH_SESSIONS + rising) + GAP_SESSIONS
    first = max(0, since - looked_at - windows[1])
    has_rsi = any(thresholds["require_not_overheated"] == "yes" for thresholds in sets)
    found = _from_row(market, named, windows, first, has_rsi=has_rsi)
    columns = cast("CrossColumns", found.columns)
    if first and _has_endless_approach(columns, since - first, slow=windows[1], widest=widest):
        return _from_row(market, named, windows, 0, has_rsi=has_rsi)
    return found


def _concerned(closes: FloatArray, windows: tuple[int, int], since: int, *, widest: int) -> IntArray:
    """Return the columns that may have an event from row `since` on.

    Where two averages have been equal since the tail's first row, only the past tells their state: those are named,
    too.
    """
    slow_sessions = windows[1]
    first_state = max(0, since - AFTERMATH_SESSIONS - 1)
    first = max(0, first_state - slow_sessions + 1)
    tail = np.ascontiguousarray(closes[first:])
    fast, slow = moving_averages(tail, windows)
    state = np.zeros(tail.shape, dtype=np.int8)
    known = slice(first_state - first, None)
    state[known] = trend_state(fast[known], slow[known])
    crossed = state[known][1:] * state[known][:-1] < 0
    flat = flat_sessions((tail, fast, slow, state), windows=windows, first_row=since - first)[since - first :]
    is_near = (flat > 0) & (flat <= widest)
    is_concerned: BoolArray = crossed.any(axis=0) | is_near.any(axis=0) | _ties(state[known], fast[known] - slow[known])
    return np.flatnonzero(is_concerned).astype(np.int64)


def _ties(state: NDArray[np.int8], gap: FloatArray) -> BoolArray:
    """Tell which columns have averages that are equal for as long as these rows know them."""
    tied: BoolArray = ((state == 0) & np.isfinite(gap)).any(axis=0)
    return tied


def _from_row(market: Market, named: IntArray, windows: tuple[int, int], first: int, *, has_rsi: bool) -> History:
    """Return the history of some columns, and the funds whose volumes speak for them, from row `first` on."""
    prices, closes = market.prices, market.prices.closes(market.basis)
    wanted = {prices.symbols[column] for column in named.tolist()}
    wanted |= {VOLUME_FROM[symbol] for symbol in wanted if symbol in VOLUME_FROM}
    symbols = [symbol for symbol in prices.symbols if symbol in wanted]
    places = np.array([prices.column(symbol) for symbol in symbols], dtype=np.int64)
    cut = market_from(market, first).only(symbols)
    columns = CrossColumns(
        cut.prices.closes(market.basis),
        cut.prices.volume,
        volume_columns(cut.prices),
        fast=windows[0],
        slow=windows[1],
    )
    fast, slow = columns.averages
    state = trend_state(fast, slow)
    tied = np.flatnonzero(_ties(state, fast - slow))
    if len(tied):
        state[:, tied] = trend_state(*moving_averages(closes[:, places[tied]], windows))[first:]
    columns.give(state=state)
    if has_rsi:
        columns.give(rsi14=wilder_rsi(closes[:, places])[first:])
    own = {"fast": windows[0], "slow": windows[1]}
    return History(cut.prices.sessions, cut.prices.symbols, columns, own, cut)


def _has_endless_approach(columns: CrossColumns, since: int, *, slow: int, widest: int) -> bool:
    """Tell whether anybody is near a cross from row `since` on and nothing has ended an approach in all these rows."""
    known = slow + GAP_SESSIONS  # from here on every column is that of the whole history
    uncrossed = columns.only(np.flatnonzero(~columns["crossed"][known:].any(axis=0)))
    ahead = uncrossed.flat_in(slice(since, None))
    near = uncrossed.only(np.flatnonzero(((ahead > 0) & (ahead <= widest)).any(axis=0)))
    flat = near["flat_sessions"][known:]
    return bool((~((flat == NONE) | (flat > 2 * widest)).any(axis=0)).any())
