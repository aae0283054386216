"""Catch-up: how much of their last fall against the Nasdaq-100 its smaller names have made good."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.catchup_events import LEVELS, find, is_fall
from signals.catchup_falls import falls_of
from signals.catchup_medians import HORIZONS, LISTED, MEDIANS, UNIVERSE, median_columns, median_values
from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.last_rows import LastRows, market_from
from signals.telling import HINDSIGHT, checked_row, last_known_row, marked, read_row, scalar
from signals.types import (
    Check,
    Coverage,
    Event,
    FloatArray,
    History,
    Market,
    Prices,
    Reading,
    Result,
    Scalar,
    Thresholds,
)
from signals.windows import EQUAL_WITHIN

VERSION = 1
LARGE = "QQQ"
FUNDS = {"next100": "QQQJ", "equal": "QQQE"}
"""Each pair's numerator; the denominator of both is `LARGE`."""
TITLES = {
    "next100": "Nasdaq next 100 against the Nasdaq-100 (QQQJ/QQQ)",
    "equal": "Nasdaq-100 equal weight against cap weight (QQQE/QQQ)",
}

NUMBERS = {
    "ratio": "close of the fund / close of QQQ",
    "peak": "highest ratio of the last `peak_sessions`",
    "trough": "lowest ratio since that peak",
    "fall_pct": "100 x (trough / peak - 1), per cent, at most 0",
    "from_peak_pct": "100 x (ratio / peak - 1), per cent, at most 0",
    "recovered_frac": "(ratio - trough) / (peak - trough), 0 to 1; missing where the fall is too small",
    "known_sessions": "sessions of the last `peak_sessions` on which the ratio is known",
}
MEASURES = NUMBERS | {
    "peak_session": "session of the peak",
    "trough_session": "session of the trough",
    "session": "session these values are of: the last one on which the ratio is known",
    "state": "recovering, at_trough, no_fall (none of `least_fall_pct` to recover from), or missing if unknown",
}
VALUES = {
    **{f"{fund}.{name}": f"{fund}/{LARGE}: {text}" for fund in FUNDS.values() for name, text in MEASURES.items()},
    **{f"{UNIVERSE}.{name}": text for name, text in (MEDIANS | LISTED).items()},
}


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute both ratios, their peaks and what came after them for every session.

    ``recovered = (ratio - trough) / (peak - trough)``. The peak is the highest ratio of the last `peak_sessions`, today
    included (of equal ones the latest); the trough is the lowest since (of equal ones the earliest).

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); a fund that is not among them is missing. The dated lists of ``nasdaq`` among the facts
        name the shares whose median is compared, the one in force at each session; before the first its members, and
        without any those of ``market.universes["nasdaq"]`` stand in: ``is_hindsight``.
    thresholds : mapping
        Only the window `peak_sessions` matters here.

    Returns
    -------
    History
        Subjects are ``next100`` and ``equal``; columns have the shape (T, 2), NaN where unknown: those of `NUMBERS`,
        ``peak_row``, ``trough_row``, ``highest`` (the highest ratio from the trough to the session before), and, the
        same for both, those of `signals.catchup_medians.median_columns`.

    Notes
    -----
    Row t uses rows up to t only. A ratio needs both closes of its session; peak and trough are those of the sessions on
    which it is known. Everything but the ratio is NaN where it is not known, and until it has been known for the first
    time `peak_sessions` ago: a shorter span has no three-year peak. ``recovered_frac`` is NaN only where peak and
    trough are the same; whether a fall is large enough to count is asked by readings and events.

    Examples
    --------
    >>> from signals.catchup import CATCHUP, _example
    >>> CATCHUP.history(_example(), {"peak_sessions": 3})["recovered_frac"][:, 0].round(2)
    array([nan, nan, 0. , 0.5, 0. ])
    """
    closes = market.prices.closes(market.basis)
    window = int(thresholds["peak_sessions"])
    large = _own(market, closes, LARGE)
    falls = [falls_of(_own(market, closes, fund) / large, window) for fund in FUNDS.values()]
    columns: dict[str, NDArray[Any]] = {name: np.column_stack([fall[name] for fall in falls]) for name in falls[0]}
    shape = (len(large), len(FUNDS))
    medians = median_columns(market, large)
    columns |= {name: np.broadcast_to(values[:, None], shape) for name, values in medians.items()}
    return History(market.prices.sessions, tuple(FUNDS), columns, {"peak_sessions": window}, market)


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    A row looks at the window that ends with it, and is known once the ratio has been known for as long: the tail begins
    with the last known ratio before that window.

    Examples
    --------
    >>> from signals.catchup import CATCHUP, _example
    >>> market = _example()
    >>> known = replace(market, prices=market.prices.upto(market.prices.sessions[3].item()))
    >>> append(CATCHUP.history(known, {"peak_sessions": 3}), market, {"peak_sessions": 3})["trough_row"][:, 0]
    array([4.])
    """
    closes, window = market.prices.closes(market.basis), int(thresholds["peak_sessions"])
    first = len(before.market.prices.sessions)
    large = _own(market, closes, LARGE)
    falls = [_falls_from(_own(market, closes, fund) / large, window, first) for fund in FUNDS.values()]
    columns: dict[str, NDArray[Any]] = {name: np.column_stack([fall[name] for fall in falls]) for name in falls[0]}
    start = max(0, first - HORIZONS[-1])
    for name, values in median_columns(market_from(market, start), large[start:]).items():
        columns[name] = np.broadcast_to(values[first - start :, None], (len(large) - first, len(FUNDS)))
    return History(market.prices.sessions[first:], before.subjects, LastRows(columns, {}), before.windows, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of both pairs, and of the median Nasdaq share where there is a list of them.

    Parameters
    ----------
    history : History
        From `history`, with the same window as `thresholds`.
    subject : str
        ``next100`` or ``equal``: whose state it is; the values are those of both.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative. A pair whose ratio is not known there is read at the last row before
        on which it is, and its ``session`` says so.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; its checks are of `subject`: whether the fall counts,
        half of it is made good, and 90 % of the sessions are known. Its session is the later one of the two pairs', its
        coverage how many of the two ratios are known in it. Labelled hindsight where the median is given and the list
        of Nasdaq shares was not known then.

    Raises
    ------
    UnknownSubject
        If `subject` is neither of the two.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.catchup import CATCHUP, _example
    >>> thresholds = {"peak_sessions": 3, "least_fall_pct": 5.0, "rearm_sessions": 21}
    >>> now = CATCHUP.reading(CATCHUP.history(_example(), thresholds), "next100", thresholds, 3)
    >>> now.state, round(now.values["QQQJ.recovered_frac"], 2), now.values["QQQJ.trough_session"], now.coverage
    ('recovering', 0.5, '2025-07-02', Coverage(n=1, of=2))
    """
    if subject not in FUNDS:
        raise UnknownSubject("pair", subject, f"there are {' and '.join(FUNDS)}")
    asked = checked_row(history, t)
    ratio = history["ratio"]
    row = last_known_row(ratio, asked)
    values: dict[str, Scalar] = {}
    for place, fund in enumerate(FUNDS.values()):
        own = _values(history, last_known_row(ratio[:, place], asked), place, thresholds)
        values |= {f"{fund}.{name}": value for name, value in own.items()}
    values |= median_values(history, row)
    found = read_row(
        CATCHUP,
        history,
        subject,
        (asked, row),
        state=str(values[f"{FUNDS[subject]}.state"] or "unknown"),
        values=values,
        checks=_checks(values, FUNDS[subject], thresholds),
        coverage=Coverage(n=int(np.isfinite(ratio[row]).sum()), of=len(FUNDS)),
    )
    has_median = any(values[f"{UNIVERSE}.{name}"] is not None for name in MEDIANS)
    return marked(found, HINDSIGHT) if has_median and history["is_hindsight"][row, 0] else found


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find what changed on rows `since` and later, by session.

    Parameters
    ----------
    history : History
        From `history`, with the same window as `thresholds`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`. A row without a ratio raises none, nor does an open session.

    Examples
    --------
    >>> from signals.catchup import CATCHUP, _example
    >>> thresholds = {"peak_sessions": 3, "least_fall_pct": 5.0, "rearm_sessions": 1}
    >>> found = CATCHUP.events(CATCHUP.history(_example(), thresholds), thresholds)
    >>> [(event.kind, event.session.day) for event in found]
    [('recovered_25', 3), ('recovered_50', 3), ('new_trough', 7)]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, thresholds, since=first, until=until)

    return events_of(CATCHUP, history, thresholds, since, found)


def _falls_from(ratio: FloatArray, window: int, first: int) -> dict[str, FloatArray]:
    """Return the rows from `first` on of ``falls_of(ratio, window)``."""
    known = np.flatnonzero(np.isfinite(ratio[: max(0, first - window) + 1]))
    start = int(known[-1]) if len(known) else 0
    falls = falls_of(ratio[start:], window)
    falls |= {name: falls[name] + start for name in ("peak_row", "trough_row")}
    return {name: values[first - start :] for name, values in falls.items()}


def _own(market: Market, closes: FloatArray, symbol: str) -> FloatArray:
    if symbol not in market.prices:
        return np.full(len(closes), np.nan)
    return closes[:, market.prices.column(symbol)]


def _values(history: History, row: int, place: int, thresholds: Thresholds) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {name: scalar(history[name][row, place]) for name in NUMBERS}
    if values["ratio"] is None:
        return dict.fromkeys(MEASURES)
    if values["known_sessions"] is not None:
        values["known_sessions"] = int(history["known_sessions"][row, place])
    state = _state(history, row, place, thresholds)
    if state not in {"recovering", "at_trough"}:
        values["recovered_frac"] = None

    def day(name: str) -> str | None:
        found = scalar(history[name][row, place])
        return None if found is None else str(history.sessions[int(found)])

    return values | {
        "peak_session": day("peak_row"),
        "trough_session": day("trough_row"),
        "session": str(history.sessions[row]),
        "state": state,
    }


def _state(history: History, row: int, place: int, thresholds: Thresholds) -> str | None:
    fall = history["fall_pct"][row, place]
    if not np.isfinite(fall):
        return None
    if not is_fall(fall, thresholds):
        return "no_fall"
    return "at_trough" if history["trough_row"][row, place] == row else "recovering"


def _checks(values: dict[str, Scalar], fund: str, thresholds: Thresholds) -> tuple[Check, ...]:
    def check(name: str, bound: float, title: str, *, has_to_be_below: bool = False) -> Check:
        value = values[f"{fund}.{name}"]
        if value is None:
            return Check(name, Result.UNKNOWN, None, bound, title)
        passes = float(value) <= bound + EQUAL_WITHIN if has_to_be_below else float(value) >= bound - EQUAL_WITHIN
        return Check(name, Result.PASS if passes else Result.FAIL, value, bound, title)

    return (
        check("fall_pct", -float(thresholds["least_fall_pct"]), "fall that counts, %", has_to_be_below=True),
        check("recovered_frac", 0.5, "half of the fall made good"),
        check("known_sessions", 0.9 * int(thresholds["peak_sessions"]), "sessions with a close of both"),
    )


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("peak_sessions", "window", "sessions", 756, 2, 2520, "how far back the peak is looked for"),
    Threshold("least_fall_pct", "limit", "pct", 5.0, 0.1, 90.0, "a fall from the peak counts from this size on"),
    Threshold(
        "rearm_sessions", "limit", "sessions", 21, 1, 252, "sessions without a new trough before the next is told"
    ),
)

_FALL = ("peak_sessions", "least_fall_pct")

KINDS: tuple[EventKind, ...] = (
    *(
        EventKind(
            f"recovered_{level}",
            f"{level} % made good",
            f"the ratio made good {level} % of its fall for the first time since the trough",
            _FALL,
            {25: 2, 50: 3, 75: 3}[level],
        )
        for level in LEVELS
    ),
    EventKind(
        "new_trough",
        "New trough",
        "the ratio fell to its lowest since the peak, for the first time in some sessions",
        (*_FALL, "rearm_sessions"),
        3,
    ),
)

CATCHUP = Signal(
    name="catchup",
    title="Catch-up of the smaller Nasdaq names",
    summary="How much of their last fall against the Nasdaq-100 the next 100 and the equal-weight index made good.",
    subject_kind="pair",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=757),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    choices=lambda _market: TITLES,
    studied="QQQJ",
    append=append,
)


def _example() -> Market:
    market = example_market("QQQJ", [20, 18, 16, 17, 15])
    closes = np.column_stack([market.prices.close, np.full(5, 100.0)])
    return replace(market, prices=Prices(market.prices.sessions, ("QQQJ", "QQQ"), closes))
