"""What one row says of a pair and of a map."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.changes import NONE
from signals.definition import Signal
from signals.rotation_columns import LEGS, PAIRS
from signals.rotation_events import (
    DAY_LEGS,
    LEAD_NAMES,
    PAIR_VALUES,
    ROUNDING,
    SUBJECTS,
    leads_of,
    named,
    names_on,
    weekly_quadrants,
)
from signals.rotation_map import LEADING, QUADRANTS, entered, weeks_in
from signals.rotation_pairs import Leads
from signals.telling import HINDSIGHT, checked_row, last_known_row, marked, read_row, scalar
from signals.types import Check, Coverage, History, Reading, Result, Scalar, Thresholds

UNKNOWN = "unknown"
CROSS_STATES = {1: "golden", -1: "death", 0: None}
BESIDE = {"equal": 2}
"""The pair that is shown beside a subject's own."""


def pair_reading(signal: Signal, history: History, subject: str, thresholds: Thresholds, t: int) -> Reading:
    """Say what row `t` knows of a pair: ratio, returns, who leads, and the day's margins.

    Raises
    ------
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with()
    >>> pair_reading(ROTATION, ROTATION.history(_example(), thresholds), "equal", thresholds, -1).coverage
    Coverage(n=0, of=4)
    """
    pair = SUBJECTS.index(subject)
    asked = checked_row(history, t)
    row = last_known_row(history["ratio"][:, pair], asked)
    told = leads_of(history, thresholds)
    shown = [pair, *([BESIDE[subject]] if subject in BESIDE else [])]
    values = _measures(history, told, pair, row)
    for beside in shown[1:]:
        name = PAIRS[beside][0]
        values |= {f"{name}.{key}": value for key, value in _measures(history, told, beside, row).items()}
        values[f"{name}.state"] = _state(told, beside, row)
    legs = [symbol for place in shown for symbol in PAIRS[place]]
    values |= _day(history, row, tuple(dict.fromkeys((*DAY_LEGS, *legs))))
    priced = sum(2 * bool(np.isfinite(history["ratio"][row, place])) for place in shown)
    return read_row(
        signal,
        history,
        subject,
        (asked, row),
        state=_state(told, pair, row),
        values=values,
        coverage=Coverage(n=priced, of=len(legs)),
        checks=(*_lead_checks(history, told, thresholds, pair, row), *_day_checks(values, thresholds)),
    )


def map_reading(signal: Signal, history: History, subject: str, thresholds: Thresholds, t: int) -> Reading:
    """Say what row `t` knows of a map: where everybody stood at the end of the last finished week.

    Raises
    ------
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with()
    >>> now = map_reading(ROTATION, ROTATION.history(_example(), thresholds), "sectors", thresholds, -1)
    >>> now.state, now.values["week"], now.values["XLK.quadrant"]
    ('unknown', '2025-07-03', None)
    """
    asked = checked_row(history, t)
    row = last_known_row(history[f"{subject}.relative"], asked)
    names = names_on(history, subject)
    rows, counted = weekly_quadrants(history, subject, int(thresholds["hold_weeks"]))
    week = int(np.searchsorted(rows, row, side="right")) - 1
    now = counted[week] if week >= 0 else np.zeros(len(names), dtype=np.int8)
    lasted = weeks_in(counted)[week] if week >= 0 else np.full(len(names), -1)
    came = entered(counted, LEADING)[week] if week >= 0 else now == LEADING
    values: dict[str, Scalar] = {
        "week": str(history.sessions[rows[week]]) if week >= 0 else None,
        "leading": named(names, now == LEADING),
        "entered_leading": named(names, came),
    }
    for place, name in enumerate(names):
        for measure in ("ratio", "momentum"):
            values[f"{name}.{measure}"] = scalar(history[f"{subject}.{measure}"][row, place])
        values[f"{name}.quadrant"] = QUADRANTS[int(now[place])]
        values[f"{name}.weeks"] = int(lasted[place]) if lasted[place] > 0 else None
    coverage = Coverage(n=int(np.count_nonzero(now)), of=len(names))
    said = read_row(
        signal,
        history,
        subject,
        (asked, row),
        state=UNKNOWN if coverage.n == 0 else "partial" if coverage.is_partial else "known",
        values=values,
        coverage=coverage,
    )
    is_hindsight = bool((history[f"{subject}.hindsight"][row] & (now != 0)).any())
    return marked(said, HINDSIGHT) if is_hindsight else said


def _measures(history: History, told: Leads, pair: int, row: int) -> dict[str, Scalar]:
    since = int(told.since_row[row, pair]) if told.state[row, pair] else NONE
    return {
        **{name: scalar(history[name][row, pair]) for name in PAIR_VALUES},
        "cross": CROSS_STATES[int(history["cross"][row, pair])],
        "state_since": str(history.sessions[since]) if since >= 0 else None,
        "state_sessions": row - since if since >= 0 else None,
    }


def _state(told: Leads, pair: int, row: int) -> str:
    return LEAD_NAMES[pair].get(int(told.state[row, pair]), UNKNOWN)


def _day(history: History, row: int, symbols: Sequence[str]) -> dict[str, Scalar]:
    day = {symbol: float(history["d1_pct"][row, LEGS.index(symbol)]) for symbol in symbols}
    values: dict[str, Scalar] = {f"{symbol}.d1_pct": scalar(change) for symbol, change in day.items()}
    small, large, equal, cap = (day[symbol] for symbol in DAY_LEGS)
    values["small_minus_large.d1_pct"] = scalar(small - large)
    values["equal_minus_cap.d1_pct"] = scalar(equal - cap)
    return values


def _lead_checks(
    history: History, told: Leads, thresholds: Thresholds, pair: int, row: int
) -> tuple[Check, Check, Check]:
    """Ask what a lead needs, to the side on which the longer return is."""
    short, long = (float(history[f"relative_{name}_pct"][row, pair]) for name in ("short", "long"))
    side = -1.0 if long < 0 else 1.0
    bound = side * float(thresholds["lead_pct"])
    hold = int(thresholds["hold_sessions"])
    run = int(told.run_sessions[row, pair]) if np.isfinite(short + long) else None
    return (
        _check("relative_short", short, bound, f"{thresholds['short']}-session relative return beyond", side=side),
        _check("relative_long", long, bound, f"{thresholds['long']}-session relative return beyond", side=side),
        Check(
            "held",
            Result.UNKNOWN if run is None else Result.PASS if run >= hold else Result.FAIL,
            run,
            hold,
            "sessions in a row with both beyond",
        ),
    )


def _day_checks(values: dict[str, Scalar], thresholds: Thresholds) -> tuple[Check, ...]:
    """Ask what a broadening day needs."""
    margin = float(thresholds["broadening_points"])
    asked = (
        ("small_rose", "^RUT.d1_pct", 0.0, "^RUT rose"),
        ("equal_rose", "RSP.d1_pct", 0.0, "RSP rose"),
        ("small_beat_large", "small_minus_large.d1_pct", margin, "^RUT beat ^GSPC"),
        ("equal_beat_cap", "equal_minus_cap.d1_pct", margin, "RSP beat SPY"),
    )
    return tuple(
        _check(name, values[value], bound, title, or_equal=name.endswith(("large", "cap")))
        for name, value, bound, title in asked
    )


def _check(name: str, value: Scalar, bound: float, title: str, *, side: float = 1.0, or_equal: bool = False) -> Check:
    number = np.nan if value is None else float(value)
    known = scalar(number)
    beyond = side * (number - bound)
    passes = beyond >= -ROUNDING if or_equal else beyond > 0
    return Check(name, Result.UNKNOWN if known is None else Result.PASS if passes else Result.FAIL, known, bound, title)
