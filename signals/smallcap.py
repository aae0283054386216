"""The small-cap dashboard: how the Russell 2000 fares beside the large indices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.definition import Needs, Signal
from signals.errors import UnknownSubject
from signals.example import ROUND_A_QUARTER, example_market
from signals.last_rows import rows_after
from signals.periods import period_starts, returns_since
from signals.recon_calendar import ahead_of
from signals.telling import checked_row, last_known_row, read_row, scalar
from signals.types import Coverage, Event, FloatArray, History, Market, Reading, Scalar, Thresholds
from signals.windows import rolling_high, simple_moving_average, trend_state, wilder_rsi

VERSION = 1
SUBJECT = "market"
INDICES = ("^RUT", "^GSPC", "^IXIC", "^DJI", "RSP")
SMALL, LARGE = "^RUT", "^GSPC"

CROSS_STATES = {1: "golden", -1: "death", 0: None}
FAST, SLOW = 50, 200
YEAR_SESSIONS = 252

RETURNS = {
    "d1_pct": "change since the close one session before, per cent",
    "d5_pct": "change since the close five sessions before, per cent",
    "mtd_pct": "change since the last close before the calendar month, per cent",
    "qtd_pct": "change since the last close before the calendar quarter, per cent",
    "ytd_pct": "change since the last close before the calendar year, per cent",
    "y1_pct": "change since the last close on or before the same day a year earlier, per cent",
}
MEASURES = RETURNS | {
    "from_high_pct": "distance from the highest close of the last 252 sessions, per cent, at most 0",
    "cross": "golden while the 50-session average is above the 200-session one, death while below; missing if unknown",
    "rsi14": "Wilder's relative strength index over 14 changes, 0 to 100",
}
COMPARED = (*RETURNS, "from_high_pct")
GATHERED = {
    "rotation.state": ("rotation", "small", "who leads: small_leads, large_leads, neutral or unknown"),
    "rotation.state_since": ("rotation", "small", "session in which that state began; missing where it was not seen"),
    "rotation.relative_long_pct": ("rotation", "small", "^RUT against ^GSPC over `long` sessions, per cent"),
    "breadth.above_200_pct": ("breadth", "smallcap", "members above their average of 200 closes, per cent"),
    "breadth.covered": ("breadth", "smallcap", "members whose close and average are known"),
    "breadth.members": ("breadth", "smallcap", "members of the Russell 2000 by the list in force"),
    "valuation.forward_discount_without_losses_pct": (
        "valuation",
        "smallcap",
        "by how much less small companies cost than large ones for expected earnings, without loss-makers, per cent",
    ),
    "valuation.trailing_discount_without_losses_pct": (
        "valuation",
        "smallcap",
        "the same for the last twelve months' earnings, per cent",
    ),
    "valuation.estimated": ("valuation", "smallcap", "day of the last estimates that are known"),
    "leverage.median_ratio": ("leverage", "smallcap", "median net debt / EBITDA of small companies"),
    "leverage.largecap.median_ratio": ("leverage", "smallcap", "median net debt / EBITDA of large companies"),
    "leverage.filed": ("leverage", "smallcap", "day of the last report of any company that is known"),
}
"""What other signals say: name to the signal, its subject, and what it is."""
AHEAD = {
    "recon.next_name": "what the next date of the Russell reconstitution is",
    "recon.next_date": "day of it",
    "recon.next_days": "calendar days until then",
    "recon.next_dates": "who says so: published or by rule",
}
VALUES = {
    **{f"{symbol}.{name}": f"{symbol}: {text}" for symbol in INDICES for name, text in MEASURES.items()},
    **{f"small_minus_large.{name}": f"{SMALL} minus {LARGE}, points: {MEASURES[name]}" for name in COMPARED},
    **{name: text for name, (_, _, text) in GATHERED.items()},
    "rotation.long_sessions": "sessions of that: the window `long` of rotation",
    **AHEAD,
}


def history(market: Market, thresholds: Thresholds, read: Mapping[str, History] | None = None) -> History:
    """Compute every index's returns, distance from its high, cross state and RSI for every session.

    A return is ``100 * (close[t] / close[start] - 1)``. The start is 1 or 5 sessions back; the last session before the
    calendar month, quarter or year; for one year, the last session on or before the same day a year earlier.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.basis` says which close is used. An index that is not among them is missing.
    thresholds : mapping
        There are none.
    read : mapping of str to History, optional
        The histories of the signals in `GATHERED`, whose readings stand beside; without them they are missing.

    Returns
    -------
    History
        Subjects are `INDICES`, columns have the shape (T, 5): ``close`` and the measures ``d1_pct``, ``d5_pct``,
        ``mtd_pct``, ``qtd_pct``, ``ytd_pct``, ``y1_pct``, ``from_high_pct``, ``rsi14`` (float64, NaN where unknown) and
        ``cross`` (int8: 1 golden, -1 death, 0 unknown).

    Notes
    -----
    Row t uses rows up to t only. A return is NaN where its start or its end has no close; nothing older stands in.
    ``from_high_pct`` needs 252 closes in a row, ``cross`` 200, ``rsi14`` 15.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> SMALLCAP.history(_example(), {})["mtd_pct"][:, 0].round(1)
    array([nan, nan, 10., 21., -1.])
    """
    sessions = market.prices.sessions
    closes = _closes(market)
    columns: dict[str, NDArray[Any]] = {"close": closes}
    for name, starts in period_starts(sessions).items():
        columns[name] = returns_since(closes, starts)
    columns["from_high_pct"] = 100.0 * (closes / rolling_high(closes, YEAR_SESSIONS) - 1.0)
    columns["cross"] = trend_state(simple_moving_average(closes, FAST), simple_moving_average(closes, SLOW))
    columns["rsi14"] = wilder_rsi(closes)
    return History(sessions, INDICES, columns, dict(thresholds), market, read or {})


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the five indices, and small minus large.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``market``, the only one.
    thresholds : mapping
        There are none.
    t : int
        Row, counted from the end where negative. Where no index has a close, the last row before on which one has.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; the state is ``known``, ``partial`` where fewer than
        90 % of the indices have a close in that session, or ``unknown``.

    Raises
    ------
    UnknownSubject
        If `subject` is not ``market``.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> now = SMALLCAP.reading(SMALLCAP.history(_example(), {}), "market", {})
    >>> now.state, now.coverage, round(now.values["^RUT.d1_pct"], 1), now.values["^DJI.d1_pct"]
    ('partial', Coverage(n=1, of=5), -18.2, None)
    """
    del thresholds
    if subject != SUBJECT:
        raise UnknownSubject("subject", subject, f"the dashboard has one subject, {SUBJECT}")
    asked = checked_row(history, t)
    row = last_known_row(history["close"], asked)
    coverage = Coverage(n=int(np.isfinite(history["close"][row]).sum()), of=len(INDICES))
    return read_row(
        SMALLCAP,
        history,
        SUBJECT,
        (asked, row),
        state="unknown" if coverage.n == 0 else "partial" if coverage.is_partial else "known",
        values=_values(history, row) | _gathered(history, row) | _ahead(history, row),
        coverage=coverage,
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Return no events: the dashboard answers questions; what changes on it is told by the signals it gathers.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> SMALLCAP.events(SMALLCAP.history(_example(), {}), {})
    []
    """
    del history, thresholds, since
    return []


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    Five series are soon gone through; what other signals say beside them changes no column, and is left out.

    Examples
    --------
    >>> from signals.smallcap import SMALLCAP, _example
    >>> append(SMALLCAP.history(_example(), {}), _example(), {})["close"].shape
    (0, 5)
    """
    return rows_after(history(market, thresholds), before.market.prices.sessions[-1])


def _closes(market: Market) -> FloatArray:
    """Return the indices' closes, shape (T, 5); NaN in the column of one that is absent."""
    known = market.prices.closes(market.basis)
    closes = np.full((len(market.prices.sessions), len(INDICES)), np.nan)
    for place, symbol in enumerate(INDICES):
        if symbol in market.prices:
            closes[:, place] = known[:, market.prices.column(symbol)]
    return closes


def _values(history: History, row: int) -> dict[str, Scalar]:
    values: dict[str, Scalar] = {}
    for place, symbol in enumerate(INDICES):
        for name in MEASURES:
            cell = history[name][row, place]
            values[f"{symbol}.{name}"] = CROSS_STATES[int(cell)] if name == "cross" else scalar(cell)
    small, large = INDICES.index(SMALL), INDICES.index(LARGE)
    for name in COMPARED:
        values[f"small_minus_large.{name}"] = scalar(history[name][row, small] - history[name][row, large])
    return values


def _gathered(history: History, row: int) -> dict[str, Scalar]:
    """Return what the signals that were handed on say of the same row."""
    said: dict[tuple[str, str], Reading] = {}
    for signal, subject, _ in GATHERED.values():
        says = history.read[signal].says if signal in history.read else None
        if says is not None and (signal, subject) not in said:
            said[signal, subject] = says(subject, row)
    values: dict[str, Scalar] = {}
    for name, (signal, subject, _) in GATHERED.items():
        reading, value = said.get((signal, subject)), name.partition(".")[2]
        values[name] = None if reading is None else reading.state if value == "state" else reading.values[value]
    values["rotation.long_sessions"] = history.read["rotation"].windows["long"] if "rotation" in history.read else None
    return values


def _ahead(history: History, row: int) -> dict[str, Scalar]:
    """Return the next date of the Russell reconstitution, as it was known at the row's session."""
    session: date = history.sessions[row].item()
    found = ahead_of(history.market.facts.reconstitutions, session)
    if found is None:
        return dict.fromkeys(AHEAD)
    said = "published" if found.is_official else "by rule"
    return dict(zip(AHEAD, (found.name, found.day.isoformat(), found.days, said), strict=True))


SMALLCAP = Signal(
    name="smallcap",
    title="Small-cap dashboard",
    summary="How the Russell 2000 fares beside the S&P 500, the Nasdaq, the Dow and the equal-weight S&P 500.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=YEAR_SESSIONS + 2),
    thresholds=(),
    kinds=(),
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    reads=("rotation", "breadth", "valuation", "leverage"),
    choices=lambda _market: {SUBJECT: "the whole market"},
    append=append,
)


def _example() -> Market:
    return example_market("^RUT", [100, 100, 110, 121, 99], days=ROUND_A_QUARTER)
