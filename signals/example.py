"""The five-session market that the examples in docstrings are computed on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from signals.types import Calendar, Market, Prices

ROUND_A_HOLIDAY = ("2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03", "2025-07-07")
ROUND_A_QUARTER = ("2025-06-27", "2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03")


def example_market(symbol: str, closes: Sequence[float], *, days: Sequence[str] = ROUND_A_HOLIDAY) -> Market:
    """Build a market of one symbol as known at the last close, every session closing at 20:00 UTC.

    Parameters
    ----------
    symbol : str
        What the prices are called.
    closes : sequence of float, length T
        Its closes.
    days : sequence of str, length T
        The sessions, ISO dates.

    Returns
    -------
    Market
        Prices of shape (T, 1) and a calendar of those sessions alone.

    Raises
    ------
    UnalignedInput
        If there are not as many closes as days.

    Examples
    --------
    >>> example_market("STRL", [6, 4, 2, 8, 6]).prices.close.ravel()
    array([6., 4., 2., 8., 6.])
    """
    sessions = np.array(days, dtype="datetime64[D]")
    instants = (sessions + np.timedelta64(20, "h")).astype("datetime64[s]")
    as_of: datetime = instants[-1].item()
    prices = Prices(sessions, (symbol,), np.array(closes, dtype=np.float64)[:, None])
    return Market(prices, as_of.replace(tzinfo=UTC), "example", Calendar(sessions, instants))
