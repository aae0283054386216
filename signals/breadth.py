"""Breadth: how many members of the Russell 2000 take part in what the index does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.breadth_append import append
from signals.breadth_columns import UNIVERSES, columns_of
from signals.breadth_counts import HORIZONS
from signals.breadth_events import find
from signals.breadth_last import deciding
from signals.breadth_members import NO_FILE
from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import InvalidThreshold, UnknownSubject
from signals.example import example_market
from signals.facts import STALE_AFTER_DAYS, Facts, Holdings
from signals.telling import HINDSIGHT, checked_row, last_known_row, marked, read_row, scalar
from signals.types import Check, Coverage, Event, History, Market, Prices, Reading, Result, Scalar, Thresholds

VERSION = 1
SUBJECT = "smallcap"
INDICES = dict(UNIVERSES)

NUMBERS = {
    "above_50_pct": "share of the members whose close is above the average of their last 50, per cent",
    "covered_50": "members with 50 closes in a row",
    "above_200_pct": "share of the members whose close is above the average of their last 200, per cent",
    "covered": "members with 200 closes in a row, n of `members`",
    "members": "members of the universe, those without prices included",
    "advances": "members that closed above the session before",
    "declines": "members that closed below the session before",
    "compared": "members with a close in this session and in the one before",
    "advancing_frac": "advances / (advances + declines), 0 to 1",
    "advancing_ema_frac": "its exponential average over 10 sessions, begun with the plain mean of 10, 0 to 1",
    "ad_line": "advances minus declines, summed up since `ad_line_since`",
    "new_highs": "members whose close is above all of the 251 before",
    "new_lows": "members whose close is below all of the 251 before",
    "highs_minus_lows": "new_highs minus new_lows",
    "covered_252": "members with 252 closes in a row",
    **{
        f"median_minus_index_{sessions}_pct": f"median return of the members over {sessions} session"
        f"{'' if sessions == 1 else 's'} minus the index's, points"
        for sessions in HORIZONS
    },
    "index_from_high_pct": "distance of the index from its highest close of 252 sessions, per cent, at most 0",
}
TOLD = {
    "ad_line_since": "session of the first change in `ad_line`",
    "file_date": "date of the list of members; missing where it has none",
    "file_age_days": "days from that date to the session; missing where the list came later",
    "known_then": "yes where that list was known at the session, no where it is hindsight",
}
MEASURES = NUMBERS | TOLD
VALUES = MEASURES | {f"largecap.{name}": f"the same of the S&P 500: {text}" for name, text in MEASURES.items()}

_WHOLE = frozenset(name for name in NUMBERS if not name.endswith(("_pct", "_frac")))


def history(market: Market, thresholds: Thresholds) -> History:
    """Count, for every session, how many members of both universes take part.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold the dated lists of members, its universes undated ones.
    thresholds : mapping
        None of them is a window.

    Returns
    -------
    History
        Subjects are ``smallcap`` and ``largecap``, columns have the shape (T, 2): those of `NUMBERS` (float64, NaN
        where unknown), ``is_index_high`` and ``is_hindsight`` (bool), ``file`` (int64, the place of the list in
        ``market.facts.of_universe``, -1 where it has no date) and ``priced`` (int64, members with a close).

    Notes
    -----
    Row t uses rows up to t only. Members are those of the list in force at the session; before the first one, those of
    the first, or of a list without a date, stand in: ``is_hindsight``. The average of `advancing_frac` and the sum
    `ad_line` begin anew with the first session that is no hindsight. What a member lacks is left out and counted.

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> BREADTH.history(_example(), {})["ad_line"][:, 0]
    array([nan,  2.,  1.,  2.,  3.])
    """
    universes = [columns_of(market, universe, index) for universe, index in UNIVERSES]
    columns: dict[str, NDArray[Any]] = {
        name: np.column_stack([each[name] for each in universes]) for name in universes[0]
    }
    del thresholds
    return History(market.prices.sessions, tuple(INDICES), columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the members of the Russell 2000, and of the S&P 500's beside them.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``smallcap``, the only one.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative. Where no member has a close, the last row before on which one has.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; the state is ``known``, ``partial`` where fewer than
        90 % of the members have a close and a 200-session average, or ``unknown`` where none has a close. Labelled
        hindsight where a list of members was not known at the session.

    Raises
    ------
    UnknownSubject
        If `subject` is not ``smallcap``.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> thresholds = BREADTH.thresholds_with()
    >>> now = BREADTH.reading(BREADTH.history(_example(), thresholds), "smallcap", thresholds)
    >>> now.state, now.values["advances"], now.values["compared"], now.values["members"], now.values["file_age_days"]
    ('partial', 1, 1, 3, 5)
    """
    if subject != SUBJECT:
        raise UnknownSubject("subject", subject, f"breadth has one subject, {SUBJECT}")
    asked = checked_row(history, t)
    priced = history["priced"][:, 0]
    row = last_known_row(np.where(priced > 0, 1.0, np.nan), asked)
    small, large = (_values(history, row, place) for place in range(len(UNIVERSES)))
    coverage = Coverage(n=int(small["covered"] or 0), of=int(small["members"] or 0))
    state = "unknown" if not priced[row] else "partial" if coverage.is_partial else "known"
    found = read_row(
        BREADTH,
        history,
        SUBJECT,
        (asked, row),
        state=state,
        values=small | {f"largecap.{name}": value for name, value in large.items()},
        coverage=coverage,
        checks=_checks(small, coverage, thresholds),
    )
    is_hindsight = any(values["members"] and values["known_then"] == "no" for values in (small, large))
    return marked(found, HINDSIGHT) if is_hindsight else found


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find what changed on rows `since` and later, by session.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`, of the Russell 2000 alone. Sessions of hindsight, and those at which fewer than 90 % of the
        members are covered, raise none and end no state; nor does an open session.

    Examples
    --------
    >>> from signals.breadth import BREADTH, _example
    >>> thresholds = BREADTH.thresholds_with()
    >>> BREADTH.events(BREADTH.history(_example(), thresholds), thresholds)
    []
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, thresholds, since=first, until=until)

    return events_of(BREADTH, history, thresholds, since, found)


def validate(thresholds: Thresholds) -> None:
    """Raise `InvalidThreshold` where the bounds of a thrust are not in order."""
    low, high = thresholds["thrust_low"], thresholds["thrust_high"]
    if float(low) >= float(high):
        raise InvalidThreshold("thrust_low", low, f"must be below thrust_high, which is {high}")


def _values(history: History, row: int, place: int) -> dict[str, Scalar]:
    """Return the measures of one universe; counts are whole numbers."""
    values: dict[str, Scalar] = {}
    for name in NUMBERS:
        number = scalar(history[name][row, place])
        values[name] = int(number) if number is not None and name in _WHOLE else number
    if not values["members"]:
        return dict.fromkeys(MEASURES) | {"index_from_high_pct": values["index_from_high_pct"]}
    is_hindsight = bool(history["is_hindsight"][row, place])
    session, told = history.sessions[row].item(), _file_date(history, row, place)
    return values | {
        "ad_line_since": _line_since(history, row, place),
        "file_date": told.isoformat() if told else None,
        "file_age_days": (session - told).days if told and not is_hindsight else None,
        "known_then": "no" if is_hindsight else "yes",
    }


def _line_since(history: History, row: int, place: int) -> str | None:
    alike = history["is_hindsight"][: row + 1, place] == history["is_hindsight"][row, place]
    rows = np.flatnonzero(alike & np.isfinite(history["ad_line"][: row + 1, place]))
    return str(history.sessions[rows[0]]) if len(rows) else None


def _file_date(history: History, row: int, place: int) -> date | None:
    which = int(history["file"][row, place])
    if which == NO_FILE:
        return None
    return history.market.facts.of_universe(UNIVERSES[place][0])[which].effective_date


def _checks(values: dict[str, Scalar], coverage: Coverage, thresholds: Thresholds) -> tuple[Check, ...]:
    def check(name: str, value: float | None, bound: float, *, passes: bool, title: str) -> Check:
        result = Result.UNKNOWN if value is None else Result.PASS if passes else Result.FAIL
        return Check(name, result, value, bound, title)

    covered = 100 * coverage.n / coverage.of if coverage.of else None
    age, above = values["file_age_days"], values["above_200_pct"]
    age, above = (None if value is None else float(value) for value in (age, above))
    half = float(thresholds["above_pct"])
    return (
        check(
            "above_half", above, half, passes=(above or 0) >= half, title="members above their 200-session average, %"
        ),
        check("covered", covered, 90.0, passes=not coverage.is_partial, title="members covered, %"),
        check("fresh_list", age, STALE_AFTER_DAYS, passes=(age or 0) <= STALE_AFTER_DAYS, title="days since the list"),
    )


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("above_pct", "limit", "pct", 50.0, 10.0, 90.0, "share above the 200-session average that is crossed"),
    Threshold("hysteresis_points", "limit", "points", 5.0, 1.0, 10.0, "how far beyond above_pct a crossing must go"),
    Threshold("thrust_low", "limit", "ratio", 0.4, 0.0, 1.0, "a thrust starts below this; below thrust_high"),
    Threshold("thrust_high", "limit", "ratio", 0.615, 0.0, 1.0, "a thrust ends above this"),
    Threshold("thrust_sessions", "limit", "sessions", 10, 1, 60, "sessions a thrust may take"),
    Threshold(
        "divergence_pct", "limit", "pct", 70.0, 0.0, 100.0, "a new high of the index with a smaller share above is thin"
    ),
    Threshold(
        "rearm_sessions", "limit", "sessions", 21, 1, 252, "sessions without a divergence before the next is told"
    ),
)

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "breadth_thrust",
        "Breadth thrust",
        "the 10-session average of the advancing share rose from below thrust_low to above thrust_high",
        ("thrust_low", "thrust_high", "thrust_sessions"),
        4,
    ),
    EventKind(
        "divergence",
        "Few behind the high",
        "the index closed at a 52-week high while few members stood above their 200-session average",
        ("divergence_pct", "rearm_sessions"),
        3,
    ),
    EventKind(
        "above_200_up",
        "Most above average",
        "the share of members above their 200-session average rose past above_pct",
        ("above_pct", "hysteresis_points"),
        3,
    ),
    EventKind(
        "above_200_down",
        "Most below average",
        "the share of members above their 200-session average fell past above_pct",
        ("above_pct", "hysteresis_points"),
        3,
    ),
)

BREADTH = Signal(
    name="breadth",
    title="Breadth",
    summary="How many members of the Russell 2000 take part: above their averages, rising, at new highs.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=253, universe="smallcap"),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    validate=validate,
    choices=lambda _market: {SUBJECT: "Russell 2000"},
    studied="^RUT",
    deciding=deciding,
    append=append,
)


def _example() -> Market:
    """Two of three members have prices; the list is known from the third session on."""
    market = example_market("^RUT", [100, 100, 110, 121, 99])
    closes = np.array([[10, 20], [11, 22], [12.1, 22], [13.31, np.nan], [14.641, 20]])
    prices = Prices(market.prices.sessions, ("^RUT", "A", "B"), np.column_stack([market.prices.close, closes]))
    listed = Holdings("smallcap", "IWM", date(2025, 7, 2), ("A", "B", "C"), np.full(3, 1 / 3), ("", "", ""))
    return replace(market, prices=prices, facts=Facts(holdings=(listed,)))
