"""One more session of a breadth history, without counting the years before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.breadth_columns import UNIVERSES, columns_of, in_parts
from signals.breadth_counts import YEAR_SESSIONS, cumulative, exponential_average
from signals.facts import in_force
from signals.last_rows import LastRows, market_from, memory_of
from signals.types import History, Market, Thresholds

_REMEMBERED = ("advancing_frac", "is_hindsight", "advances", "declines")


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    Members are counted on the last rows alone. The counts of all sessions, two numbers a session, are kept: the average
    of the advancing share and the sum of advances minus declines are made of them.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from signals.breadth import BREADTH, _example
    >>> market, thresholds = _example(), BREADTH.thresholds_with()
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> append(BREADTH.history(known, thresholds), market, thresholds)["ad_line"]
    array([[ 3., nan]])
    """
    del thresholds
    first = len(before.market.prices.sessions)
    count = len(market.prices.sessions) - first
    tail = market_from(market, max(0, first - YEAR_SESSIONS))
    wanted = len(tail.prices.sessions) - count
    made = [_columns(tail, universe, index, wanted) for universe, index in UNIVERSES]
    columns = {name: np.column_stack([each[name][-count:] for each in made]) for name in made[0]}
    memory = memory_of(before, lambda whole: {name: whole[name] for name in _REMEMBERED})
    kept = {name: np.concatenate([memory[name], columns[name]]) for name in _REMEMBERED}
    for place in range(len(UNIVERSES)):
        known = np.flatnonzero(~kept["is_hindsight"][:, place])
        start = int(known[0]) if len(known) else len(kept["is_hindsight"])
        moved = kept["advances"][:, place] - kept["declines"][:, place]
        average = in_parts(exponential_average, kept["advancing_frac"][:, place], start)
        columns["advancing_ema_frac"][:, place] = average[first:]
        columns["ad_line"][:, place] = in_parts(cumulative, moved, start)[first:]
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, kept), before.windows, market)


def _columns(tail: Market, universe: str, index: str, first: int) -> dict[str, NDArray[Any]]:
    """Return the columns of one universe; lists of members that were out of force by then are not gone through."""
    files = tail.facts.of_universe(universe)
    past = max(0, int(in_force(files, tail.prices.sessions[:1])[0]))
    lately = replace(tail, facts=replace(tail.facts, holdings=files[past:]))
    columns = columns_of(lately, universe, index, first=first)
    columns["file"] = columns["file"] + past if files else columns["file"]
    return columns
