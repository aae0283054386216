"""What is kept of a member: handed out as a file, or deleted, and the words and the button that go with it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import discord

from bot.cards.card import Card, Field
from bot.cards.words import escape
from bot.chat.errors import Refusal
from bot.chat.parts import button, laid_out
from bot.chat.ports import Ports
from bot.chat.press import Action, press

FILE_NAME = "what-is-kept-of-you.json"
EXPORT_WORDS = "Everything that is kept of you. `privacy delete` deletes it."
VALID_MINUTES = 15
"""So long the button acts: what it deletes is what was shown above it."""

_GOES = {
    "subscription": "subscriptions",
    "preference": "preferences",
    "snooze": "snoozes",
    "watch": "symbols on your list",
    "rating": "ratings",
    "membership": "notes that you are a member of a server",
    "delivery": "alerts sent or to be sent to you",
    "message": "direct messages of alerts",
    "destination": "notes about your direct messages",
    "notice": "notices about your direct messages",
}
"""Kind of entry to what it is in words; these are deleted. Of the others a member's name alone is taken out."""
_NAMED = {
    "mentioned": "alerts of channels that mention you",
    "route": "routes that you set",
    "threshold": "thresholds that you set",
    "silence": "silences that you set",
    "change": "changes that you made as a moderator",
}


async def export_file(ports: Ports, user_id: int) -> discord.File:
    """Return everything that is kept of a member as a JSON file."""
    kept = await ports.privacy.export(user_id)
    text = json.dumps(kept, ensure_ascii=False, indent=2, sort_keys=True)
    return discord.File(io.BytesIO(text.encode()), FILE_NAME, description="What this bot keeps of you, as JSON")


async def deletion_answer(ports: Ports, user_id: int) -> tuple[Card, discord.ui.View | None]:
    """Return what would be deleted, and the button that does it; refuse where there is nothing."""
    counts = {name: _count(rows) for name, rows in (await ports.privacy.export(user_id)).items()}
    going = _lines({name: n for name, n in counts.items() if name not in _NAMED}, _GOES)
    named = _lines({name: n for name, n in counts.items() if name in _NAMED}, _NAMED)
    if not going and not named:
        raise Refusal("nothing is kept of you: there is nothing to delete")
    fields = [Field("What goes", going)] if going else []
    fields += [Field("What stays without your name", named)] if named else []
    card = Card(
        "Delete everything that is kept of you?",
        "This cannot be taken back. `privacy export` gives you a copy first. What I have posted in channels and in "
        "your direct messages is Discord's to keep: delete those messages there.",
        tone="warning",
        fields=tuple(fields),
        footer=f"The button acts for {VALID_MINUTES} minutes.",
    )
    says = press(Action.FORGET, user_id, minute_of(ports.clock.now()))
    return card, laid_out([button("Delete everything", says, "danger")])


async def deleted_card(ports: Ports, user_id: int) -> Card:
    """Delete everything that is kept of a member; return what to say."""
    entries = await ports.privacy.delete(user_id, ports.clock.now())
    went = "1 entry has" if entries == 1 else f"{entries:,} entries have"
    return Card(
        "Deleted",
        f"**{went} gone.** No subscription, preference, snooze, list, rating or record of a message to you is kept "
        "anywhere any more, and no entry of a moderator's names you. Should you use me again, I begin anew.",
    )


def minute_of(at: datetime) -> int:
    """Return the minutes since 1970."""
    return int(at.timestamp()) // 60


def need_fresh(minute: int, now: datetime) -> None:
    """Refuse a button that was shown too long ago, or in a minute that has not come."""
    if not 0 <= minute_of(now) - minute <= VALID_MINUTES:
        raise Refusal(f"that button acted for {VALID_MINUTES} minutes: say `privacy delete` again")


def _count(rows: Any) -> int:
    return len(rows) if isinstance(rows, (list, tuple, dict)) else 1


def _lines(counts: Mapping[str, int], words: Mapping[str, str]) -> str:
    return "\n".join(f"• {words.get(name) or escape(name)}: {n:,}" for name, n in counts.items() if n)
