"""What happened to rates, spreads and volatility that somebody may want to hear of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, plain
from signals.definition import EventKind, Threshold
from signals.macro_series import NAMES
from signals.states import carried, changed_to, latched
from signals.types import BoolArray, FloatArray, History, IntArray, Scalar, Thresholds

THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "ten_year_move_bp", "limit", "bp", 15.0, 1.0, 100.0, "a large move of the 10-year from one day to the next"
    ),
    Threshold(
        "credit_widening_bp", "limit", "bp", 50.0, 5.0, 500.0, "widening of the high-yield spread in 21 sessions"
    ),
    Threshold("credit_rearm_bp", "limit", "bp", 25.0, -500.0, 499.0, "told again only after it has been below this"),
    Threshold("vix_high", "limit", "points", 25.0, 10.0, 100.0, "the VIX is high from here on"),
    Threshold("vix_rearm", "limit", "points", 22.0, 5.0, 99.0, "told again only after the VIX has been below this"),
)

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "vix_high", "VIX high", "the VIX closed at or above a level it had been below", ("vix_high", "vix_rearm"), 4
    ),
    EventKind(
        "credit_widening",
        "Credit widening",
        "the high-yield spread has widened much within 21 sessions",
        ("credit_widening_bp", "credit_rearm_bp"),
        4,
    ),
    EventKind("curve_sign", "Yield curve turns", "the 10-year yield passed the 2-year yield, up or down", (), 4),
    EventKind("ten_year_move", "10-year move", "the 10-year yield moved much in one day", ("ten_year_move_bp",), 3),
)


def find(history: History, thresholds: Thresholds, *, since: int, until: int) -> Iterator[Found]:
    """Yield what changed on rows `since` to `until` - 1, kind by kind.

    Parameters
    ----------
    history : History
        From `signals.macro.history`.
    thresholds : mapping
        All of them.
    since, until : int
        Rows, counted from the start.

    Examples
    --------
    >>> from signals.macro import MACRO, _example
    >>> history = MACRO.history(_example(), {})
    >>> found = find(history, MACRO.thresholds_with(), since=0, until=len(history.sessions))
    >>> [each.values["change_1d_bp"] for each in found if each.kind == "ten_year_move"]
    [[-20.0]]
    """
    limits = {name: float(value) for name, value in thresholds.items()}
    found = (
        _vix_high(history, limits["vix_high"], limits["vix_rearm"]),
        _credit_widening(history, limits["credit_widening_bp"], limits["credit_rearm_bp"]),
        _curve_sign(history),
        _ten_year_move(history, limits["ten_year_move_bp"]),
    )
    for each in found:
        yield _between(each, since, until)


def _vix_high(history: History, high: float, rearm: float) -> Found:
    level = _column(history, "level", "^VIX")
    rows = _reached(level, high, rearm)
    values = {"level_points": plain(level[rows]), "change_1d_points": _told(history, "change_1d", "^VIX", rows)}
    return _found("vix_high", "^VIX", rows, values)


def _credit_widening(history: History, wide: float, rearm: float) -> Found:
    name = "BAMLH0A0HYM2"
    change = _column(history, "change_21d", name)
    rows = _reached(change, wide, rearm)
    values = {
        "level_pct": _told(history, "level", name, rows),
        "change_21d_bp": plain(change[rows]),
        "observed": _days(_column(history, "observed", name)[rows]),
    }
    return _found("credit_widening", name, rows, values)


def _curve_sign(history: History) -> Found:
    level = _column(history, "level", "curve")
    state = carried(np.sign(np.nan_to_num(level)).astype(np.int8))
    rows = np.flatnonzero(changed_to(state, 1) | changed_to(state, -1))
    values: dict[str, list[Scalar]] = {
        "level_pct": plain(level[rows]),
        "change_1d_bp": _told(history, "change_1d", "curve", rows),
        "state": np.where(state[rows] > 0, "normal", "inverted").tolist(),
        "observed": _days(_column(history, "observed", "curve")[rows]),
    }
    return _found("curve_sign", "curve", rows, values)


def _ten_year_move(history: History, large: float) -> Found:
    change = _column(history, "news", "DGS10")
    rows = np.flatnonzero(np.abs(change) >= large)
    values = {
        "level_pct": _told(history, "news_level", "DGS10", rows),
        "change_1d_bp": plain(change[rows]),
        "observed": _days(_column(history, "news_day", "DGS10")[rows]),
    }
    return _found("ten_year_move", "DGS10", rows, values)


def _reached(values: FloatArray, on: float, below: float) -> IntArray:
    """Return the rows on which `values` reach `on` anew, having been under `below`; a first value between is armed."""
    state = latched(values, on, np.nextafter(below, -np.inf))
    state[(state == 0) & np.isfinite(values)] = -1
    became: BoolArray = changed_to(state, 1)
    return np.flatnonzero(became)


def _column(history: History, column: str, name: str) -> NDArray[np.float64]:
    values: FloatArray = history[column][:, history.subjects.index(name)]
    return values


def _told(history: History, column: str, name: str, rows: IntArray) -> list[Scalar]:
    return plain(_column(history, column, name)[rows])


def _days(days: NDArray[np.float64]) -> list[Scalar]:
    return [str(np.datetime64(int(day), "D")) for day in days]


def _found(kind: str, name: str, rows: IntArray, values: dict[str, list[Scalar]]) -> Found:
    return Found(kind, rows, np.full(len(rows), list(NAMES).index(name)), values)


def _between(found: Found, first: int, until: int) -> Found:
    chosen = np.flatnonzero((found.rows >= first) & (found.rows < until))
    values = {name: [told[place] for place in chosen.tolist()] for name, told in found.values.items()}
    return Found(found.kind, found.rows[chosen], found.subjects[chosen], values)
