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
    """One job for one session; UNIQUE(job, session)."""

    id: int
    job: str
    session: date
    state: RunState
    reason: str
    started_at: datetime
    finished_at: datetime | None


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
