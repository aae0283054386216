"""Rotation: small against large caps, equal against cap weight, sectors and themes against the market."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import InvalidThreshold, UnknownSubject
from signals.example import example_market
from signals.rotation_columns import LEGS, MAPS, PAIRS, SECTORS, SLOW, map_columns, pair_columns
from signals.rotation_events import SUBJECTS, find
from signals.rotation_map import LEAST_WEEKS
from signals.rotation_pairs import TEN_YEARS
from signals.rotation_readings import map_reading, pair_reading
from signals.types import Event, History, Market, Prices, Reading, Thresholds

VERSION = 1

CHOICES = {
    "small": "Russell 2000 against S&P 500",
    "equal": "S&P 500, equal against cap weight",
    "sectors": "Sectors against the S&P 500",
    "themes": "Themes against the Russell 2000 fund",
}

_MEASURES = {
    "ratio": "price of the first divided by that of the second",
    "relative_short_pct": "change of the ratio over `short` sessions, per cent",
    "relative_long_pct": "change of the ratio over `long` sessions, per cent",
    "percentile_10y_pct": "where the ratio stands among its last 2,520 values: 0 lowest, 100 highest",
    "cross": "golden while the ratio's 50-session average is above its 200-session one, death while below",
    "state_since": "session in which the present state began; missing where that was not seen",
    "state_sessions": "sessions since then",
}
_DAY = {
    **{f"{symbol}.d1_pct": f"{symbol}: change of the session, per cent" for symbol in LEGS},
    "small_minus_large.d1_pct": "^RUT minus ^GSPC on the session, points",
    "equal_minus_cap.d1_pct": "RSP minus SPY on the session, points",
}
_ON_A_MAP = {
    "ratio": "strength against the benchmark: 100 is usual, 80 to 120",
    "momentum": "strength of the ratio's 4-week change: 100 is usual, 80 to 120",
    "quadrant": "leading, weakening, lagging or improving; missing if unknown",
    "weeks": "weekly closes for which the quadrant has counted; missing where its start was not seen",
}
VALUES = {
    **_MEASURES,
    **{f"QQQE.{name}": f"QQQE / QQQ: {text}" for name, text in _MEASURES.items()},
    "QQQE.state": "equal_leads, cap_leads, neutral or unknown, of QQQE / QQQ",
    **_DAY,
    "week": "last session of the last finished week, which the map is of",
    "leading": "who is in the quadrant leading",
    "entered_leading": "who came into it in that week",
    **{f"{symbol}.{name}": f"{symbol} / SPY: {text}" for symbol in SECTORS for name, text in _ON_A_MAP.items()},
    **{f"<theme>.{name}": f"each theme's basket / IWM: {text}" for name, text in _ON_A_MAP.items()},
}


def history(market: Market, thresholds: Thresholds, read: Mapping[str, History] | None = None) -> History:
    """Compute the pairs' ratios and returns for every session, and the maps for every finished week.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.basis` says which close is used. What is not among them is missing.
    thresholds : mapping
        Only the windows `short` and `long` matter here.
    read : mapping of str to History, optional
        The history of ``themes``, whose baskets stand on the map of themes; without it they are unknown.

    Returns
    -------
    History
        Subjects are ``small``, ``equal``, ``sectors``, ``themes``. The columns have widths of their own:

        - of the three pairs ^RUT/^GSPC, RSP/SPY, QQQE/QQQ, shape (T, 3): ``ratio``, its averages ``ratio_fast`` (50)
          and ``ratio_slow`` (200), ``relative_short_pct``, ``relative_long_pct``, ``percentile_10y_pct`` (float64, NaN
          where unknown), ``cross`` (int8: 1 golden, -1 death, 0 unknown);
        - of their six legs, shape (T, 6): ``d1_pct``;
        - of the sectors, shape (T, 11), and of the themes in the order of `market.facts`: ``sectors.relative`` (price
          divided by the benchmark's, by session), ``sectors.ratio``, ``sectors.momentum`` (of the last finished week),
          ``sectors.hindsight`` (bool), and the same with ``themes``;
        - ``week_row``, shape (T, 1): the row of that week's last session, -1 before the first.

    Notes
    -----
    Row t uses rows up to t only. A week is finished once the calendar's last session of it has closed.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with({"short": 2, "long": 3})
    >>> ROTATION.history(_example(), thresholds)["relative_short_pct"][:, 0]
    array([ nan,  nan,   0.,   0., 100.])
    """
    columns = pair_columns(market, thresholds) | map_columns(market, read or {})
    windows = {name: thresholds[name] for name in ("short", "long")}
    return History(market.prices.sessions, SUBJECTS, columns, windows, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of one pair or one map.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    subject : str
        ``small``, ``equal``, ``sectors`` or ``themes``.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative. Where the ratio is unknown, the last row before on which it is known.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES` that belong to the subject, None where missing. The state of a pair is
        ``small_leads`` or ``large_leads`` (``equal_leads`` or ``cap_leads``), ``neutral`` or ``unknown``; that of a map
        is ``known``, ``partial`` below 90 % of its subjects, or ``unknown``.

    Raises
    ------
    UnknownSubject
        If `subject` is none of the four.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with({"short": 2, "long": 3, "hold_sessions": 1})
    >>> now = ROTATION.reading(ROTATION.history(_example(), thresholds), "small", thresholds)
    >>> now.state, now.values["relative_long_pct"], now.values["state_since"], now.values["RSP.d1_pct"]
    ('small_leads', 100.0, '2025-07-07', None)
    """
    if subject not in SUBJECTS:
        raise UnknownSubject("subject", subject, f"rotation has: {', '.join(SUBJECTS)}")
    said = map_reading if subject in MAPS else pair_reading
    return said(ROTATION, history, subject, thresholds, t)


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find what changed on rows `since` and later, by session.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    thresholds : mapping
        All of them.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`; an open session gives none, nor does a map below 90 % coverage. Who came into leading is
        told in one event a week and map.

    Examples
    --------
    >>> from signals.rotation import ROTATION, _example
    >>> thresholds = ROTATION.thresholds_with({"short": 2, "long": 3, "hold_sessions": 1})
    >>> found = ROTATION.events(ROTATION.history(_example(), thresholds), thresholds)
    >>> [(event.kind, event.subject, event.session.isoformat()) for event in found]
    [('small_leads', 'small', '2025-07-07')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, thresholds, since=first, until=until)

    return events_of(ROTATION, history, thresholds, since, found)


def validate(thresholds: Thresholds) -> None:
    """Raise `InvalidThreshold` where `short` is not below `long`."""
    if int(thresholds["short"]) >= int(thresholds["long"]):
        raise InvalidThreshold("short", thresholds["short"], f"must be below long, which is {thresholds['long']}")


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("short", "window", "sessions", 20, 2, 250, "sessions of the shorter relative return; below long"),
    Threshold("long", "window", "sessions", 63, 3, 252, "sessions of the longer relative return"),
    Threshold("lead_pct", "limit", "pct", 1.0, 0.0, 20.0, "a lead: both relative returns are beyond it"),
    Threshold("hold_sessions", "limit", "sessions", 5, 1, 60, "a lead: for so many sessions in a row"),
    Threshold("broadening_points", "limit", "points", 0.5, 0.0, 5.0, "a broadening day: both beat theirs by so much"),
    Threshold("hold_weeks", "limit", "weeks", 2, 1, 8, "rotation map: a new quadrant counts after so many weeks"),
)

_LEAD = ("short", "long", "lead_pct", "hold_sessions")
_MARGIN = ("broadening_points",)

KINDS: tuple[EventKind, ...] = (
    EventKind("small_leads", "Small caps lead", "the Russell 2000 began to lead the S&P 500", _LEAD, 5),
    EventKind("large_leads", "Large caps lead", "the S&P 500 began to lead the Russell 2000", _LEAD, 5),
    EventKind("equal_leads", "Equal weight leads", "RSP began to lead SPY", _LEAD, 3),
    EventKind("cap_leads", "Cap weight leads", "SPY began to lead RSP", _LEAD, 3),
    EventKind("lead_over", "Lead over", "the longer relative return crossed 0 and ended a lead", _LEAD, 3),
    EventKind(
        "broadening_day", "Broadening day", "^RUT and RSP rose and both beat ^GSPC and SPY by the margin", _MARGIN, 4
    ),
    EventKind("entered_leading", "Into leading", "who came into the quadrant leading, once a week", ("hold_weeks",), 2),
)

ROTATION = Signal(
    name="rotation",
    title="Rotation",
    summary="Who leads: small or large caps, equal or cap weight, which sectors and themes.",
    subject_kind="pair",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=max(SLOW, TEN_YEARS, 5 * LEAST_WEEKS)),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    validate=validate,
    reads=("themes",),
    choices=lambda _market: CHOICES,
    takes="[small|equal|sectors|themes]",
    studied="^RUT",
)


def _example() -> Market:
    market = example_market("^RUT", [8, 8, 8, 8, 16])
    closes = np.column_stack([market.prices.close, np.full(5, 4.0)])
    return replace(market, prices=Prices(market.prices.sessions, PAIRS[0], closes))
