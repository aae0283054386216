"""The nouns that `store` remembers and `alerts` and `chat` speak of; plain values, no SQL and no Discord."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from signals.types import Event


@dataclass(frozen=True, slots=True)
class Route:
    """A channel wants the events of one signal about some subjects.

    Attributes
    ----------
    subjects : tuple of str
        Symbols it wants; empty means all of them.
    """

    id: int
    guild_id: int
    channel_id: int
    signal: str
    subjects: tuple[str, ...]
    created_by: int
    created_at: datetime

    def wants(self, event: Event) -> bool:
        """Whether `event` is of this route's signal and subjects (its guild's thresholds are checked elsewhere)."""
        return event.signal == self.signal and (not self.subjects or event.subject in self.subjects)


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
    """

    id: int
    job: str
    session: date
    state: RunState
    reason: str
    started_at: datetime
    finished_at: datetime | None
    attempt: int = 1


class DeliveryState(StrEnum):
    """Where a delivery stands; every state is counted, none is deleted."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its row number and what the bot knew when it found it."""

    id: int
    event: Event
    found_at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    """One event for one channel, as routing decided: to be sent, or kept back with a reason.

    Attributes
    ----------
    identity : str
        Which event it speaks of (see `Event.identity`).
    why : str
        Why this channel gets it, in words for its members.
    priority : int
        1 (a line in a digest) to 5 (the reason to subscribe); the outbox sends the most important first.
    suppressed : str
        Why it is not sent after all; empty where it is.
    """

    identity: str
    route_id: int
    guild_id: int
    channel_id: int
    why: str
    priority: int
    expires_at: datetime
    suppressed: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the transaction of one run added."""

    events: int
    deliveries: int


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
