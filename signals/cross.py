"""Golden and death cross: the fast average of the close passes above or below the slow one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import numpy as np

from signals.changes import Found, events_of, plain
from signals.cross_append import append
from signals.cross_columns import CrossColumns
from signals.cross_events import find
from signals.cross_last import deciding
from signals.cross_layers import LAYERS, Cells
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import InvalidThreshold
from signals.example import example_market
from signals.telling import checked_row, last_known_row, read_row
from signals.types import Check, Coverage, Event, History, Market, Reading, Result, Scalar, Thresholds
from signals.volumes import VOLUME_FROM as VOLUME_FROM  # noqa: PLC0414 - others ask for it here
from signals.volumes import volume_columns, volume_symbol

VERSION = 1
STATES = {1: "golden", -1: "death", 0: "unknown"}

VALUES = {
    "close": "last close, in the unit of the prices",
    "fast": "average of the last `fast` closes",
    "slow": "average of the last `slow` closes",
    "gap_pct": "100 x (fast / slow - 1)",
    "gap_change_5": "change of gap_pct over 5 sessions, in points",
    "trigger_close": "the next close at which both averages would be equal; missing where no positive close does it",
    "flat_sessions": "sessions until the averages cross if every coming close equals the last; missing beyond 60",
    "sessions_since": "sessions since the cross that began the state; missing where it was not seen to begin",
    "last_golden": "session of the last golden cross",
    "last_death": "session of the last death cross",
    "rsi14": "Wilder's relative strength index over 14 changes, 0 to 100",
    "rvol20": "volume / mean volume of the 20 sessions before (an index takes its ETF's)",
}

_WINDOWS = ("fast", "slow")
_YES_NO = ("yes", "no")


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute both averages, the state and what follows from them for every symbol and session.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.basis` says which close is used.
    thresholds : mapping
        Only the windows `fast` and `slow` matter here.

    Returns
    -------
    History
        Columns of shape (T, N), each computed when first asked for: ``close``, ``fast``, ``slow``, ``gap_pct``,
        ``gap_change_5``, ``trigger_close``, ``rsi14``, ``volume``, ``rvol20`` (float64, NaN where unknown); ``state``
        (int8: 1 golden, -1 death, 0 unknown); ``crossed`` (int8: 1 or -1 on the session of a cross); ``flat_sessions``
        (int16), ``since_row``, ``last_golden_row``, ``last_death_row`` (int32), -1 where there is none.

    Notes
    -----
    Row t uses rows up to t only. The averages of the first ``window - 1`` sessions, and of every window with a missing
    close, are NaN and the state there is unknown; the first state after that is not a cross.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> CROSS.history(_example(), CROSS.thresholds_with({"fast": 2, "slow": 3}))["state"].ravel()
    array([ 0,  0, -1,  1,  1], dtype=int8)
    """
    prices = market.prices
    columns = CrossColumns(
        prices.closes(market.basis),
        prices.volume,
        volume_columns(prices),
        fast=int(thresholds["fast"]),
        slow=int(thresholds["slow"]),
    )
    windows = {name: thresholds[name] for name in _WINDOWS}
    return History(prices.sessions, prices.symbols, columns, windows, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of `subject`: averages, gap, state, forecasts and confirmation layers.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    subject : str
        One of its symbols.
    thresholds : mapping
        All of them; the limits are the bounds of the layers.
    t : int
        Row, counted from the end where negative. A symbol without a bar there is read at its last bar before.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing: too short a history has the state ``unknown`` and no
        averages.

    Raises
    ------
    UnknownSubject
        If there are no prices of `subject`.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> now = CROSS.reading(CROSS.history(_example(), thresholds), "STRL", thresholds)
    >>> now.state, now.values["last_golden"], now.values["sessions_since"], now.values["fast"]
    ('golden', '2025-07-03', 1, 7.0)
    """
    n = history.market.prices.column(subject)
    asked = checked_row(history, t)
    columns = cast("CrossColumns", history.columns).only(np.array([n]))
    row = last_known_row(columns.close[:, 0], asked)
    has_bar = bool(np.isfinite(columns.close[row, 0]))
    return read_row(
        CROSS,
        history,
        subject,
        (asked, row),
        state=STATES[int(columns["state"][row, 0])],
        values=_values(columns, row, history.sessions),
        checks=_checks(columns, row, thresholds, volume_from=volume_symbol(history.market.prices, subject)),
        coverage=Coverage(n=int(has_bar), of=1),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find what changed on rows `since` and later, by session.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end. A scan asks for the last row alone and pays little.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`. The same rows give the same events whatever comes after them; an open session gives none.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> found = CROSS.events(CROSS.history(_example(), thresholds), thresholds)
    >>> [(event.kind, event.session.isoformat()) for event in found]
    [('golden_cross', '2025-07-03')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(cast("CrossColumns", history.columns), thresholds, since=first, until=until)

    return events_of(CROSS, history, thresholds, since, found)


def validate(thresholds: Thresholds) -> None:
    """Raise `InvalidThreshold` where fast is not below slow or nothing is required of a confirmation."""
    if int(thresholds["fast"]) >= int(thresholds["slow"]):
        raise InvalidThreshold("fast", thresholds["fast"], f"must be below slow, which is {thresholds['slow']}")
    if all(thresholds[f"require_{layer.name}"] == "no" for layer in LAYERS):
        raise InvalidThreshold("require_holds", "no", "at least one layer must be required for a confirmation")


def _values(columns: CrossColumns, row: int, sessions: np.ndarray[Any, Any]) -> dict[str, Scalar]:
    def value(name: str) -> Any:
        at = slice(row, row + 1)
        return plain((columns.flat_in(at) if name == "flat_sessions" else columns[name][at])[:, 0])[0]

    def day(name: str) -> str | None:
        found = value(name)
        return None if found is None else str(sessions[found])

    since = value("since_row")
    return {
        **{name: value(name) for name in tuple(VALUES)[:7]},
        "sessions_since": None if since is None else row - since,
        "last_golden": day("last_golden_row"),
        "last_death": day("last_death_row"),
        "rsi14": value("rsi14"),
        "rvol20": value("rvol20"),
    }


def _checks(columns: CrossColumns, row: int, thresholds: Thresholds, *, volume_from: str | None) -> tuple[Check, ...]:
    cells = Cells(
        rows=np.array([row]),
        columns=np.array([0]),
        since=columns["since_row"][[row], 0].astype(np.int64),
        side=columns["state"][[row], 0].astype(np.float64),
    )
    checks = []
    for layer in LAYERS:
        value, bound, passes = layer.answer(columns, cells, thresholds)
        known = plain(value)[0]
        result = Result.UNKNOWN if known is None else Result.PASS if passes[0] else Result.FAIL
        title = layer.titles[int(cells.side[0] < 0)]
        if layer.name == "relative_volume":
            title += f" ({volume_from or 'no volume'})"
        checks.append(Check(layer.name, result, known, float(bound[0]), title))
    return tuple(checks)


def _required(layer: str, default: str) -> Threshold:
    text = f"whether a confirmation needs the layer {layer}"
    return Threshold(f"require_{layer}", "limit", "", default, 0, 0, text, choices=_YES_NO)


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("fast", "window", "sessions", 50, 2, 400, "closes in the fast average; below slow"),
    Threshold("slow", "window", "sessions", 200, 2, 400, "closes in the slow average"),
    Threshold(
        "approach_sessions",
        "limit",
        "sessions",
        10,
        1,
        30,
        "an approach: the averages would cross within so many flat closes",
    ),
    Threshold("hold_sessions", "limit", "sessions", 3, 1, 20, "holds: closes since the cross"),
    Threshold("separation_pct", "limit", "pct", 1.0, 0.0, 20.0, "separation: gap between the averages"),
    Threshold(
        "rising_sessions", "limit", "sessions", 20, 1, 200, "slow_rising: the slow average is compared with so long ago"
    ),
    Threshold("relative_volume", "limit", "ratio", 1.2, 0.0, 20.0, "relative_volume: on the day of the cross"),
    Threshold(
        "overheated_rsi",
        "limit",
        "points",
        70.0,
        50.0,
        100.0,
        "not_overheated: RSI14 below it (mirrored for a death cross)",
    ),
    *(_required(layer.name, "yes" if layer.name in ("holds", "separation") else "no") for layer in LAYERS),
)

KINDS: tuple[EventKind, ...] = (
    EventKind("golden_cross", "Golden cross", "the fast average crossed above the slow one", _WINDOWS, 5),
    EventKind("death_cross", "Death cross", "the fast average crossed below the slow one", _WINDOWS, 5),
    EventKind("failed", "Cross undone", "the opposite cross came within 20 sessions", _WINDOWS, 4),
    EventKind(
        "confirmed",
        "Cross confirmed",
        "all required layers passed within 20 sessions of a cross",
        tuple(t.name for t in THRESHOLDS if t.name != "approach_sessions"),
        3,
    ),
    EventKind(
        "approaching_golden",
        "Golden cross ahead",
        "the averages would cross upward within a few flat closes, and the gap is narrowing",
        (*_WINDOWS, "approach_sessions"),
        3,
    ),
    EventKind(
        "approaching_death",
        "Death cross ahead",
        "the averages would cross downward within a few flat closes, and the gap is narrowing",
        (*_WINDOWS, "approach_sessions"),
        3,
    ),
)

CROSS = Signal(
    name="cross",
    title="Golden and death cross",
    summary="Where the 50-session average of the close stands against the 200-session one, and when they cross.",
    subject_kind="symbol",
    version=VERSION,
    needs=Needs(fields=("close", "volume"), lookback_sessions=200),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    validate=validate,
    takes="[symbol]",
    deciding=deciding,
    append=append,
)


def _example() -> Market:
    return example_market("STRL", [6, 4, 2, 8, 6])
