"""Papers that channels have ordered: what words mean by an order, and how orders are told."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.cards.briefings import NAMES
from bot.cards.card import Card
from bot.cards.embed import DESCRIPTION
from bot.cards.words import listed
from bot.chat.choices import Choices, matching
from bot.chat.clocks import hour_of
from bot.chat.errors import Refusal
from bot.chat.ports import Configuration
from bot.chat.words import TYPED_SHOWN, safe
from bot.people import THE_BOT, Change, Edit, Noun, PaperName, Rhythm

Row = Mapping[str, Any]
Rows = Mapping[tuple[Noun, str], Row]

TITLES: Mapping[str, str] = {**NAMES, PaperName.DIGEST: "day in three lines"}
OFFERED = ("weekly", "daily", "daily 18:00", "weekly 18:00", "daily 08:00", "weekly 08:00")
_NOTHING = "No channel gets papers yet. Say `paper here digest` or `paper here smallcap` in the channel that shall."


def paper_named(typed: str) -> PaperName:
    """Return the paper that `typed` names; refuse an unknown one."""
    wanted = " ".join(typed.lower().split())
    if wanted in set(PaperName):
        return PaperName(wanted)
    near = difflib.get_close_matches(wanted, list(PaperName), n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose {', '.join(PaperName)}"
    raise Refusal(f"there is no paper {safe(typed, TYPED_SHOWN)}: {hint}")


def order_of(paper: PaperName, typed: str) -> dict[str, Any]:
    """Return the order that ``weekly 18:00`` or less asks for, as an edit states it.

    Where no rhythm is named a digest comes after every session, and a briefing once a week.
    """
    words = [word for word in typed.lower().replace(",", " ").split() if word != "at"]
    rhythms = [word for word in words if word in set(Rhythm)]
    hours = [word for word in words if word not in rhythms]
    if len(rhythms) > 1:
        raise Refusal("say `daily` or `weekly`, not both")
    usual = Rhythm.DAILY if paper is PaperName.DIGEST else Rhythm.WEEKLY
    rhythm = Rhythm(rhythms[0]) if rhythms else usual
    return {"rhythm": rhythm.value, "at": f"{hour_of(' '.join(hours)):%H:%M}" if hours else None}


def order_edit(channel_id: int, paper: PaperName, row: Row | None) -> Edit:
    """Return the edit that makes an order, or ends it."""
    return Edit(Noun.ORDER, f"{channel_id} {paper}", row)


def orders_in(rows: Rows) -> list[tuple[int, str, Row]]:
    """Return the orders among everything that is set: channel, paper, and what was ordered."""
    found = [(key.partition(" "), row) for (noun, key), row in rows.items() if noun is Noun.ORDER]
    return sorted(((int(channel), paper, row) for (channel, _, paper), row in found), key=lambda each: each[:2])


def order_words(paper: str, row: Row, zone: str) -> str:
    """Return an order in words."""
    when = "after every session" if row["rhythm"] == Rhythm.DAILY else "after the last session of every week"
    hour = f", from {row['at']} on ({zone} time)" if row["at"] else ""
    return f"the **{TITLES[paper]}** {when}{hour}"


def since_words(change: Change) -> str:
    """Return from when on an order holds that takes the place of another; nothing where there was none."""
    return ", from the next session on" if any(edit.before for edit in change.edits) else ""


def orders_card(rows: Rows, zone: str) -> Card:
    """Return the papers that the channels of a server get."""
    lines = [f"• <#{channel}> gets {order_words(paper, row, zone)}" for channel, paper, row in orders_in(rows)]
    text = listed(lines or [_NOTHING], DESCRIPTION)
    return Card(
        "Papers of this server", text, footer="A paper follows the default thresholds: it is the same everywhere."
    )


def paper_choices(typed: str) -> Choices:
    """Return the papers that fit what was typed."""
    return matching(typed, ((name.value, f"{name}: {TITLES[name]}") for name in PaperName))


def rhythm_choices(typed: str) -> Choices:
    """Return rhythms with some hours; what was typed first, where it is one."""
    return matching(typed, ((words, "") for words in OFFERED))


async def end_orders(configuration: Configuration, guild_id: int, channel_id: int, now: datetime) -> int:
    """End the orders of a channel that is gone; return how many."""
    found = orders_in(await configuration.rows(guild_id, now))
    edits = [order_edit(channel, PaperName(paper), None) for channel, paper, _ in found if channel == channel_id]
    if not edits:
        return 0
    action = "paper off: the channel is gone"
    change = await configuration.change(guild_id=guild_id, by=THE_BOT, at=now, action=action, edits=edits)
    return len(change.edits)


def papers_at(rows: Rows, channel_id: int) -> Sequence[str]:
    """Return the papers that a channel gets."""
    return [paper for channel, paper, _ in orders_in(rows) if channel == channel_id]
