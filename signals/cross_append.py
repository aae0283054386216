"""One more session of a cross history, without the years before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.cross_columns import GAP_SESSIONS, NONE, CrossColumns
from signals.last_rows import LastRows, market_from, memory_of
from signals.types import History, Market, Thresholds
from signals.volumes import volume_columns
from signals.wilder import wilder_averages, wilder_continued
from signals.windows import trend_state

VOLUME_SESSIONS = 20
_WINDOWED = (
    "close",
    "fast",
    "slow",
    "gap_pct",
    "gap_change_5",
    "trigger_close",
    "flat_sessions",
    "volume",
    "rvol20",
)
_ROWS = ("since_row", "last_golden_row", "last_death_row")

Memory = Mapping[str, NDArray[Any]]


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    What looks at a window is made of the last rows. The averages of the RSI, the state (two averages that are equal
    keep it) and the rows of the last crosses are carried on.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from signals.cross import CROSS, _example
    >>> market, thresholds = _example(), CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[2].item()))
    >>> append(CROSS.history(known, thresholds), market, thresholds)["crossed"].ravel()
    array([1, 0], dtype=int8)
    """
    first = len(before.market.prices.sessions)
    count = len(market.prices.sessions) - first
    memory = memory_of(before, _remembered)
    fast, slow = int(thresholds["fast"]), int(thresholds["slow"])
    tail = market_from(market, max(0, first - max(slow + GAP_SESSIONS, VOLUME_SESSIONS)))
    closes, prices = market.prices.closes(market.basis), tail.prices
    made = CrossColumns(prices.closes(market.basis), prices.volume, volume_columns(prices), fast=fast, slow=slow)
    columns = {name: made[name][-count:] for name in _WINDOWED}
    columns["state"] = _states(columns["fast"], columns["slow"], memory["state"])
    columns |= _crosses(columns["state"], memory, first)
    columns["rsi14"], averages = wilder_continued(closes, memory["averages"], first)
    kept = {name: columns[name][-1] for name in ("state", *_ROWS)} | {"averages": averages}
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, kept), before.windows, market)


def _remembered(whole: History) -> Memory:
    kept = {name: whole[name][-1] for name in ("state", *_ROWS)}
    return kept | {"averages": wilder_averages(whole["close"])}


def _states(fast: NDArray[Any], slow: NDArray[Any], before: NDArray[Any]) -> NDArray[Any]:
    """Return the state of each row; where the averages are equal, that of the row before."""
    states = np.empty(fast.shape, dtype=np.int8)
    for row in range(len(fast)):
        state = trend_state(fast[row : row + 1], slow[row : row + 1])[0]
        is_tie = (state == 0) & np.isfinite(fast[row]) & np.isfinite(slow[row])
        before = states[row] = np.where(is_tie, before, state)
    return states


def _crosses(states: NDArray[Any], memory: Memory, first: int) -> dict[str, NDArray[Any]]:
    """Return where the state turned, and the rows at which it last did."""
    crossed = np.zeros_like(states)
    rows = {name: np.empty(states.shape, dtype=np.int32) for name in _ROWS}
    before, known = memory["state"], {name: memory[name] for name in _ROWS}
    for row, state in enumerate(states):
        np.copyto(crossed[row], state, where=state * before < 0)
        began = np.where(crossed[row] != 0, np.int32(first + row), known["since_row"])
        known = {
            "since_row": np.where(state == 0, np.int32(NONE), began),
            "last_golden_row": np.where(crossed[row] > 0, np.int32(first + row), known["last_golden_row"]),
            "last_death_row": np.where(crossed[row] < 0, np.int32(first + row), known["last_death_row"]),
        }
        for name in _ROWS:
            rows[name][row] = known[name]
        before = state
    return {"crossed": crossed, **rows}
