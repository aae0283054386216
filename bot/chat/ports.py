"""What the chat asks of the rest of the bot: small Protocols, implemented elsewhere and handed in by `app`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from bot.cards.card import Card, Chart
from bot.cards.findings_card import Found
from bot.cards.printed import Printed
from bot.cards.quality_list import Roster, Wanted
from bot.clock import Clock
from bot.people import (
    Change,
    Edit,
    Groups,
    GuildSettings,
    Noun,
    Preferences,
    Rated,
    Received,
    Silence,
    Snooze,
    Subscriber,
    Subscription,
)
from bot.records import Destination, Route, StoredEvent


class Desk(Protocol):
    """Answers questions about the market.

    Every method that takes what people typed raises `signals.errors.SignalError` or
    `bot.questions.parse.QuestionError` where it cannot be answered; the message is the friendly line.
    """

    async def ask(self, topic: str, subject: str, *, guild_id: int | None, period: str = "1y") -> Card:
        """Return what the signal that answers `topic` says of `subject`; of the usual one where it is empty.

        `period`, one of ``6m 1y 5y all``, is how far back the picture of a cross reaches.
        """
        ...

    async def evidence(self, symbol: str, event: str, *, guild_id: int | None) -> Card:
        """Return what followed past events of that kind."""
        ...

    async def watchlist(self, symbols: Sequence[str], *, guild_id: int | None) -> Card:
        """Return where the averages of each of `symbols` stand, a line each."""
        ...

    async def status(self) -> Card:
        """Return last session, coverage, held symbols with reasons, next run, deliveries."""
        ...

    def about(self) -> Card:
        """Return source, delay, licence of the data, version."""
        ...

    def resolve(self, text: str) -> str:
        """Return the symbol that `text` means, from memory and at once (``rut`` → ``^RUT``)."""
        ...

    def suggest(self, text: str, limit: int = 25) -> Sequence[tuple[str, str]]:
        """Return (symbol, name) pairs that fit what was typed so far, best first, from memory and at once."""
        ...

    def name_of(self, subject: str, signal: str = "") -> str:
        """Return the name people know `subject` by, of `signal` where it is no symbol, from memory and at once.

        Itself where there is none.
        """
        ...

    def choices_of(self, signal: str) -> Sequence[tuple[str, str]]:
        """Return (subject, title) of what `signal` can be asked about, from memory; none where that is any symbol."""
        ...

    def events_of(self, signal: str) -> Sequence[tuple[str, str]]:
        """Return (event, title) of what `evidence` knows of `signal`, from memory and at once."""
        ...

    def groups(self) -> Groups:
        """Return the groups of symbols, such as ``sector:Energy``, and what each holds, from memory and at once.

        There are none while the prices are still being loaded.
        """
        ...


class Pictures(Protocol):
    """Draws charts away from the event loop."""

    async def png(self, chart: Chart) -> bytes:
        """Return the picture; raise `bot.cards.studio.PictureUnavailable` where there is none now."""
        ...


class Papers(Protocol):
    """Makes papers, each once however many ask for it."""

    async def briefing(self, name: str) -> Printed:
        """Return the briefing of the last session with its card.

        Raises `bot.questions.parse.QuestionError` or `signals.errors.SignalError` with the friendly line.
        """
        ...


class Routes(Protocol):
    """Which channel gets which signal; every method returns after the change is stored."""

    async def list(self, guild_id: int) -> Sequence[Route]:
        """Return the routes of one guild."""
        ...

    async def remove(self, *, guild_id: int, channel_id: int, by: int, at: datetime, signal: str | None = None) -> int:
        """Remove the channel's route of `signal` (None: all of them); return how many there were."""
        ...


class Destinations(Protocol):
    """Channels with which something is the matter."""

    async def off(self, guild_id: int) -> Sequence[Destination]:
        """Return the destinations of a guild that are switched off, or take plain words alone."""
        ...


class Told(Protocol):
    """What messages told of."""

    async def told_in(self, message_id: int, channel_id: int) -> Sequence[StoredEvent]:
        """Return the events a message tells of, if it is one of that channel's."""
        ...


class ThresholdValues(Protocol):
    """What moderators have set; everything else is the signal's default."""

    async def of(self, guild_id: int, signal: str) -> Mapping[str, float | int | str]:
        """Return the values of `signal` that this guild changed."""
        ...


class Configuration(Protocol):
    """Everything moderators of a guild have set; every change is written down with who made it, and can be undone."""

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return what is set for the guild as a whole; the defaults where nothing is."""
        ...

    async def silences(self, guild_id: int, now: datetime) -> Sequence[Silence]:
        """Return the silences that have not ended."""
        ...

    async def rows(self, guild_id: int, now: datetime) -> Mapping[tuple[Noun, str], Mapping[str, Any]]:
        """Return everything that is set and has not ended, by noun and key, in the form of `Edit.after`."""
        ...

    async def keywords(self) -> Mapping[int, Mapping[str, str]]:
        """Return what words ask for in each guild that has set any, from memory."""
        ...

    async def change(
        self,
        *,
        guild_id: int,
        by: int,
        at: datetime,
        action: str,
        edits: Sequence[Edit],
        check: Callable[[Mapping[tuple[Noun, str], Mapping[str, Any]]], None] | None = None,
    ) -> Change:
        """Make all of `edits` or none; return the change once it is stored, each edit with what was `before`.

        `check` is called inside the transaction with everything as it would be afterwards; what it raises undoes all.
        Edits that change nothing are left out of the change; but a channel of which a route is stated, even the same
        as before, is taken for sound again, should it have been switched off.
        """
        ...

    async def audit(self, guild_id: int, *, limit: int = 10, before: int | None = None) -> Sequence[Change]:
        """Return the latest changes (those before the change numbered `before`), the newest first."""
        ...

    async def undo(self, *, guild_id: int, by: int, at: datetime, only: int | None = None) -> Change | None:
        """Take back the latest change of a moderator that stands; None where there is none, or where it is not `only`.

        Said again, it undoes the one before. What the bot changed by itself is passed over. The change returned is the
        new one, with `undoes` set.
        """
        ...


class Members(Protocol):
    """What single members have decided for themselves; every method returns after the change is stored."""

    async def subscriber(self, user_id: int) -> Subscriber:
        """Return everything about one member, the defaults where they have said nothing, snoozes that ended too."""
        ...

    async def subscribe(self, wanted: Subscription) -> Subscription:
        """Store a subscription, whose `id` the store gives; said again for the same, it takes the place of the old one.

        A direct one takes the member's direct messages for sound again, should they have been switched off.
        """
        ...

    async def unsubscribe(self, user_id: int, ids: Sequence[int]) -> int:
        """End those of the subscriptions that are this member's; what waits for them is kept back. Return how many."""
        ...

    async def prefer(self, wanted: Preferences, at: datetime) -> None:
        """Store how a member wants direct messages; what waits already goes as it was planned."""
        ...

    async def snooze(self, wanted: Snooze) -> None:
        """Store a snooze; one whose `until` is past takes the signal's (empty: the general) snooze away."""
        ...

    async def watch(self, user_id: int, symbols: Sequence[str], at: datetime) -> int:
        """Put symbols on the member's list; return how many were new."""
        ...

    async def unwatch(self, user_id: int, symbols: Sequence[str]) -> int:
        """Take symbols off the member's list; return how many were on it."""
        ...

    async def direct_off(self, user_id: int) -> str | None:
        """Return why the member's direct messages are switched off; None where they are not."""
        ...


class Ratings(Protocol):
    """What the members of a guild think of symbols."""

    async def rate(self, *, guild_id: int, user_id: int, symbol: str, stars: int, at: datetime) -> None:
        """Store a member's 1 to 5 stars for a symbol, in the place of those they gave before."""
        ...

    async def rated(self, guild_id: int, symbol: str) -> Rated:
        """Return how a symbol is rated; all counts are 0 where nobody has."""
        ...

    async def board(self, guild_id: int, *, least: int = 3) -> Sequence[Rated]:
        """Return the symbols that at least so many members rated, the highest mean first (then the larger n)."""
        ...


class Privacy(Protocol):
    """What is kept of one member."""

    async def export(self, user_id: int) -> Mapping[str, Any]:
        """Return everything that is kept of a member, by table, ready for JSON."""
        ...

    async def delete(self, user_id: int, at: datetime) -> int:
        """Delete everything that is kept of a member; return how many rows that were.

        Where the audit or a route names them as a moderator, the name alone is taken out.
        """
        ...


class Foresight(Protocol):
    """Counts in history what a decision would have brought; computed off the event loop.

    Raises `bot.questions.parse.QuestionError` while there are no prices yet.
    """

    async def would_have_received(self, subscriber: Subscriber) -> Received:
        """Return how many direct messages these subscriptions and preferences would have brought."""
        ...

    async def rehearse(
        self,
        guild_id: int,
        signal: str,
        name: str,
        value: float | str,
        *,
        sessions: int = 252,
        first: date | None = None,
        last: date | None = None,
    ) -> Card:
        """Return what the present value and the new one would have raised: per month and kind, repeats, a picture.

        Counted over the last `sessions`, or those up to the day `last`; from the day `first` on where it is given.
        """
        ...


class Findings(Protocol):
    """What the last closed session brought; computed off the event loop, remembered until there is another market.

    Raises `bot.questions.parse.QuestionError` or `signals.errors.SignalError` with the friendly line.
    """

    async def of(self, where: str, kind: str, *, guild_id: int | None, watched: Sequence[str] = ()) -> Found:
        """Return the findings of `kind` (``all crosses approaches highs``), for `bot.cards.findings_card` to page.

        `where` is a universe, a sector, ``watchlist`` (`watched` is what is on it), or empty: all that is followed.
        """
        ...

    def places(self) -> Sequence[tuple[str, str]]:
        """Return (value, title) of what `where` may be, from memory and at once."""
        ...


class Rosters(Protocol):
    """Lists of companies by their financials; raises `bot.questions.parse.QuestionError` with the friendly line."""

    async def wanted(self, typed: str) -> Wanted | None:
        """Return the list that the words ask for; None where they name a symbol."""
        ...

    async def of(self, place: str, *, watched: Sequence[str] = ()) -> Roster:
        """Return the companies of `place`, for `bot.cards.quality_list` to page; `watched` is what is on the list."""
        ...

    def places(self) -> Sequence[tuple[str, str]]:
        """Return (value, title) of what `place` may be, from memory and at once."""
        ...


class Inquest(Protocol):
    """Says why an alert was sent, and why another was not.

    Raises `bot.questions.parse.QuestionError` or `signals.errors.SignalError` with the friendly line.
    """

    async def told(self, channel_id: int, discord_id: int) -> Sequence[StoredEvent]:
        """Return the events of the message with this number of Discord's; a direct one's `channel_id` is the user's."""
        ...

    async def why(self, event: StoredEvent) -> Card:
        """Return the numbers that made an event, computed again from the bars that were kept with it."""
        ...

    async def whynot(self, subject: str, signal: str, *, user_id: int, guild_id: int | None, channel_id: int) -> Card:
        """Return what kept an alert about `subject` from this channel and from this member, cause by cause."""
        ...


class GuildBook(Protocol):
    """Which servers the bot is in: what is kept of one it has left goes after a stated time."""

    async def leave(self, guild_id: int, at: datetime) -> None:
        """Note that the bot has left a server; noted already, the first time counts."""
        ...

    async def rejoin(self, guild_id: int) -> None:
        """Note that the bot is in a server, again perhaps; nothing is kept of one that has set nothing."""
        ...

    async def present(self) -> Sequence[int]:
        """Return the servers of which something is kept and that the bot is not known to have left."""
        ...


class Memory(Protocol):
    """Small facts that outlive the process, such as the digest of the commands last synced."""

    async def get(self, key: str) -> str | None:
        """Return what was remembered under `key`; None where nothing was."""
        ...

    async def set(self, key: str, value: str) -> None:
        """Remember `value` under `key`."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """Everything the chat is handed."""

    desk: Desk
    pictures: Pictures
    routes: Routes
    destinations: Destinations
    told: Told
    thresholds: ThresholdValues
    memory: Memory
    clock: Clock
    configuration: Configuration
    members: Members
    ratings: Ratings
    privacy: Privacy
    foresight: Foresight
    findings: Findings
    rosters: Rosters
    inquest: Inquest
    guilds: GuildBook
    papers: Papers
