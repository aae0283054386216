"""One subject looked at closely: its history, and what followed its past events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from signals import evidence
from signals.catalog import whole_history
from signals.definition import Signal
from signals.types import Coverage, Event, History, Market, Reading, Thresholds
from signals.volumes import VOLUME_FROM


def history_of(
    signal: Signal,
    market: Market,
    subject: str,
    thresholds: Thresholds,
    chosen: Mapping[str, Thresholds] | None = None,
) -> History:
    """Compute the history that speaks of `subject`: of its prices alone where it is a symbol, else of the whole market.

    Where it is a symbol, the fund whose volume speaks for it comes with it.

    Parameters
    ----------
    signal : Signal
        Any signal.
    market : Market
        Prices of shape (T, N).
    subject : str
        One of the signal's.
    thresholds : mapping
        All of the signal's.
    chosen : mapping of str to mapping, optional
        All thresholds of the signals it reads, by their names; defaults where it has none.

    Returns
    -------
    History
        For a symbol, columns of shape (T, 1), or (T, 2) where an index has its ETF beside it; `subject` is the first.

    Raises
    ------
    UnknownSubject
        If `subject` is a symbol and there are no prices of it.

    Notes
    -----
    Columns of symbols are independent of each other, so this equals the same column of the whole market's history.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> history_of(CROSS, _example(), "STRL", thresholds).subjects
    ('STRL',)
    """
    if signal.choices is not None:
        return whole_history(signal, market, thresholds, chosen)
    return signal.history(market.only(read_for(market, subject)), thresholds)


def studied_of(signal: Signal, subject: str) -> str:
    """Return the symbol whose closes tell what followed events of `signal` about `subject`.

    Parameters
    ----------
    signal : Signal
        Who raises them.
    subject : str
        One of its subjects.

    Returns
    -------
    str
        `subject` itself where it is a symbol; empty where there is nothing to study.

    Examples
    --------
    >>> from signals.cross import CROSS
    >>> studied_of(CROSS, "STRL")
    'STRL'
    """
    return subject if signal.choices is None else signal.studied


def read_for(market: Market, subject: str) -> list[str]:
    """Return the symbols whose prices a history of `subject` reads.

    Parameters
    ----------
    market : Market
        Prices of shape (T, N).
    subject : str
        One of its symbols.

    Returns
    -------
    list of str
        `subject`, and after it the fund whose volume speaks for it, where there is one with prices.

    Examples
    --------
    >>> from signals.cross import _example
    >>> read_for(_example(), "STRL")
    ['STRL']
    """
    beside = VOLUME_FROM.get(subject)
    return [subject, beside] if beside is not None and beside in market.prices else [subject]


def coverage_at(signal: Signal, history: History, thresholds: Thresholds, event: Event) -> Coverage:
    """Return how well the universe of `event` was covered then; a signal without one needs its subject only.

    Parameters
    ----------
    signal : Signal
        Who raised the event.
    history : History
        Of shape (T, N); holds the session of the event.
    thresholds : mapping
        All of the signal's.
    event : Event
        One of them.

    Returns
    -------
    Coverage
        That of the reading of the event's session.

    Examples
    --------
    >>> from signals.themes import THEMES, _example
    >>> thresholds = THEMES.thresholds_with({"high_sessions": 2, "average": 2})
    >>> history = THEMES.history(_example(), thresholds)
    >>> coverage_at(THEMES, history, thresholds, THEMES.events(history, thresholds)[0])
    Coverage(n=3, of=3)
    """
    if signal.needs.universe is None:
        return Coverage(n=1, of=1)
    row = int(np.searchsorted(history.sessions, np.datetime64(event.session, "D")))
    coverage: Coverage = signal.reading(history, event.subject, thresholds, row).coverage
    return coverage


def past_events(
    signal: Signal, history: History, subject: str, event: str, thresholds: Thresholds, *, of: str | None = None
) -> list[Event]:
    """Return the past events of a kind that a study of `subject` counts, as events of `subject`.

    Parameters
    ----------
    signal : Signal
        Who raises the event.
    history : History
        From `history_of`, with the same windows as `thresholds`.
    subject : str
        A symbol: whose closes are studied and, where the signal is about symbols, whose events.
    event : str
        Name of one of the signal's kinds.
    thresholds : mapping
        All of the signal's.
    of : str, optional
        Where the signal is about subjects of its own, whose events are meant; those of all of them unless given, or
        unless symbols are among them: then of symbols those of `subject` alone.

    Returns
    -------
    list of Event
        Without those at which less than 90 % of the universe was covered.

    Raises
    ------
    UnknownSubject
        If the signal has no such kind of event.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> history = history_of(CROSS, _example(), "STRL", thresholds)
    >>> [each.session.isoformat() for each in past_events(CROSS, history, "STRL", "golden_cross", thresholds)]
    ['2025-07-03']
    """
    kind = signal.kind(event).name
    whose = subject if signal.choices is None else of
    is_own = whose is None and signal.names_symbols and subject in history.subjects
    return [
        replace(each, subject=subject)
        for each in signal.events(history, thresholds)
        if each.kind == kind
        and whose in {None, each.subject}
        and not (is_own and each.subject != subject and each.subject in history.market.prices)
        and not coverage_at(signal, history, thresholds, each).is_partial
    ]


def followed(
    signal: Signal,
    history: History,
    subject: str,
    event: str,
    thresholds: Thresholds,
    *,
    of: str | None = None,
) -> Reading:
    """Study what followed past events in the closes of `subject`, beside the base rate.

    Parameters
    ----------
    signal : Signal
        Who raises the event.
    history : History
        From `history_of`, with the same windows as `thresholds`.
    subject : str
        A symbol: whose closes are studied and, where the signal is about symbols, whose events.
    event : str
        Name of one of the signal's kinds.
    thresholds : mapping
        All of the signal's.
    of : str, optional
        Where the signal is about subjects of its own, whose events are studied; those of all of them unless given.

    Returns
    -------
    Reading
        As `signals.evidence.reading` gives it; events at which less than 90 % of the universe was covered are passed
        over.

    Raises
    ------
    UnknownSubject
        If the signal has no such kind of event.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> history = history_of(CROSS, _example(), "STRL", thresholds)
    >>> followed(CROSS, history, "STRL", "golden_cross", thresholds).values["events"]
    1
    """
    happened = past_events(signal, history, subject, event, thresholds, of=of)
    study = evidence.study_events(history.market, happened, kind=signal.kind(event), subject=subject)
    return evidence.reading(history.market, study)
