"""A history that grows: the rows of new sessions, without computing the years before them again."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from signals.catalog import whole_history
from signals.definition import Signal
from signals.last_rows import rows_after
from signals.types import FloatArray, History, Market, Thresholds

MOST_SESSIONS = 21
"""Of more new sessions than these the whole history is computed anew."""
_NEVER = np.datetime64("0001-01-01", "D")


def appended(
    signal: Signal,
    before: History,
    market: Market,
    thresholds: Thresholds,
    chosen: Mapping[str, Thresholds] | None = None,
) -> History:
    """Compute the rows that a history of `market` has beyond `before`.

    Where a signal reads few series, or `market` does not simply go on where `before` ended (other symbols, windows,
    basis or members, restated closes, an unfinished last bar), the whole history is made and cut: the answer is the
    same.

    Parameters
    ----------
    signal : Signal
        Any of the catalog's.
    before : History
        A whole history (see `whole_history`), or what this function returned for the sessions before.
    market : Market
        Prices of shape (T, N), those of `before` and later ones. Bars up to the last of `before` must be what they
        were: only the last row is compared.
    thresholds : mapping
        All of the signal's.
    chosen : mapping of str to mapping, optional
        All thresholds of the signals it reads, by their names; defaults where it has none.

    Returns
    -------
    History
        The new sessions alone, columns of shape (k, N): bit for bit the last rows of ``whole_history``. A row that a
        column names is counted from the market's first. It remembers what the next call needs; it cannot be read, nor
        searched for events.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> from signals.last_rows import market_from
    >>> from dataclasses import replace
    >>> market, thresholds = _example(), CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> now = appended(CROSS, CROSS.history(known, thresholds), market, thresholds)
    >>> now["state"], now["since_row"]
    (array([[1]], dtype=int8), array([[3]], dtype=int32))
    """
    if signal.append is None or not _goes_on(signal, before, market, thresholds):
        whole = whole_history(signal, market, thresholds, chosen)
        known = before.market.prices.sessions
        return rows_after(whole, known[-1]) if len(known) else rows_after(whole, _NEVER)
    return signal.append(before, market, thresholds)


def _goes_on(signal: Signal, before: History, market: Market, thresholds: Thresholds) -> bool:
    """Tell whether `market` is what `before` was made of, and some sessions more."""
    known, now = before.market, market
    count = len(known.prices.sessions)
    if not 0 < count < len(now.prices.sessions) <= count + MOST_SESSIONS:
        return False
    return (
        dict(before.windows) == dict(signal.windows_of(thresholds))
        and known.basis is now.basis
        and known.open_session is None
        and known.prices.symbols == now.prices.symbols
        and np.array_equal(known.prices.sessions, now.prices.sessions[:count])
        and np.array_equal(_closes(known, count - 1), _closes(now, count - 1), equal_nan=True)
        and _members(known, count) == _members(now, count)
    )


def _closes(market: Market, row: int) -> FloatArray:
    closes: FloatArray = market.prices.closes(market.basis)[row]
    return closes


def _members(market: Market, count: int) -> object:
    """Return the lists of members that were known at row ``count - 1``."""
    last = market.prices.sessions[count - 1].item()
    dated = [each for each in market.facts.holdings if each.effective_date <= last]
    return market.universes, [(each.universe, each.effective_date, each.symbols) for each in dated]
