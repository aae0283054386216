"""What happens between two sides: a lead begins or ends, a day broadens, a subject comes into leading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, plain
from signals.rotation_columns import LEGS, MAPS, SECTORS, theme_names
from signals.rotation_map import LEADING, entered, quadrants
from signals.rotation_pairs import FIRST_LEADS, NEUTRAL, SECOND_LEADS, Leads, leads
from signals.types import BoolArray, Coverage, FloatArray, History, IntArray, Scalar, Thresholds

SUBJECTS = ("small", "equal", *MAPS)
LEAD_NAMES: Sequence[dict[int, str]] = (
    {FIRST_LEADS: "small_leads", SECOND_LEADS: "large_leads", NEUTRAL: "neutral"},
    *[{FIRST_LEADS: "equal_leads", SECOND_LEADS: "cap_leads", NEUTRAL: "neutral"}] * 2,
)
"""How each pair's states are called."""

PAIR_VALUES = ("ratio", "relative_short_pct", "relative_long_pct", "percentile_10y_pct")
DAY_LEGS = ("^RUT", "^GSPC", "RSP", "SPY")
ROUNDING = 1e-9
"""A margin met exactly may miss by so much in binary numbers."""


def find(history: History, thresholds: Thresholds, *, since: int, until: int) -> list[Found]:
    """Find the events on rows `since` to `until` - 1.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with({"short": 2, "long": 3, "hold_sessions": 1})
    >>> find(ROTATION.history(_example(), thresholds), thresholds, since=0, until=5)[0].kind
    'small_leads'
    """
    found = _lead_changes(history, thresholds, since, until)
    found.append(_broadening_days(history, float(thresholds["broadening_points"]), since, until))
    for name in MAPS:
        found.append(_entries(history, name, int(thresholds["hold_weeks"]), since, until))
    return found


def leads_of(history: History, thresholds: Thresholds) -> Leads:
    """Return who leads each pair, session by session, under the limits of `thresholds`.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with({"short": 2, "long": 3, "hold_sessions": 1})
    >>> leads_of(ROTATION.history(_example(), thresholds), thresholds).state[:, 0]
    array([0, 0, 0, 2, 1], dtype=int8)
    """
    return leads(
        history["relative_short_pct"],
        history["relative_long_pct"],
        lead_pct=float(thresholds["lead_pct"]),
        hold_sessions=int(thresholds["hold_sessions"]),
    )


def names_on(history: History, name: str) -> tuple[str, ...]:
    """Return who stands on the map `name`, in the order of its columns.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> len(names_on(ROTATION.history(_example(), ROTATION.thresholds_with()), "sectors"))
    11
    """
    return SECTORS if name == "sectors" else theme_names(history.market)


def weekly_quadrants(history: History, name: str, hold_weeks: int) -> tuple[IntArray, NDArray[np.int8]]:
    """Return the rows that end a finished week, and the quadrants in those weeks, shape (W, subjects).

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> weekly_quadrants(ROTATION.history(_example(), ROTATION.thresholds_with()), "sectors", 2)[0]
    array([3])
    """
    week_row = history["week_row"][:, 0]
    rows = np.flatnonzero(week_row == np.arange(len(week_row)))
    ratio, momentum = (history[f"{name}.{measure}"][rows] for measure in ("ratio", "momentum"))
    return rows, quadrants(ratio, momentum, hold_weeks=hold_weeks)


def broadening(day_pct: FloatArray, margin: float) -> BoolArray:
    """Tell on which days small and equal-weighted both rose and both beat their cap-weighted benchmark.

    Parameters
    ----------
    day_pct : ndarray of float64, shape (T, 4)
        The session's change of ^RUT, ^GSPC, RSP and SPY in per cent, NaN where unknown: then it is no such day.
    margin : float
        By at least so many points.

    Examples
    --------
    >>> broadening(np.array([[1.0, 0.5, 0.9, 0.4], [1.0, 0.51, 0.9, 0.4], [-0.1, -1.0, 0.9, 0.4]]), 0.5)
    array([ True, False, False])
    """
    small, large, equal, cap = day_pct.T
    margin -= ROUNDING
    both: BoolArray = (small > 0) & (equal > 0) & (small - large >= margin) & (equal - cap >= margin)
    return both


def day_legs(history: History) -> FloatArray:
    """Return the session's change of ^RUT, ^GSPC, RSP and SPY, shape (T, 4).

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> day_legs(ROTATION.history(_example(), ROTATION.thresholds_with()))[4].round(1)
    array([100.,   0.,  nan,  nan])
    """
    legs: FloatArray = history["d1_pct"][:, [LEGS.index(symbol) for symbol in DAY_LEGS]]
    return legs


def named(names: Sequence[str], chosen: BoolArray) -> str:
    """Return the names that are chosen, with commas; empty where none is.

    Examples
    --------
    >>> named(("XLB", "XLC", "XLE"), np.array([True, False, True]))
    'XLB, XLE'
    """
    return ", ".join(name for name, is_chosen in zip(names, chosen.tolist(), strict=True) if is_chosen)


def _lead_changes(history: History, thresholds: Thresholds, since: int, until: int) -> list[Found]:
    told = leads_of(history, thresholds)
    found = []
    for pair, names in enumerate(LEAD_NAMES[:2]):
        for value, name in names.items():
            happened = told.changed[:, pair] & (told.state[:, pair] == value)
            rows = np.flatnonzero(happened[since:until]) + since
            values: dict[str, Sequence[Scalar]] = {key: plain(history[key][rows, pair]) for key in PAIR_VALUES}
            if value == NEUTRAL:
                values |= _what_ended(told, names, rows, pair)
            kind = "lead_over" if value == NEUTRAL else name
            found.append(Found(kind, rows, np.full(len(rows), pair), values))
    return found


def _what_ended(told: Leads, names: dict[int, str], rows: IntArray, pair: int) -> dict[str, Sequence[Scalar]]:
    """Return which lead ended on each of `rows` and how many sessions it had lasted, None where its start is unseen."""
    state, since_row = told.state[:, pair], told.since_row[:, pair]
    last_known = [int(np.flatnonzero(state[:row])[-1]) for row in rows.tolist()]
    began = [int(since_row[row]) for row in last_known]
    return {
        "lead": [names[int(state[row])] for row in last_known],
        "lead_sessions": [None if start < 0 else row - start for row, start in zip(rows.tolist(), began, strict=True)],
    }


def _broadening_days(history: History, margin: float, since: int, until: int) -> Found:
    legs = day_legs(history)[since:until]
    rows = np.flatnonzero(broadening(legs, margin))
    day = legs[rows]
    values = {f"{symbol}.d1_pct": plain(day[:, place]) for place, symbol in enumerate(DAY_LEGS)}
    values["small_minus_large.d1_pct"] = plain(day[:, 0] - day[:, 1])
    values["equal_minus_cap.d1_pct"] = plain(day[:, 2] - day[:, 3])
    return Found("broadening_day", rows + since, np.zeros(len(rows), dtype=np.int64), values)


def _entries(history: History, name: str, hold_weeks: int, since: int, until: int) -> Found:
    """Find who came into leading, one event a week; none below 90 % coverage, none that only hindsight knows."""
    rows, quadrant = weekly_quadrants(history, name, hold_weeks)
    names = names_on(history, name)
    came = entered(quadrant, LEADING) & ~history[f"{name}.hindsight"][rows]
    known = np.count_nonzero(quadrant, axis=1)
    is_covered = np.array([not Coverage(int(n), len(names)).is_partial for n in known], dtype=np.bool_)
    told = np.flatnonzero(came.any(axis=1) & is_covered & (rows >= since) & (rows < until))
    values: dict[str, Sequence[Scalar]] = {
        "entrants": [named(names, came[week]) for week in told],
        "entrants_n": np.count_nonzero(came[told], axis=1).tolist(),
        "leading": [named(names, quadrant[week] == LEADING) for week in told],
        "known_n": known[told].tolist(),
        "of_n": [len(names)] * len(told),
    }
    return Found("entered_leading", rows[told], np.full(len(told), SUBJECTS.index(name)), values)
