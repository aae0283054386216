"""The Russell reconstitution: its dates, who would join and leave the Russell 2000, and what published lists say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import chain

import numpy as np

from signals.changes import NONE, Found, events_of
from signals.definition import Needs, Signal
from signals.errors import UnknownSubject
from signals.example import example_market
from signals.facts import Facts, Holdings
from signals.recon_columns import SMALL, columns_of
from signals.recon_events import KINDS, find
from signals.recon_facts import Caps, MembershipList
from signals.recon_values import VALUES, coverage_of, state_of, values_of
from signals.telling import checked_row, read_row
from signals.types import Event, History, Market, Prices, Reading, Thresholds

VERSION = 1
CALENDAR, ADDITIONS, DELETIONS = "calendar", "additions", "deletions"
SUBJECTS = {
    CALENDAR: "dates of the Russell reconstitution",
    ADDITIONS: "projected additions to the Russell 2000",
    DELETIONS: "projected deletions from the Russell 2000",
}


def choices(market: Market) -> Mapping[str, str]:
    """Return the three lists, and every symbol with prices that a file of the reconstitution speaks of.

    Examples
    --------
    >>> list(choices(_example()))
    ['calendar', 'additions', 'deletions', 'A', 'B', 'C']
    """
    facts = market.facts
    named = chain(
        *(each.symbols for each in facts.caps),
        *(each.symbols for each in facts.of_universe(SMALL)),
        *(each.additions | each.deletions for each in facts.membership_lists),
    )
    has = set(named) if facts.caps or facts.membership_lists else set()
    symbols = sorted(has.intersection(market.prices.symbols))
    return SUBJECTS | {symbol: market.names.get(symbol, symbol) for symbol in symbols}


def history(market: Market, thresholds: Thresholds) -> History:
    """Tell, for every session, which reconstitution it belongs to and what was known of it.

    Parameters
    ----------
    market : Market
        Its facts hold files of capitalisations, dated members of the Russell 2000, published lists and published
        dates; its prices the closes and the volume of ``IWM``.
    thresholds : mapping
        There are none.

    Returns
    -------
    History
        Subjects are those of `choices`. Columns of shape (T, 1), int64, -1 where there is none: the four dates of
        `DATES` in days since 1970, ``is_published`` (1, or 0 by rule), ``caps_file``, ``members_file`` and ``list``
        (places of the files in force, the oldest is 0), ``seen`` (the last row with any price). float64: ``rvol``, the
        relative volume of ``IWM``.

    Notes
    -----
    Row t uses rows up to t and what was known then. From rank day on capitalisations and members stay those of that
    day. A list counts from the session after its day on.

    Examples
    --------
    >>> history(_example(), {})["caps_file"][:, 0]
    array([-1,  0,  0,  0,  0])
    """
    del thresholds
    return History(market.prices.sessions, tuple(choices(market)), columns_of(market), {}, market)


def reading(history: History, subject: str, thresholds: Thresholds, t: int = -1) -> Reading:
    """Say what row `t` knows of the dates, the projection and the lists; of a symbol, what becomes of it.

    Parameters
    ----------
    history : History
        From `history`.
    subject : str
        ``calendar``, ``additions``, ``deletions`` or a symbol of `choices`.
    thresholds : mapping
        There are none.
    t : int
        Row, counted from the end where negative.

    Returns
    -------
    Reading
        Its `values` are those of `VALUES`, None where missing. The state of the calendar is ``published``, ``by_rule``
        or ``unknown``, that of the lists ``known``, ``partial`` or ``unknown``, that of a symbol its projected change.

    Raises
    ------
    UnknownSubject
        If there is no such subject.
    InsufficientHistory
        If there is no row `t`.

    Examples
    --------
    >>> now = reading(history(_example(), {}), "calendar", {})
    >>> now.state, now.values["effective"], now.values["next_name"], now.values["next_days"]
    ('by_rule', '2026-12-11', 'lock-down', 13)
    """
    if subject not in history.subjects:
        raise UnknownSubject("subject", subject, "it is calendar, additions, deletions or a symbol with prices")
    del thresholds
    asked = checked_row(history, t)
    seen = int(history["seen"][asked, 0])
    values, grounds = values_of(history, seen, None if subject in SUBJECTS else subject)
    return read_row(
        RECON,
        history,
        subject,
        (asked, asked if seen == NONE else seen),
        state=state_of(subject, SUBJECTS, values, grounds),
        values=values,
        coverage=coverage_of(subject == CALENDAR, values, grounds),
    )


def events(history: History, thresholds: Thresholds, since: int = 0) -> list[Event]:
    """Find dates that come and are there, projections that changed, lists and the effective day's volume.

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
        Kinds as in `KINDS`. A projection that covers fewer than 90 % of the members raises none; nor does an open
        session, or one without any price.

    Examples
    --------
    >>> [(event.kind, event.session.isoformat()) for event in events(history(_example(), {}), {}, since=2)]
    [('recon_date', '2026-11-13'), ('recon_list', '2026-11-16'), ('recon_listed', '2026-11-16')]
    """

    def found(first: int, until: int) -> Iterable[Found]:
        return find(history, since=first, until=until)

    return events_of(RECON, history, thresholds, since, found)


RECON = Signal(
    name="recon",
    title="Russell reconstitution",
    summary="When the Russell indices are made anew, and who would join and leave the Russell 2000.",
    subject_kind="date",
    version=VERSION,
    needs=Needs(fields=("close", "volume"), lookback_sessions=21, universe=SMALL),
    thresholds=(),
    kinds=KINDS,
    history=history,
    reading=reading,
    events=events,
    values=VALUES,
    choices=choices,
    takes="[calendar|additions|deletions|symbol]",
)


def _example() -> Market:
    """Three companies round the December reconstitution of 2026, too few to place them; A is on a published list."""
    days = ("2026-10-29", "2026-10-30", "2026-11-13", "2026-11-16", "2026-11-17")
    market = example_market("A", [10, 11, 12, 13, 14], days=days)
    prices = Prices(market.prices.sessions, ("A", "B", "C"), np.repeat(market.prices.close, 3, axis=1))
    caps = Caps(date(2026, 10, 30), ("A", "B", "C"), np.array([3e9, 2e9, 1e9]), np.ones(3), ("NYSE",) * 3)
    members = Holdings("smallcap", "IWM", date(2026, 9, 30), ("B", "C"), np.full(2, 0.5), ("", ""))
    listed = MembershipList(date(2026, 11, 13), frozenset("A"), frozenset())
    facts = Facts(holdings=(members,), caps=(caps,), membership_lists=(listed,))
    return replace(market, prices=prices, facts=facts, as_of=datetime(2026, 11, 17, 21, tzinfo=UTC))
