"""What moderators, and now and then a member, are told: once each, at the best place, in words that say what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

import structlog

from bot.alerts.ports import Destinations, Notices, SendFailed
from bot.cards.words import escape, session_words, shorten
from bot.clock import Clock
from bot.people import Noun
from bot.records import Address, Notice
from signals.types import Coverage

log = structlog.get_logger(__name__)

WORTH_TELLING = timedelta(days=7)
LONGEST_REASON = 300
GOT = {Noun.ROUTE: ("alerts", "alerts"), Noun.ORDER: ("papers", "paper")}
"""What a channel gets, and the commands that set it."""
GRACE = timedelta(minutes=10)
"""A session that fails for less than this is tried again without a word: bars often come a few minutes late."""


class Moderators(Protocol):
    """Where the moderators of a guild can be told something."""

    async def addresses(self, guild_id: int) -> Sequence[Address]:
        """Return where to tell them, the best first: the system channel, the owner's direct messages.

        Raises
        ------
        SendFailed
            If that cannot be found out now.
        """
        ...


@dataclass(slots=True)
class Herald:
    """Brings what moderators and members must know into the outbox, addressed to where they can be told."""

    notices: Notices
    destinations: Destinations
    moderators: Moderators
    clock: Clock
    job: str
    grace: timedelta = GRACE

    async def tell(self) -> int:
        """Address every notice that waits; return how many messages that brought into the outbox."""
        for run_id, session, reason in await self.notices.unsaid_failures(self.job, self.clock.now() - self.grace):
            guilds = await self.notices.tell_failure(run_id, held_back_words(session, reason), self.clock.now())
            log.warning("session_held_back", session=session.isoformat(), reason=reason, guilds_told=guilds)
        told = 0
        for notice in await self.notices.waiting():
            try:
                told += await self._address(notice)
            except SendFailed as failure:
                log.info("moderators_not_found_now", guild=notice.guild_id, reason=failure.reason)
        return told

    async def _address(self, notice: Notice) -> int:
        address = await self._best(notice)
        if address is None:
            log.warning("nobody_reached", guild=notice.guild_id, channel=notice.to_channel_id, notice=notice.text)
            await self.notices.give_up(notice)
            return 0
        now = self.clock.now()
        return int(await self.notices.address(notice, address, now, now + WORTH_TELLING))

    async def _best(self, notice: Notice) -> Address | None:
        """Return the next address that is not what the notice is about, has not failed it before and is not off."""
        found = await self._addresses(notice)
        off = await self.destinations.are_off([address.channel_id for address in found], self.clock.now())
        left = [address for address in found[notice.tried :] if address.channel_id not in off]
        return left[0] if left else None

    async def _addresses(self, notice: Notice) -> list[Address]:
        if notice.to_channel_id is not None:
            return [Address(notice.to_channel_id)]  # what concerns one member is told nowhere else
        found = await self.moderators.addresses(notice.guild_id)
        return [address for address in found if address.channel_id != notice.about_channel_id]


def held_back_words(session: date, reason: str) -> str:
    """Say that a session could not be scanned."""
    return (
        f"**{session_words(session)} could not be scanned:** {_quoted(reason)}\n"
        "No alert of that session can go out until it has been. I keep trying and will say when it is made good; "
        "nobody needs to do anything."
    )


def made_good_words(session: date, withheld: str = "") -> str:
    """Say that a session that had failed has been scanned after all, and what had to be left out."""
    words = f"**{session_words(session)} has been scanned after all.** What it brought has gone out, or goes out now."
    if withheld:
        words += f"\nLeft out, because less than 90 % of what they count has come in: {_quoted(withheld)}."
    return words


def withheld_words(thin: Mapping[str, Coverage]) -> str:
    """Name the signals that raise no event of a session, each with how much of its universe has come in."""
    parts = (f"{name} ({each.n:,} of {each.of:,}, {100 * each.n / each.of:.0f} %)" for name, each in thin.items())
    return ", ".join(parts)


def switched_off_words(
    channel_id: int, failure: SendFailed, *, is_direct: bool = False, gets: Collection[Noun] = (Noun.ROUTE,)
) -> str:
    """Say that nothing can be delivered to a destination that `gets` alerts, papers or both, and how to mend that."""
    if is_direct:
        return (
            f"<@{channel_id}> I could not write to you: Discord says that {_quoted(failure.reason)}. Allow direct "
            "messages from members of this server in its privacy settings. Your direct alerts are off until you say "
            "`/subscribe` again."
        )
    named = [words for noun, words in GOT.items() if noun in gets]
    what = " and ".join(word for word, _ in named)
    if failure.is_gone:
        return f"**A channel that got {what} is gone** (its number was {channel_id}); its {what} have ended with it."
    here = " or ".join(f"`{group} here`" for _, group in named)
    shown = " and ".join(f"`/{group} list`" for _, group in named)
    return (
        f"**{what.capitalize()} to <#{channel_id}> are switched off:** {_quoted(failure.reason)}. Once that is mended, "
        f"say {here} in it again ({shown}: what it gets). Nothing is tried until then."
    )


def _quoted(reason: str) -> str:
    """Return a reason as it fits into a message: it may quote a source, and a source may say anything."""
    return escape(shorten(" ".join(reason.split()), LONGEST_REASON))
