"""When the Russell indices are made anew: dates by rule, dates as published, and the next one ahead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from signals.errors import InsufficientHistory
from signals.recon_facts import Reconstitution

LAST_YEAR = 2027
"""The calendar reaches at least to the end of it."""
DATES = {
    "rank_day": "rank day",
    "lists_from": "first preliminary lists",
    "lock_down": "lock-down",
    "effective": "effective after the close",
}
"""The dates of a reconstitution in their order, and what they are called."""
LONGEST_DAYS = 371
"""A day belongs to a reconstitution that takes effect within this many days; before the first one known to none."""
_FRIDAY = 4
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a half-yearly reconstitution happens: its months, which Friday, and how far before it the rest lies."""

    since: int
    rank_month: int
    month: int
    friday: int
    lists_weeks: int
    lock_down_days: int


_RULES = (_Rule(2025, 4, 6, 4, 5, 18), _Rule(2026, 10, 12, 2, 4, 11))


def by_rule(year: int) -> tuple[Reconstitution, ...]:
    """Return the reconstitutions of `year` as the rule of the Russell indices has them.

    Rank day is the last business day of April and of October; the change takes effect after the close of the fourth
    Friday of June and of the second Friday of December (since 2026). Lists come five and four weeks earlier, lock-down
    18 and 11 days.

    Parameters
    ----------
    year : int
        From 2025 on; earlier years followed other rules and have none.

    Returns
    -------
    tuple of Reconstitution
        The earliest first, at most two.

    Notes
    -----
    A business day is Monday to Friday here: the exchange has no holiday on the last one of April or of October.

    References
    ----------
    FTSE Russell, schedules of the reconstitutions of 2025 and 2026, read 2026-11-28.

    Examples
    --------
    >>> [str(each.effective) for each in by_rule(2026)]
    ['2026-06-26', '2026-12-11']
    """
    return tuple(_dated(rule, year) for rule in _RULES if year >= rule.since)


def _dated(rule: _Rule, year: int) -> Reconstitution:
    effective = _nth_friday(year, rule.month, rule.friday)
    return Reconstitution(
        rank_day=_last_business_day(year, rule.rank_month),
        lists_from=effective - timedelta(weeks=rule.lists_weeks),
        lock_down=effective - timedelta(days=rule.lock_down_days),
        effective=effective,
    )


def _nth_friday(year: int, month: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(_FRIDAY - first.weekday()) % 7 + 7 * (n - 1))


def _last_business_day(year: int, month: int) -> date:
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=max(0, last.weekday() - _SATURDAY + 1))


def schedule(
    published: Iterable[Reconstitution], session: date, *, last_year: int = LAST_YEAR
) -> tuple[Reconstitution, ...]:
    """Return all reconstitutions from 2025 on as they stood at `session`: published dates, else those by rule.

    Parameters
    ----------
    published : iterable of Reconstitution
        Dates with a source. They stand for the rule's in the same half of the same year, from the day on which they
        were known; of several the one known last.
    session : date
        What was published later is left out.
    last_year : int
        The calendar ends with it, or with the year after `session`, whichever is later.

    Returns
    -------
    tuple of Reconstitution
        The earliest effective date first.

    Examples
    --------
    >>> [(str(each.effective), each.is_official) for each in schedule((), date(2026, 11, 20), last_year=2026)][-1]
    ('2027-12-10', False)
    """
    years = range(_RULES[0].since, max(last_year, session.year + 1) + 1)
    dated = {_half(each): each for year in years for each in by_rule(year)}
    dated |= {_half(each): each for each in sorted(published, key=lambda one: one.known) if each.known <= session}
    return tuple(sorted(dated.values(), key=lambda each: each.effective))


def _half(one: Reconstitution) -> tuple[int, bool]:
    return one.effective.year, one.effective.month > 6  # noqa: PLR2004 - June is the last month of a half


def current(reconstitutions: Sequence[Reconstitution], day: date) -> Reconstitution:
    """Return the reconstitution that `day` belongs to: the first whose effective date is not before it.

    Raises
    ------
    InsufficientHistory
        If the calendar ends before.

    Examples
    --------
    >>> str(current(by_rule(2026), date(2026, 6, 27)).effective)
    '2026-12-11'
    """
    for each in reconstitutions:
        if each.effective >= day:
            return each
    raise InsufficientHistory("day", day.isoformat(), "the calendar of reconstitutions ends before it")


def dates_of(reconstitutions: Iterable[Reconstitution]) -> tuple[tuple[date, str], ...]:
    """Return every date with its name among `DATES`, the earliest first.

    Examples
    --------
    >>> dates_of(by_rule(2025))[0]
    (datetime.date(2025, 4, 30), 'rank_day')
    """
    return tuple(sorted((getattr(each, name), name) for each in reconstitutions for name in DATES))


def next_date(reconstitutions: Iterable[Reconstitution], day: date) -> tuple[date, str]:
    """Return the first date after `day` and its name.

    Raises
    ------
    InsufficientHistory
        If the calendar ends before.

    Examples
    --------
    >>> next_date(by_rule(2026), date(2026, 11, 20))
    (datetime.date(2026, 11, 30), 'lock_down')
    """
    for ahead, name in dates_of(reconstitutions):
        if ahead > day:
            return ahead, name
    raise InsufficientHistory("day", day.isoformat(), "the calendar of reconstitutions ends before it")


@dataclass(frozen=True, slots=True)
class Ahead:
    """The next date of a reconstitution: its day, what it is called, days until then, and whether it was published."""

    day: date
    name: str
    days: int
    is_official: bool


def ahead_of(published: Iterable[Reconstitution], session: date) -> Ahead | None:
    """Return the next date after `session` as it was known then; None before the first reconstitution known.

    Examples
    --------
    >>> ahead_of((), date(2026, 11, 20))
    Ahead(day=datetime.date(2026, 11, 30), name='lock-down', days=10, is_official=False)
    >>> ahead_of((), date(2020, 1, 2)) is None
    True
    """
    known = schedule(published, session)
    if (current(known, session).effective - session).days > LONGEST_DAYS:
        return None
    day, name = next_date(known, session)
    return Ahead(day, DATES[name], (day - session).days, current(known, day).is_official)
