"""What the alerts need from elsewhere: small Protocols beside their user."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from bot.alerts.orders import Orders
from bot.alerts.run_ports import Runs
from bot.people import DuePaper, Noun, Preferences, Silence, Subscriber
from bot.records import (
    Address,
    Attachment,
    Frozen,
    Notice,
    Outbound,
    Planned,
    Proof,
    Recorded,
    Route,
    Run,
    Settlement,
)
from signals.types import Event, Market

Quiet = Callable[[Preferences, datetime], datetime | None]
"""Returns the end of the quiet hours that hold at an instant; None where none do."""


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
        StillComing
            While some of the bars are waited for.
        Exception
            If the source cannot be had; the message says why, the run is noted as failed and tried again.
        """
        ...


class Ledger(Protocol):
    """Where a run's findings are stored."""

    async def record(  # noqa: PLR0913 - one transaction with all that a run found
        self,
        held: Run,
        events: Sequence[Event],
        planned: Sequence[Planned],
        *,
        at: datetime,
        absent: Sequence[str] = (),
        gone: Collection[str] = (),
        until: datetime | None = None,
        made_good: str = "",
        proofs: Sequence[Proof] = (),
        papers: Sequence[DuePaper] = (),
        quiet: Quiet = ...,
        versions: Mapping[str, int] | None = None,
    ) -> Recorded | None:
        """Finish the run with all it found in one transaction; None where another starter took it over."""
        ...

    async def posted(self, first: date, last: date) -> list[Event]:
        """Return the events of the sessions from `first` to `last` that were not taken back."""
        ...

    async def identities(self, first: date, last: date) -> Collection[str]:
        """Return the identities of all events stored of the sessions from `first` to `last`, taken back or not."""
        ...


class Routes(Protocol):
    """Who wants to hear what."""

    async def all(self) -> Sequence[Route]:
        """Return every route."""
        ...


class Members(Protocol):
    """What members want for themselves."""

    async def all_subscribers(self) -> Sequence[Subscriber]:
        """Return every member who has a subscription."""
        ...


class Configuration(Protocol):
    """What moderators have set beside routes and thresholds."""

    async def all_silences(self, now: datetime) -> Sequence[Silence]:
        """Return every guild's silences that have not ended."""
        ...

    async def zones(self) -> Mapping[int, str]:
        """Return the time zone of every guild that has set one."""
        ...


class GuildThresholds(Protocol):
    """What moderators have set."""

    async def by_guild(self, signal: str) -> Mapping[int, Mapping[str, float | int | str]]:
        """Return what each guild with a route or a subscription of `signal` changed of it."""
        ...

    async def changed_since(self, at: datetime) -> Mapping[tuple[int, str, str], datetime]:
        """Return which guilds changed which thresholds after `at` (guild, signal, name), and when they did last."""
        ...

    async def followed_since(self, at: datetime) -> Mapping[tuple[int, str], datetime]:
        """Return which guilds follow which signals only since after `at`, and since when."""
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
    def orders(self) -> Orders:
        """The orders of papers."""
        ...

    @property
    def members(self) -> Members:
        """The members."""
        ...

    @property
    def configuration(self) -> Configuration:
        """Silences and time zones."""
        ...

    @property
    def thresholds(self) -> GuildThresholds:
        """The thresholds."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Messages on their way."""
        ...

    @property
    def notices(self) -> Notices:
        """What moderators must be told."""
        ...


class Outbox(Protocol):
    """Messages on their way."""

    async def claim(self, limit: int, now: datetime, lease_s: float) -> list[Outbound]:
        """Claim messages that are due; all of one call share a lease."""
        ...

    async def freeze(self, lease: str, contents: Sequence[Frozen]) -> set[int]:
        """Fix contents for every attempt to come; return those done, the others' lease is lost."""
        ...

    async def settle(self, endings: Sequence[Settlement]) -> set[int]:
        """End claims, all in one transaction; return those done, the others' lease is lost."""
        ...

    async def expire(self, now: datetime) -> int:
        """End what is too old."""
        ...

    async def gather_missed(self, now: datetime, until: datetime, quiet: Quiet = ...) -> int:
        """Put what expired untold into one digest per channel; a member's waits for the end of their quiet hours."""
        ...

    async def next_due(self, now: datetime) -> datetime | None:
        """Return when the next message can be claimed."""
        ...


class Destinations(Protocol):
    """The breakers."""

    async def switch_off(
        self, failed: Outbound, reason: str, at: datetime, *, notice_text: str, is_gone: bool = False
    ) -> bool:
        """End `failed` as dead and its destination with it; False where the lease is lost."""
        ...

    async def gets(self, channel_id: int) -> Collection[Noun]:
        """Return what is set for a channel: routes, orders, both or neither."""
        ...

    async def plain(self, channel_id: int, guild_id: int, *, is_direct: bool = False) -> None:
        """Remember that embeds are refused there."""
        ...

    async def are_off(self, channel_ids: Sequence[int], now: datetime) -> set[int]:
        """Return those of the channels that are switched off and not to be tried again yet."""
        ...


class Notices(Protocol):
    """What moderators must be told."""

    async def waiting(self) -> list[Notice]:
        """Return notices that no message carries yet."""
        ...

    async def address(self, waiting: Notice, to: Address, at: datetime, until: datetime) -> bool:
        """Open the message that carries the notice; False where another process has done so."""
        ...

    async def give_up(self, waiting: Notice) -> None:
        """Note that nobody of the guild can be reached."""
        ...

    async def unsaid_failures(self, job: str, before: datetime) -> list[tuple[int, date, str]]:
        """Return (run, session, reason) of runs that have failed since `before`, untold so far."""
        ...

    async def tell_failure(self, run_id: int, text: str, at: datetime) -> int:
        """Write a notice for every guild that has a route; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class Composed:
    """A message's content, ready to be frozen.

    Attributes
    ----------
    payload : mapping
        JSON for the sender, such as ``{"content": …, "embeds": […]}``; ``plain`` is for where embeds are refused.
    """

    payload: Mapping[str, Any]
    attachments: tuple[Attachment, ...] = ()


class Composer(Protocol):
    """Turns the events of one message into its content."""

    async def compose(self, message: Outbound) -> Composed:
        """Return the content; called once per message unless the program ends before it is frozen."""
        ...


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a message has arrived.

    Attributes
    ----------
    is_plain : bool
        It had to be sent in plain words, because embeds are refused there.
    """

    discord_id: int
    is_plain: bool = False


class Sender(Protocol):
    """Hands messages to Discord."""

    async def send(self, message: Outbound) -> Receipt:
        """Send the frozen payload with the message's nonce, enforced.

        Raises
        ------
        SendFailed
            If it did not arrive, or nobody knows; says whom that concerns and whether trying again can help.
        """
        ...

    async def find(self, message: Outbound) -> int | None:
        """Return Discord's id of the message if it is in its destination already.

        Raises
        ------
        CannotLook
            If the bot may not read there.
        SendFailed
            If Discord does not answer now.
        """
        ...


class Scope(StrEnum):
    """Whom a failure concerns."""

    MESSAGE = "message"
    """This message alone."""
    DESTINATION = "destination"
    """Whatever is sent there."""
    EVERYTHING = "everything"
    """Every request of the token: one more would make it worse."""


class SendFailed(Exception):
    """A message did not arrive, or nobody knows.

    Attributes
    ----------
    permanent : bool
        Whether trying again cannot help, such as without permission or in a channel that is gone.
    reason : str
        One line for a moderator.
    retry_after_s : float or None
        How long the receiver asked to be left alone.
    is_certain : bool
        Whether it surely did not arrive; an answer that was lost leaves that open.
    is_gone : bool
        Whether the destination does not exist any more.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        scope: Scope = Scope.MESSAGE,
        retry_after_s: float | None = None,
        is_certain: bool = True,
        is_gone: bool = False,
    ) -> None:
        self.reason = reason
        self.permanent = permanent
        self.scope = scope
        self.retry_after_s = retry_after_s
        self.is_certain = is_certain
        self.is_gone = is_gone
        super().__init__(reason)


class CannotLook(Exception):
    """The bot may not read the destination's history."""
