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
from signals.quality_columns import FEW_ROWS, QualityColumns
from signals.quality_gates import FAILS, GATES, LEAST_KNOWN, PASSES, UNKNOWN, Verdicts, checks_of, missing_of
from signals.telling import checked_row, read_row, scalar
from signals.types import BoolArray, Coverage, Event, History, IntArray, Market, Reading, Scalar, Thresholds
from signals.valuation_multiples import NOT_MEANINGFUL

VERSION = 1
REMEMBERED_SESSIONS = 252
"""An answer is set against the last one known, if that is not older; after a longer silence it begins anew."""
VALUES = {
    "passed": "gates passed",
    "known": "gates passed or failed",
    "score": "passed / known, 0 to 1; missing where fewer than 5 are known",
    **{gate.name: f"{gate.title}; n.m. where a ratio is not meaningful" for gate in GATES},
    "missing": "figures that are missing, by gate",
    "filed": "day of the last report that was known",
    "period_end": "last day that it speaks of",
    "estimates": "day on which the estimates stood",
    "rated_by": "count of analysts who rate it",
    "remark": "why figures that were filed are not told",
}
_AT_ONCE = 64
"""Symbols that are asked in one go, so that the memory stays small."""


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
    asked = checked_row(history, t)
    columns = cast("QualityColumns", history.columns)
    found = columns.asked_at(column, np.array([asked]))
    known = int(found.known[0])
    filed = history.market.facts.fundamentals
    remark = (filed.remarks.get(filed.classes.get(subject, subject)) if filed else None) or None
    checks = checks_of(found, 0)
    return read_row(
        QUALITY,
        history,
        subject,
        (asked, asked),
        state="known" if known >= LEAST_KNOWN else "partial" if known else "unknown",
        values=(_values(columns, column, asked, found) if known else dict.fromkeys(VALUES)) | {"remark": remark},
        checks=checks,
        coverage=Coverage(n=known, of=len(GATES)),
    )


def _values(columns: QualityColumns, column: IntArray, row: int, found: Verdicts) -> dict[str, Scalar]:
    figures = columns.figures(column, np.array([row]))
    missing = missing_of(figures, 0, is_financial=bool(columns.is_financial[column[0]]))
    return {
        "passed": int(found.passed[0]),
        "known": int(found.known[0]),
        "score": scalar(found.score[0]),
        **{check.name: check.value for check in checks_of(found, 0)},
        "missing": "; ".join(", ".join(parts) for parts in missing.values()) or None,
        **columns.days(int(column[0]), row),
        "rated_by": scalar(figures["analysts"][0]),
    }


def standings(history: History, symbols: Sequence[str], t: int = -1) -> Standings:
    """Return what the gates say of many symbols on row `t`; those without prices are left out.

    Examples
    --------
    >>> found = standings(history(_example(), {}), ["STRL", "NONE"])
    >>> found.symbols, found.verdicts.passed
    (('STRL',), array([0]))
    """
    columns = cast("QualityColumns", history.columns)
    own = tuple(symbol for symbol in symbols if symbol in history.market.prices)
    places = np.array([history.market.prices.column(symbol) for symbol in own], dtype=np.int64)
    return Standings(own, columns.asked_at(places, np.full(len(places), checked_row(history, t))))


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
        Kinds as in `KINDS`, at most one of each for a symbol and session: the gates that changed and their numbers, and
        how many are passed and known now. A gate that was never known before raises none.

    Examples
    --------
    >>> [(event.kind, event.session.day, event.values["gates"]) for event in events(history(_example(), {}), {})]
    [('gates_lost', 7, 'profitable')]
    """
    columns = cast("QualityColumns", history.columns)

    def found(first: int, until: int) -> Iterable[Found]:
        stirred = columns.stirred(first, until)
        if len(stirred) and until - first <= FEW_ROWS:
            near = _Asked(columns, stirred, slice(max(0, first - 1), until))
            yield from near.changes(first, of=~near.has_gap)
            stirred = stirred[near.has_gap]
        for start in range(0, len(stirred), _AT_ONCE):
            block = stirred[start : start + _AT_ONCE]
            whole = _Asked(columns, block, slice(max(0, first - REMEMBERED_SESSIONS), until))
            yield from whole.changes(first, of=np.ones(len(block), dtype=np.bool_))

    return events_of(QUALITY, history, thresholds, since, found)


def deciding(market: Market, sets: Sequence[Thresholds], since: int) -> History:
    """Return the history itself: it asks the gates only of those of whom something became known.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    sets : sequence of mapping
        Thresholds with equal windows.
    since : int
        The first row whose events are wanted.

    Examples
    --------
    >>> len(deciding(_example(), [{}], 4).sessions)
    5
    """
    del since
    return history(market, sets[0])


class _Asked:
    """What the gates say of some symbols on some rows, and where that changed."""

    def __init__(self, columns: QualityColumns, symbols: IntArray, rows: slice) -> None:
        self._symbols, self._begin = symbols, rows.start
        self._verdicts = columns.asked(symbols, rows)
        self._answers = self._verdicts.answers.reshape(rows.stop - rows.start, len(symbols), len(GATES))

    @property
    def has_gap(self) -> BoolArray:
        """Of which symbols an answer is known on some row and not on the one before it, shape (M,)."""
        is_known = self._answers != UNKNOWN
        return np.asarray((is_known[1:] & ~is_known[:-1]).any(axis=(0, 2)))

    def changes(self, first: int, *, of: BoolArray) -> Iterable[Found]:
        """Yield where gates of some of the symbols changed, on row `first` and later."""
        before = _last_before(self._answers)
        for kind, was, became in (("gates_won", FAILS, PASSES), ("gates_lost", PASSES, FAILS)):
            is_changed = (before == was) & (self._answers == became)
            is_changed[: first - self._begin] = False
            is_changed[:, ~of] = False
            at, places = np.nonzero(is_changed.any(axis=2))
            told = _told(self._verdicts, at * len(self._symbols) + places, is_changed[at, places])
            yield Found(kind, at + self._begin, self._symbols[places], told)


def _last_before(answers: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return the last answer known before each row, not more than a year ago; 0 where there is none."""
    rows = np.arange(len(answers)).reshape(-1, 1, 1)
    last = np.maximum.accumulate(np.where(answers != UNKNOWN, rows, -1), axis=0)
    earlier = np.full_like(last, -1)
    earlier[1:] = last[:-1]
    found = np.take_along_axis(answers, np.maximum(earlier, 0), axis=0)
    return np.where((earlier >= 0) & (rows - earlier <= REMEMBERED_SESSIONS), found, UNKNOWN)


def _told(asked: Verdicts, rows: IntArray, is_changed: BoolArray) -> dict[str, Sequence[Scalar]]:
    """Return what events say of the gates that changed, each on a row of `asked`."""
    changed = [np.flatnonzero(gates).tolist() for gates in is_changed]
    return {
        "gates": [", ".join(GATES[gate].name for gate in gates) for gates in changed],
        "numbers": [
            ", ".join(_number(asked, row, gate) for gate in gates)
            for row, gates in zip(rows.tolist(), changed, strict=True)
        ],
        "passed": asked.passed[rows].tolist(),
        "known": asked.known[rows].tolist(),
    }


def _number(asked: Verdicts, row: int, gate: int) -> str:
    return NOT_MEANINGFUL if asked.is_meaningless[row, gate] else f"{asked.numbers[row, gate]:.6g}"


KINDS: tuple[EventKind, ...] = (
    EventKind("gates_won", "Gate of quality passed", "a gate that had failed is passed", (), 2),
    EventKind("gates_lost", "Gate of quality failed", "a gate that had been passed fails", (), 3),
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
    takes="[theme|symbol]",
    beside="reports and estimates",
    rests_on="fundamentals",
    deciding=deciding,
)


def _example() -> Market:
    """Return a company that earned something by a report of July 2, and by a later one no longer."""
    market = example_market("STRL", [6, 4, 2, 8, 6])
    end = date(2025, 3, 31)
    days = [market.prices.sessions[row].item() for row in (2, 4)]
    rows = [(0, end, day, 12, {"net_income": income}) for day, income in zip(days, (5.0, -5.0), strict=True)]
    return replace(market, facts=Facts(fundamentals=Fundamentals.in_order(("STRL",), rows)))
