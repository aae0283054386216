"""Quality: nine questions about a company's financials, each with its number; never a recommendation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import numpy as np
from numpy.typing import NDArray

from signals.changes import Found, events_of
from signals.definition import EventKind, Needs, Signal
from signals.example import example_market
from signals.facts import Facts
from signals.fundamentals import Fundamentals
from signals.quality_columns import QualityColumns
from signals.quality_gates import FAILS, GATES, LEAST_KNOWN, PASSES, UNKNOWN, Verdicts, checks_of, missing_of
from signals.telling import checked_row, read_row, scalar
from signals.types import BoolArray, Coverage, Event, History, Market, Reading, Scalar, Thresholds

VERSION = 1
REMEMBERED_SESSIONS = 252
"""An answer is set against the last one known, if that is not older; after a longer silence it begins anew."""
VALUES = {
    "passed": "gates passed",
    "known": "gates passed or failed",
    "score": "passed / known, 0 to 1; missing where fewer than 5 are known",
    **{gate.name: f"{gate.title}; n.m. where a ratio is not meaningful" for gate in GATES},
    "missing": "figures that are missing, by gate",
    "remark": "why figures that were filed are not told",
}
_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """What the gates say of some symbols at one session, for a list of them.

    Attributes
    ----------
    symbols : tuple of str, length M
        Whose, in the order in which they were asked for.
    verdicts : Verdicts
        One row of each.
    """

    symbols: tuple[str, ...]
    verdicts: Verdicts


def history(market: Market, thresholds: Thresholds) -> History:
    """Ask every gate of every symbol at every session.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N), whose symbols are asked; its facts hold what they filed and what is expected of them.
    thresholds : mapping
        There are none.

    Returns
    -------
    History
        Columns of shape (T, N), each computed when first asked for: the answer to each gate (int8: 1 passes, -1
        fails, 0 unknown) and ``score`` (float64, NaN where unknown).

    Notes
    -----
    Row t uses what was filed and expected by session t only; prices are not used.

    Examples
    --------
    >>> history(_example(), {})["profitable"].ravel()
    array([ 0,  0,  1,  1, -1], dtype=int8)
    """
    del thresholds
    return History(market.prices.sessions, market.prices.symbols, QualityColumns(market), {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the financials of `subject`.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        One of its symbols.
    thresholds : mapping
        There are none.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`; its checks are the gates; its coverage is how many of them are known. The
        state is ``known`` where there is a score, ``partial`` where some gate is known, else ``unknown``.

    Raises
    ------
    UnknownSubject
        If there are no prices of `subject`.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "STRL", {}, 2)
    >>> now.state, now.values["profitable"], now.values["known"], now.values["missing"][:21]
    ('partial', 5.0, 1, 'revenue_growth_pct; f')
    """
    del thresholds
    column = np.array([history.market.prices.column(subject)])
    row = checked_row(history, t)
    columns = cast("QualityColumns", history.columns)
    figures = columns.figures(column, slice(row, row + 1))
    found = columns.asked(column, slice(row, row + 1))
    missing = missing_of(figures, 0, is_financial=bool(columns.financials(column)[0]))
    checks = checks_of(found, 0)
    known = int(found.known[0])
    values: dict[str, Scalar] = {"passed": int(found.passed[0]), "known": known, "score": scalar(found.score[0])}
    values |= {check.name: check.value for check in checks}
    values["missing"] = "; ".join(", ".join(parts) for parts in missing.values()) or None
    filed = history.market.facts.fundamentals
    values["remark"] = (filed.remarks.get(filed.classes.get(subject, subject)) if filed else None) or None
    return read_row(
        QUALITY,
        history,
        subject,
        (row, row),
        state="known" if known >= LEAST_KNOWN else "partial" if known else "unknown",
        values=values if known else dict.fromkeys(VALUES) | {"remark": values["remark"]},
        checks=checks,
        coverage=Coverage(n=known, of=len(GATES)),
    )


def standings(history: History, symbols: Sequence[str], t: int = -1) -> Standings:
    """Return what the gates say of many symbols on row `t`; those without prices are left out.

    Examples
    --------
    >>> found = standings(history(_example(), {}), ["STRL", "NONE"])
    >>> found.symbols, found.verdicts.passed
    (('STRL',), array([0]))
    """
    row = checked_row(history, t)
    own = tuple(symbol for symbol in symbols if symbol in history.market.prices)
    columns = np.array([history.market.prices.column(symbol) for symbol in own], dtype=np.int64)
    return Standings(own, cast("QualityColumns", history.columns).asked(columns, slice(row, row + 1)))


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find where a gate was won or lost, on rows `since` and later.

    Parameters
    ----------
    history : History
        From `history`.
    thresholds : mapping
        There are none.
    since : int
        First row looked at; negative counts from the end.

    Returns
    -------
    list of Event
        Kinds as in `KINDS`, at most one of each for a symbol and session. A gate that was never known before raises
        none.

    Examples
    --------
    >>> [(event.kind, event.session.day, event.values["gates"]) for event in events(history(_example(), {}), {})]
    [('gates_lost', 7, 'profitable')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        columns = cast("QualityColumns", history.columns)
        begin = max(0, first - REMEMBERED_SESSIONS)
        stirred = columns.stirred(first, until)
        for start in range(0, len(stirred), _AT_ONCE):
            block = stirred[start : start + _AT_ONCE]
            asked = columns.asked(block, slice(begin, until))
            shape = (until - begin, len(block))
            answers = asked.answers.reshape(*shape, len(GATES))
            before = _last_before(answers)
            passed, known = asked.passed.reshape(shape), asked.known.reshape(shape)
            for kind, was, became in (("gates_won", FAILS, PASSES), ("gates_lost", PASSES, FAILS)):
                is_changed = (before == was) & (answers == became)
                rows, places = np.nonzero(is_changed.any(axis=2))
                kept = rows >= first - begin
                rows, places = rows[kept], places[kept]
                told: dict[str, Sequence[Scalar]] = {
                    "gates": [_names(gates) for gates in is_changed[rows, places]],
                    "passed": passed[rows, places].tolist(),
                    "known": known[rows, places].tolist(),
                }
                yield Found(kind, rows + begin, block[places], told)

    return events_of(QUALITY, history, thresholds, since, found)


def _last_before(answers: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the last answer known before each row, not more than a year ago; 0 where there is none."""
    rows = np.arange(len(answers)).reshape(-1, 1, 1)
    last = np.maximum.accumulate(np.where(answers != UNKNOWN, rows, -1), axis=0)
    earlier = np.full_like(last, -1)
    earlier[1:] = last[:-1]
    found = np.take_along_axis(answers, np.maximum(earlier, 0), axis=0)
    return np.where((earlier >= 0) & (rows - earlier <= REMEMBERED_SESSIONS), found, UNKNOWN)


def _names(is_changed: BoolArray) -> str:
    return ", ".join(gate.name for gate, changed in zip(GATES, is_changed, strict=True) if changed)


KINDS: tuple[EventKind, ...] = (
    EventKind("gates_won", "Gate passed", "a gate that had failed is passed", (), 2),
    EventKind("gates_lost", "Gate failed", "a gate that had been passed fails", (), 3),
)

QUALITY = Signal(
    name="quality",
    title="Quality",
    summary="Nine questions about a company's financials, each with its number: passed, failed or unknown.",
    subject_kind="symbol",
    version=VERSION,
    needs=Needs(fields=("close",), lookback_sessions=1),
    thresholds=(),
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
)


def _example() -> Market:
    """Return a company that earned something by a report of July 2, and by a later one no longer."""
    market = example_market("STRL", [6, 4, 2, 8, 6])
    end = date(2025, 3, 31)
    days = [market.prices.sessions[row].item() for row in (2, 4)]
    rows = [(0, end, day, 12, {"net_income": income}) for day, income in zip(days, (5.0, -5.0), strict=True)]
    return replace(market, facts=Facts(fundamentals=Fundamentals.in_order(("STRL",), rows)))
