"""The Nasdaq's median share beside QQQ: who counted as a Nasdaq share session by session, and what the median did."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.breadth_counts import medians_of
from signals.breadth_members import NO_FILE, Roll, roll_of
from signals.periods import returns_since
from signals.telling import scalar
from signals.types import BoolArray, FloatArray, History, Market, Scalar

UNIVERSE = "nasdaq"
HORIZONS = (1, 5, 21)
MEDIANS = {
    f"median_minus_qqq_{sessions}_pct": f"median return of the Nasdaq shares over {sessions} session"
    f"{'' if sessions == 1 else 's'} minus QQQ's, points"
    for sessions in HORIZONS
}
LISTED = {
    "members": "shares in the list of Nasdaq shares",
    "covered": "of those, with a close in this session and 21 before",
    "file_date": "date of that list; missing where it has none",
    "file_age_days": "days from that date to the session; missing where the list was not known then (hindsight)",
}


def median_columns(market: Market, large: FloatArray) -> dict[str, NDArray[Any]]:
    """Return the median share's columns, each of shape (T,).

    Parameters
    ----------
    market : Market
        Its facts hold the dated lists of ``nasdaq``; without any, ``market.universes["nasdaq"]`` stands in.
    large : ndarray of float64, shape (T,)
        Closes of QQQ, NaN where missing.

    Returns
    -------
    dict of str to ndarray
        Those of `MEDIANS` (points, NaN where unknown); ``members``, ``covered`` and ``file`` (whole numbers, ``file``
        the place of the list among the dated ones, -1 where it has no date); ``is_hindsight`` (bool).

    Examples
    --------
    >>> from signals.breadth import _example
    >>> median_columns(_example(), np.ones(5))["members"]
    array([0, 0, 0, 0, 0])
    """
    closes, roll = market.prices.closes(market.basis), roll_of(market, UNIVERSE)
    rows = np.arange(len(large))
    return {
        **{
            name: medians_of(closes, roll, sessions) - returns_since(large, rows - sessions)
            for name, sessions in zip(MEDIANS, HORIZONS, strict=True)
        },
        "members": roll.count,
        "covered": _covered(np.isfinite(closes), roll),
        "file": roll.file,
        "is_hindsight": roll.is_hindsight,
    }


def median_values(history: History, row: int) -> dict[str, Scalar]:
    """Return what row `row` says of the median share, by name; all None where no list is known.

    Examples
    --------
    >>> from signals.catchup import CATCHUP, _example
    >>> set(median_values(CATCHUP.history(_example(), {"peak_sessions": 3}), 3).values())
    {None}
    """
    members = int(history["members"][row, 0])
    if not members:
        return {f"{UNIVERSE}.{name}": None for name in (*MEDIANS, *LISTED)}
    which = int(history["file"][row, 0])
    told = None if which == NO_FILE else history.market.facts.of_universe(UNIVERSE)[which].effective_date
    is_hindsight = bool(history["is_hindsight"][row, 0])
    age = (history.sessions[row].item() - told).days if told and not is_hindsight else None
    listed: dict[str, Scalar] = {
        "members": members,
        "covered": int(history["covered"][row, 0]),
        "file_date": told.isoformat() if told else None,
        "file_age_days": age,
    }
    medians = {name: scalar(history[name][row, 0]) for name in MEDIANS}
    return {f"{UNIVERSE}.{name}": value for name, value in (medians | listed).items()}


def _covered(known: BoolArray, roll: Roll) -> NDArray[np.int64]:
    back = HORIZONS[-1]
    covered = np.zeros(len(known), dtype=np.int64)
    for stint in roll.stints:
        first, end, columns = max(stint.rows.start, back), stint.rows.stop, roll.columns[stint.members]
        if first < end:
            both = known[first:end, columns] & known[first - back : end - back, columns]
            covered[first:end] = np.count_nonzero(both, axis=1)
    return covered
