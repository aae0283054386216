"""Evidence: what followed past events, beside what followed any session at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from signals.bootstrap import CONFIDENCE, UNKNOWN_SPREAD, Spread, block_spreads, holm
from signals.errors import UnalignedInput
from signals.forward import HORIZONS, Horizon
from signals.known import known_at
from signals.sessions import sessions_since
from signals.tally import Sample, Tally, day_of, tally_of
from signals.types import (
    Basis,
    BoolArray,
    Coverage,
    Event,
    EventKind,
    FloatArray,
    Market,
    Prices,
    Reading,
    Scalar,
)

NAME = "evidence"
TITLE = "Evidence"
SUMMARY = "What followed past events, beside what followed any session at all."
VERSION = 1
FEWEST_EVENTS = 3
"""With fewer past events than this there is no interval: nobody can tell luck from anything else."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """The worst or best return that followed an event, and which event that was."""

    return_pct: float
    symbol: str
    session: date


@dataclass(frozen=True, slots=True)
class Followed:
    """What followed over one horizon, in per cent; None is unknown.

    Attributes
    ----------
    n, base_n : int
        Past events, and sessions of the sample, whose return is known.
    diff_low_pct, diff_high_pct : float or None
        95 % interval of `diff_pct`, the mean after events minus the mean after any session.
    p_value : float
        Chance of a difference this large without an edge, Holm-corrected over the horizons shown; 1 where unknown.
    """

    horizon: Horizon
    n: int
    mean_pct: float | None
    median_pct: float | None
    positive_pct: float | None
    base_n: int
    base_mean_pct: float | None
    base_positive_pct: float | None
    diff_pct: float | None
    diff_low_pct: float | None
    diff_high_pct: float | None
    worst: Extreme | None
    best: Extreme | None
    p_value: float = 1.0

    @property
    def is_edge(self) -> bool:
        """Whether the difference may be claimed: the corrected interval excludes 0."""
        return self.p_value < 1 - CONFIDENCE

    def values(self) -> dict[str, Scalar]:
        """Return the figures under the names a reading uses, ``3m.n`` and so on."""
        figures: dict[str, Scalar] = {
            "n": self.n,
            "mean_pct": self.mean_pct,
            "median_pct": self.median_pct,
            "positive_pct": self.positive_pct,
            "base_n": self.base_n,
            "base_mean_pct": self.base_mean_pct,
            "base_positive_pct": self.base_positive_pct,
            "diff_pct": self.diff_pct,
            "diff_low_pct": self.diff_low_pct,
            "diff_high_pct": self.diff_high_pct,
            "p_value": self.p_value,
        }
        for name, extreme in (("worst", self.worst), ("best", self.best)):
            figures[f"{name}_pct"] = extreme.return_pct if extreme else None
            figures[f"{name}_symbol"] = extreme.symbol if extreme else None
            figures[f"{name}_on"] = extreme.session.isoformat() if extreme else None
        return {f"{self.horizon.name}.{name}": value for name, value in figures.items()}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What followed one kind of event, over every horizon.

    Attributes
    ----------
    title : str
        The kind of event in words, ``Golden cross``.
    subject : str
        Whose events: a symbol, or the name of a universe whose events are pooled.
    first, session : date
        The first and the last session of the sample.
    events : int
        Past events in the sample, including those whose future is not known yet.
    coverage : Coverage
        Symbols with at least one close, of those asked for.
    """

    title: str
    subject: str
    first: date
    session: date
    events: int
    coverage: Coverage
    horizons: tuple[Followed, ...]

    def __getitem__(self, name: str) -> Followed:
        """Return what followed over the horizon called `name`, such as ``3m``."""
        return next(followed for followed in self.horizons if followed.horizon.name == name)

    @property
    def state(self) -> str:
        """``edge``, ``no_edge``, or ``unknown`` where there are too few past events to tell."""
        if any(followed.is_edge for followed in self.horizons):
            return "edge"
        return "unknown" if all(followed.diff_low_pct is None for followed in self.horizons) else "no_edge"

    @property
    def claim(self) -> str:
        """One neutral sentence that says no more than the figures do."""
        if not self.events:
            return f"No past “{self.title}” of {self.subject} since {self.first}: nothing to compare."
        if self.state == "unknown":
            return f"Too few past “{self.title}” of {self.subject} ({self.events}) to compare with the base rate."
        told = [self._difference(higher=higher) for higher in (True, False)]
        sentences = [sentence for sentence in told if sentence]
        if not sentences:
            return (
                f"No edge to claim: returns after “{self.title}” of {self.subject} differ from the base rate "
                f"by no more than chance explains (95 %, corrected for {len(self.horizons)} horizons)."
            )
        return " ".join(sentences)

    def _difference(self, *, higher: bool) -> str:
        over = [f.horizon.title for f in self.horizons if f.is_edge and ((f.diff_pct or 0.0) > 0) == higher]
        if not over:
            return ""
        side = "higher" if higher else "lower"
        return (
            f"Returns over {_listed(over)} after “{self.title}” of {self.subject} were {side} than the base rate "
            f"(95 %, corrected for {len(self.horizons)} horizons)."
        )


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
        np.array([spread.p_value(tally.difference) for tally, spread in zip(tallies, spreads, strict=True)])
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
    difference, margin = tally.difference, spread.margin
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
        diff_pct=_pct(difference),
        diff_low_pct=_pct(difference - margin) if has_interval else None,
        diff_high_pct=_pct(difference + margin) if has_interval else None,
        worst=_extreme(sample, tally, np.argmin),
        best=_extreme(sample, tally, np.argmax),
        p_value=p_value,
    )


def _extreme(sample: Sample, tally: Tally, choose: Callable[[FloatArray], np.intp]) -> Extreme | None:
    if not len(tally.returns):
        return None
    at = choose(tally.returns)
    session = day_of(sample.sessions[tally.rows[at]])
    return Extreme(float(tally.returns[at]) * 100, sample.symbols[tally.columns[at]], session)


def _pct(fraction: float) -> float | None:
    return fraction * 100 if np.isfinite(fraction) else None


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
