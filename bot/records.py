"""The nouns that `store` remembers and `alerts` and `chat` speak of; plain values, no SQL and no Discord."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from bot.people import Cadence
from signals.types import Event


@dataclass(frozen=True, slots=True)
class Route:
    """A channel wants the events of one signal about some subjects.

    Attributes
    ----------
    subjects : tuple of str
        Symbols, and groups of them, that it wants; empty means all.
    importance : int
        1 to 5: what is less important is not sent there.
    role_id : int or None
        The role that its messages ping; members take it by themselves.
    daily_at : time or None
        When the one message a day is due, in the guild's time zone, where `cadence` is `Cadence.DAILY`.
    """

    id: int
    guild_id: int
    channel_id: int
    signal: str
    subjects: tuple[str, ...]
    created_by: int
    created_at: datetime
    importance: int = 1
    role_id: int | None = None
    cadence: Cadence = Cadence.INSTANT
    daily_at: time | None = None


class RunState(StrEnum):
    """How far the run of one session has come."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """One job for one session; UNIQUE(job, session).

    Attributes
    ----------
    attempt : int
        Fencing token: only the latest starter of a run may finish it.
    failing_since : datetime or None
        Since when it has failed; None for one that is only waited for.
    """

    id: int
    job: str
    session: date
    state: RunState
    reason: str
    started_at: datetime
    finished_at: datetime | None
    attempt: int = 1
    failing_since: datetime | None = None


class DeliveryState(StrEnum):
    """Where a delivery stands; every state is counted, none is deleted."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    DEAD = "dead"


class MessageKind(StrEnum):
    """What a message tells."""

    ALERT = "alert"
    """The events of one tick."""
    DIGEST = "digest"
    """What could not be told in time, once the outage is over."""
    RETRACTION = "retraction"
    """That a posted event no longer holds."""
    NOTICE = "notice"
    """Something the moderators of a guild, or a member, must know."""
    DAILY = "daily"
    """The events of a day, for whoever asked for one message a day."""
    PAPER = "paper"
    """What was ordered for a channel; it speaks of no event."""


class NoticeState(StrEnum):
    """How far a notice to moderators has come."""

    WAITING = "waiting"
    """Nobody to tell has been found yet."""
    ADDRESSED = "addressed"
    """A message carries it."""
    GIVEN_UP = "given up"
    """Nobody of that guild can be reached."""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its row number and what the bot knew when it found it."""

    id: int
    event: Event
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """One event for one destination, as routing decided: to be sent, or kept back with a reason.

    Attributes
    ----------
    identity : str
        Which event it speaks of (see `Event.identity`).
    route_id, subscription_id : int or None
        What asked for it: a channel's route or a member's subscription.
    why : str
        Why this channel gets it, in words for its members.
    priority : int
        1 (a line in a digest) to 5 (the reason to subscribe); the outbox sends the most important first.
    suppressed : str
        Why it is not sent after all; empty where it is.
    is_direct : bool
        Whether `channel_id` is a member's, who gets it as a direct message.
    subscription_id : int or None
        See `route_id`.
    role_id : int or None
        The role it pings.
    mentions : tuple of int
        Members who asked to be told in this channel.
    not_before : datetime or None
        The end of quiet hours, or the daily hour; None sends it at once.
    is_daily : bool
        It goes into the one message a day at `not_before`.
    is_folded : bool
        Kept back because an event of its destination's message speaks for it; the message's list shows it all the same.
    """

    identity: str
    route_id: int | None
    guild_id: int
    channel_id: int
    why: str
    priority: int
    expires_at: datetime
    suppressed: str = ""
    is_direct: bool = False
    subscription_id: int | None = None
    role_id: int | None = None
    mentions: tuple[int, ...] = ()
    not_before: datetime | None = None
    is_daily: bool = False
    is_folded: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """What an event rested on, kept so that it can be computed again.

    Attributes
    ----------
    identity : str
        The event's.
    reading : str
        The reading of its session as JSON text.
    bars : bytes
        The bars it was computed from, as `bot.alerts.proof` packs them.
    """

    identity: str
    reading: str
    bars: bytes


@dataclass(frozen=True, slots=True)
class Filed:
    """An event as it is kept, and since when it no longer holds; None where it still does."""

    stored: StoredEvent
    retracted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one event in one destination.

    Attributes
    ----------
    reason : str
        Why it stands where it stands; empty where there is nothing to say.
    is_moot : bool
        Nobody should hear of it any more.
    message_kind, message_state, discord_id, sent_at, due_at :
        Of the message that told of it, or will: a digest where it came too late. None where there is none, or not yet.
    """

    about: StoredEvent
    state: DeliveryState
    why: str
    reason: str = ""
    is_moot: bool = False
    message_kind: MessageKind | None = None
    message_state: DeliveryState | None = None
    discord_id: int | None = None
    sent_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the transaction of one run added; `retracted` counts events that no longer hold."""

    events: int
    deliveries: int
    retracted: int = 0


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, and what it shows in words."""

    name: str
    content: bytes
    alt: str = ""


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message as claimed from the outbox: everything a sender needs, and the events it speaks of.

    Attributes
    ----------
    nonce : str
        At most 25 characters, the same for every attempt of this message.
    payload : mapping or None
        The frozen content (``{"content", "embeds", …}``); None until the first claim composes it.
    lease : str
        Fencing token of this claim.
    whys : tuple of str
        Why the channel gets each of `events`, in the same order.
    attachments : tuple of Attachment
        The frozen files; empty until the first claim composes them.
    is_direct : bool
        Whether `channel_id` is a member's, who gets it as a direct message.
    is_plain : bool
        Whether the destination is known to refuse embeds.
    maybe_sent_at : datetime or None
        Since when an earlier attempt may have arrived without our knowing; None where none can have.
    replies_to : int or None
        Discord's id of the message it answers.
    role_id : int or None
        The one role it pings.
    mentions : tuple of int
        The members it pings.
    folded : int
        How many more events it stands for without naming them; its list shows them.
    paper : str
        Which paper it is; empty where it is none.
    """

    id: int
    channel_id: int
    session: date
    nonce: str
    lease: str
    attempt: int
    expires_at: datetime
    events: tuple[StoredEvent, ...]
    payload: Mapping[str, Any] | None
    guild_id: int = 0
    whys: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    kind: MessageKind = MessageKind.ALERT
    is_direct: bool = False
    is_plain: bool = False
    maybe_sent_at: datetime | None = None
    replies_to: int | None = None
    role_id: int | None = None
    mentions: tuple[int, ...] = ()
    folded: int = 0
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Frozen:
    """The content of a claimed message, to be the same for every attempt from now on."""

    message_id: int
    payload: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a claim of one message ends; `lease` proves that it is still ours to end.

    Attributes
    ----------
    due_at : datetime or None
        When it may be claimed again, where it goes back to pending.
    maybe_sent_at : datetime or None
        Since when it may have arrived without our knowing, where it goes back to pending.
    is_possible_duplicate : bool
        It was sent, or will be told in a digest, although an earlier attempt may have arrived and nobody could look.
    is_untried : bool
        Nothing was asked of Discord under this claim, so it does not count as an attempt.
    """

    message_id: int
    lease: str
    state: DeliveryState
    at: datetime
    reason: str = ""
    discord_id: int | None = None
    due_at: datetime | None = None
    maybe_sent_at: datetime | None = None
    is_possible_duplicate: bool = False
    is_untried: bool = False


@dataclass(frozen=True, slots=True)
class Destination:
    """A channel, or a member's direct messages, with which something is the matter.

    Attributes
    ----------
    off_since : datetime or None
        When it was switched off, because nothing can arrive there; None where it is on.
    reason : str
        Why, and the way to mend it.
    """

    channel_id: int
    guild_id: int
    is_direct: bool
    off_since: datetime | None
    reason: str
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Address:
    """Where something can be sent to: a channel, or with `is_direct` the direct messages of a member."""

    channel_id: int
    is_direct: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """What the moderators of a guild, or a member, must be told.

    Attributes
    ----------
    to_channel_id : int or None
        The only place to tell it, where it is for the member `user_id`; None where it is for moderators.
    about_channel_id : int or None
        The channel it speaks of, which is no place to tell it.
    tried : int
        At how many addresses it could not be delivered.
    """

    id: int
    guild_id: int
    text: str
    about_channel_id: int | None
    tried: int
    to_channel_id: int | None = None
    user_id: int | None = None
