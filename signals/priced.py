"""Which sessions have prices: what is known of a market is told in those."""

from __future__ import annotations

import numpy as np

from signals.changes import NONE
from signals.types import IntArray, Market


def last_priced_rows(market: Market) -> IntArray:
    """Return, for each session, the last one up to it with any price.

    Parameters
    ----------
    market : Market
        T sessions.

    Returns
    -------
    ndarray of int64, shape (T,)
        Rows; -1 where there is none yet.

    Examples
    --------
    >>> from signals.example import example_market
    >>> last_priced_rows(example_market("STRL", [np.nan, 4.0, np.nan, 6.0, np.nan]))
    array([-1,  1,  1,  3,  3])
    """
    closes = market.prices.closes(market.basis)
    priced = np.isfinite(closes).any(axis=1)
    rows = np.where(priced, np.arange(len(closes), dtype=np.int64), NONE)
    return np.asarray(np.maximum.accumulate(rows), dtype=np.int64)
