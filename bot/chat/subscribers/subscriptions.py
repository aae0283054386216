"""A member's subscriptions: made, ended, told; everything is acknowledged once it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import discord

from bot.cards.words import escape, listed
from bot.chat.errors import Refusal
from bot.chat.ports import Ports
from bot.chat.replies import Asked
from bot.chat.subjects import everything_of
from bot.chat.subscribers.direct import PROOF, TEST, write_to
from bot.chat.subscribers.forecast import forecast, forecast_here
from bot.chat.subscribers.wishes import Wish, carried, matched, subject_words
from bot.people import DIRECT, NO_GUILD, WATCHLIST, Snooze, Subscriber, Subscription
from bot.records import Route
from signals.definition import Signal

MOST_SUBSCRIPTIONS = 50
"""Of one member."""
ENDED_ROOM = 1200
"""Characters for the names of those that were ended."""
EVERY_SIGNAL = ""
SEE_YOURS = "`subscriptions` shows yours"


@dataclass(frozen=True, slots=True)
class Subscribing:
    """One member who subscribes, and what they asked for."""

    ports: Ports
    ctx: Asked
    signal: Signal
    subject: str

    async def directly(self) -> str:
        """Store a direct subscription, once a first message has reached the member; return the acknowledgement."""
        wanted = self._wanted(DIRECT)
        before = await self._need_room(wanted)
        is_proved = any(one.is_direct for one in before.subscriptions)
        if not is_proved or await self.ports.members.direct_off(wanted.user_id):
            await write_to(self.ctx.author, PROOF, undone="nothing was stored")
        await self.ports.members.subscribe(wanted)
        mine = await self.ports.members.subscriber(wanted.user_id)
        counted = await forecast(self.ports.foresight, mine)
        lines = [
            f"Stored: {subscription_words(wanted)} comes to you by direct message, by {self._whose()}.",
            *_caveats(mine, wanted, self.ports.clock.now()),
            counted,
        ]
        return "\n".join(lines)

    async def here(self) -> str:
        """Store that the member is mentioned where the channel is told of it anyway; return the acknowledgement."""
        wanted = self._wanted(self.ctx.channel.id)
        route = await self._route()
        mine = await self._need_room(wanted)
        groups = self.ports.desk.groups()
        subjects = carried(route.subjects, wanted.subject, groups=groups, watched=mine.watched)
        if not subjects:
            raise Refusal(
                f"this channel is told of {_some(route.subjects)} alone, not of {subject_words(wanted.subject)}: "
                "ask a moderator to add that to its alerts, or say `dm` in the place of `here`"
            )
        await self.ports.members.subscribe(wanted)
        counted = await forecast_here(self.ports.foresight, wanted, subjects, route=route, watched=mine.watched)
        about = subscription_words(wanted)
        return f"Stored: when <#{wanted.channel_id}> tells of {about}, you are mentioned there.\n{counted}"

    def _wanted(self, channel_id: int) -> Subscription:
        guild, now = self.ctx.guild, self.ports.clock.now()
        return Subscription(
            id=0,
            user_id=self.ctx.author.id,
            guild_id=guild.id if guild else NO_GUILD,
            signal=self.signal.name,
            subject=self.subject,
            channel_id=channel_id,
            asked_in=self.ctx.channel.id,
            created_at=now,
        )

    async def _route(self) -> Route:
        """Return the channel's route of the signal; refuse where there is none: the bot speaks where it was asked."""
        if self.ctx.guild is None:
            raise Refusal("`here` works in a server's channel: say `dm`, or leave it out, to get direct messages")
        routes = await self.ports.routes.list(self.ctx.guild.id)
        for route in routes:
            if (route.channel_id, route.signal) == (self.ctx.channel.id, self.signal.name):
                return route
        raise Refusal(
            f"this channel gets no alerts of {self.signal.name}: ask a moderator to say "
            f"`alerts here {self.signal.name}` in it, or say `dm` in the place of `here`"
        )

    async def _need_room(self, wanted: Subscription) -> Subscriber:
        mine = await self.ports.members.subscriber(wanted.user_id)
        others = [one for one in mine.subscriptions if _key(one) != _key(wanted)]
        if len(others) >= MOST_SUBSCRIPTIONS:
            raise Refusal(
                f"you have {len(others)} subscriptions, as many as there may be: {SEE_YOURS} and ends some; "
                "`watchlist` and groups such as `universe:smallcap` hold many symbols in one"
            )
        return mine

    def _whose(self) -> str:
        return "this server's thresholds" if self.ctx.guild else "the default thresholds"


async def end_matching(ports: Ports, ctx: Asked, wish: Wish) -> str:
    """End those of a member's subscriptions that the words name; return the acknowledgement."""
    mine = (await ports.members.subscriber(ctx.author.id)).subscriptions
    if not mine:
        raise Refusal("you have no subscriptions: `subscribe` makes one")
    found = matched(mine, wish, desk=ports.desk, channel_id=ctx.channel.id)
    if not found:
        raise Refusal(f"you have no subscription like that: {SEE_YOURS}")
    return await end(ports, ctx.author.id, found)


async def end(ports: Ports, user_id: int, ending: Sequence[Subscription]) -> str:
    """End subscriptions of a member; return the acknowledgement, with what is left to come."""
    await ports.members.unsubscribe(user_id, [one.id for one in ending])
    left = await ports.members.subscriber(user_id)
    counted = await forecast(ports.foresight, left)
    ended = listed([f"• {subscription_words(one)}, {where_words(one)}" for one in ending], ENDED_ROOM)
    head = "this subscription has ended" if len(ending) == 1 else f"{len(ending)} subscriptions have ended"
    return f"Stored: {head}.\n{ended}\n{counted}"


async def pause(ports: Ports, user_id: int, signal: str, until: datetime) -> str:
    """Store a snooze; return the acknowledgement."""
    await ports.members.snooze(Snooze(user_id, signal, until))
    at = int(until.timestamp())
    what = f"nothing of {signal_words(signal)}" if signal else "nothing"
    return (
        f"Stored: {what} reaches you until <t:{at}:f> (<t:{at}:R>); what happens meanwhile is not told later. "
        "`snooze off` ends it."
    )


async def wake(ports: Ports, user_id: int, signal: str = EVERY_SIGNAL) -> str:
    """End a member's snooze of a signal, or all of them; return the acknowledgement."""
    now = ports.clock.now()
    holding = holding_snoozes(await ports.members.subscriber(user_id), now)
    ending = [one for one in holding if signal in {EVERY_SIGNAL, one.signal}]
    if not ending:
        raise Refusal(f"{f'{escape(signal)} is not' if signal else 'nothing is'} snoozed: `snooze 3d` makes a pause")
    for one in ending:
        await ports.members.snooze(replace(one, until=now))
    if signal and any(not one.signal for one in holding):
        return f"Stored: **{escape(signal)}** is awake, but every signal is snoozed: `snooze off` ends that, too."
    return "Stored: alerts reach you again."


async def send_test(ports: Ports, user: discord.User | discord.Member) -> str:
    """Send a member a direct message; if that works again, so do their alerts. Return what to say."""
    await write_to(user, TEST, undone="no test was sent")
    mine = await ports.members.subscriber(user.id)
    direct = [one for one in mine.subscriptions if one.is_direct]
    if direct and await ports.members.direct_off(user.id):
        # To subscribe again is what takes direct messages for sound; the one that is said again stays as it was.
        await ports.members.subscribe(direct[-1])
        return "A test is in your direct messages, and your alerts come there again from now on."
    return "A test is in your direct messages: alerts reach you there."


def holding_snoozes(mine: Subscriber, now: datetime) -> list[Snooze]:
    """Return the snoozes that have not ended."""
    return [one for one in mine.snoozes if now < one.until]


def subscription_words(one: Subscription) -> str:
    """Return what a subscription is about."""
    return f"**{escape(one.signal)}** of {subject_words(one.subject) if one.subject else everything_of(one.signal)}"


def where_words(one: Subscription) -> str:
    """Return where a subscription reaches the member."""
    return "by direct message" if one.is_direct else f"mentioned in <#{one.channel_id}>"


def signal_words(signal: str) -> str:
    """Return a signal, or all of them."""
    return f"**{escape(signal)}**" if signal else "every signal"


def _caveats(mine: Subscriber, wanted: Subscription, now: datetime) -> list[str]:
    """Return what else keeps a new subscription from being heard of."""
    chosen = mine.preferences.signals
    lines = []
    if chosen and wanted.signal not in chosen:
        lines.append(f"Your preferences leave {wanted.signal} out: `preferences signals all` lets it in.")
    if any(one.signal in {EVERY_SIGNAL, wanted.signal} for one in holding_snoozes(mine, now)):
        lines.append("You have snoozed it for now: `snooze off` ends that.")
    if wanted.subject == WATCHLIST and not mine.watched:
        lines.append("Your list is empty so far: `watch add STRL IWM` puts symbols on it.")
    return lines


def _key(one: Subscription) -> tuple[str, str, int]:
    return one.signal, one.subject, one.channel_id


def _some(subjects: Sequence[str]) -> str:
    shown = ", ".join(escape(subject) for subject in subjects[:5])
    return f"{shown} and {len(subjects) - 5} more" if len(subjects) > 5 else shown  # noqa: PLR2004 - as many as are read
