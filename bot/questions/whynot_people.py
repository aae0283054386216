"""The second half of an alert's way: the channel that may hear of it, and the member."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards.why_card import moment
from bot.cards.whynot_card import Station, Step, reason_words
from bot.cards.words import escape
from bot.people import WATCHLIST, Cadence, Silence, Subscriber, Subscription, covers
from bot.questions.case import Case, event_words
from bot.records import Delivered, DeliveryState, Destination, Filed, MessageKind, Route

MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Channel:
    """What a channel asks for and what is the matter with it.

    Attributes
    ----------
    news : sequence of Filed
        The latest events under the guild's thresholds.
    told : sequence of Delivered
        What became of events of this subject there.
    """

    route: Route | None
    silences: Sequence[Silence]
    destination: Destination | None
    news: Sequence[Filed]
    told: Sequence[Delivered]


def channel_steps(case: Case, channel: Channel) -> list[Step]:
    """Return what lets the alert into the channel, or keeps it out."""
    steps = [*_route_steps(case, channel), *_hush_steps(case, channel)]
    is_open = all(step.passes for step in steps)
    return [
        *steps,
        *_fates(case, channel.news, channel.told, Station.CHANNEL, untold=_untold(channel, is_open=is_open)),
    ]


def _route_steps(case: Case, channel: Channel) -> Iterator[Step]:
    route, signal, subject = channel.route, case.signal.name, escape(case.subject)
    if route is None:
        words = f"no route brings {signal} into this channel: a moderator can add one with `/route add`"
        yield Step(Station.CHANNEL, passes=False, words=words)
        return
    if not covers(route.subjects, case.subject, case.groups):
        named = ", ".join(escape(name) for name in route.subjects[:MOST_NAMED])
        more = f" and {len(route.subjects) - MOST_NAMED} more" if len(route.subjects) > MOST_NAMED else ""
        words = f"its route of {signal} is for {named}{more}: {subject} is not among them"
        yield Step(Station.CHANNEL, passes=False, words=words)
        return
    low = [found.stored.event for found in channel.news if case.importance_of(found.stored.event) < route.importance]
    for event in low:
        words = (
            f"the {event_words(event)} is of importance {case.importance_of(event)}: "
            f"the route takes {route.importance} and more"
        )
        yield Step(Station.CHANNEL, passes=False, words=words)
    if not low:
        yield Step(Station.CHANNEL, passes=True, words=f"its route of {signal} takes {subject}")


def _hush_steps(case: Case, channel: Channel) -> Iterator[Step]:
    holding = [silence for silence in channel.silences if silence.hushes(case.signal.name, case.subject, case.now)]
    if holding:
        last = max(holding, key=lambda silence: silence.until)
        what = " and ".join(escape(part) for part in (last.signal, last.subject) if part) or "everything"
        words = f"{what} is silenced here until {moment(last.until)}: a moderator can end that with `/silence off`"
        yield Step(Station.CHANNEL, passes=False, words=words)
    if channel.destination is not None and channel.destination.off_since is not None:
        words = (
            f"this channel is switched off since {moment(channel.destination.off_since)}: "
            f"{reason_words(channel.destination.reason)}"
        )
        yield Step(Station.CHANNEL, passes=False, words=words)


def _untold(channel: Channel, *, is_open: bool) -> dict[int, str]:
    """Return, by event, why nothing was planned for the channel where nothing that holds now says so."""
    if not is_open or channel.route is None:
        return {}
    return {
        found.stored.id: f"the route was made or changed {moment(channel.route.created_at)}, after that was found"
        if channel.route.created_at > found.stored.found_at
        else "nothing was planned for this channel when that was found: its route or its thresholds were others then"
        for found in channel.news
        if found.retracted_at is None
    }


@dataclass(frozen=True, slots=True)
class Member:
    """What a member asks for.

    Attributes
    ----------
    off : str or None
        Why their direct messages are switched off; None where they are not.
    quiet_until : datetime or None
        The end of the quiet hours that hold now.
    news : sequence of Filed
        The latest events under the thresholds that their subscription follows.
    told : sequence of Delivered
        What became of events of this subject in their direct messages.
    """

    subscriber: Subscriber
    off: str | None
    quiet_until: datetime | None
    news: Sequence[Filed]
    told: Sequence[Delivered]


def following(case: Case, subscriber: Subscriber) -> list[Subscription]:
    """Return the member's subscriptions that the alert would answer, the direct ones first."""
    of_signal = [each for each in subscriber.subscriptions if each.signal == case.signal.name]
    found = [each for each in of_signal if _reaches(case, each, subscriber)]
    return sorted(found, key=lambda each: not each.is_direct)


def member_steps(case: Case, member: Member) -> list[Step]:
    """Return what lets the alert reach this member, or keeps it from them."""
    own = following(case, member.subscriber)
    if not own:
        return [Step(Station.MEMBER, passes=False, words=_unfollowed(case, member.subscriber))]
    steps = [_follow_step(case, each) for each in own]
    steps += _snooze_steps(case, member.subscriber)
    direct = next((each for each in own if each.is_direct), None)
    if direct is None:
        return steps
    steps += _preference_steps(case, member)
    is_open = all(step.passes for step in steps)
    return [
        *steps,
        *_fates(case, member.news, member.told, Station.MEMBER, untold=_unsent(member, direct, is_open=is_open)),
    ]


def _reaches(case: Case, subscription: Subscription, subscriber: Subscriber) -> bool:
    if subscription.subject == WATCHLIST:
        return case.subject in subscriber.watched
    return covers([subscription.subject] if subscription.subject else [], case.subject, case.groups)


def _unfollowed(case: Case, subscriber: Subscriber) -> str:
    signal, subject = case.signal.name, escape(case.subject)
    if any(each.signal == signal and each.subject == WATCHLIST for each in subscriber.subscriptions):
        return f"you follow {signal} for your list, and {subject} is not on it: `/watch add {subject}`"
    return f"you do not follow {signal} for {subject}: `/subscribe` does that"


def _follow_step(case: Case, subscription: Subscription) -> Step:
    what = "your list" if subscription.subject == WATCHLIST else escape(subscription.subject) or "every symbol"
    if subscription.is_direct:
        where, passes = "by direct message", True
    elif subscription.channel_id == case.channel_id:
        where, passes = "here: you are mentioned when this channel is told", True
    else:
        where, passes = f"in <#{subscription.channel_id}>, not here", False
    return Step(Station.MEMBER, passes=passes, words=f"you follow {case.signal.name} for {what} {where}")


def _snooze_steps(case: Case, subscriber: Subscriber) -> Iterator[Step]:
    for snooze in subscriber.snoozes:
        if snooze.signal in {"", case.signal.name} and case.now < snooze.until:
            words = f"you snoozed {snooze.signal or 'everything'} until {moment(snooze.until)}: `/snooze off` ends that"
            yield Step(Station.MEMBER, passes=False, words=words)


def _preference_steps(case: Case, member: Member) -> Iterator[Step]:
    preferences, signal = member.subscriber.preferences, case.signal.name
    if preferences.signals and signal not in preferences.signals:
        words = f"your preferences take {', '.join(preferences.signals)} alone: {signal} is not among them"
        yield Step(Station.MEMBER, passes=False, words=words)
    for found in member.news:
        importance = case.importance_of(found.stored.event)
        if importance < preferences.importance:
            words = (
                f"the {event_words(found.stored.event)} is of importance {importance}: "
                f"your preferences take {preferences.importance} and more"
            )
            yield Step(Station.MEMBER, passes=False, words=words)
    if member.quiet_until is not None:
        words = f"your quiet hours hold until {moment(member.quiet_until)}: they delay, nothing is lost"
        yield Step(Station.MEMBER, passes=False, words=words)
    if preferences.cadence is Cadence.DAILY:
        words = f"you take one message a day, at {preferences.daily_at:%H:%M} ({escape(preferences.time_zone)})"
        yield Step(Station.MEMBER, passes=True, words=words)
    if member.off is not None:
        words = (
            f"your direct messages are switched off: {reason_words(member.off)}; "
            "allow direct messages from members of this server, then `/subscribe` again"
        )
        yield Step(Station.MEMBER, passes=False, words=words)


def _unsent(member: Member, direct: Subscription, *, is_open: bool) -> dict[int, str]:
    if not is_open:
        return {}
    return {
        found.stored.id: f"you subscribed {moment(direct.created_at)}, after that was found"
        if direct.created_at > found.stored.found_at
        else "nothing was planned for you when that was found: your subscription or the thresholds were others then"
        for found in member.news
        if found.retracted_at is None
    }


def _fates(
    case: Case, news: Sequence[Filed], told: Sequence[Delivered], station: Station, *, untold: dict[int, str]
) -> Iterator[Step]:
    """Yield what became of each of the news in one destination; `untold` says why where nothing was planned."""
    by_event = {delivered.about.id: delivered for delivered in told}
    for found in news:
        delivered = by_event.get(found.stored.id)
        if delivered is not None:
            passes, words = _fate(case, delivered, is_direct=station is Station.MEMBER)
            yield Step(station, passes=passes, words=f"{event_words(found.stored.event)}: {words}", is_told=passes)
        elif found.stored.id in untold:
            words = f"{event_words(found.stored.event)}: {untold[found.stored.id]}"
            yield Step(station, passes=False, words=words)


def _fate(case: Case, delivered: Delivered, *, is_direct: bool) -> tuple[bool, str]:
    """Return whether somebody has heard of it, and what became of it in words."""
    reason = reason_words(delivered.reason)
    because = f": {reason}" if reason else ""
    arrival = _arrival(case, delivered, is_direct=is_direct)
    is_told = delivered.message_state is DeliveryState.SENT
    match delivered.state:
        case DeliveryState.SENT:
            return True, f"sent{arrival}"
        case DeliveryState.EXPIRED if delivered.message_kind is MessageKind.DIGEST:
            later = f"was told in a digest{arrival}" if is_told else f"goes into a digest{because}"
            return is_told, f"came too late for an alert and {later}"
        case DeliveryState.SUPPRESSED if is_told:
            return False, f"kept back{because}; that message was sent{arrival}"
        case DeliveryState.PENDING:
            return False, _waiting(case, delivered, because)
        case state:
            return False, f"{ENDED[state]}{because}"


ENDED = {
    DeliveryState.CLAIMED: "is being sent at this moment",
    DeliveryState.EXPIRED: "came too late to be told",
    DeliveryState.SUPPRESSED: "kept back",
    DeliveryState.DEAD: "could not be delivered",
}


def _waiting(case: Case, delivered: Delivered, because: str) -> str:
    due = delivered.due_at
    if due is None or due <= case.now:
        return f"waits to be sent{because}"
    if delivered.message_kind is MessageKind.DAILY:
        return f"goes into the daily message, due {moment(due)}"
    return f"waits until {moment(due)}{because}"


def _arrival(case: Case, delivered: Delivered, *, is_direct: bool) -> str:
    when = f" {moment(delivered.sent_at)}" if delivered.sent_at else ""
    if is_direct or delivered.discord_id is None or case.guild_id is None:
        return when
    return f"{when}: https://discord.com/channels/{case.guild_id}/{case.channel_id}/{delivered.discord_id}"
