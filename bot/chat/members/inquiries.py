"""Questions about a message of the bot's: which one is meant, who may ask about it, what it told of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.cards.card import Card
from bot.cards.event_card import title_of
from bot.cards.faces import importance_of
from bot.cards.words import short_session
from bot.chat.errors import Refusal
from bot.chat.parts import MOST_OPTIONS, Option, choice, laid_out, turns
from bot.chat.ports import Inquest
from bot.chat.press import Action, Press, press
from bot.chat.replies import Asked, Pressed
from bot.records import StoredEvent

UNKNOWN = "I know of no alert of mine there that you could read: copy an alert's link from its menu"
"""The same for what is not there and for what is not theirs to see, so that nobody learns which it is."""
LARGEST = 2**63 - 1
"""The largest number that a database takes; Discord's are smaller."""

_LINK = re.compile(
    r"<?https?://(?:(?:canary|ptb)\.)?discord(?:app)?\.com/channels/(@me|[0-9]{1,20})/([0-9]{1,20})/([0-9]{1,20})/?>?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which message is meant.

    Attributes
    ----------
    channel_id : int
        The channel or thread it is in; the member's number where it is one of their own direct messages.
    """

    channel_id: int
    message_id: int
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a message told of."""

    channel_id: int
    message_id: int
    events: Sequence[StoredEvent]


def pointed_at(ctx: Asked, typed: str) -> Pointer:
    """Return the message that is meant: by its link, its number, or as what the command replies to."""
    text = typed.strip()
    replied = ctx.message.reference if ctx.interaction is None else None
    if not text and replied is not None and replied.message_id:
        return _here(ctx, replied.channel_id, replied.message_id)
    if not text:
        raise Refusal("which alert? Copy its link from its menu and give it to me, or reply to it with `why`")
    link = _LINK.fullmatch(text)
    if link is None and _NUMBER.fullmatch(text) is None:
        raise Refusal("that is no link to a message, nor a message's number: copy the alert's link from its menu")
    numbers = [int(number) for number in (link.groups() if link else (text,)) if number != "@me"]
    if max(numbers) > LARGEST:
        raise Refusal(UNKNOWN)
    if link is None:
        return _here(ctx, ctx.channel.id, numbers[0])
    if link[1] == "@me":
        return Pointer(ctx.author.id, numbers[-1], is_direct=True)
    if ctx.guild is None or numbers[0] != ctx.guild.id:
        raise Refusal(UNKNOWN)
    return Pointer(numbers[1], numbers[2])


async def told_at(asked: Asked | Pressed, at: Pointer, inquest: Inquest) -> Told:
    """Return what the message told of; refuse alike what is not known and what the asker may not read."""
    events = await inquest.told(at.channel_id, at.message_id)
    if not events or not (at.is_direct or await _may_read(asked, at.channel_id)):
        raise Refusal(UNKNOWN)
    return Told(at.channel_id, at.message_id, events)


async def explained(
    inquest: Inquest, told: Told, *, owner: int, page: int = 0, chosen: str = ""
) -> tuple[Card, discord.ui.View | None]:
    """Return why one event of a message was told, and a choice of the others; the first of the page unless chosen."""
    ordered = sorted(told.events, key=lambda stored: -importance_of(stored.event.kind))  # as the message orders them
    pages = -(-len(ordered) // MOST_OPTIONS)
    at = min(page, pages - 1)
    offered = ordered[at * MOST_OPTIONS : (at + 1) * MOST_OPTIONS]
    wanted = [stored for stored in ordered if str(stored.id) == chosen] if chosen else offered
    if not wanted:
        raise Refusal("that event is none of this message's: choose another")
    card = await inquest.why(wanted[0])
    if len(ordered) == 1:
        return card, None

    def says(other: int) -> Press:
        return press(Action.WHY_OF, owner, other, told.channel_id, told.message_id)

    which = choice(says(at), map(_option, offered), hint=f"Why which of {len(ordered)}?", chosen=[str(wanted[0].id)])
    return card, laid_out([which], turns(at, pages, says))


def _option(stored: StoredEvent) -> Option:
    event = stored.event
    return str(stored.id), f"{event.subject}: {title_of(event)}", short_session(event.session)


def _here(ctx: Asked, channel_id: int, message_id: int) -> Pointer:
    """Return a message of a channel of this server, or one of the asker's direct messages."""
    return Pointer(channel_id, message_id) if ctx.guild else Pointer(ctx.author.id, message_id, is_direct=True)


async def _may_read(asked: Asked | Pressed, channel_id: int) -> bool:
    """Whether who asked may see the channel and its history; nobody of another server may."""
    member = asked.user if isinstance(asked, discord.Interaction) else asked.author
    here = asked.channel_id if isinstance(asked, discord.Interaction) else asked.channel.id
    if asked.guild is None or not isinstance(member, discord.Member):
        return False
    channel = asked.guild.get_channel_or_thread(channel_id) or await _fetched(asked.guild, channel_id)
    if channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
        return False
    allowed = channel.permissions_for(member)
    if not (allowed.view_channel and allowed.read_message_history):
        return False
    if isinstance(channel, discord.Thread) and channel.is_private() and channel_id != here:
        return allowed.manage_threads or await _has_joined(channel, member)
    return True


async def _fetched(guild: discord.Guild, channel_id: int) -> discord.abc.GuildChannel | discord.Thread | None:
    """Return a channel that the gateway has not told of, such as an archived thread; None where there is none here."""
    try:
        return await guild.fetch_channel(channel_id)
    except (discord.InvalidData, discord.NotFound, discord.Forbidden):
        return None


async def _has_joined(thread: discord.Thread, member: discord.Member) -> bool:
    try:
        await thread.fetch_member(member.id)
    except discord.NotFound:
        return False
    return True
