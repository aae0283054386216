"""What people have decided: moderators for a guild, subscribers for themselves; plain values, no SQL and no Discord."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from signals.facts import Theme

EXCHANGE_ZONE = "America/New_York"
"""Hours that nobody gave a time zone for are the exchange's."""
DIRECT = 0
"""In place of a channel: the member's direct messages."""
NO_GUILD = 0
"""In place of a guild: asked in a direct message, so the defaults hold."""
THE_BOT = 0
"""In place of a moderator: the bot itself changed it, such as when a channel was deleted."""
WATCHLIST = "watchlist"
"""In place of a subject: whatever the member's list holds at the time."""

Groups = Mapping[str, frozenset[str]]
"""Name of a group of symbols, such as ``universe:smallcap`` or ``sector:Energy``, to its members."""


def covers(subjects: Iterable[str], symbol: str, groups: Groups) -> bool:
    """Whether `subjects`, symbols or groups of them, hold `symbol`; none at all hold every symbol."""
    named = list(subjects)
    return not named or symbol in named or any(symbol in groups.get(name, ()) for name in named)


def groups_of(
    universes: Mapping[str, Iterable[str]], sectors: Mapping[str, str], themes: Iterable[Theme] = ()
) -> Groups:
    """Return the groups that a market's `universes` and `themes`, and its symbols' `sectors`, make.

    A theme's group holds the theme's own name beside its members': what happens to the basket belongs to it.
    """
    groups = {f"universe:{name}": frozenset(symbols) for name, symbols in universes.items()}
    groups |= {
        f"theme:{theme.name}": frozenset((theme.name, *(member.symbol for member in theme.members))) for theme in themes
    }
    by_sector: dict[str, set[str]] = {}
    for symbol, sector in sectors.items():
        by_sector.setdefault(f"sector:{sector}", set()).add(symbol)
    return groups | {name: frozenset(symbols) for name, symbols in by_sector.items()}


class Cadence(StrEnum):
    """How soon alerts are told."""

    INSTANT = "instant"
    DAILY = "daily"
    """All of a day in one message, at an hour of their own."""


class PaperName(StrEnum):
    """What can be ordered for a channel."""

    SMALLCAP = "smallcap"
    ROTATION = "rotation"
    DIGEST = "digest"
    """Three lines, a picture, and buttons to the details; the others are printed briefings."""


BRIEFINGS = (PaperName.SMALLCAP, PaperName.ROTATION)
"""The papers that are printed, and that anybody may ask for."""
KEYWORDS: Mapping[str, PaperName] = {"scn smallcap": PaperName.SMALLCAP, "rpm": PaperName.ROTATION}
"""Messages that ask for a briefing where nothing else is set."""
MUTE = "off"
"""In place of a briefing: such a message asks for nothing."""


class Rhythm(StrEnum):
    """After which sessions a paper is due."""

    DAILY = "daily"
    WEEKLY = "weekly"
    """After the last session of a week."""


@dataclass(frozen=True, slots=True)
class Order:
    """A channel gets a paper, again and again.

    Attributes
    ----------
    at : time or None
        From which hour on, in the guild's time zone; None sends it once the session has been scanned.
    """

    guild_id: int
    channel_id: int
    paper: PaperName
    rhythm: Rhythm
    at: time | None
    created_by: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DuePaper:
    """A paper that an order brings for one session."""

    order: Order
    not_before: datetime
    expires_at: datetime


class Noun(StrEnum):
    """What a moderator can change."""

    ROUTE = "route"
    """Key ``channel signal``."""
    THRESHOLD = "threshold"
    """Key ``signal name``."""
    SILENCE = "silence"
    """Key ``signal subject``, either of them empty."""
    GUILD = "guild"
    """Key ``moderator_role_id`` or ``time_zone``."""
    ORDER = "order"
    """Key ``channel paper``."""
    KEYWORD = "keyword"
    """Key the words, in the one form in which messages are compared with them."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that is to be changed, or was.

    Attributes
    ----------
    key : str
        Which one, in the words of its `Noun`.
    after : mapping or None
        What it is to be; None takes it away. The fields are those of the noun's row; a threshold has ``value`` alone.
        Those of a route that are not named stay as they are.
    before : mapping or None
        What it was; filled in by the store.
    """

    noun: Noun
    key: str
    after: Mapping[str, Any] | None
    before: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one moderator did at one instant, to be read and taken back.

    Attributes
    ----------
    action : str
        In words, such as ``threshold set cross slow``.
    undoes : int or None
        The change that this one took back.
    is_undone : bool
        A later change took it back.
    """

    id: int
    guild_id: int
    at: datetime
    by: int
    action: str
    edits: tuple[Edit, ...]
    undoes: int | None = None
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """A signal, a subject, or one of the other, that a guild does not want to hear of for a while; empty means any."""

    guild_id: int
    signal: str
    subject: str
    until: datetime
    set_by: int

    def hushes(self, signal: str, subject: str, now: datetime) -> bool:
        """Whether it keeps an event back at `now`."""
        return now < self.until and self.signal in {"", signal} and self.subject in {"", subject}


@dataclass(frozen=True, slots=True)
class GuildSettings:
    """What is set for a guild as a whole.

    Attributes
    ----------
    moderator_role_id : int or None
        Who may moderate the bot beside those with Manage Server.
    time_zone : str
        IANA name in which the hours of its channels' daily messages are told.
    """

    guild_id: int
    moderator_role_id: int | None = None
    time_zone: str = EXCHANGE_ZONE


@dataclass(frozen=True, slots=True)
class Subscription:
    """A member wants the events of a signal about a subject.

    Attributes
    ----------
    guild_id : int
        Whose thresholds it follows; `NO_GUILD` follows the defaults.
    subject : str
        A symbol, a group, `WATCHLIST`; empty means all.
    channel_id : int
        Where the member is mentioned; `DIRECT` sends direct messages.
    asked_in : int
        The channel in which they asked.
    """

    id: int
    user_id: int
    guild_id: int
    signal: str
    subject: str
    channel_id: int
    asked_in: int
    created_at: datetime

    @property
    def is_direct(self) -> bool:
        """Whether it goes to the member's direct messages."""
        return self.channel_id == DIRECT


@dataclass(frozen=True, slots=True)
class Preferences:
    """How a member wants direct messages.

    Attributes
    ----------
    time_zone : str
        IANA name; the hours are told in it.
    quiet_from, quiet_to : time or None
        Local hours in which nothing arrives; both or neither. A span may pass midnight.
    daily_at : time
        Local hour of the one message a day, where `cadence` is `Cadence.DAILY`.
    importance : int
        1 to 5; what is less important is not sent.
    signals : tuple of str
        Only these; empty means all.
    """

    user_id: int
    time_zone: str = EXCHANGE_ZONE
    quiet_from: time | None = None
    quiet_to: time | None = None
    cadence: Cadence = Cadence.INSTANT
    daily_at: time = time(18, 0)
    importance: int = 1
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snooze:
    """A member wants nothing of a signal (empty: of any) for a while."""

    user_id: int
    signal: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Everything a member has decided about alerts."""

    preferences: Preferences
    subscriptions: tuple[Subscription, ...] = ()
    snoozes: tuple[Snooze, ...] = ()
    watched: tuple[str, ...] = ()

    @property
    def user_id(self) -> int:
        """Discord's id of the member."""
        return self.preferences.user_id


@dataclass(frozen=True, slots=True)
class Rated:
    """How the members of a guild rate a symbol.

    Attributes
    ----------
    counts : tuple of int
        How many gave 1, 2, 3, 4 and 5 stars.
    """

    symbol: str
    counts: tuple[int, int, int, int, int]

    @property
    def n(self) -> int:
        """How many members rated it."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """Mean of the stars; there is one only where `n` is not 0."""
        return sum(stars * count for stars, count in enumerate(self.counts, start=1)) / self.n


@dataclass(frozen=True, slots=True)
class Received:
    """How many messages somebody would have received.

    Attributes
    ----------
    sessions_known : int
        So many sessions of history there were to count in; fewer than a year's where prices begin later.
    """

    last_30_days: int
    last_365_days: int
    sessions_known: int
