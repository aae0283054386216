"""Find the events of one session: runs in a worker process, on a view it opens itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np

from bot.alerts.ports import View
from bot.alerts.proof import proofs_of
from bot.alerts.revise import no_longer_holding
from bot.records import Proof
from signals.catalog import by_name, whole_history
from signals.definition import Signal
from signals.errors import SignalError
from signals.inquiry import coverage_at, read_for
from signals.types import BoolArray, Coverage, Event, History, Market, Scalar, SessionArray, Thresholds

LEAST_SHARE = 0.5
"""Below this share of the core that traded the session before, the bars have not really come in yet."""

AT_A_TIME = 2
"""So many histories are gone through side by side."""


class ScanError(Exception):
    """The session cannot be scanned as the data stands; one line that says why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One signal with one complete set of thresholds that somebody uses."""

    signal: str
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a session brought.

    Attributes
    ----------
    unavailable : mapping of str to str
        Signals that this market cannot answer at all, such as for want of an index, and why.
    bars : Coverage
        How many symbols have a bar of the session, of those that had one the session before.
    absent : tuple of str
        Those that have none: a later scan looks for the events they may have missed.
    withheld : mapping of str to Coverage
        Events not raised because their universe was covered too thinly: identity and coverage.
    thin : mapping of str to Coverage
        Signals over a universe of which too little has come in, whether or not that withheld anything.
    """

    session: date
    events: tuple[Event, ...]
    bars: Coverage
    absent: tuple[str, ...] = ()
    withheld: Mapping[str, Coverage] = field(default_factory=dict)
    thin: Mapping[str, Coverage] = field(default_factory=dict)
    unavailable: Mapping[str, str] = field(default_factory=dict)
    blind: tuple[str, ...] = ()
    """Signals whose facts are not here at all: what these tell of this session one day is no news by then."""
    gone: tuple[str, ...] = ()
    """Identities of earlier events that no longer hold."""
    proofs: tuple[Proof, ...] = ()
    """What the events rest on, where their subject is a symbol and they were not `posted` before."""


def scan_session(
    view: View,
    session: date,
    requests: Sequence[Request],
    absent: Mapping[str, date] | None = None,
    posted: Sequence[Event] = (),
    *,
    since: date | None = None,
) -> ScanResult:
    """Open `view` and find the events of `session`, and late ones of what came or was released since.

    Parameters
    ----------
    absent : mapping of str to date
        Symbols whose bars had not come when an earlier session was scanned, and that session.
    posted : sequence of Event
        Earlier events to be looked at again: do they still hold in the bars as they are now?
    since : date, optional
        The earliest session of which events about the whole market are wanted, and those that rest on facts: a series,
        an option chain or the last tenth of a universe may have come after it was scanned. Without one, those of
        `session` alone.

    Raises
    ------
    ScanError
        If the view has no bars of `session`, or far too few.
    """
    late = dict(absent or {})
    for symbol, held_from in view.released.items():
        late[symbol] = min(held_from, late.get(symbol, held_from))
    return scan_market(view.open(), session, requests, late=late, posted=posted, since=since)


def scan_market(
    market: Market,
    session: date,
    requests: Sequence[Request],
    *,
    late: Mapping[str, date] | None = None,
    posted: Sequence[Event] = (),
    since: date | None = None,
) -> ScanResult:
    """Find the events of `session` in what was known then; see `scan_session`."""
    known = market_upto(market, session)
    bars, absent = _bars(known)
    events: dict[str, Event] = {}
    withheld: dict[str, Coverage] = {}
    unavailable: dict[str, str] = {}
    groups = list(shared_windows(requests))
    wanted = _Wanted(session, session if since is None else min(since, session), late or {})
    with ThreadPoolExecutor(AT_A_TIME) as pool:  # the kernels let go of the interpreter: each thread has a core
        for (signal, _), found in zip(groups, pool.map(partial(_scanned, known, wanted), groups), strict=True):
            if isinstance(found, SignalError):
                unavailable[signal.name] = str(found)
                continue
            for event, coverage in found:
                if coverage.is_partial:
                    withheld[event.identity] = coverage
                else:
                    events.setdefault(event.identity, event)
    known_before = {event.identity for event in posted}
    return ScanResult(
        session,
        tuple(events.values()),
        bars,
        absent,
        withheld=withheld,
        thin=_thin(known, requests),
        unavailable=unavailable,
        blind=tuple(_blind(known, (signal for signal, _ in groups))),
        gone=tuple(no_longer_holding(known, posted)),
        proofs=tuple(proofs_of((event for event in events.values() if event.identity not in known_before), known)),
    )


def _blind(market: Market, signals: Iterable[Signal]) -> Iterator[str]:
    for signal in signals:
        if signal.rests_on and getattr(market.facts, signal.rests_on) is None:
            yield signal.name


def market_upto(market: Market, session: date) -> Market:
    """Return `market` as it ends with `session`; raise `ScanError` where that session is not in it or still open."""
    if market.open_session == session:
        raise ScanError(f"the session of {session} has not closed")
    prices = market.prices.upto(session)
    if not len(prices.sessions) or prices.sessions[-1] != np.datetime64(session, "D"):
        raise ScanError(f"there are no bars of {session}")
    return replace(market, prices=prices, open_session=None)


def shared_windows(requests: Iterable[Request]) -> Iterator[tuple[Signal, list[Thresholds]]]:
    """Yield each signal that raises events with the sets of thresholds that share one history: their windows agree."""
    shared: dict[tuple[str, tuple[tuple[str, Any], ...]], list[Thresholds]] = {}
    for request in requests:
        signal = by_name(request.signal)
        windows = tuple(sorted(signal.windows_of(request.thresholds).items()))
        sets = shared.setdefault((signal.name, windows), []) if signal.kinds else []
        if request.thresholds not in sets:
            sets.append(request.thresholds)
    for (name, _), sets in shared.items():
        yield by_name(name), sets


def _thin(market: Market, requests: Iterable[Request]) -> dict[str, Coverage]:
    """Return the signals over a universe that is covered too thinly on the last session, and how thinly."""
    found: dict[str, Coverage] = {}
    for name in dict.fromkeys(request.signal for request in requests):
        members = market.universes.get(by_name(name).needs.universe or "", ())
        columns = [market.prices.column(symbol) for symbol in members if symbol in market.prices]
        came = int(np.count_nonzero(~np.isnan(market.prices.close[-1, columns])))
        found[name] = Coverage(n=came, of=len(members))
    return {name: coverage for name, coverage in found.items() if coverage.is_partial}


def plain(event: Event) -> Event:
    """Return `event` with Python's own numbers, and None where a value is not a number."""
    return replace(event, values={name: _plain(value) for name, value in event.values.items()})


def _plain(value: Any) -> Scalar:
    scalar: Scalar = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(scalar, float) and not np.isfinite(scalar) else scalar


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The sessions whose events are wanted.

    Attributes
    ----------
    session, since : date
        The session of the scan, and the earliest one of which events are wanted that rest on what may come late.
    late : mapping of str to date
        Subjects whose earlier events are wanted, too, and from which session on.
    """

    session: date
    since: date
    late: Mapping[str, date] = field(default_factory=dict)

    def first_of(self, signal: Signal) -> date:
        """Return the earliest session of which every event of `signal` is wanted."""
        return self.since if signal.choices is not None or signal.beside else self.session


def _scanned(
    market: Market, wanted: _Wanted, group: tuple[Signal, Sequence[Thresholds]]
) -> list[tuple[Event, Coverage]] | SignalError:
    """Return the events of one history with their coverage, or why there is none."""
    signal, sets = group
    try:
        histories = list(_histories(market, signal, sets, wanted))
    except SignalError as error:
        return error
    return [
        (event, coverage_at(signal, history, thresholds, event))
        for thresholds in sets
        for history, late in histories
        for event in _found(signal, history, thresholds, replace(wanted, late=late))
    ]


def _histories(
    market: Market, signal: Signal, sets: Sequence[Thresholds], wanted: _Wanted
) -> Iterator[tuple[History, Mapping[str, date]]]:
    """Yield the histories that hold the events of the last sessions and those of late symbols, and whom each is for.

    Where a smaller history decides about the last sessions, the whole one is made of the late symbols alone: those of
    symbols are independent of each other (see `history_of`).
    """
    if signal.deciding is None:
        yield whole_history(signal, market, sets[0]), wanted.late
        return
    yield signal.deciding(market, sets, _row_of(market.prices.sessions, wanted.first_of(signal))), {}
    came = {symbol: since for symbol, since in wanted.late.items() if symbol in market.prices}
    if came and signal.choices is None:
        needed = dict.fromkeys(beside for symbol in came for beside in read_for(market, symbol))
        yield whole_history(signal, market.only(list(needed)), sets[0]), came


def _found(signal: Signal, history: History, thresholds: Thresholds, wanted: _Wanted) -> Iterator[Event]:
    first = wanted.first_of(signal)
    row = _row_of(history.sessions, min([first, *wanted.late.values()]))
    for event in signal.events(history, thresholds, since=row):
        is_late = event.subject in wanted.late and event.session >= wanted.late[event.subject]
        if event.session >= first or is_late:
            yield plain(event)


def _row_of(sessions: SessionArray, session: date) -> int:
    """Return the row of `session`, which does not lie after the last one."""
    return int(np.searchsorted(sessions, np.datetime64(session, "D")))


def _bars(market: Market) -> tuple[Coverage, tuple[str, ...]]:
    """Return how many symbols came and which did not; raise where the session cannot be scanned."""
    last = len(market.prices.sessions) - 1
    reason = lacking(market, last, core_of(market))
    if reason:
        raise ScanError(reason)
    traded, came = _traded(market, last), np.isfinite(market.prices.close[last])
    bars = Coverage(n=int(np.count_nonzero(came & traded)), of=int(np.count_nonzero(traded)))
    return bars, tuple(market.prices.symbols[n] for n in np.flatnonzero(traded & ~came))


def lacking(market: Market, row: int, core: BoolArray) -> str:
    """Return why the session of `row` cannot be scanned, as too little of the `core` has come; empty where it can."""
    traded, came = _traded(market, row), np.isfinite(market.prices.close[row])
    counted = traded & core
    if not counted.any():
        counted = traded
    n, of = int(np.count_nonzero(came & counted)), int(np.count_nonzero(counted))
    if came.any() and n >= LEAST_SHARE * of:
        return ""
    return f"only {n} of {of} symbols have a bar of {market.prices.sessions[row]}"


def core_of(market: Market) -> BoolArray:
    """Return which symbols are and were in no universe: a universe that comes in part holds nothing else up."""
    members = {symbol for each in market.universes.values() for symbol in each}
    members.update(symbol for file in market.facts.holdings for symbol in file.symbols)
    return np.array([symbol not in members for symbol in market.prices.symbols], dtype=bool)


def _traded(market: Market, row: int) -> BoolArray:
    """Return which symbols had a bar of the session before; all of them where there is none before."""
    close = market.prices.close
    traded: BoolArray = np.isfinite(close[row - 1]) if row else np.ones(close.shape[1], dtype=bool)
    return traded
