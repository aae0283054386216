"""Themes: equal-weighted baskets of shares with one story, against the Russell 2000."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np

from signals.baskets import LEAST_MEMBERS
from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.facts import Facts, Member, Theme
from signals.telling import HINDSIGHT, checked_row, last_known_row, marked, read_row, scalar
from signals.themes_columns import INDEX, PERIODS, ThemeColumns
from signals.themes_events import find
from signals.types import Check, Coverage, Event, History, Market, Prices, Reading, Result, Scalar, Thresholds

VERSION = 1
LEAST_SHARE_PCT = 90.0
HALF_PCT = 50.0

_SPANS = {
    "d5": "change since the close five sessions before, per cent",
    "m1": "change since the last close on or before the same day a month earlier, per cent",
    "ytd": "change since the last close before the calendar year, per cent",
}
VALUES = {
    **{f"{period}_pct": f"the basket: {_SPANS[period]}" for period in PERIODS},
    **{f"{INDEX}.{period}_pct": f"{INDEX}: {_SPANS[period]}" for period in PERIODS},
    **{f"basket_minus_index.{period}_pct": f"the basket minus {INDEX}, points: {_SPANS[period]}" for period in PERIODS},
    "level": "level of the basket, 100 where its prices begin",
    "from_average_pct": "distance of the level from the average of its last `average` values, per cent",
    "ratio_from_high_pct": f"distance of basket / {INDEX} from its highest close of `high_sessions`, per cent",
    "above_sma200_pct": "share of the members above the average of their own last 200 closes, per cent",
    "above_sma200_of": "members of which that is known",
    "near_cross": "members whose 50- and 200-session averages would cross within `near_sessions` flat closes",
    "near_cross_of": "members of which that is known",
    "near_cross_names": "their symbols, in the order of the list; empty where there is none, missing if unknown",
    "members": "members of the basket in the session",
    "priced": "members with a close in the session",
    "dated": "members whose date had come by the session",
}

_WINDOWS = ("high_sessions", "average")


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute every theme's basket, its returns against the index, and what its members do, for every session.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.facts.themes` are the K themes. A member without prices is left out.
    thresholds : mapping
        The windows `high_sessions`, `average` and `near_sessions` matter here.

    Returns
    -------
    History
        Subjects are the themes' names; columns of shape (T, K), each computed when first asked for: ``level``,
        ``d5_pct``, ``m1_pct``, ``ytd_pct`` and the same of the index behind ``index_``, ``ratio``, ``from_high_pct``,
        ``basket_average`` (float64, NaN where unknown); ``is_high``, ``is_sound`` (90 % of the members have a close),
        ``hindsight``, ``rests_on_hindsight`` (any session of the windows `high_sessions` and `average` is hindsight),
        ``read_in_hindsight`` (or any since the start of a return; all bool); ``side`` and ``sound_side`` (int8: 1 above
        its average, -1 below, 0 unknown; the second moved by sound rows alone); ``members``, ``priced``, ``dated``,
        ``above``, ``above_of``, ``near``, ``near_of`` (int64).

    Notes
    -----
    Row t uses rows up to t only, and members whose date is on or before its session; where fewer than three are, all
    that are ever listed stand in and the row is marked ``hindsight``. A step for which no member has both closes is
    unknown, and so is every return over it.

    References
    ----------
    Ours.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> THEMES.history(_example(), THEMES.thresholds_with())["level"].ravel().round(1)
    array([ nan, 100., 100., 110.,  99.])
    """
    windows = {t.name: thresholds[t.name] for t in THRESHOLDS if t.role == "window"}
    columns = ThemeColumns(market, **{name: int(value) for name, value in windows.items()})
    names = tuple(theme.name for theme in market.facts.themes)
    return History(market.prices.sessions, names, columns, windows, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of a theme.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    subject : str
        Name of a theme.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative. Where the basket has no level, the last row before on which it has.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing; the state is ``above_average``, ``below_average`` or
        ``unknown``. Covered are the members with a close. Labelled ``hindsight`` where the members were not known yet
        in any session that a return, the high or the average looks back to.

    Raises
    ------
    UnknownSubject
        If there is no such theme.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> thresholds = THEMES.thresholds_with({"average": 2})
    >>> now = THEMES.reading(THEMES.history(_example(), thresholds), "chips", thresholds)
    >>> now.state, now.coverage, round(now.values["from_average_pct"], 2), now.values["ytd_pct"]
    ('below_average', Coverage(n=3, of=3), -5.26, None)
    """
    del thresholds
    theme = _place(history, subject)
    asked = checked_row(history, t)
    row = last_known_row(history["level"][:, theme], asked)
    values = _values(history, row, theme)
    found = read_row(
        THEMES,
        history,
        subject,
        (asked, row),
        state=_state(values["from_average_pct"], int(history["side"][row, theme])),
        values=values,
        coverage=Coverage(n=int(history["priced"][row, theme]), of=int(history["members"][row, theme])),
        checks=_checks(values),
    )
    return marked(found, HINDSIGHT) if history["read_in_hindsight"][row, theme] else found


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find breakouts and what came of them on rows `since` and later, by session.

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
        Kinds as in `KINDS`; none where a window rests on hindsight or fewer than 90 % of the members have a close, and
        such thin rows use nothing up; none of an open session.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> thresholds = THEMES.thresholds_with({"high_sessions": 2, "average": 2})
    >>> found = THEMES.events(THEMES.history(_example(), thresholds), thresholds)
    >>> [(event.kind, event.session.isoformat()) for event in found]
    [('breakout', '2025-07-03'), ('below_average', '2025-07-07')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(cast("ThemeColumns", history.columns), thresholds, since=first, until=until)

    return events_of(THEMES, history, thresholds, since, found)


def choices(market: Market) -> Mapping[str, str]:
    """Return the themes there are, name and title."""
    return {theme.name: theme.title for theme in market.facts.themes}


def _place(history: History, subject: str) -> int:
    if subject in history.subjects:
        return history.subjects.index(subject)
    known = ", ".join(history.subjects)
    hint = f"there are: {known}" if known else "no themes are listed: the operator lists them in config/themes.toml"
    raise UnknownSubject("theme", subject, hint)


def _state(from_average: Scalar, side: int) -> str:
    if from_average is None:
        return "unknown"
    return {1: "above_average", -1: "below_average", 0: "unknown"}[side]


def _values(history: History, row: int, theme: int) -> dict[str, Scalar]:
    def cell(name: str) -> float:
        return float(history[name][row, theme])

    above_of = int(cell("above_of"))
    return {
        **{f"{period}_pct": scalar(cell(f"{period}_pct")) for period in PERIODS},
        **{f"{INDEX}.{period}_pct": scalar(cell(f"index_{period}_pct")) for period in PERIODS},
        **{
            f"basket_minus_index.{period}_pct": scalar(cell(f"{period}_pct") - cell(f"index_{period}_pct"))
            for period in PERIODS
        },
        "level": scalar(cell("level")),
        "from_average_pct": scalar(100.0 * (cell("level") / cell("basket_average") - 1.0)),
        "ratio_from_high_pct": scalar(cell("from_high_pct")),
        "above_sma200_pct": 100.0 * cell("above") / above_of if above_of else None,
        "above_sma200_of": above_of,
        **_near(history, row, theme),
        **{name: int(cell(name)) for name in ("members", "priced", "dated")},
    }


def _near(history: History, row: int, theme: int) -> dict[str, Scalar]:
    columns = cast("ThemeColumns", history.columns)
    of = int(history["near_of"][row, theme])
    is_near = columns.is_near[row] & (columns.members.basket_of == theme)
    names = ", ".join(columns.members.symbols[place] for place in np.flatnonzero(is_near))
    return {
        "near_cross": int(history["near"][row, theme]) if of else None,
        "near_cross_of": of,
        "near_cross_names": names if of else None,
    }


def _checks(values: Mapping[str, Scalar]) -> tuple[Check, ...]:
    members, priced = int(values["members"] or 0), int(values["priced"] or 0)
    share = 100.0 * priced / members if members else None
    asked = (
        ("at_high", values["ratio_from_high_pct"], 0.0, "basket / index at its high, %"),
        ("above_average", values["from_average_pct"], 0.0, "basket above its own average, %"),
        ("half_above", values["above_sma200_pct"], HALF_PCT, "members above their 200-session average, %"),
        ("coverage", share, LEAST_SHARE_PCT, "members with a close, %"),
        ("known_then", values["dated"], LEAST_MEMBERS, "members known by that session"),
    )
    return tuple(Check(name, _verdict(value, bound), value, bound, title) for name, value, bound, title in asked)


def _verdict(value: Scalar, bound: float) -> Result:
    if value is None:
        return Result.UNKNOWN
    return Result.PASS if float(value) >= bound else Result.FAIL


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold(
        "high_sessions", "window", "sessions", 252, 2, 504, "the high of basket / index is that of so many closes"
    ),
    Threshold("average", "window", "sessions", 50, 2, 200, "levels in the basket's own average"),
    Threshold(
        "near_sessions",
        "window",
        "sessions",
        10,
        1,
        60,
        "a member is near a cross that so many flat closes would bring",
    ),
    Threshold("quiet_sessions", "limit", "sessions", 21, 1, 252, "a breakout is the first high in so many sessions"),
)

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "breakout",
        "Theme breaks out",
        f"basket / {INDEX} higher than on any of high_sessions, the first such high in quiet_sessions",
        ("high_sessions", "quiet_sessions"),
        4,
    ),
    EventKind(
        "below_average",
        "Breakout undone",
        "the basket fell below its average for the first time since a breakout",
        (*_WINDOWS, "quiet_sessions"),
        3,
    ),
)

THEMES = Signal(
    name="themes",
    title="Themes",
    summary="How baskets of shares with one story fare against the Russell 2000, and how many members take part.",
    subject_kind="theme",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=253, universe="themes"),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    word="theme",
    choices=choices,
    takes="[name]",
)


def _example() -> Market:
    market = example_market(INDEX, [100, 100, 100, 100, 100])
    close = np.array([[10, 10, 10], [10, 10, 10], [10, 10, 10], [11, 11, 11], [9.9, 9.9, 9.9]])
    prices = Prices(market.prices.sessions, ("A", "B", "C", INDEX), np.column_stack([close, market.prices.close]))
    members = tuple(Member(symbol, date(2025, 7, 2)) for symbol in ("A", "B", "C"))
    return replace(market, prices=prices, facts=Facts(themes=(Theme("chips", "Chips", members),)))
