"""One subject looked at closely: its history, and what followed its past events."""

from __future__ import annotations

from signals import evidence
from signals.cross import VOLUME_FROM
from signals.definition import Signal
from signals.types import History, Market, Reading, Thresholds


def history_of(signal: Signal, market: Market, subject: str, thresholds: Thresholds) -> History:
    """Compute the history of `subject` alone, and of the fund whose volume speaks for it.

    Parameters
    ----------
    signal : Signal
        Any signal whose subjects are symbols.
    market : Market
        Prices of shape (T, N).
    subject : str
        One of its symbols.
    thresholds : mapping
        All of the signal's.

    Returns
    -------
    History
        Columns of shape (T, 1), or (T, 2) where an index has its ETF beside it; `subject` is the first.

    Raises
    ------
    UnknownSubject
        If there are no prices of `subject`.

    Notes
    -----
    Columns are independent of each other, so this equals the same column of the whole market's history.

    Examples
    --------
    >>> from signals.cross import CROSS, _example
    >>> thresholds = CROSS.thresholds_with({"fast": 2, "slow": 3})
    >>> history_of(CROSS, _example(), "STRL", thresholds).subjects
    ('STRL',)
    """
    return signal.history(market.only(read_for(market, subject)), thresholds)


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


def followed(signal: Signal, history: History, subject: str, event: str, thresholds: Thresholds) -> Reading:
    """Study what followed past events of `subject`, beside the base rate.

    Parameters
    ----------
    signal : Signal
        Who raises the event.
    history : History
        From `history_of`, with the same windows as `thresholds`.
    subject : str
        Whose events.
    event : str
        Name of one of the signal's kinds.
    thresholds : mapping
        All of the signal's.

    Returns
    -------
    Reading
        As `signals.evidence.reading` gives it.

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
    kind = signal.kind(event)
    happened = [found for found in signal.events(history, thresholds) if found.subject == subject]
    study = evidence.study_events(history.market, happened, kind=kind, subject=subject)
    return evidence.reading(history.market, study)
