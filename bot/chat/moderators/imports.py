"""A server's file as it comes back: fetched, read for this server, compared with what is set, shown."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable
from dataclasses import dataclass

import discord

from bot.cards.card import Card, Field
from bot.cards.words import MINUS, listed
from bot.chat.errors import Refusal
from bot.chat.moderators.audit_words import edit_words
from bot.chat.moderators.config_document import Document, Unreadable, document_of
from bot.chat.moderators.config_file import MOST_BYTES, OF_CHANNELS, Rows, difference, digest_of
from bot.chat.moderators.config_reader import Here, wanted_of
from bot.chat.moderators.places import Place, lacks, sees
from bot.chat.moderators.roles import is_pingable, taking_trouble
from bot.chat.moderators.soundness import need_sound
from bot.chat.parts import button, laid_out
from bot.chat.permissions import need_to_appoint
from bot.chat.ports import Desk, Ports
from bot.chat.press import Action, press
from bot.chat.subjects import group_named, is_group
from bot.chat.words import joined, permission_words
from bot.chat.zones import zone_named
from bot.people import Change, Edit

EDITS_ROOM, PROBLEMS_ROOM = 2500, 3500
ADDED, CHANGED, REMOVED = "+", "\N{PLUS-MINUS SIGN}", MINUS
TOO_LARGE = f"a server's file has at most {MOST_BYTES // 1000} kB"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a file would change, for a moderator to look at.

    Attributes
    ----------
    left_out : tuple of str
        What it names that this server does not have, in words; it is not stored.
    remarks : tuple of str
        What else is worth knowing.
    """

    edits: tuple[Edit, ...]
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


async def content_of(attachment: discord.Attachment) -> bytes:
    """Return what an attached file holds; refuse one that is too large to be ours, before it is fetched."""
    if attachment.size > MOST_BYTES:
        raise Refusal(TOO_LARGE)
    content = await attachment.read()
    if len(content) > MOST_BYTES:
        raise Refusal(TOO_LARGE)
    return content


async def proposal_of(ports: Ports, member: discord.Member, content: bytes, prefix: str | None) -> Proposal:
    """Return what `content` would change in the member's server; raise `Unreadable` where it cannot be taken.

    `prefix` is what commands begin with.
    """
    guild, now = member.guild, ports.clock.now()
    document = await asyncio.to_thread(document_of, content)
    present = await ports.configuration.rows(guild.id, now)
    places, hidden = await _seen(document, member), await _hidden(present, member)
    moderators = guild.get_role(document.moderator_role or 0)
    here = Here(
        now=now,
        present=present,
        channels=places.keys(),
        roles={role.id for role in guild.roles if is_pingable(role)},
        subject=lambda typed: _subject(ports.desk, typed),
        zone=zone_named,
        hidden=hidden,
        takeable={moderators.id} if moderators and not taking_trouble(moderators, None) else (),
        prefix=prefix,
    )
    # What may be meant by hundreds of symbols that nobody knows takes seconds to find.
    wanted = await asyncio.to_thread(wanted_of, document, here)
    edits = difference(present, wanted.rows)
    return Proposal(edits, wanted.left_out, (*wanted.ended, *_lacking(edits, places)))


async def store(ports: Ports, member: discord.Member, proposal: Proposal) -> Change:
    """Store all that a file changes as one change."""
    need_to_appoint(member.guild_permissions, proposal.edits)
    return await ports.configuration.change(
        guild_id=member.guild.id,
        by=member.id,
        at=ports.clock.now(),
        action="import",
        edits=proposal.edits,
        check=need_sound,
    )


def proposal_card(proposal: Proposal, note: str = "") -> Card:
    """Return what a file would change, counted and listed."""
    if not proposal.edits:
        text = "No difference: this server is set as the file says. Nothing is to be stored."
    else:
        lines = [f"{_sign(edit)} {edit_words(edit)}" for edit in proposal.edits]
        text = f"**{_counts(proposal.edits)}.** Nothing is stored yet.\n{listed(lines, EDITS_ROOM)}"
    fields = [
        Field(title, listed([f"• {line}" for line in lines], 1000))
        for title, lines in (("Left out", proposal.left_out), ("Worth knowing", proposal.remarks))
        if lines
    ]
    return Card(
        "What this file changes",
        f"{note}\n\n{text}" if note else text,
        tone="warning" if proposal.left_out else "neutral",
        fields=tuple(fields),
        footer="What the file does not name is taken away. All of it is one change: undo takes it back.",
    )


def proposal_view(proposal: Proposal) -> discord.ui.View | None:
    """Return the buttons below a proposal: Store stores nothing else than what was shown."""
    if not proposal.edits:
        return None
    label = "Store without what is left out" if proposal.left_out else "Store"
    says = press(Action.IMPORT, digest_of(proposal.edits))
    return laid_out([button(label, says, "success"), button("Cancel", press(Action.CANCEL))])


def complaints_card(unreadable: Unreadable) -> Card:
    """Return everything that is wrong with a file."""
    lines = [f"• {complaint}" for complaint in unreadable.complaints]
    return Card(
        "The file cannot be taken: nothing was changed",
        listed(lines, PROBLEMS_ROOM),
        tone="warning",
        footer="Mend these and import the file again; export gives one that can be taken.",
    )


def stored_words(change: Change) -> str:
    """Return the acknowledgement of an import."""
    if not change.edits:
        return "Nothing was left to change: this server is set as the file says."
    return (
        f"Stored as one change: {_counts(change.edits)}. Answers use it now, alerts from the next session on. "
        "`audit` lists it, `undo` takes it back."
    )


def file_of(content: bytes, guild_id: int) -> discord.File:
    """Return a server's file as an attachment."""
    return discord.File(io.BytesIO(content), f"smallcap-{guild_id}.toml", description="What this server has set")


def _counts(edits: Iterable[Edit]) -> str:
    signs = [_sign(edit) for edit in edits]
    return f"{signs.count(ADDED)} added, {signs.count(CHANGED)} changed, {signs.count(REMOVED)} removed"


def _sign(edit: Edit) -> str:
    if edit.before is None:
        return ADDED
    return REMOVED if edit.after is None else CHANGED


def _subject(desk: Desk, typed: str) -> str:
    return group_named(desk, typed) if is_group(typed) else desk.resolve(typed)


async def _seen(document: Document, member: discord.Member) -> dict[int, Place]:
    """Return those of the channels that the file names which alerts may go to and the member sees."""
    found = {number: member.guild.get_channel_or_thread(number) for number in document.channels}
    return {
        number: place
        for number, place in found.items()
        if isinstance(place, (discord.TextChannel, discord.Thread)) and await sees(place, member)
    }


async def _hidden(present: Rows, member: discord.Member) -> set[int]:
    """Return the channels that get alerts and that the member does not see; an administrator sees all.

    One that the gateway has not told of may be a private thread: it counts as unseen.
    """
    if member.guild_permissions.administrator:
        return set()
    standing = {int(key.partition(" ")[0]) for noun, key in present if noun in OF_CHANNELS}
    found = {number: member.guild.get_channel_or_thread(number) for number in standing}
    return {number for number, place in found.items() if place is None or not await sees(place, member)}


def _lacking(edits: Iterable[Edit], places: dict[int, Place]) -> list[str]:
    """Return what the bot lacks in channels that the file sends alerts to."""
    wanted = [edit for edit in edits if edit.noun in OF_CHANNELS and edit.after is not None]
    routed = [int(edit.key.partition(" ")[0]) for edit in wanted]
    return [
        f"I need {joined(map(permission_words, missing))} in <#{number}>: allow it in the channel's settings"
        for number in dict.fromkeys(routed)
        if number in places and (missing := lacks(places[number]))
    ]
