"""What the alerts need from elsewhere: small Protocols beside their user."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from bot.records import Attachment, Outbound, Planned, Recorded, Route, Run
from signals.types import Event, Market


class View(Protocol):
    """A picklable name for the market as of one session; opened where it is read."""

    @property
    def released(self) -> Mapping[str, date]:
        """Symbols whose held bars were released with this session, and the first session that had been held."""
        ...

    def open(self) -> Market:
        """Return the market; in a worker process this maps the bars into memory."""
        ...


class MarketBook(Protocol):
    """Where bars are brought in and looked up."""

    async def bring(self, session: date) -> View:
        """Bring the bars of `session`, pass or hold each symbol, and return a view that ends there.

        Raises
        ------
        Exception
            If the source cannot be had; the message says why, the run is noted as failed and tried again.
        """
        ...


class Runs(Protocol):
    """Which sessions have been scanned."""

    async def start(self, job: str, session: date, at: datetime) -> Run | None:
        """Start or take over the run; None where it has finished already."""
        ...

    async def baseline(self, job: str, session: date, at: datetime) -> None:
        """Note that `session` and everything before it are not to be reported."""
        ...

    async def fail(self, held: Run, reason: str, at: datetime) -> bool:
        """Note why the session could not be scanned; it stays due."""
        ...

    async def first(self, job: str) -> Run | None:
        """Return the finished run of the earliest session."""
        ...

    async def of(self, job: str, session: date) -> Run | None:
        """Return the run of `session`, however it stands."""
        ...

    async def missing(self, job: str, sessions: Sequence[date]) -> list[date]:
        """Return those of `sessions` that have no finished run, in order."""
        ...

    async def absent(self, job: str, since: date) -> Mapping[str, date]:
        """Return the symbols whose bars had not come when a session from `since` on was scanned, and the first such."""
        ...


class Ledger(Protocol):
    """Where a run's findings are stored."""

    async def record(
        self,
        held: Run,
        events: Sequence[Event],
        planned: Sequence[Planned],
        *,
        at: datetime,
        absent: Sequence[str] = (),
    ) -> Recorded | None:
        """Finish the run with all it found in one transaction; None where another starter took it over."""
        ...


class Routes(Protocol):
    """Who wants to hear what."""

    async def all(self) -> Sequence[Route]:
        """Return every route."""
        ...


class GuildThresholds(Protocol):
    """What moderators have set."""

    async def by_guild(self, signal: str) -> Mapping[int, Mapping[str, float | int | str]]:
        """Return what each guild with a route of `signal` changed of it."""
        ...


class Memory(Protocol):
    """What a tick remembers; the store is one."""

    @property
    def runs(self) -> Runs:
        """The runs."""
        ...

    @property
    def ledger(self) -> Ledger:
        """Events and deliveries."""
        ...

    @property
    def routes(self) -> Routes:
        """The routes."""
        ...

    @property
    def thresholds(self) -> GuildThresholds:
        """The thresholds."""
        ...


class Outbox(Protocol):
    """Messages on their way; every answer False means that the lease is lost."""

    async def claim(self, limit: int, now: datetime, lease_s: float) -> list[Outbound]:
        """Claim messages that are due."""
        ...

    async def freeze(
        self, message_id: int, lease: str, payload: Mapping[str, Any], attachments: Sequence[Attachment] = ()
    ) -> bool:
        """Fix the content for every attempt to come."""
        ...

    async def sent(self, message_id: int, lease: str, discord_id: int, at: datetime) -> bool:
        """Note that Discord has it."""
        ...

    async def retry(self, message_id: int, lease: str, at: datetime, reason: str) -> bool:
        """Give it back until `at`."""
        ...

    async def dead(self, message_id: int, lease: str, reason: str) -> bool:
        """Note that it can never arrive."""
        ...

    async def expired(self, message_id: int, lease: str, reason: str) -> bool:
        """Note that it can no longer arrive in time."""
        ...

    async def expire(self, now: datetime) -> int:
        """End what is too old."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when the next message can be claimed."""
        ...


@dataclass(frozen=True, slots=True)
class Composed:
    """A message's content, ready to be frozen.

    Attributes
    ----------
    payload : mapping
        JSON for the sender, such as ``{"content": …, "embeds": […]}``.
    """

    payload: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()


class Composer(Protocol):
    """Turns the events of one message into its content."""

    async def compose(self, message: Outbound) -> Composed:
        """Return the content; called once per message unless the program ends before it is frozen."""
        ...


class Sender(Protocol):
    """Hands one message to Discord."""

    async def send(self, message: Outbound) -> int:
        """Send the frozen payload with the message's nonce, enforced; return the id Discord gave it.

        Raises
        ------
        SendFailed
            If it did not arrive; says whether trying again can help.
        """
        ...


class SendFailed(Exception):
    """A message did not arrive.

    Attributes
    ----------
    permanent : bool
        Whether trying again cannot help, such as without permission or in a channel that is gone.
    reason : str
        One line for a moderator.
    retry_after_s : float or None
        How long the receiver asked to be left alone.
    """

    def __init__(self, reason: str, *, permanent: bool, retry_after_s: float | None = None) -> None:
        self.reason = reason
        self.permanent = permanent
        self.retry_after_s = retry_after_s
        super().__init__(reason)
