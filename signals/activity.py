"""Momentum and activity of a symbol: RSI, relative volume, 52-week extremes, volatility, and whether it is crowded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from signals.activity_append import append
from signals.activity_columns import ActivityColumns
from signals.changes import Found, events_of, plain
from signals.crowding import CROWDED_RSI, CROWDED_TOGETHER, crowding_checks, crowding_state
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import InvalidThreshold
from signals.example import example_market
from signals.option_columns import traded_in
from signals.states import changed_to, latched
from signals.telling import checked_row, last_known_row, read_row
from signals.types import (
    Coverage,
    Event,
    FloatArray,
    History,
    IntArray,
    Market,
    Reading,
    Scalar,
    Thresholds,
)
from signals.volumes import volume_columns, volume_symbol

VERSION = 1

VALUES = {
    "close": "last close, in the unit of the prices",
    "d1_pct": "change since the close one session before, per cent",
    "d5_pct": "change since the close five sessions before, per cent",
    "rsi14": "Wilder's relative strength index over 14 changes, 0 to 100",
    "volume": "shares traded (an index takes its ETF's)",
    "rvol20": "volume / mean volume of the 20 sessions before (an index takes its ETF's)",
    "high_52w": "highest close of the last 252 sessions, in the unit of the prices",
    "low_52w": "lowest close of the last 252 sessions, in the unit of the prices",
    "from_high_pct": "distance from that highest close, per cent, at most 0",
    "from_low_pct": "distance from that lowest close, per cent, at least 0",
    "new_52w": "high where the close is above all others of 252 sessions, low where it is below them, else none",
    "since_high_sessions": "sessions since the last new 52-week high; missing where none was seen",
    "since_low_sessions": "sessions since the last new 52-week low; missing where none was seen",
    "volatility20_pct": "realised volatility of 20 sessions, per cent a year",
}

_PLAIN = tuple(name for name in VALUES if name not in ("new_52w", "since_high_sessions", "since_low_sessions"))
_TOLD = ("close", "d5_pct", "rsi14", "rvol20")
"""What an event says."""
_AT_ONCE = 256
"""Symbols whose switches are looked at in one go, so that the memory stays small."""


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute momentum, volume, 52-week extremes and volatility for every symbol and session.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.basis` says which close is used.
    thresholds : mapping
        None of them is a window.

    Returns
    -------
    History
        Columns of shape (T, N), each computed when first asked for: ``close``, ``d1_pct``, ``d5_pct``, ``rsi14``,
        ``volume``, ``rvol20``, ``high_52w``, ``low_52w``, ``from_high_pct``, ``from_low_pct``, ``volatility20_pct``
        (float64, NaN where unknown); ``new_high_row``, ``new_low_row`` (int32: the row of the last close that was
        above, or below, all others of its 252 sessions; -1 where there is none).

    Notes
    -----
    Row t uses rows up to t only. A missing close makes every value unknown whose window holds it: 252 sessions for
    the extremes, 21 for the volatility, 15 for the RSI. A volume of 0 is a missing volume.

    Examples
    --------
    >>> from signals.activity import ACTIVITY, _example
    >>> ACTIVITY.history(_example(), ACTIVITY.thresholds_with())["d1_pct"].ravel().round(1)
    array([nan, 10., 10., 10., 10.])
    """
    del thresholds
    prices = market.prices
    columns = ActivityColumns(prices.closes(market.basis), prices.volume, volume_columns(prices))
    return History(prices.sessions, prices.symbols, columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of `subject`, and whether it is crowded.

    Crowded means RSI14 of at least `crowded_rsi`, or volume of at least `crowded_relative_volume` times the usual
    together with `crowded_call_put` times as many calls as puts traded. Without an option chain of that session this
    half is unknown, and said to be.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        One of its symbols.
    thresholds : mapping
        All of them: the bounds of the checks.
    t : int
        Row, counted from the end where negative. A symbol without a bar there is read at its last bar before.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; the state is ``crowded``, ``not crowded``, or
        ``unknown`` where what is known does not decide.

    Raises
    ------
    UnknownSubject
        If there are no prices of `subject`.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.activity import ACTIVITY, _example
    >>> thresholds = ACTIVITY.thresholds_with()
    >>> now = ACTIVITY.reading(ACTIVITY.history(_example(), thresholds), "STRL", thresholds)
    >>> now.state, round(now.values["d1_pct"], 1), now.values["rsi14"], now.checks[2].result.value
    ('unknown', 10.0, None, 'unknown')
    """
    n = history.market.prices.column(subject)
    asked = checked_row(history, t)
    columns = cast("ActivityColumns", history.columns).only(np.array([n]))
    row = last_known_row(columns.close[:, 0], asked)
    values = _values(columns, row)
    traded = traded_in(history.market, subject, history.sessions[row].item())
    speaks = volume_symbol(history.market.prices, subject)
    checks = crowding_checks(values, thresholds, traded=traded, volume_from=speaks)
    return read_row(
        ACTIVITY,
        history,
        subject,
        (asked, row),
        state=crowding_state(checks),
        values=values,
        checks=checks,
        coverage=Coverage(n=int(values["close"] is not None), of=1),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find the symbols that became crowded on rows `since` and later, by session.

    Once RSI14 has reached `crowded_rsi` it is told again only after it has been below `crowded_rsi_rearm`. A symbol
    whose first known RSI is that high is not told: nobody saw it rise.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end. A scan asks for the last row alone and pays for the RSI.

    Returns
    -------
    list of Event
        The same rows give the same events whatever comes after them; an open session gives none.

    Examples
    --------
    >>> from signals.activity import ACTIVITY, _example
    >>> ACTIVITY.events(ACTIVITY.history(_example(), {}), ACTIVITY.thresholds_with())
    []
    """
    columns = cast("ActivityColumns", history.columns)

    def found(first: int, until: int) -> Iterator[Found]:
        is_hot = columns["rsi14"][max(0, first - 1) : until] >= float(thresholds["crowded_rsi"])
        symbols = np.flatnonzero((is_hot[1:] & ~is_hot[:-1]).any(axis=0))
        for start in range(0, len(symbols), _AT_ONCE):
            yield _crowded(columns, symbols[start : start + _AT_ONCE], (first, until), thresholds)

    return events_of(ACTIVITY, history, thresholds, since, found)


def validate(thresholds: Thresholds) -> None:
    """Raise `InvalidThreshold` where the event would be re-armed while it lasts."""
    if float(thresholds["crowded_rsi_rearm"]) >= float(thresholds["crowded_rsi"]):
        bound = thresholds["crowded_rsi"]
        raise InvalidThreshold(
            "crowded_rsi_rearm", thresholds["crowded_rsi_rearm"], f"must be below crowded_rsi, which is {bound}"
        )


def _crowded(columns: ActivityColumns, symbols: IntArray, rows: tuple[int, int], thresholds: Thresholds) -> Found:
    """Find where RSI14 of `symbols` reaches the bound anew, on rows from the first of `rows` to before the second."""
    since, until = rows
    rsi = columns["rsi14"][:until, symbols]
    state = _switch(rsi, float(thresholds["crowded_rsi"]), float(thresholds["crowded_rsi_rearm"]))
    at, which = np.nonzero(changed_to(state, 1)[since:])
    at += since
    crowded, places = np.unique(symbols[which], return_inverse=True)
    cut = columns.only(crowded)
    values = {name: plain(cut[name][at, places]) for name in _TOLD}
    return Found("crowded", at, symbols[which], values)


def _switch(rsi: FloatArray, on: float, below: float) -> NDArray[np.int8]:
    """Return 1 from a value of at least `on` until one under `below`; a first value between the two is armed."""
    state = latched(rsi, on, np.nextafter(below, -np.inf))
    state[(state == 0) & np.isfinite(rsi)] = -1
    return state


def _values(columns: ActivityColumns, row: int) -> dict[str, Scalar]:
    def value(name: str) -> Any:
        return plain(columns[name][row : row + 1, 0])[0]

    def since(name: str) -> int | None:
        found = value(name)
        return None if found is None else row - int(found)

    since_high, since_low = since("new_high_row"), since("new_low_row")
    is_known = value("high_52w") is not None
    extreme = "high" if since_high == 0 else "low" if since_low == 0 else "none"
    found = {name: value(name) for name in _PLAIN} | {
        "new_52w": extreme if is_known else None,
        "since_high_sessions": since_high,
        "since_low_sessions": since_low,
    }
    return {name: found[name] for name in VALUES}


THRESHOLDS: tuple[Threshold, ...] = (
    CROWDED_RSI,
    Threshold("crowded_rsi_rearm", "limit", "points", 70.0, 0.0, 99.0, "told again only after RSI14 has been below it"),
    *CROWDED_TOGETHER,
)

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "crowded",
        "Crowded",
        "RSI14 has reached the level at which a symbol counts as crowded",
        ("crowded_rsi", "crowded_rsi_rearm"),
        2,
    ),
)

ACTIVITY = Signal(
    name="activity",
    title="Momentum and activity",
    summary="A symbol's RSI, volume against usual, 52-week high and low, volatility, and whether it is crowded.",
    subject_kind="symbol",
    version=VERSION,
    needs=Needs(fields=("close", "volume"), lookback_sessions=253),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    validate=validate,
    takes="<symbol>",
    append=append,
)


def _example() -> Market:
    return example_market("STRL", [100, 110, 121, 133.1, 146.41])
