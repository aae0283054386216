"""A server in which something of everything is set, so that every command and every button finds something to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bot.people import DIRECT, Edit, Groups, Noun, Preferences, Snooze, Subscriber, Subscription, groups_of
from bot.questions.symbols import name_of, resolve, suggest
from bot.records import StoredEvent
from signals.types import Event
from tests.chat.conftest import NOW, Behind, FakeDesk
from tests.signals.made_up import a_market

HOSTILE_NAME = "@everyone <@4> [x](https://b.example) discord.gg/abc \u202e`||**"
"""What a source may call a company, and an administrator a server or a role."""
SYMBOLS = ("^RUT", "IWM", "STRL", "REI", "UE", "BRK-B")
SESSION = date(2025, 8, 6)
ROW = 7
"""The store's number of the message that tells of events; Discord's is another."""


class KnowingDesk(FakeDesk):
    """Knows symbols as the real one does, and has names that are no better than what people type."""

    def __init__(self) -> None:
        super().__init__()
        self.market = a_market(
            np.ones((3, len(SYMBOLS))),
            SYMBOLS,
            names={"STRL": HOSTILE_NAME, "IWM": "iShares Russell 2000", "REI": "\u202e" * 300},
            universes={"smallcap": SYMBOLS[2:5]},
            sectors={"REI": "Energy", "UE": HOSTILE_NAME, "STRL": "Real Estate"},
        )

    def resolve(self, text: str) -> str:
        return resolve(text, self.market)

    def suggest(self, text: str, limit: int = 25) -> Sequence[tuple[str, str]]:
        return [(found.symbol, found.name) for found in suggest(text, self.market, limit)]

    def name_of(self, subject: str, signal: str = "") -> str:
        return name_of(subject, self.market, signal)

    def groups(self) -> Groups:
        return groups_of(self.market.universes, self.market.sectors)


def told(*kinds: str) -> list[StoredEvent]:
    """Events that a message told of."""
    return [
        StoredEvent(number, Event("cross", kind, "STRL", SESSION, 1, {}, {}), NOW)
        for number, kind in enumerate(kinds, start=1)
    ]


async def furnish(behind: Behind, *, guild_id: int, channel_id: int, user_id: int, message_id: int = 1) -> None:
    """Forget everything and set some of each thing anew; the member and the moderator may be the same."""
    for fake in (behind.configuration, behind.members, behind.ratings, behind.privacy):
        fake.kept.clear()
    behind.configuration.changes.clear()
    behind.desk.asked.clear()
    for asked in (behind.foresight.asked, behind.findings.asked, behind.inquest.asked):
        asked.clear()
    await _set(behind, guild_id, channel_id, user_id)
    subscription = Subscription(1, user_id, guild_id, "cross", "STRL", DIRECT, channel_id, NOW)
    snooze = Snooze(user_id, "", NOW + timedelta(days=1))
    behind.members.kept[user_id] = Subscriber(Preferences(user_id), (subscription,), (snooze,), ("STRL", "IWM"))
    behind.ratings.kept[guild_id, "STRL", 1] = 4
    behind.privacy.kept[user_id] = {"watch": [{"symbol": "STRL"}], HOSTILE_NAME: [1], "route": [1]}
    behind.inquest.told_in = {(channel_id, message_id): told("golden_cross", "approach")}
    behind.told.kept = {(ROW, channel_id): told("golden_cross", "approach")}


async def _set(behind: Behind, guild_id: int, channel_id: int, user_id: int) -> None:
    """Set a route, a threshold, a silence, an order and a keyword, one change each."""
    at = datetime(2025, 8, 1, tzinfo=UTC)
    route = {"subjects": ["STRL"], "importance": 1, "role_id": None, "cadence": "instant", "daily_at": None}
    for edit in (
        Edit(Noun.ROUTE, f"{channel_id} cross", route),
        Edit(Noun.SILENCE, "cross STRL", {"until": (NOW + timedelta(days=3)).isoformat()}),
        Edit(Noun.THRESHOLD, "cross slow", {"value": 150}),
        Edit(Noun.ORDER, f"{channel_id} smallcap", {"rhythm": "weekly", "at": "18:00"}),
        Edit(Noun.KEYWORD, "morning note", {"paper": "rotation"}),
    ):
        await behind.configuration.change(guild_id=guild_id, by=user_id, at=at, action="furnish", edits=[edit])
