"""Members who subscribe: what they are given, what they have, and what reached them."""

from __future__ import annotations

from dataclasses import replace

from bot.people import DIRECT, Preferences, Subscriber, Subscription
from bot.records import Route
from tests.chat.conftest import NOW

COUNTED = (
    "With this you would have received **3 messages** in the last 30 days and **41** in the last 365 "
    "(counted from history)."
)


async def said(place, words: str) -> str:
    await place.member.send(place.channel, f"!{words}")
    return place.last().content


async def asked(place, command: str, **given: str):
    result = await place.member.slash(place.channel, command, **given)
    return result.followups[0] if result.followups else result.response


def mine(place) -> list[tuple[str, str, int]]:
    kept = place.behind.members.kept.get(place.member.id)
    return [(one.signal, one.subject, one.channel_id) for one in kept.subscriptions] if kept else []


def subscribed(place, *subjects: str, signal: str = "cross", channel_id: int = DIRECT) -> list[Subscription]:
    """Give the member these subscriptions."""
    before = place.behind.members.kept.get(place.member.id) or Subscriber(Preferences(place.member.id))
    first = len(before.subscriptions) + 1
    new = [
        Subscription(n, place.member.id, place.guild.id, signal, subject, channel_id, place.channel.id, NOW)
        for n, subject in enumerate(subjects, start=first)
    ]
    place.behind.members.kept[place.member.id] = replace(before, subscriptions=(*before.subscriptions, *new))
    return new


def routed(place, *subjects: str, importance: int = 1) -> None:
    """Give the channel a route of crosses."""
    route = Route(1, place.guild.id, place.channel.id, "cross", subjects, place.moderator.id, NOW, importance)
    place.behind.routes.given[place.channel.id, "cross"] = route


def direct(place) -> list[str]:
    return [m.content for m in place.member.user.dm_channel.history() if m.author.id == place.env.bot.user.id]
