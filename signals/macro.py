"""Rates, spreads and volatility: where they stand, how they move, and what small caps make of the 10-year yield."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import NONE, Found, events_of
from signals.definition import Needs, Signal
from signals.errors import InvalidThreshold, UnknownSubject
from signals.example import example_market
from signals.facts import Facts, Series
from signals.last_rows import LastRows, market_from
from signals.macro_checks import checks_of
from signals.macro_events import KINDS, THRESHOLDS, find
from signals.macro_rates import WINDOW_SESSIONS, daily_changes, rolling_regression
from signals.macro_series import NAMES, beside, observed_of
from signals.periods import returns_since
from signals.telling import checked_row, read_row, scalar
from signals.types import Coverage, Event, FloatArray, History, Market, Reading, Scalar, SessionArray, Thresholds

VERSION = 1

SUBJECT = "market"
SMALL, LARGE = "^RUT", "^GSPC"
INPUTS = tuple(name for name in NAMES if name != "curve")
"""What has to be there: the curve is made of two of them."""
APPOINTMENTS = {"fomc": "rate decision of the Federal Reserve", "cpi": "consumer prices", "jobs": "jobs report"}

_OF_A_RATE = {
    "level_pct": "last value known, per cent; missing where it is more than 10 days old",
    "change_1d_bp": "last value minus the one before it, basis points",
    "change_21d_bp": "change over 21 sessions, basis points",
    "percentile_10y_pct": "where it stands among the values of ten years: 0 lowest, 100 highest; missing with fewer",
    "observed": "day of the last value known",
}
_OF_THE_VIX = {
    "level_points": "close, index points",
    "change_1d_points": "close minus the one before it, points",
    "change_21d_points": "change over 21 sessions, points",
    "percentile_10y_pct": "where it stands among the closes of ten years: 0 lowest, 100 highest; missing with fewer",
    "observed": "session of the last close",
}
_OF_RATES = {
    "slope_10bp_pct": "what the daily return of small minus large gained per 10 bp of the 10-year, points",
    "t_value": "that slope over its standard error",
    "pairs": "sessions of the 252 that have both figures",
}
_COLUMNS = ("level", "change_1d", "change_21d", "percentile_10y", "observed")
_BP10_IN_A_POINT = 10.0
_OF_A_DATE = {"date": "next day, missing where none is listed", "days": "calendar days until then"}

VALUES = {
    **{
        f"{name}.{value}": f"{title}: {text}"
        for name, title in NAMES.items()
        for value, text in (_OF_THE_VIX if name == "^VIX" else _OF_A_RATE).items()
    },
    **{f"sensitivity.{value}": text for value, text in _OF_RATES.items()},
    **{
        f"{kind}.{value}": f"{title}: {text}"
        for kind, title in APPOINTMENTS.items()
        for value, text in _OF_A_DATE.items()
    },
}


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute what each session knew of rates, spreads and volatility, and how small caps took the 10-year's changes.

    Parameters
    ----------
    market : Market
        Its facts hold the series by FRED's names (a value is known the business day after the day it speaks of), its
        prices ``^VIX``, ``^RUT`` and ``^GSPC``. What is absent is missing.
    thresholds : mapping
        None of them is a window.

    Returns
    -------
    History
        Subjects are `NAMES`. Columns of shape (T, 8), float64, NaN where unknown: ``level``, ``change_1d``,
        ``change_21d``, ``percentile_10y``, ``news`` and ``news_level`` (change and level of a value first known in
        this session); int64, days since 1970, -1 where there is none: ``observed``, ``news_day``. Columns of shape
        (T, 1): ``slope``, ``t_value`` and ``pairs`` of the regression of ``100 * (return of ^RUT - return of ^GSPC)``
        on the 10-year's change in 10 bp over 252 sessions.

    Notes
    -----
    Row t uses what was known at session t only. The 10-year's change of a session is paired with the returns of that
    session and known one session later: the regression of row t ends with session t - 1.

    Examples
    --------
    >>> from signals.macro import MACRO, _example
    >>> MACRO.history(_example(), MACRO.thresholds_with())["change_1d"][:, 4]
    array([ nan,   4., -20.,   5.,   3.])
    """
    del thresholds
    return History(market.prices.sessions, tuple(NAMES), _columns_from(market, 0), {}, market)


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    A row looks at the last year of sessions and at the series behind them. A series that was known before and has
    not been for a year takes all rows.

    Examples
    --------
    >>> from signals.macro import MACRO, _example
    >>> market, thresholds = _example(), MACRO.thresholds_with()
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> append(MACRO.history(known, thresholds), market, thresholds)["change_1d"][:, 4]
    array([3.])
    """
    del thresholds
    first = len(before.market.prices.sessions)
    start = max(0, first - WINDOW_SESSIONS - 2)
    in_force = [observed_of(market, name).in_force[:first] for name in NAMES]
    if any((rows[start:] == NONE).all() and (rows != NONE).any() for rows in in_force):
        start = 0
    columns = {name: values[first - start :] for name, values in _columns_from(market, start).items()}
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, {}), {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of all series, of the regression, and of the dates ahead.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``market`` for the whole, or one of `NAMES`; all have the same values, the state is that of the subject.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; its checks those of `signals.macro_checks`, the same for
        every subject. The state is ``known``, ``partial`` where fewer than
        90 % of what is asked for is known, or ``unknown``; that of the curve is ``normal``, ``inverted`` or ``flat``,
        that of the VIX ``high`` from `vix_high` on, else ``calm``.

    Raises
    ------
    UnknownSubject
        If there is no such series.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.macro import MACRO, _example
    >>> thresholds = MACRO.thresholds_with()
    >>> now = MACRO.reading(MACRO.history(_example(), thresholds), "market", thresholds)
    >>> now.state, now.coverage, now.values["DGS10.level_pct"], now.values["DGS10.observed"]
    ('partial', Coverage(n=1, of=7), 4.18, '2025-07-03')
    """
    if subject != SUBJECT and subject not in NAMES:
        raise UnknownSubject("subject", subject, f"it is {SUBJECT} or one of {', '.join(NAMES)}")
    row = checked_row(history, t)
    asked = INPUTS if subject == SUBJECT else (subject,)
    levels = {name: scalar(history["level"][row, place]) for place, name in enumerate(NAMES)}
    coverage = Coverage(n=sum(levels[name] is not None for name in asked), of=len(asked))
    values = _values(history, row)
    return read_row(
        MACRO,
        history,
        subject,
        (row, row),
        state=_state(subject, levels.get(subject), coverage, float(thresholds["vix_high"])),
        values=values,
        coverage=coverage,
        checks=checks_of(values, history.sessions[row].item(), thresholds),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find the large moves of the 10-year, the curve's turns, widening credit and a high VIX on rows `since` and later.

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
        Kinds as in `KINDS`, each in the session in which it was first known; an open session gives none.

    Examples
    --------
    >>> from signals.macro import MACRO, _example
    >>> thresholds = MACRO.thresholds_with()
    >>> [(event.kind, event.session.isoformat()) for event in MACRO.events(MACRO.history(_example(), {}), thresholds)]
    [('ten_year_move', '2025-07-02')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, thresholds, since=first, until=until)

    return events_of(MACRO, history, thresholds, since, found)


def validate(thresholds: Thresholds) -> None:
    """Raise `InvalidThreshold` where an event would be re-armed while it lasts."""
    for bound, rearm in (("credit_widening_bp", "credit_rearm_bp"), ("vix_high", "vix_rearm")):
        if float(thresholds[rearm]) >= float(thresholds[bound]):
            raise InvalidThreshold(rearm, thresholds[rearm], f"must be below {bound}, which is {thresholds[bound]}")


def _columns_from(market: Market, first: int) -> dict[str, NDArray[Any]]:
    """Return the columns from row `first` on; what needs rows before it is missing there."""
    tail = market_from(market, first)
    seen = (observed_of(market, name) for name in NAMES)
    found = [beside(replace(each, in_force=each.in_force[first:]), tail.prices.sessions) for each in seen]
    columns = {name: np.column_stack([one[name] for one in found]) for name in found[0]}
    return columns | {name: values[:, None] for name, values in _sensitivity(tail, tail.prices.sessions).items()}


def _sensitivity(market: Market, sessions: SessionArray) -> Mapping[str, FloatArray]:
    """Return the regression each session knew: that of the window that ended one session before."""
    changes = daily_changes(observed_of(market, "DGS10").series, sessions)
    small, large = (_returns(market, symbol) for symbol in (SMALL, LARGE))
    fit = rolling_regression(_BP10_IN_A_POINT * changes, small - large)
    return {
        "slope": _one_later(fit.slope),
        "t_value": _one_later(fit.t_value),
        "pairs": _one_later(fit.pairs),
    }


def _returns(market: Market, symbol: str) -> FloatArray:
    closes = market.prices.closes(market.basis)
    rows = np.arange(len(closes), dtype=np.int64)
    if symbol not in market.prices:
        return np.full(len(rows), np.nan)
    return returns_since(closes[:, market.prices.column(symbol)], rows - 1)


def _one_later(values: FloatArray) -> FloatArray:
    later = np.full(len(values), np.nan)
    later[1:] = values[:-1]
    return later


def _state(subject: str, level: float | None, coverage: Coverage, vix_high: float) -> str:
    if coverage.n == 0:
        return "unknown"
    if coverage.is_partial:
        return "partial"
    if subject == "curve":
        return "inverted" if (level or 0.0) < 0 else "normal" if (level or 0.0) > 0 else "flat"
    if subject == "^VIX":
        return "high" if (level or 0.0) >= vix_high else "calm"
    return "known"


def _values(history: History, row: int) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {}
    for place, name in enumerate(NAMES):
        for column, value in zip(_COLUMNS, _OF_THE_VIX if name == "^VIX" else _OF_A_RATE, strict=True):
            values[f"{name}.{value}"] = scalar(history[column][row, place])
        day = int(history["observed"][row, place])
        values[f"{name}.observed"] = None if day == NONE else str(np.datetime64(day, "D"))
    for column, value in zip(("slope", "t_value"), _OF_RATES, strict=False):
        values[f"sensitivity.{value}"] = scalar(history[column][row, 0])
    pairs = scalar(history["pairs"][row, 0])
    values["sensitivity.pairs"] = None if pairs is None else int(pairs)
    return values | _dates_ahead(history.market.facts, history.sessions[row].item())


def _dates_ahead(facts: Facts, session: date) -> dict[str, Scalar]:
    """Return the first day of each kind after `session`: at its close, that day's news is out."""
    values: dict[str, Scalar] = {}
    standing = [each for each in facts.appointments if each.stands(session)]
    for kind in APPOINTMENTS:
        ahead = (each for each in standing if each.kind == kind and each.day > session)
        day = min((each.day for each in ahead), default=None)
        values[f"{kind}.date"] = None if day is None else day.isoformat()
        values[f"{kind}.days"] = None if day is None else (day - session).days
    return values


MACRO = Signal(
    name="macro",
    title="Rates, spreads and volatility",
    summary="Fed funds, Treasury yields, the high-yield spread and the VIX, and what small caps make of the 10-year.",
    subject_kind="series",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=WINDOW_SESSIONS + 2),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    validate=validate,
    choices=lambda _market: {SUBJECT: "rates, spreads and volatility"} | NAMES,
    studied=SMALL,
    append=append,
)


def _example() -> Market:
    market = example_market(SMALL, [100, 101, 102, 103, 104])
    days = np.array(["2025-06-27", "2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03"], dtype="datetime64[D]")
    ten = Series("DGS10", "10-year Treasury yield", days, np.array([4.26, 4.3, 4.1, 4.15, 4.18]))
    return replace(market, facts=Facts(series={"DGS10": ten}))
