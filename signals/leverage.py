"""Leverage: what small companies owe against what they earn, beside large ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, crossings, events_of, plain
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.facts import Facts, Holdings
from signals.filed_between import filed_between, last_filed
from signals.fundamentals import Fundamentals
from signals.group_members import UNIVERSES, Group, financials_among, group_of
from signals.last_rows import LastRows, market_from, row_alone
from signals.leverage_debt import median_debt
from signals.sides import least_rows
from signals.telling import HINDSIGHT, checked_row, marked, read_row, scalar
from signals.types import Check, Coverage, Event, FloatArray, History, Market, Reading, Result, Scalar, Thresholds

VERSION = 1
SUBJECT = "smallcap"
NUMBERS = {
    "median_ratio": "median net debt / EBITDA over twelve months; missing where no company has a meaningful one",
    "counted": "companies with a meaningful ratio",
    "meaningless": "companies whose EBITDA is 0 or less: n.m., counted apart",
    "unknown": "companies of which debt, cash or EBITDA is not known",
    "financials": "companies left out because debt is their trade",
    "members": "companies in the universe",
}
MEASURES = NUMBERS | {"known_then": "yes, or no where the members were not known at the session"}
FILED = {"filed": "day of the last report of any company that is known"}
VALUES = MEASURES | FILED | {f"largecap.{name}": f"S&P 500: {text}" for name, text in MEASURES.items()}
LEAST_COVERED = 0.9
_PARTS = ("debt", "cash", "ebitda")
_SESSIONS_AT_ONCE = 63  # a quarter: the panels of a pass stay within a few megabytes


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute the median of net debt/EBITDA of small and of large companies for every session.

    Parameters
    ----------
    market : Market
        Its facts hold what companies filed and the dated lists of members; prices are not used.
    thresholds : mapping
        None of them matters here.

    Returns
    -------
    History
        Subjects are ``smallcap`` and ``largecap``; columns have the shape (T, 2): those of `NUMBERS` (the median NaN
        where unknown, counts 0), and ``is_hindsight``.

    Notes
    -----
    Row t uses what was filed by session t only. Financials are told by the sectors of the lists of members.

    Examples
    --------
    >>> history(_example(), {})["median_ratio"][:, 0]
    array([nan, nan, nan,  3.,  3.])
    """
    del thresholds
    sides = [_columns(market, group_of(market, universe)) for universe in UNIVERSES]
    columns: dict[str, NDArray[Any]] = {name: np.column_stack([side[name] for side in sides]) for name in sides[0]}
    return History(market.prices.sessions, UNIVERSES, columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the debt of small and large companies.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``smallcap``.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing. Its coverage is how many small companies are known,
        meaningful or not, of all that are no financials; `partial` below 90 %. Labelled hindsight where members of
        either side were not known then.

    Raises
    ------
    UnknownSubject
        If `subject` is another one.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "smallcap", LEVERAGE.thresholds_with())
    >>> now.state, now.values["median_ratio"], now.values["meaningless"], now.coverage
    ('known', 3.0, 1, Coverage(n=3, of=3))
    """
    if subject != SUBJECT:
        raise UnknownSubject("universe", subject, f"there is one subject, {SUBJECT}")
    row = checked_row(history, t)
    small, large = (_values(history, row, place) for place in range(len(UNIVERSES)))
    asked = int(history["members"][row, 0] - history["financials"][row, 0])
    coverage = Coverage(n=asked - int(history["unknown"][row, 0]), of=asked)
    known = "partial" if coverage.is_partial else "known"
    found = read_row(
        LEVERAGE,
        history,
        subject,
        (row, row),
        state="unknown" if small["median_ratio"] is None else known,
        values=small
        | {"filed": last_filed(history.market, history.sessions[row])}
        | {f"largecap.{name}": value for name, value in large.items()},
        checks=_checks(small, large, coverage, thresholds),
        coverage=coverage,
    )
    told = [bool(history["is_hindsight"][row, place]) and bool(history["members"][row, place]) for place in (0, 1)]
    return marked(found, HINDSIGHT) if any(told) else found


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find where the median of small companies crossed the limit, on rows `since` and later.

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
        Kinds as in `KINDS`. Rows with less than 90 % of the companies known, or members not known then, raise none.

    Examples
    --------
    >>> events(history(_example(), {}), LEVERAGE.thresholds_with())
    []
    """

    def found(first: int, until: int) -> Iterable[Found]:
        level, kinds = _level(thresholds), ("leverage_up", "leverage_down")
        return crossings(_sound(history), level, kinds, (first, until), partial(_told, history))

    return events_of(LEVERAGE, history, thresholds, since, found)


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Compute a history of few last rows whose events on rows `since` and later are those of the whole one.

    Examples
    --------
    >>> deciding(_example(), [LEVERAGE.thresholds_with()], 4)["counted"][-1]
    array([2, 0])
    """

    def told(few: History) -> Iterator[tuple[FloatArray, tuple[float, float]]]:
        return ((_sound(few), _level(thresholds)) for thresholds in sets)

    return least_rows(market, since, lambda few: history(few, sets[0]), told)


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    Examples
    --------
    >>> append(history(_example(), {}), _example(), {})["counted"].shape
    (0, 2)
    """
    few = history(market_from(market, len(before.market.prices.sessions)), thresholds)
    return replace(few, columns=LastRows(few.columns, {}), market=market)


def _sound(history: History) -> FloatArray:
    """Return the median of small companies where enough of them are known, as members known by then; else NaN."""
    asked = history["members"][:, 0] - history["financials"][:, 0]
    is_covered = (asked > 0) & (asked - history["unknown"][:, 0] >= LEAST_COVERED * asked)
    return np.where(is_covered & ~history["is_hindsight"][:, 0], history["median_ratio"][:, 0], np.nan)


def _level(thresholds: Thresholds) -> tuple[float, float]:
    return float(thresholds["median_limit"]), float(thresholds["hysteresis"])


def _told(history: History, rows: NDArray[np.int64]) -> dict[str, list[Scalar]]:
    told: dict[str, list[Scalar]] = {"median_ratio": plain(history["median_ratio"][rows, 0])}
    told["largecap.median_ratio"] = plain(history["median_ratio"][rows, 1])
    for name in ("counted", "meaningless", "members"):
        told[name] = history[name][rows, 0].tolist()
    return told


def _columns(market: Market, group: Group) -> dict[str, NDArray[Any]]:
    sessions = market.prices.sessions
    filed = market.facts.fundamentals or Fundamentals.in_order((), [])
    places = np.array([filed.company_of(symbol) for symbol in group.symbols], dtype=np.int64)
    is_financial = financials_among(market, group.symbols)
    members, financials = group.count, group.belongs[:, is_financial].sum(axis=1)
    columns: dict[str, NDArray[Any]] = {
        "median_ratio": np.full(len(sessions), np.nan),
        "counted": np.zeros(len(sessions), dtype=np.int64),
        "meaningless": np.zeros(len(sessions), dtype=np.int64),
    }
    for start in range(0, len(sessions), _SESSIONS_AT_ONCE) if len(filed.company) else ():
        rows = slice(start, start + _SESSIONS_AT_ONCE)
        parts = filed_between(filed, sessions).beside(places, sessions[rows], _PARTS)
        debt, cash, ebitda = (_of_members(parts[name], group, rows) for name in _PARTS)
        found = median_debt(debt, cash, ebitda, is_financial=is_financial)
        columns["median_ratio"][rows] = found.median
        columns["counted"][rows] = found.counted
        columns["meaningless"][rows] = found.meaningless
    unknown = members - financials - columns["counted"] - columns["meaningless"]
    return columns | {
        "unknown": unknown,
        "financials": financials,
        "members": members,
        "is_hindsight": group.is_hindsight,
    }


def _of_members(values: FloatArray, group: Group, rows: slice) -> FloatArray:
    return np.where(group.belongs[rows], values, np.nan)


def _values(history: History, row: int, place: int) -> dict[str, Scalar]:
    """Return the measures of one universe; without members all of them are missing."""
    if not history["members"][row, place]:
        return dict.fromkeys(MEASURES)
    values: dict[str, Scalar] = {name: int(history[name][row, place]) for name in NUMBERS if name != "median_ratio"}
    return (
        {"median_ratio": scalar(history["median_ratio"][row, place])}
        | values
        | {"known_then": "no" if history["is_hindsight"][row, place] else "yes"}
    )


def _checks(
    small: dict[str, Scalar], large: dict[str, Scalar], coverage: Coverage, thresholds: Thresholds
) -> tuple[Check, ...]:
    median, other = small["median_ratio"], large["median_ratio"]
    bound = None if other is None else round(float(other), 2)
    limit = float(thresholds["median_limit"])
    covered = 100 * coverage.n / coverage.of if coverage.of else None

    def check(name: str, value: Scalar, bound: Scalar, *, passes: bool, title: str) -> Check:
        is_known = value is not None and bound is not None
        return Check(
            name, (Result.PASS if passes else Result.FAIL) if is_known else Result.UNKNOWN, value, bound, title
        )

    return (
        check("below_limit", median, limit, passes=float(median or 0) < limit, title="median net debt/EBITDA"),
        check(
            "below_large",
            median,
            bound,
            passes=float(median or 0) <= float(other or 0),
            title="median net debt/EBITDA, against that of large companies",
        ),
        check("covered", covered, 90.0, passes=not coverage.is_partial, title="companies known, %"),
    )


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("median_limit", "limit", "ratio", 4.0, 0.5, 20.0, "median net debt/EBITDA that is crossed"),
    Threshold("hysteresis", "limit", "ratio", 0.25, 0.05, 2.0, "how far beyond median_limit a crossing must go"),
)
_LIMITS = ("median_limit", "hysteresis")

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "leverage_up",
        "More debt",
        "the median net debt/EBITDA of small companies rose past median_limit",
        _LIMITS,
        3,
    ),
    EventKind(
        "leverage_down",
        "Less debt",
        "the median net debt/EBITDA of small companies fell past median_limit",
        _LIMITS,
        2,
    ),
)

LEVERAGE = Signal(
    name="leverage",
    title="Leverage",
    summary="What the median small company owes against what it earns, beside large ones.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=1, universe="smallcap"),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    choices=lambda _market: {SUBJECT: "Russell 2000"},
    studied="^RUT",
    deciding=deciding,
    append=append,
    alone=lambda market, thresholds, t: row_alone(market, t, lambda row: history(row, thresholds)),
)


def _example() -> Market:
    """Two companies owe 2 and 4 times their EBITDA, one earns nothing, one is a bank; known from the fourth session."""
    market = example_market("^RUT", [100, 100, 110, 121, 99])
    end, day = date(2025, 3, 31), date(2025, 7, 3)
    rows: list[tuple[int, date, date, int, dict[str, float]]] = []
    for company, (debt, income) in enumerate(((25.0, 8.0), (45.0, 8.0), (50.0, -30.0))):
        rows.append((company, end, day, 12, {"operating_income": income, "depreciation": 2.0}))
        rows.append((company, end, day, 0, {"debt_long": debt, "cash": 5.0}))
    listed = Holdings(
        "smallcap", "IWM", date(2025, 7, 2), ("A", "B", "C", "D"), np.full(4, 0.25), ("", "", "", "Financials")
    )
    filed = Fundamentals.in_order(("A", "B", "C"), rows)
    return replace(market, facts=Facts(holdings=(listed,), fundamentals=filed))
