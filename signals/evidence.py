"""Evidence: what followed past events, beside what followed any session at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from signals.bootstrap import UNKNOWN_SPREAD, Spread, block_spreads, holm
from signals.definition import EventKind
from signals.errors import UnalignedInput
from signals.example import example_market
from signals.findings import Evidence, Extreme, Followed
from signals.forward import HORIZONS, Horizon
from signals.known import known_at
from signals.sessions import sessions_since
from signals.tally import Sample, Tally, day_of, tally_of
from signals.types import Basis, BoolArray, Coverage, Event, FloatArray, Market, Prices, Reading, Scalar

NAME = "evidence"
TITLE = "Evidence"
SUMMARY = "What followed past events, beside what followed any session at all."
VERSION = 1
FEWEST_EVENTS = 3
"""With fewer past events than this there is no interval: nobody can tell luck from anything else."""


def study(
    prices: Prices,
    happened: BoolArray,
    *,
    title: str,
    subject: str,
    basis: Basis = Basis.PRICE,
    as_of: date | None = None,
    horizons: Sequence[Horizon] = HORIZONS,
) -> Evidence:
    """Compare what followed events with what followed any session.

    Over each horizon: the mean, median and share of positive simple returns after events; the same over **every**
    session of the sample (the base rate); and their difference with a 95 % interval. Each return is booked on the
    sessions on which it was earned (`signals.forward.earned`); blocks of sessions as long as the horizon are drawn from
    that ledger 10,000 times, all symbols of a session together, and the interval is widened for how few independent
    blocks there are (`signals.bootstrap.block_spreads`).

    Parameters
    ----------
    prices : Prices
        Bars of the symbols, shape (T, N). Only rows on or before `as_of` are looked at.
    happened : ndarray of bool, shape (T, N)
        Where an event took place; it is known at that session's close.
    title, subject : str
        What happened to whom, for the sentence.
    basis : Basis
        Which closes the returns are made of.
    as_of : date, optional
        The day of the knowledge, the last session unless given. A calendar-month return counts only if its day is not
        later.
    horizons : sequence of Horizon
        How far ahead to look; p-values are Holm-corrected over all of them.

    Returns
    -------
    Evidence
        Figures that are unknown are None: a mean without events, an interval with fewer than three events or a sample
        shorter than three horizons.

    Raises
    ------
    UnalignedInput
        If `happened` has another shape than the prices.
    InsufficientHistory
        If there is no close on or before `as_of`.

    Notes
    -----
    A missing close makes the returns that start or end on it missing; they are not counted and nothing is filled in.
    Under no edge the interval covers 0 in about 95 % of simulated markets: see ``benchmarks/evidence_coverage.py``.

    References
    ----------
    W. Brock, J. Lakonishok and B. LeBaron, Simple technical trading rules and the stochastic properties of stock
    returns, Journal of Finance 47, 1992 (returns after signals beside unconditional ones).
    J. B. Miller and A. Sanjurjo, Surprised by the hot hand fallacy?, Econometrica 86, 2018 (the bias after streaks).

    Examples
    --------
    >>> days = np.arange("2025-01-01", "2025-01-06", dtype="M8[D]")
    >>> prices = Prices(days, ("A",), np.array([[100.0], [110.0], [99.0], [99.0], [108.9]]))
    >>> happened = np.array([[True], [False], [False], [True], [False]])
    >>> followed = study(prices, happened, title="Rise", subject="A", horizons=[Horizon(1, "sessions")])["1s"]
    >>> followed.n, round(followed.mean_pct, 2), followed.base_n, round(followed.base_mean_pct, 2)
    (2, 10.0, 4, 2.5)
    """
    if happened.shape != prices.close.shape:
        raise UnalignedInput("happened", happened.shape, f"must have the shape of the prices, {prices.close.shape}")
    sample = Sample.cut(prices, happened, basis=basis, as_of=as_of)
    tallies = [tally_of(sample, horizon) for horizon in horizons]
    spreads = _spreads(tallies)
    corrected = holm(
        np.array([spread.p_value(_centre(tally, spread)) for tally, spread in zip(tallies, spreads, strict=True)])
    )
    return Evidence(
        title=title,
        subject=subject,
        first=day_of(sample.sessions[sample.first]),
        session=day_of(sample.sessions[-1]),
        events=int(sample.happened.sum()),
        coverage=Coverage(int(np.isfinite(sample.closes).any(axis=0).sum()), len(sample.symbols)),
        horizons=tuple(
            _followed(sample, tally, spread=spread, p_value=float(p_value))
            for tally, spread, p_value in zip(tallies, spreads, corrected, strict=True)
        ),
    )


def happened_in(prices: Prices, events: Iterable[Event], *, kind: str) -> BoolArray:
    """Mark the sessions and symbols of `prices` at which an event of `kind` took place.

    Parameters
    ----------
    prices : Prices
        Bars of T sessions and N symbols.
    events : iterable of Event
        Any signal's events. Other kinds, and subjects and sessions that `prices` does not hold, are passed over.

    Returns
    -------
    ndarray of bool, shape (T, N)

    Examples
    --------
    >>> market, events = _example()
    >>> happened_in(market.prices, events, kind="rise").ravel()
    array([ True, False, False,  True, False])
    """
    marked = np.zeros(prices.close.shape, dtype=bool)
    for event in events:
        row = int(np.searchsorted(prices.sessions, np.datetime64(event.session, "D")))
        if event.kind == kind and event.subject in prices and row < len(marked):
            marked[row, prices.column(event.subject)] |= day_of(prices.sessions[row]) == event.session
    return marked


def study_events(
    market: Market,
    events: Iterable[Event],
    *,
    kind: EventKind,
    subject: str,
    symbols: Sequence[str] | None = None,
    as_of: date | None = None,
) -> Evidence:
    """Compare what followed a signal's events with what followed any session, on closed sessions alone.

    Parameters
    ----------
    market : Market
        What is known. The bar of an open session is left out.
    events : iterable of Event
        A signal's events over the whole history, as its ``events`` returns them.
    kind : EventKind
        Which of them to look at.
    subject : str
        The symbol; or, with `symbols`, what those are called together.
    symbols : sequence of str, optional
        Pool the events of these symbols.
    as_of : date, optional
        The day of the knowledge, the last closed session unless given.

    Raises
    ------
    UnknownSubject
        If there are no prices of a symbol.
    InsufficientHistory
        If there is no close on or before `as_of`.

    Examples
    --------
    >>> market, events = _example()
    >>> found = study_events(market, events, kind=EventKind("rise", "Rise", "the close rose", (), 1), subject="STRL")
    >>> found.events, found.state, found.claim
    (2, 'unknown', 'Too few past “Rise” of STRL (2) to compare with the base rate.')
    """
    prices = market.prices.only(symbols or [subject])
    if market.open_session is not None:
        prices = prices.upto(market.open_session - timedelta(days=1))
    happened = happened_in(prices, events, kind=kind.name)
    return study(prices, happened, title=kind.title, subject=subject, basis=market.basis, as_of=as_of)


def reading(market: Market, evidence: Evidence) -> Reading:
    """Return `evidence` as a reading.

    The state is ``edge``, ``no_edge`` or ``unknown``; the values are ``3m.n``, ``3m.mean_pct`` and so on for every
    horizon, ``event``, ``events`` and the sentence ``claim``.

    Parameters
    ----------
    market : Market
        What the evidence was made from.
    evidence : Evidence
        From `study_events` or `study`.

    Examples
    --------
    >>> market, events = _example()
    >>> found = study_events(market, events, kind=EventKind("rise", "Rise", "the close rose", (), 1), subject="STRL")
    >>> now = reading(market, found)
    >>> now.values["events"], now.values["21s.n"], now.values["21s.mean_pct"]
    (2, 0, None)
    """
    as_of = known_at(market, evidence.session)
    values: dict[str, Scalar] = {"event": evidence.title, "events": evidence.events, "claim": evidence.claim}
    for followed in evidence.horizons:
        values |= followed.values()
    return Reading(
        signal=NAME,
        subject=evidence.subject,
        session=evidence.session,
        as_of=as_of,
        state=evidence.state,
        values=values,
        checks=(),
        source=market.source,
        basis=market.basis,
        coverage=evidence.coverage,
        version=VERSION,
        stale_sessions=sessions_since(market.calendar, evidence.session, as_of),
        labels=market.labels,
    )


def _spreads(tallies: Sequence[Tally]) -> list[Spread]:
    """Measure the spread of every difference; horizons of the same length share their draws."""
    spreads = [UNKNOWN_SPREAD] * len(tallies)
    for block in sorted({tally.horizon.sessions for tally in tallies}):
        places = [at for at, tally in enumerate(tallies) if _may_tell(tally) and tally.horizon.sessions == block]
        if places:
            ledgers = np.stack([tallies[at].ledger for at in places])
            for at, spread in zip(places, block_spreads(ledgers, block), strict=True):
                spreads[at] = spread
    return spreads


def _may_tell(tally: Tally) -> bool:
    return len(tally.returns) >= FEWEST_EVENTS


def _followed(sample: Sample, tally: Tally, *, spread: Spread, p_value: float) -> Followed:
    centre, margin = _centre(tally, spread), spread.margin
    has_interval = bool(np.isfinite(margin))
    return Followed(
        horizon=tally.horizon,
        n=len(tally.returns),
        mean_pct=_pct(tally.mean),
        median_pct=_pct(float(np.median(tally.returns))) if len(tally.returns) else None,
        positive_pct=_pct(float((tally.returns > 0).mean())) if len(tally.returns) else None,
        base_n=tally.base_n,
        base_mean_pct=_pct(tally.base_mean),
        base_positive_pct=_pct(tally.base_positive),
        diff_pct=_pct(tally.difference),
        diff_low_pct=_pct(centre - margin) if has_interval else None,
        diff_high_pct=_pct(centre + margin) if has_interval else None,
        worst=_extreme(sample, tally, np.argmin),
        best=_extreme(sample, tally, np.argmax),
        p_value=p_value,
    )


def _centre(tally: Tally, spread: Spread) -> float:
    """Return the middle of the interval: the difference less its bias, at most half a margin off."""
    limit = spread.margin / 2
    return tally.difference - float(np.clip(tally.bias, -limit, limit))


def _extreme(sample: Sample, tally: Tally, choose: Callable[[FloatArray], np.intp]) -> Extreme | None:
    if not len(tally.returns):
        return None
    at = choose(tally.returns)
    session = day_of(sample.sessions[tally.rows[at]])
    return Extreme(float(tally.returns[at]) * 100, sample.symbols[tally.columns[at]], session)


def _pct(fraction: float) -> float | None:
    return fraction * 100 if np.isfinite(fraction) else None


def _example() -> tuple[Market, list[Event]]:
    """Build five closes and the two rises among them."""
    market = example_market("STRL", [100, 110, 99, 99, 108.9])
    days = market.prices.sessions
    return market, [Event("example", "rise", "STRL", days[row].item(), 1, {}, {}) for row in (0, 3)]
