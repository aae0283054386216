"""What a decision would have brought, counted in history before it is made."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.alerts.historian import Historian, PastUnavailable
from bot.alerts.past import YEAR_SESSIONS, PastEvents
from bot.alerts.ports import View
from bot.alerts.rehearse import rehearse
from bot.alerts.scan import Request
from bot.cards.card import Card
from bot.cards.rehearsal_card import rehearsal_card
from bot.cards.rehearsal_data import value_words
from bot.cards.words import short_session
from bot.people import NO_GUILD, WATCHLIST, Groups, Preferences, Received, Subscriber, covers, groups_of
from bot.questions.once import Once
from bot.questions.parse import QuestionError
from bot.questions.ports import GuildThresholds, Vantage
from signals.catalog import SIGNALS, by_name
from signals.definition import Signal
from signals.errors import InvalidThreshold
from signals.types import Market

MONTH_DAYS, YEAR_DAYS = 30, 365
COUNTED_SESSIONS = YEAR_SESSIONS + 10
"""No calendar year holds more weekdays: what is counted in and what is rehearsed by default are found once."""
LEAST_SESSIONS, MOST_SESSIONS = 21, 10 * YEAR_SESSIONS
MOST_KEPT, MOST_WAITING = 16, 8
_NONE_YET = "there are no closed sessions to rehearse with yet"

_Key = tuple[str, tuple[tuple[str, float | int | str], ...], int, date | None]
_Wish = tuple[str, Request]
"""A subject that a member subscribed to, and what raises its events."""


@dataclass(frozen=True, slots=True)
class _Span:
    """The last `sessions`, or those from `first` on; `until` a day, where it is not the last one there is."""

    sessions: int
    first: date | None = None
    until: date | None = None

    @property
    def length(self) -> int:
        """How many sessions are looked through for it; those of a year are asked for most, and found once."""
        return self.sessions if self.until else max(self.sessions, COUNTED_SESSIONS)

    def of(self, past: PastEvents) -> PastEvents:
        """Return what of `past` belongs to it."""
        return past.since(self.first) if self.first else past.last(self.sessions)


class Foresight:
    """Counts in history what a decision would have brought.

    Parameters
    ----------
    vantage : Vantage
        Where the present market is read from.
    thresholds : GuildThresholds
        What the moderators of each guild have set.
    historian : Historian
        Looks through the past, away from the event loop.
    """

    def __init__(self, vantage: Vantage, thresholds: GuildThresholds, historian: Historian) -> None:
        self._vantage = vantage
        self._thresholds = thresholds
        self._historian = historian
        self._known: Once[_Key, PastEvents] = Once(most_kept=MOST_KEPT, most_waiting=MOST_WAITING)

    async def would_have_received(self, subscriber: Subscriber) -> Received:
        """Return how many direct messages these subscriptions and preferences would have brought.

        A message tells of all a session brought, at once or at the daily hour; snoozes end, and are not looked at.

        Raises
        ------
        QuestionError
            If there are no prices yet, or too many ask at once.
        """
        market, view = self._vantage.market(), self._vantage.view()
        wishes = await self._wishes(subscriber)
        found = await self._past(view, [request for _, request in wishes], _Span(COUNTED_SESSIONS))
        wanted = [(subject, past) for (subject, _), past in zip(wishes, found, strict=True)]
        return await asyncio.to_thread(_received, market, wanted, subscriber)

    async def rehearse(
        self,
        guild_id: int,
        signal: str,
        name: str,
        value: float | str,
        *,
        sessions: int = YEAR_SESSIONS,
        first: date | None = None,
        last: date | None = None,
    ) -> Card:
        """Return what the present value of a threshold and a new one would have raised.

        It is counted over the last `sessions`, or those up to the day `last`; where `first` is given, over all from
        that day on.

        Raises
        ------
        QuestionError
            If nothing would change, the span holds no sessions or too many, there are no prices yet, or too many ask
            at once.
        SignalError
            If there is no such threshold, or the value is out of bounds or contradicts another.
        """
        if first is None and not LEAST_SESSIONS <= sessions <= MOST_SESSIONS:
            raise QuestionError(f"rehearse over {LEAST_SESSIONS} to {MOST_SESSIONS:,} sessions, not {sessions:,}")
        room = by_name(signal)
        if not room.kinds:
            raise QuestionError(f"{room.name} raises no alerts: there is nothing to rehearse")
        changed = await self._changed(guild_id, room)
        present, proposed = room.thresholds_with(changed), room.thresholds_with({**changed, name: value})
        if present == proposed:
            told = value_words(present[name])
            raise QuestionError(f"{room.name} {name} is {told} already: name another value to see what it would change")
        requests = [Request(room.name, present), Request(room.name, proposed)]
        span = _span_of(self._vantage.market(), sessions, first, last) if first or last else _Span(sessions)
        before, after = await self._past(self._vantage.view(), requests, span)
        for past in (before, after):
            if past.unavailable or not past.sessions:
                none = "of the sessions of that span too few prices came" if first or last else _NONE_YET
                raise QuestionError(past.unavailable or none)
        return await asyncio.to_thread(_card, before, after, name)

    async def _wishes(self, subscriber: Subscriber) -> list[_Wish]:
        """Return what is sent to the member directly; where a guild's thresholds contradict each other, nothing is."""
        chosen = subscriber.preferences.signals
        wishes: list[_Wish] = []
        for subscription in subscriber.subscriptions:
            room = next((signal for signal in SIGNALS if signal.name == subscription.signal and signal.kinds), None)
            if room is None or not subscription.is_direct or (chosen and room.name not in chosen):
                continue
            try:
                thresholds = room.thresholds_with(await self._changed(subscription.guild_id, room))
            except InvalidThreshold:
                continue  # a scan leaves such a guild out as well
            wishes.append((subscription.subject, Request(room.name, thresholds)))
        return wishes

    async def _changed(self, guild_id: int, signal: Signal) -> Mapping[str, float | int | str]:
        return {} if guild_id == NO_GUILD else await self._thresholds.of(guild_id, signal.name)

    async def _past(self, view: View, requests: Sequence[Request], span: _Span) -> list[PastEvents]:
        """Return what each of `requests` raised over `span`; what is known already is not looked for."""
        asked = {_key(request, span): request for request in requests}

        async def recall(missing: Sequence[_Key]) -> Mapping[_Key, PastEvents]:
            found = await self._historian.recall(view, [asked[key] for key in missing], span.length, span.until)
            return dict(zip(missing, found, strict=True))

        try:
            found = await self._known.answers(view, [_key(request, span) for request in requests], recall)
        except PastUnavailable as error:
            raise QuestionError(f"{error}: try again in a minute") from error
        return [span.of(past) for past in found]


def _span_of(market: Market, sessions: int, first: date | None, last: date | None) -> _Span:
    """Return the sessions from `first` to `last`, either of which may be left open; refuse none, and too many."""
    if first and last and last < first:
        raise QuestionError(f"{short_session(last)} is before {short_session(first)}: name the earlier day first")
    known = [day for day in market.prices.sessions.tolist() if _is_closed(market, day)]
    if not known:
        raise QuestionError(_NONE_YET)
    end = bisect_right(known, last) if last else len(known)
    begin = bisect_left(known, first) if first else max(0, end - sessions)
    if begin >= end:
        held = f"{short_session(known[0])} to {short_session(known[-1])}"
        raise QuestionError(f"there are no sessions in that span: name days from {held}")
    if end - begin > MOST_SESSIONS:
        raise QuestionError(f"that span has {end - begin:,} sessions: rehearse over at most {MOST_SESSIONS:,}")
    return _Span(end - begin, known[begin], known[end - 1] if end < len(known) else None)


def _key(request: Request, span: _Span) -> _Key:
    return request.signal, tuple(sorted(request.thresholds.items())), span.length, span.until


def _card(before: PastEvents, after: PastEvents, name: str) -> Card:
    return rehearsal_card(rehearse(before, after, name))


def _received(market: Market, wanted: Sequence[tuple[str, PastEvents]], subscriber: Subscriber) -> Received:
    known: list[date] = [day for day in market.prices.sessions[-COUNTED_SESSIONS:].tolist() if _is_closed(market, day)]
    if not known:
        return Received(0, 0, 0)
    of_market = groups_of(market.universes, market.sectors, market.facts.themes)
    groups = {**of_market, WATCHLIST: frozenset(subscriber.watched)}
    told: set[date] = set()
    for subject, past in wanted:
        told |= _sessions_told(past, subject, subscriber.preferences, groups)
    month, year = (known[-1] - timedelta(days=days) for days in (MONTH_DAYS, YEAR_DAYS))
    return Received(
        last_30_days=sum(day > month for day in told),
        last_365_days=sum(day > year for day in told),
        sessions_known=sum(day > year for day in known),
    )


def _is_closed(market: Market, day: date) -> bool:
    return day != market.open_session


def _sessions_told(past: PastEvents, subject: str, preferences: Preferences, groups: Groups) -> set[date]:
    """Return the sessions of which there is something to tell somebody who wants `subject` (empty: all)."""
    importance = {kind.name: kind.importance for kind in by_name(past.request.signal).kinds}
    subjects = (subject,) if subject else ()
    return {
        event.session
        for event in past.events
        if importance[event.kind] >= preferences.importance and covers(subjects, event.subject, groups)
    }
