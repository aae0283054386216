"""Valuation: what small companies cost beside large ones, with loss-makers and without."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, crossings, events_of
from signals.definition import Needs, Signal
from signals.errors import UnknownSubject
from signals.estimates import Estimates
from signals.example import example_market
from signals.facts import Facts, Holdings
from signals.filed_between import last_filed
from signals.fundamentals import Fundamentals
from signals.group_members import UNIVERSES, group_of
from signals.last_rows import LastRows, market_from, memory_of, row_alone
from signals.macro_series import beside, observed_of
from signals.sides import least_rows
from signals.telling import HINDSIGHT, checked_row, marked, read_row, scalar
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
from signals.valuation_columns import MULTIPLES, NM, WITHOUT, valuation_columns
from signals.valuation_events import EARNINGS, KINDS, THRESHOLDS, level_of, sound_discount, told_of
from signals.valuation_multiples import NOT_MEANINGFUL, discount_pct, percentiles_so_far, risk_premium_points

VERSION = 1
SUBJECT = "smallcap"
_TITLES = {
    "trailing_pe": "market value / net income of the last twelve months",
    "forward_pe": "market value / earnings expected for the next twelve months",
    "price_sales": "market value / revenue of the last twelve months",
    "price_book": "market value / shareholders' equity",
}
MEASURES = {
    **{name: f"{title}, losses included; n.m. where the sum is not above 0" for name, title in _TITLES.items()},
    **{name + WITHOUT: f"{title}, without the companies below 0" for name, title in _TITLES.items()},
    "losing_weight_pct": "share of market value in companies that lost money over twelve months, per cent",
    "covered": "companies of which market value and net income are known",
    "covered_forward": "companies of which market value and expected earnings are known",
    "members": "companies in the universe",
    "known_then": "yes, or no where the members were not known at the session",
}
COMPARED = {
    **{
        f"{which}_discount{way}_pct": f"100 x (1 - small / large) of {which} P/E, {words}, per cent"
        for which in EARNINGS
        for way, words in (("", "losses included"), (WITHOUT, "without loss-makers"))
    },
    **{
        f"{which}_discount{WITHOUT}_percentile": f"rank of that of {which} P/E so far, 0 lowest, 100 highest"
        for which in EARNINGS
    },
    "risk_premium_points": "forward earnings yield of small companies minus the 10-year Treasury yield, points",
}
SINCE = {f"{which}_ranked_since": "session since which that is counted" for which in EARNINGS}
KNOWN = {
    "filed": "day of the last report of any company that is known",
    "estimated": "day of the last estimates that are known",
}
VALUES = (
    COMPARED | SINCE | KNOWN | MEASURES | {f"largecap.{name}": f"S&P 500: {text}" for name, text in MEASURES.items()}
)
_RANKED = {f"{which}_discount{WITHOUT}_pct": f"{which}_discount{WITHOUT}_percentile" for which in EARNINGS}
"""Discount to the name of its percentile."""
_REMEMBERED = (*_RANKED, "is_hindsight")


def history(market: Market, thresholds: Thresholds) -> History:
    """Compute what small and large companies cost, and the discount, for every session.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N); its facts hold what companies filed, what is expected of them, the dated lists of
        members, and the 10-year Treasury yield.
    thresholds : mapping
        None of them matters here.

    Returns
    -------
    History
        Subjects are ``smallcap`` and ``largecap``; columns have the shape (T, 2): those of
        `signals.valuation_columns.valuation_columns`, and, the same for both, those of `COMPARED`; NaN where unknown.

    Notes
    -----
    Row t uses the closes of session t and what was filed or expected by then.

    Examples
    --------
    >>> history(_example(), {})["trailing_discount_pct"][:, 0]
    array([ nan,  nan,  nan, -25., -50.])
    """
    del thresholds
    sides = [valuation_columns(market, group_of(market, universe)) for universe in UNIVERSES]
    columns: dict[str, NDArray[Any]] = {name: np.column_stack([side[name] for side in sides]) for name in sides[0]}
    shape = (len(market.prices.sessions), len(UNIVERSES))
    for name, values in _compared(market, columns).items():
        columns[name] = np.broadcast_to(values[:, None], shape)
    columns |= _ranks(columns)
    return History(market.prices.sessions, UNIVERSES, columns, {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the price of small and large companies.

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
        Its `values` are those of `VALUES`: None where missing, ``n.m.`` where a sum is not above 0. Its coverage is
        how many small companies have a market value and earnings, `partial` below 90 %. Labelled hindsight where
        members of either side were not known then.

    Raises
    ------
    UnknownSubject
        If `subject` is another one.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "smallcap", VALUATION.thresholds_with())
    >>> now.state, now.values["trailing_pe"], now.values["trailing_pe_without_losses"], now.values["forward_pe"]
    ('known', 30.0, 20.0, 15.0)
    """
    if subject != SUBJECT:
        raise UnknownSubject("universe", subject, f"there is one subject, {SUBJECT}")
    row = checked_row(history, t)
    small, large = (_values(history, row, place) for place in range(len(UNIVERSES)))
    compared: dict[str, Scalar] = {name: scalar(history[name][row, 0]) for name in COMPARED}
    coverage = Coverage(n=int(history["covered"][row, 0]), of=int(history["members"][row, 0]))
    known = "partial" if coverage.is_partial else "known"
    found = read_row(
        VALUATION,
        history,
        subject,
        (row, row),
        state=known if coverage.n else "unknown",
        values=compared
        | _since(history, row)
        | _known(history, row)
        | small
        | {f"largecap.{name}": value for name, value in large.items()},
        checks=_checks(compared, coverage, thresholds),
        coverage=coverage,
    )
    told = [bool(history["is_hindsight"][row, place]) and bool(history["members"][row, place]) for place in (0, 1)]
    return marked(found, HINDSIGHT) if any(told) else found


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find where the discount crossed the limit, on rows `since` and later.

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
        Kinds as in `KINDS`, of the discount without loss-makers. Rows on which less than 90 % of either side are
        covered, or members were not known then, raise none.

    Examples
    --------
    >>> events(history(_example(), {}), VALUATION.thresholds_with())
    []
    """

    def found(first: int, until: int) -> Iterable[Found]:
        told = partial(told_of, history, which=str(thresholds["earnings"]))
        kinds = ("discount_up", "discount_down")
        return crossings(sound_discount(history, thresholds), level_of(thresholds), kinds, (first, until), told)

    return events_of(VALUATION, history, thresholds, since, found)


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Compute a history of few last rows whose events on rows `since` and later are those of the whole one.

    Its percentiles begin with its first row.

    Examples
    --------
    >>> deciding(_example(), [VALUATION.thresholds_with()], 4)["covered"][-1]
    array([2, 1])
    """

    def told(few: History) -> Iterator[tuple[FloatArray, tuple[float, float]]]:
        return ((sound_discount(few, thresholds), level_of(thresholds)) for thresholds in sets)

    return least_rows(market, since, lambda few: history(few, sets[0]), told)


def append(before: History, market: Market, thresholds: Thresholds) -> History:
    """Return the rows of `market` beyond `before`; see `signals.appending.appended`.

    The discounts so far are kept: the percentiles are of them.

    Examples
    --------
    >>> append(history(_example(), {}), _example(), {})["covered"].shape
    (0, 2)
    """
    first = len(before.market.prices.sessions)
    few = history(market_from(market, first), thresholds)
    columns = dict(few.columns)
    memory = memory_of(before, lambda whole: {name: whole[name] for name in _REMEMBERED})
    kept = {name: np.concatenate([memory[name], columns[name]]) for name in _REMEMBERED}
    columns |= {name: values[first:] for name, values in _ranks(kept).items()}
    return replace(few, columns=LastRows(columns, kept), market=market)


def _compared(market: Market, columns: dict[str, NDArray[Any]]) -> dict[str, FloatArray]:
    found: dict[str, FloatArray] = {}
    for which in EARNINGS:
        for way in ("", WITHOUT):
            small, large = columns[f"{which}_pe{way}"].T
            found[f"{which}_discount{way}_pct"] = discount_pct(small, large)
    ten_year = beside(observed_of(market, "DGS10"), market.prices.sessions)["level"]
    found["risk_premium_points"] = risk_premium_points(columns["forward_yield_pct"][:, 0], ten_year)
    return found


def _ranks(columns: Mapping[str, NDArray[Any]]) -> dict[str, FloatArray]:
    """Return the percentiles of the discounts, shape (T, 2); they begin anew with the first members known then."""
    start, ranks = _known_from(columns), {}
    for discount, rank in _RANKED.items():
        values = columns[discount][:, 0]
        found = np.concatenate([percentiles_so_far(part) for part in (values[:start], values[start:])])
        ranks[rank] = np.broadcast_to(found[:, None], (len(found), len(UNIVERSES)))
    return ranks


def _since(history: History, row: int) -> dict[str, Scalar]:
    """Return the first session that each percentile of a row counts."""
    first = 0 if history["is_hindsight"][row].any() else _known_from(history.columns)
    found: dict[str, Scalar] = {}
    for which, name in zip(SINCE, _RANKED, strict=True):
        known = np.flatnonzero(np.isfinite(history[name][first : row + 1, 0]))
        found[which] = history.sessions[first + known[0]].item().isoformat() if len(known) else None
    return found


def _known(history: History, row: int) -> dict[str, Scalar]:
    """Return how new the figures are."""
    market, session = history.market, history.sessions[row]
    days = [each.day for each in market.facts.estimates if each.day <= session.item()]
    return {"filed": last_filed(market, session), "estimated": days[-1].isoformat() if days else None}


def _known_from(columns: Mapping[str, NDArray[Any]]) -> int:
    """Return the first row from which the members of both sides were known then."""
    return int(np.count_nonzero(columns["is_hindsight"].any(axis=1)))


def _values(history: History, row: int, place: int) -> dict[str, Scalar]:
    """Return the measures of one universe; without members all of them are missing."""
    if not history["members"][row, place]:
        return dict.fromkeys(MEASURES)
    values: dict[str, Scalar] = {}
    for end in ("", WITHOUT):
        for name in (multiple + end for multiple in MULTIPLES):
            is_meaningless = bool(history[name + NM][row, place])
            values[name] = NOT_MEANINGFUL if is_meaningless else scalar(history[name][row, place])
    values["losing_weight_pct"] = scalar(history["losing_weight_pct"][row, place])
    for name in ("covered", "covered_forward", "members"):
        values[name] = int(history[name][row, place])
    return values | {"known_then": "no" if history["is_hindsight"][row, place] else "yes"}


def _checks(compared: dict[str, Scalar], coverage: Coverage, thresholds: Thresholds) -> tuple[Check, ...]:
    discount = compared[f"{thresholds['earnings']}_discount{WITHOUT}_pct"]
    premium = compared["risk_premium_points"]
    covered = 100 * coverage.n / coverage.of if coverage.of else None
    limit = float(thresholds["discount_pct"])

    def check(name: str, value: Scalar, bound: float, title: str) -> Check:
        if value is None:
            return Check(name, Result.UNKNOWN, None, bound, title)
        return Check(name, Result.PASS if float(value) >= bound else Result.FAIL, value, bound, title)

    return (
        check("discount", discount, limit, "discount of small companies without loss-makers, %"),
        check("premium", premium, 0.0, "forward earnings yield above the 10-year yield, points"),
        check("covered", covered, 90.0, "companies covered, %"),
    )


VALUATION = Signal(
    name="valuation",
    title="Valuation",
    summary="What small companies cost beside large ones: P/E with loss-makers and without, the discount, the premium.",
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
    """Two small companies, one of which loses money, and a large one; what they filed is known from July 3 on."""
    market = example_market("^RUT", [100, 100, 110, 121, 99])
    closes = np.array([[18, 2, 20], [18, 2, 20], [18, 2, 20], [18, 7, 20], [22, 8, 20]], dtype=np.float64)
    prices = Prices(market.prices.sessions, ("A", "B", "L"), closes)
    end, day = date(2025, 3, 31), date(2025, 7, 3)
    rows: list[tuple[int, date, date, int, dict[str, float]]] = []
    for company, income in enumerate((11.0, -1.0, 10.0)):
        rows.append((company, end, day, 12, {"net_income": income, "revenue": 40.0}))
        rows.append((company, end, day, 0, {"shares": 10.0, "equity": 50.0}))
    nothing = np.full(3, np.nan)
    facts = Facts(
        holdings=(
            Holdings("smallcap", "IWM", date(2025, 7, 1), ("A", "B"), np.full(2, 0.5), ("", "")),
            Holdings("largecap", "IVV", date(2025, 7, 1), ("L",), np.ones(1), ("",)),
        ),
        fundamentals=Fundamentals.in_order(("A", "B", "L"), rows),
        estimates=(Estimates(date(2025, 7, 2), ("A", "B", "L"), np.array([1.5, 0.5, 1.0]), nothing, nothing, nothing),),
    )
    return replace(market, prices=prices, facts=facts)
