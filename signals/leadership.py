"""Leadership: which sectors the Russell 2000's gain of the year or month came from, and whether banks beat it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal, Threshold
from signals.errors import UnknownSubject
from signals.example import ROUND_A_QUARTER, example_market
from signals.facts import Facts, Holdings
from signals.leadership_append import append
from signals.leadership_columns import BANKS, INDEX, SUBJECTS, UNIVERSE, columns_of
from signals.leadership_events import find
from signals.leadership_last import deciding
from signals.leadership_values import VALUES, checks_of, sectors_of, values_of
from signals.telling import checked_row, last_known_row, read_row
from signals.types import Coverage, Event, History, Market, Prices, Reading, Scalar, Thresholds

VERSION = 1
TITLES = {"ytd": "year to date", "mtd": "month to date", "banks": "regional banks"}


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute what every sector has added since the start of the year and of the month, and the banks' lead.

    Contribution of a share = start weight x return since the start; a sector's is the sum. The weights add up to 1
    over the covered shares, so contributions add up to the covered basket's return.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); `market.facts` holds the files of the universe ``smallcap``.
    thresholds : mapping
        The window `banks_sessions` matters here.

    Returns
    -------
    History
        Subjects are ``ytd``, ``mtd`` and ``banks``. Columns of shape (T, 3): ``basket_pct``, ``index_pct``,
        ``effective_names``, ``covered_weight_pct``, ``top_two_share_pct``, ``banks_pct``, ``banks_index_pct``,
        ``banks_lead`` (float64, NaN where unknown); ``covered``, ``universe``, ``leader``, ``file`` (int64, the last
        two -1 where there is none); ``source`` (int8: 1 file, 2 backed out, 0 unknown). Of shape (T, 3, S), S sectors
        in alphabetical order: ``contribution_pct``, ``weight_pct`` (float64).

    Notes
    -----
    Row t uses rows up to t only, and files dated on or before its session. A share needs a weight, and closes on the
    file's date, at the start and on the row.

    References
    ----------
    Ours.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP, _example
    >>> found = LEADERSHIP.history(_example(), LEADERSHIP.thresholds_with())
    >>> found["contribution_pct"][:, 1].round(2).tolist()
    [[nan, nan], [nan, nan], [5.0, 0.0], [5.0, 5.0], [0.0, 5.0]]
    """
    windows = {"banks_sessions": thresholds["banks_sessions"]}
    columns = columns_of(market, banks_sessions=int(thresholds["banks_sessions"]))
    return History(market.prices.sessions, SUBJECTS, columns, windows, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of where the gain came from.

    Parameters
    ----------
    history : History
        From `history`, with the same windows as `thresholds`.
    subject : str
        ``ytd``, ``mtd`` or ``banks``.
    thresholds : mapping
        All of them.
    t : int
        Row, counted from the end where negative. Where nothing is known there, the last row before on which it is.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing or of another subject; sectors are ordered by what they
        added. Covered are the shares of the file; the state is ``known``, ``partial`` where fewer than 90 % of them
        are, or ``unknown``. Of ``banks``, covered are the fund and the index, and the state is ``ahead``, ``behind``,
        ``level`` or ``unknown``.

    Raises
    ------
    UnknownSubject
        If `subject` is none of the three.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP, _example
    >>> thresholds = LEADERSHIP.thresholds_with()
    >>> now = LEADERSHIP.reading(LEADERSHIP.history(_example(), thresholds), "mtd", thresholds)
    >>> now.state, now.values["sector_1.name"], round(now.values["basket_pct"], 2), now.values["weights"]
    ('known', 'Financials', 5.0, 'file')
    """
    if subject not in SUBJECTS:
        raise UnknownSubject("subject", subject, f"there are: {', '.join(SUBJECTS)}")
    place = SUBJECTS.index(subject)
    asked = checked_row(history, t)
    is_banks = subject == "banks"
    row = last_known_row(history["banks_lead" if is_banks else "basket_pct"][:, place], asked)
    values = values_of(history, row, subject)
    coverage = Coverage(n=int(history["covered"][row, place]), of=int(history["universe"][row, place]))
    return read_row(
        LEADERSHIP,
        history,
        subject,
        (asked, row),
        state=_banks_state(values) if is_banks else _state(values, coverage),
        values=values,
        coverage=coverage,
        checks=() if is_banks else checks_of(values, thresholds),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find what changed in who leads on rows `since` and later, by session.

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
        Kinds as in `KINDS`. Those of the year need 90 % of the weight and of the shares covered: other rows are passed
        over as if nothing were known there. An open session gives none.

    Examples
    --------
    >>> from signals.leadership import LEADERSHIP, _example
    >>> LEADERSHIP.events(LEADERSHIP.history(_example(), LEADERSHIP.thresholds_with()), LEADERSHIP.thresholds_with())
    []
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history.columns, history.sessions, sectors_of(history.market), thresholds, since=first, until=until)

    return events_of(LEADERSHIP, history, thresholds, since, found)


def _state(values: Mapping[str, Scalar], coverage: Coverage) -> str:
    if values["basket_pct"] is None:
        return "unknown"
    return "partial" if coverage.is_partial else "known"


def _banks_state(values: Mapping[str, Scalar]) -> str:
    lead = values["banks_minus_index.change_pct"]
    if lead is None:
        return "unknown"
    return "ahead" if float(lead) > 0 else "behind" if float(lead) < 0 else "level"


THRESHOLDS: tuple[Threshold, ...] = (
    Threshold("banks_sessions", "window", "sessions", 63, 5, 252, "sessions over which banks and index are compared"),
    Threshold("top_two_pct", "limit", "pct", 70.0, 30.0, 100.0, "share of the top two sectors that is called narrow"),
    Threshold("hysteresis_points", "limit", "points", 5.0, 0.5, 20.0, "a narrow gain ends so far below `top_two_pct`"),
    Threshold("hold_sessions", "limit", "sessions", 5, 1, 21, "sessions for which a new leader must stay ahead"),
)

_TOP_TWO = ("top_two_pct", "hysteresis_points")

KINDS: tuple[EventKind, ...] = (
    EventKind(
        "top_two_above",
        "Two sectors carry it",
        "two sectors' share of the year's return rose to top_two_pct",
        _TOP_TWO,
        3,
    ),
    EventKind(
        "top_two_below",
        "More sectors carry it",
        "two sectors' share of the year's return fell below top_two_pct by hysteresis_points",
        _TOP_TWO,
        3,
    ),
    EventKind(
        "leading_sector",
        "Another sector leads",
        "another sector has added most to the year's return for hold_sessions",
        ("hold_sessions",),
        3,
    ),
    EventKind(
        "banks_overtake",
        "Banks overtake",
        f"{BANKS}, behind until then, has been ahead of {INDEX} over banks_sessions for hold_sessions",
        ("banks_sessions", "hold_sessions"),
        3,
    ),
)

LEADERSHIP = Signal(
    name="leadership",
    title="Leadership",
    summary="Which sectors the small caps' return of the year or month came from, and whether regional banks lead.",
    subject_kind="market",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=253, universe=UNIVERSE),
    thresholds=THRESHOLDS,
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    word="leaders",
    choices=lambda _market: TITLES,
    takes="[mtd|ytd]",
    studied=INDEX,
    deciding=deciding,
    append=append,
)


def _example() -> Market:
    market = example_market(INDEX, [100, 100, 105, 110, 105], days=ROUND_A_QUARTER)
    close = np.array([[10, 10], [10, 10], [11, 10], [11, 11], [10, 11]], dtype=np.float64)
    prices = Prices(market.prices.sessions, ("A", "B", INDEX), np.column_stack([close, market.prices.close]))
    file = Holdings(UNIVERSE, "IWM", date(2025, 6, 30), ("A", "B"), np.array([0.5, 0.5]), ("Energy", "Financials"))
    return replace(market, prices=prices, facts=Facts(holdings=(file,)))
