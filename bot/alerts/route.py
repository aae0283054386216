"""Who hears of an event: every event against every route and subscription, less what people do not want to hear now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from bot.alerts.fold import Entry, fold
from bot.alerts.hours import next_daily, wanted_at
from bot.alerts.late import Unasked
from bot.alerts.match import Effective, Matches
from bot.people import EXCHANGE_ZONE, WATCHLIST, Cadence, Groups, Preferences, Silence, Snooze, Subscriber, Subscription
from bot.records import Planned, Route
from signals.catalog import by_name
from signals.definition import Signal
from signals.types import Event

MOST_NAMED = 5
"""A route of more symbols is described by their number."""
LEAST_IMPORTANT = 1
EVENING = time(18, 0)
"""When the one message a day is due where nobody has said."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody who may hear of events, and what they do not want to hear.

    Attributes
    ----------
    silences : sequence of Silence
        What guilds do not want in their channels for a while; direct messages of their members are their own affair.
    zones : mapping of int to str
        Time zone of a guild, for the daily hours of its channels; the exchange's where there is none.
    groups : mapping of str to frozenset of str
        Members of the groups that subjects may name.
    unasked : mapping
        The identities of late events that a guild asked for only after their own session was due, by guild and signal.
    """

    routes: Sequence[Route]
    effective: Effective
    subscribers: Sequence[Subscriber] = ()
    silences: Sequence[Silence] = ()
    zones: Mapping[int, str] = field(default_factory=dict)
    groups: Groups = field(default_factory=dict)
    unasked: Unasked = field(default_factory=dict)


def plan(
    events: Sequence[Event], audience: Audience, *, signals: Iterable[Signal], expires_at: datetime, now: datetime
) -> list[Planned]:
    """Return a delivery for every event and everybody who wants it, with the reason in words; once per destination.

    What somebody asked for and has hushed since is planned as suppressed, and so counted.
    """
    tick = _Tick(events, audience, signals, expires_at, now)
    entries = [entry for route in audience.routes for entry in tick.of_route(route)]
    tick.mention(entries)
    for subscriber in audience.subscribers:
        entries += tick.of_subscriber(subscriber)
    fold(entries, audience.groups)
    return [entry.finished() for entry in entries]


def why(route: Route) -> str:
    """Say why the channel of `route` gets its events: one reason for all of them, short enough for a card's foot."""
    few = len(route.subjects) <= MOST_NAMED
    named = ", ".join(subject_words(subject) for subject in route.subjects)
    subjects = named if few else f"{len(route.subjects)} symbols"
    return f"this channel follows {route.signal}{_for(route.signal, subjects)} (/alerts list)"


def why_direct(subscription: Subscription) -> str:
    """Say why a member gets the events of `subscription`."""
    subject = subject_words(subscription.subject) if subscription.subject else ""
    return f"you follow {subscription.signal}{_for(subscription.signal, subject)} (/subscriptions)"


def _for(signal: str, subjects: str) -> str:
    """Return of what the alerts of `signal` are, if they could be of less."""
    everything = "every symbol" if by_name(signal).choices is None else ""
    return f" for {subjects or everything}" if subjects or everything else ""


def subject_words(subject: str) -> str:
    """Return a subject as it is read: a symbol as it is, a group as what it is."""
    if subject == WATCHLIST:
        return "your list"
    kind, _, name = subject.partition(":")
    return f"the {kind} {name}" if name else subject


def silenced(event: Event, silences: Iterable[Silence], now: datetime) -> str:
    """Return in words what keeps an event out of the channels of the guild that set `silences`; empty where nothing."""
    until = [silence.until for silence in silences if silence.hushes(event.signal, event.subject, now)]
    return f"silenced until {moment_words(max(until))} by a moderator" if until else ""


def kept_from(event: Event, importance: int, subscriber: Subscriber, now: datetime) -> str:
    """Return in words what a member has set that keeps an event from their direct messages; empty where nothing."""
    preferences = subscriber.preferences
    if preferences.signals and event.signal not in preferences.signals:
        return f"you left {event.signal} out in your preferences"
    if importance < preferences.importance:
        return "below your minimum importance"
    return snoozed(event.signal, subscriber.snoozes, now)


def snoozed(signal: str, snoozes: Iterable[Snooze], now: datetime) -> str:
    """Return in words until when a member hears nothing of `signal`; empty where they do."""
    holding = [snooze for snooze in snoozes if snooze.signal in {"", signal} and now < snooze.until]
    if not holding:
        return ""
    last = max(holding, key=lambda snooze: snooze.until)
    return f"you snoozed {last.signal or 'everything'} until {moment_words(last.until)}"


def moment_words(instant: datetime) -> str:
    """Return an instant that Discord shows to everybody in their own time."""
    return f"<t:{int(instant.timestamp())}:f>"


class _Tick:
    """What one session brought, at the instant at which it is decided who hears of it."""

    def __init__(
        self,
        events: Sequence[Event],
        audience: Audience,
        signals: Iterable[Signal],
        expires_at: datetime,
        now: datetime,
    ) -> None:
        self._importance = {(signal.name, kind.name): kind.importance for signal in signals for kind in signal.kinds}
        self._identities = {id(event): event.identity for event in events}
        self._matches = Matches(events, audience.effective, audience.groups)
        self._audience = audience
        self._expires_at, self._now = expires_at, now
        self._silences: dict[int, list[Silence]] = defaultdict(list)
        for silence in audience.silences:
            self._silences[silence.guild_id].append(silence)

    def of_route(self, route: Route) -> Iterator[Entry]:
        """Yield what a channel gets by one route; what is less important than it wishes for is not even planned."""
        wanted = self._asked_for(route.signal, route.guild_id, route.subjects)
        not_before = self._day_of(route) if wanted and route.cadence is Cadence.DAILY else None
        reason = why(route)
        for event in wanted:
            importance = self._importance_of(event)
            if importance < route.importance:
                continue
            planned = Planned(
                identity=self._identities[id(event)],
                route_id=route.id,
                guild_id=route.guild_id,
                channel_id=route.channel_id,
                why=reason,
                priority=importance,
                expires_at=self._expires_at,
                suppressed=silenced(event, self._silences.get(route.guild_id, ()), self._now),
                role_id=route.role_id,
                not_before=not_before,
                is_daily=not_before is not None,
            )
            yield Entry(event, planned, is_named=event.subject in route.subjects)

    def of_subscriber(self, subscriber: Subscriber) -> Iterator[Entry]:
        """Yield what a member gets as direct messages: each event once, by the subscription that names it best."""
        best: dict[int, tuple[Event, Subscription]] = {}
        direct = [each for each in subscriber.subscriptions if each.is_direct]
        for subscription in sorted(direct, key=lambda each: (_breadth(each), each.id)):
            for event in self._followed(subscription, subscriber):
                best.setdefault(id(event), (event, subscription))
        not_before = self._wanted(subscriber.preferences) if best else None
        for event, subscription in best.values():
            importance = self._importance_of(event)
            planned = Planned(
                identity=self._identities[id(event)],
                route_id=None,
                guild_id=subscription.guild_id,
                channel_id=subscriber.user_id,
                why=why_direct(subscription),
                priority=importance,
                expires_at=self._expires_at,
                suppressed=kept_from(event, importance, subscriber, self._now),
                is_direct=True,
                subscription_id=subscription.id,
                not_before=not_before,
                is_daily=subscriber.preferences.cadence is Cadence.DAILY,
            )
            yield Entry(event, planned, is_named=_breadth(subscription) <= BY_LIST)

    def mention(self, entries: Iterable[Entry]) -> None:
        """Add the members who asked to be mentioned where channels are told of what they follow."""
        here = [
            (each, subscriber)
            for subscriber in self._audience.subscribers
            for each in subscriber.subscriptions
            if not each.is_direct and not snoozed(each.signal, subscriber.snoozes, self._now)
        ]
        told: dict[tuple[int, str], list[Entry]] = defaultdict(list)
        for entry in entries if here else ():
            if not entry.planned.suppressed:
                told[entry.planned.channel_id, entry.event.signal].append(entry)
        for subscription, subscriber in here:
            subjects = _subjects(subscription, subscriber)
            symbols = self._matches.symbols(subjects or ())
            for entry in told.get((subscription.channel_id, subscription.signal), ()):
                if subjects is not None and (not subjects or entry.event.subject in symbols):
                    entry.mentions[subscriber.user_id] = None
                    entry.is_named |= _breadth(subscription) <= BY_LIST

    def _followed(self, subscription: Subscription, subscriber: Subscriber) -> tuple[Event, ...]:
        subjects = _subjects(subscription, subscriber)
        if subjects is None:
            return ()
        return self._asked_for(subscription.signal, subscription.guild_id, subjects)

    def _asked_for(self, signal: str, guild_id: int, subjects: tuple[str, ...]) -> tuple[Event, ...]:
        wanted = self._matches.wanted(signal, guild_id, subjects)
        unasked = self._audience.unasked.get((guild_id, signal), ())
        return tuple(event for event in wanted if self._identities[id(event)] not in unasked) if unasked else wanted

    def _importance_of(self, event: Event) -> int:
        return self._importance.get((event.signal, event.kind), LEAST_IMPORTANT)

    def _day_of(self, route: Route) -> datetime:
        zone = self._audience.zones.get(route.guild_id, EXCHANGE_ZONE)
        return next_daily(route.daily_at or EVENING, zone, self._now)

    def _wanted(self, preferences: Preferences) -> datetime | None:
        wanted = wanted_at(preferences, self._now)
        is_daily = preferences.cadence is Cadence.DAILY
        return wanted if is_daily or wanted > self._now else None


BY_SYMBOL, BY_LIST, BY_GROUP, BY_NOTHING = range(4)
"""How broadly a subscription names its subject."""


def _breadth(subscription: Subscription) -> int:
    if not subscription.subject:
        return BY_NOTHING
    if subscription.subject == WATCHLIST:
        return BY_LIST
    return BY_GROUP if ":" in subscription.subject else BY_SYMBOL


def _subjects(subscription: Subscription, subscriber: Subscriber) -> tuple[str, ...] | None:
    """Return the subjects that a subscription stands for, none meaning all; None where it stands for nothing."""
    if subscription.subject == WATCHLIST:
        return subscriber.watched or None
    return (subscription.subject,) if subscription.subject else ()
