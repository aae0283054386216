"""Which papers a session brings: a day's after every session, a week's after its last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Protocol

from bot.alerts.hours import next_daily
from bot.alerts.schedule import latest_due
from bot.people import EXCHANGE_ZONE, DuePaper, Order, Rhythm
from signals.errors import InsufficientHistory
from signals.sessions import close_of, next_session, sessions_between
from signals.types import Calendar

DAY, WEEK = timedelta(days=1), timedelta(days=7)
ONCE_DUE = timedelta(hours=1)
"""So long at least a paper is worth sending from its hour on."""


class Orders(Protocol):
    """What channels have ordered."""

    async def all(self) -> Sequence[Order]:
        """Return every order."""
        ...


@dataclass(frozen=True, slots=True)
class Week:
    """The exchange's days, as orders follow them.

    Attributes
    ----------
    delay : timedelta
        So long after its close a session is due.
    zones : mapping of int to str
        Time zone of a guild, for the hours of its orders; the exchange's where there is none.
    """

    calendar: Calendar
    delay: timedelta
    zones: Mapping[int, str] = field(default_factory=dict)

    def due(self, orders: Sequence[Order], session: date, now: datetime) -> list[DuePaper]:
        """Return the papers that `session`, scanned just now, brings.

        After a time without the bot the sessions it missed are scanned one after the other: of those the newest alone
        brings papers, so that nobody finds a pile of old ones.
        """
        worth = {rhythm: self._worth_until(session, rhythm, now) for rhythm in Rhythm}
        found = []
        for order in orders:
            until = worth[order.rhythm]
            if until is not None:
                wanted = self._wanted(order, session, now)
                found.append(DuePaper(order, wanted, max(until, wanted + ONCE_DUE)))
        return found

    def ends_with(self, session: date) -> bool:
        """Whether `session` is the last of its week: a Thursday where the Friday is a holiday."""
        following = self._next(session)
        return following is None or following.isocalendar()[:2] != session.isocalendar()[:2]

    def _worth_until(self, session: date, rhythm: Rhythm, now: datetime) -> datetime | None:
        """Return until when the paper of `session` is worth sending; None where it brings none of that rhythm."""
        later = self._since(session, now)
        closed = close_of(self.calendar, session)
        if rhythm is Rhythm.DAILY:
            following = self._next(session)
            until = closed + DAY if following is None else close_of(self.calendar, following)
            return until if not later and until > now else None
        is_newest = self.ends_with(session) and not any(self.ends_with(each) for each in later)
        return closed + WEEK if is_newest and closed + WEEK > now else None

    def _since(self, session: date, now: datetime) -> list[date]:
        """Return the sessions after `session` that are due as well, as far as the end of the next week."""
        latest = latest_due(self.calendar, now, self.delay)
        if latest is None or latest <= session:
            return []
        found: list[date] = sessions_between(self.calendar, session + DAY, min(latest, session + 2 * WEEK)).tolist()
        return found

    def _next(self, session: date) -> date | None:
        try:
            return next_session(self.calendar, session)
        except InsufficientHistory:
            return None  # the calendar ends here, and the program must be upgraded; this session's papers still go

    def _wanted(self, order: Order, session: date, now: datetime) -> datetime:
        """Return the first ordered hour after the close: a scan that ends after it must not put it off by a day."""
        if order.at is None:
            return now
        zone = self.zones.get(order.guild_id, EXCHANGE_ZONE)
        return max(now, next_daily(order.at, zone, close_of(self.calendar, session)))
