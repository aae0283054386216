"""One question of why an alert did not come, with what every station of its way needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.cards.event_card import title_of
from bot.cards.words import session_words
from bot.people import Groups, groups_of
from bot.records import Filed
from signals.definition import Signal
from signals.sessions import last_closed, sessions_between
from signals.types import Event, Market, Thresholds

LOOKED_BACK_SESSIONS = 20
"""An event that is older has been told, or never will be."""
MOST_TOLD = 3


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An alert of `signal` about `subject` that somebody misses.

    Attributes
    ----------
    guild_id : int or None
        Where they ask; None in a direct message.
    thresholds : mapping
        All of the signal's, as this guild set them.
    """

    signal: Signal
    subject: str
    user_id: int
    guild_id: int | None
    channel_id: int
    now: datetime
    market: Market
    thresholds: Thresholds

    @property
    def session(self) -> date:
        """The last session that has closed."""
        return last_closed(self.market.calendar, self.now)

    @property
    def since(self) -> date:
        """The first session looked at."""
        calendar = self.market.calendar
        first: date = sessions_between(calendar, calendar.sessions[0].item(), self.session)[-LOOKED_BACK_SESSIONS:][
            0
        ].item()
        return first

    @property
    def groups(self) -> Groups:
        """The groups that subjects of routes and subscriptions may name."""
        return groups_of(self.market.universes, self.market.sectors, self.market.facts.themes)

    def importance_of(self, event: Event) -> int:
        """Return how important an event is."""
        return next((kind.importance for kind in self.signal.kinds if kind.name == event.kind), 1)


def applies(event: Event, thresholds: Thresholds) -> bool:
    """Whether `thresholds` would have raised this very event."""
    return all(thresholds.get(name) == value for name, value in event.thresholds.items())


def latest_of(filed: Sequence[Filed], thresholds: Thresholds, case: Case) -> list[Filed]:
    """Return the events under `thresholds` of the latest session that had any, the most important first."""
    own = [found for found in filed if applies(found.stored.event, thresholds)]
    if not own:
        return []
    session = max(found.stored.event.session for found in own)
    news = [found for found in own if found.stored.event.session == session]
    return sorted(news, key=lambda found: -case.importance_of(found.stored.event))[:MOST_TOLD]


def event_words(event: Event) -> str:
    """Return an event in a few words, such as ``golden cross of Wed 6 Aug 2025``."""
    return f"{title_of(event).lower()} of {session_words(event.session)}"
