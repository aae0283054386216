"""How many messages a decision would have brought, in the words that follow every change of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.ports import Foresight
from bot.chat.words import safe
from bot.people import DIRECT, Preferences, Received, Subscriber, Subscription
from bot.questions.parse import QuestionError
from bot.records import Route
from signals.errors import SignalError

A_YEAR_SESSIONS = 250
"""No calendar year holds fewer."""
NOTHING_COMES = "Nothing comes to you by direct message: `subscribe` changes that."


async def forecast(foresight: Foresight, subscriber: Subscriber) -> str:
    """Return how many direct messages a member would have received with everything as it is now."""
    if not any(subscription.is_direct for subscription in subscriber.subscriptions):
        return NOTHING_COMES
    return await _counted(foresight, subscriber, "With this you would have received")


async def forecast_here(
    foresight: Foresight, wanted: Subscription, subjects: Sequence[str], *, route: Route, watched: tuple[str, ...]
) -> str:
    """Return in how many messages of a channel a member would have been mentioned, for what its route carries."""
    as_if = Subscriber(
        Preferences(wanted.user_id, importance=route.importance),
        tuple(replace(wanted, subject=subject, channel_id=DIRECT) for subject in subjects),
        watched=watched,
    )
    return await _counted(foresight, as_if, "With this you would have been mentioned in")


async def _counted(foresight: Foresight, subscriber: Subscriber, begin: str) -> str:
    try:
        received = await foresight.would_have_received(subscriber)
    except (QuestionError, SignalError) as error:
        return f"How many messages that makes could not be counted ({safe(str(error))}); what you decided stands."
    return received_words(received, begin)


def received_words(received: Received, begin: str) -> str:
    """Return a count, and how much history it was made in where that is less than a year."""
    if not received.sessions_known:
        return "How many messages that makes cannot be said yet: there is no history to count in."
    short = received.sessions_known < A_YEAR_SESSIONS
    since = f", which has {received.sessions_known} sessions so far" if short else ""
    messages = "1 message" if received.last_30_days == 1 else f"{received.last_30_days:,} messages"
    return (
        f"{begin} **{messages}** in the last 30 days and **{received.last_365_days:,}** in the last 365 "
        f"(counted from history{since})."
    )
