"""Writes to a member directly: what Discord refuses is answered with how to allow it."""

from __future__ import annotations

from typing import Any

import discord

from bot.alerts.ports import Scope
from bot.chat.door import is_hushed
from bot.chat.errors import Refusal
from bot.chat.replies import UNANSWERED
from bot.chat.sender import failure

PROOF = (
    "This is where your alerts will come: I can write to you. `subscriptions` shows what comes, `snooze 3d` makes a "
    "pause, and `unsubscribe all` ends everything."
)
TEST = "This is a test, as you asked: alerts reach you here."
_CLOSED = (
    "Discord does not let me write to you, so {undone}. Open the menu of a server we share, **Privacy Settings**, "
    "allow **Direct Messages**, unblock me should you have blocked me, then try again"
)


async def write_to(
    user: discord.User | discord.Member, words: str, *, undone: str, file: discord.File | None = None
) -> None:
    """Send a direct message; refuse where that cannot be done, saying what is `undone` and what helps."""
    given: dict[str, Any] = {"file": file} if file else {}
    try:
        channel = await user.create_dm()
        await channel.send(words, suppress_embeds=True, **given)
    except UNANSWERED as error:
        if is_hushed(error):
            raise
        failed = failure(error)
        if failed.permanent and failed.scope is Scope.DESTINATION:
            raise Refusal(_CLOSED.format(undone=undone)) from error
        raise Refusal(f"I could not write to you just now, so {undone}: try again in a minute") from error
