"""Below what a file would change: store it.

The file hangs on the message itself, so that nothing has to be kept; it is read again, and compared again with what is
set by then.
"""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update
from bot.chat.moderators.config_document import Unreadable
from bot.chat.moderators.config_file import digest_of
from bot.chat.moderators.imports import (
    Proposal,
    content_of,
    proposal_card,
    proposal_of,
    proposal_view,
    store,
    stored_words,
)
from bot.chat.press import Action
from bot.chat.replies import rendered

AGAIN = "say `import` again with the file"


async def confirm(pressing: Pressing) -> None:
    """Store what was shown; where that is not what the file would change by now, show that instead."""
    await defer_update(pressing)
    member = pressing.interaction.user
    if not isinstance(member, discord.Member):
        raise Refusal(f"that works in a server only: {AGAIN} there")
    content = await content_of(_attachment(pressing))
    try:
        proposal = await proposal_of(pressing.ports, member, content, pressing.face.shown_prefix)
    except Unreadable as unreadable:
        raise Refusal(f"meanwhile the file cannot be taken any more ({unreadable.complaints[0]}): {AGAIN}") from None
    if digest_of(proposal.edits) != pressing.arguments[0]:
        await _show_anew(pressing, proposal)
        return
    change = await store(pressing.ports, member, proposal)
    await pressing.interaction.edit_original_response(content=stored_words(change), embed=None, view=None)


async def _show_anew(pressing: Pressing, proposal: Proposal) -> None:
    note = "**Not stored yet**: meanwhile something else was changed. Look again, then store or cancel."
    shown = await rendered(proposal_card(proposal, note), pressing.ports.pictures)
    await pressing.interaction.edit_original_response(
        content=shown.content, embed=shown.embed, view=proposal_view(proposal)
    )


def _attachment(pressing: Pressing) -> discord.Attachment:
    message = pressing.interaction.message
    files = [file for file in message.attachments if file.filename.endswith(".toml")] if message else []
    if not files:
        raise Refusal(f"the file is gone from that message: {AGAIN}")
    return files[0]


HANDLERS: Mapping[Action, Handler] = {Action.IMPORT: confirm}
