"""What was changed in a server, read back: pages of the audit, and the change that `undo` would take back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import discord

from bot.cards.card import Card, Field
from bot.cards.embed import DESCRIPTION
from bot.cards.words import length, shorten
from bot.chat.errors import Refusal
from bot.chat.face import Pressing
from bot.chat.moderators.audit_words import change_words, edits_words, order_name, reversed_edits, route_name
from bot.chat.moderators.soundness import need_sound
from bot.chat.parts import button, laid_out, turns
from bot.chat.permissions import need_to_appoint
from bot.chat.ports import Configuration
from bot.chat.press import Action, press
from bot.people import THE_BOT, Change, Noun

A_PAGE, MOST_PAGES = 10, 100
AT_ONCE = 50
"""Changes looked through at once for one that can be undone."""
NAMES = {Noun.ROUTE: route_name, Noun.ORDER: order_name}
"""What belongs to a channel, and how it is named."""
NOT_LAST = "that is not the last change any more: say `undo` again to see which is"


async def page_of(configuration: Configuration, guild_id: int, page: int) -> tuple[Card, discord.ui.View | None]:
    """Return a page of the changes, the newest first, and the way to its neighbours; beyond the end, the last page."""
    at = max(0, min(page, MOST_PAGES - 1))
    found = await configuration.audit(guild_id, limit=A_PAGE * (at + 1) + 1)
    at = min(at, max(0, (len(found) - 1) // A_PAGE))
    has_more = len(found) > A_PAGE * (at + 1) and at + 1 < MOST_PAGES
    shown = found[A_PAGE * at : A_PAGE * (at + 1)]
    return _audit_card(shown, at), laid_out(turns(at, at + 1 + has_more, partial(press, Action.AUDIT)))


async def undoable(configuration: Configuration, guild_id: int) -> Change | None:
    """Return the latest change of a moderator that stands: the one that `undo` takes back."""
    before: int | None = None
    while found := await configuration.audit(guild_id, limit=AT_ONCE, before=before):
        for change in found:
            if change.by != THE_BOT and change.undoes is None and not change.is_undone:
                return change
        before = found[-1].id
    return None


async def need_channels(guild: discord.Guild, change: Change) -> None:
    """Raise, naming it, where undoing `change` would bring back alerts or a paper in a channel that is gone."""
    for edit in change.edits:
        if edit.noun in NAMES and edit.before is not None:
            channel_id = int(edit.key.partition(" ")[0])
            if not await _is_there(guild, channel_id):
                raise Refusal(
                    f"change #{change.id} cannot be undone: it would bring back {NAMES[edit.noun](edit.key)} "
                    f"(`{channel_id}`), and that channel is gone. Set what you want back by hand"
                )


async def need_agreement(configuration: Configuration, change: Change, now: datetime) -> None:
    """Raise where undoing `change` would leave what contradicts itself, as later changes may stand."""
    rows = dict(await configuration.rows(change.guild_id, now))
    for edit in change.edits:
        rows.pop((edit.noun, edit.key), None)
        if edit.before is not None:
            rows[edit.noun, edit.key] = edit.before
    need_sound(rows)


async def take_back(pressing: Pressing, guild: discord.Guild, last: Change) -> Change:
    """Undo the last change, unless something stands against it or it is not the last one any more."""
    configuration, now = pressing.ports.configuration, pressing.ports.clock.now()
    need_to_appoint(pressing.interaction.permissions, last.edits)
    await need_channels(guild, last)
    await need_agreement(configuration, last, now)
    done = await configuration.undo(guild_id=guild.id, by=pressing.user_id, at=now, only=last.id)
    if done is None:
        raise Refusal(NOT_LAST)
    return done


def undo_card(change: Change) -> Card:
    """Return what the last change was, and what undoing it brings back."""
    return Card(
        "Undo this change?",
        change_words(change),
        fields=(Field("Undoing it", edits_words(reversed_edits(change), most=8)),),
        footer="Nothing is undone yet. Said again afterwards, undo takes back the change before.",
    )


def undo_view(change: Change) -> discord.ui.View | None:
    """Return the buttons below it: Undo takes back this change, or none."""
    return laid_out([button("Undo", press(Action.UNDO, change.id), "danger"), button("Cancel", press(Action.CANCEL))])


def undone_words(change: Change) -> str:
    """Return the acknowledgement of an undo."""
    if not change.edits:
        return f"Undone: change #{change.undoes}. Nothing was left of it, so nothing had to be brought back."
    return f"Undone: change #{change.undoes}. Stored as change #{change.id}:\n{edits_words(change.edits, most=8)}"


def _audit_card(changes: Sequence[Change], at: int) -> Card:
    if not changes:
        return Card("Changes in this server", "Nothing has been changed yet: everything is as it was at first.")
    footer = f"page {at + 1}, the newest first · undo takes back the last one that stands"
    if any(change.by == THE_BOT for change in changes):
        footer += " · “the bot itself” stands for moderators who had their name deleted, too"
    return Card("Changes in this server", "\n".join(_fitting(changes)), footer=footer)


def _fitting(changes: Sequence[Change]) -> list[str]:
    """Return the changes in words, those with many edits cut so far that all of them fit."""
    words = [change_words(change) for change in changes]
    if sum(length(text) + 1 for text in words) <= DESCRIPTION:
        return words
    return [_short(change, DESCRIPTION // len(changes)) for change in changes]


def _short(change: Change, room: int) -> str:
    head = change_words(change).partition("\n")[0]
    edits = edits_words(change.edits, most=2, room=max(0, room - length(head) - 2))
    return f"{head}\n{edits}" if edits else shorten(head, room - 1)


async def _is_there(guild: discord.Guild, channel_id: int) -> bool:
    """Whether a channel or thread still exists; archived threads are not in memory, so that Discord is asked."""
    if guild.get_channel_or_thread(channel_id) is not None:
        return True
    try:
        found = await guild.fetch_channel(channel_id)
    except (discord.NotFound, discord.Forbidden, discord.InvalidData):
        return False
    return found.guild.id == guild.id
