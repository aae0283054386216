"""Below the audit and below what `undo` shows: turn the page, take back."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.moderators.audits import NOT_LAST, page_of, take_back, undoable, undone_words
from bot.chat.panels.closing import close
from bot.chat.press import Action


async def turn(pressing: Pressing) -> None:
    """Show another page in place."""
    await defer_update(pressing)
    card, view = await page_of(pressing.ports.configuration, pressing.guild_id, int(pressing.arguments[0]))
    await show(pressing, card, view)


async def undo(pressing: Pressing) -> None:
    """Take back the change that was shown, unless it is not the last one any more."""
    await defer_update(pressing)
    configuration, number = pressing.ports.configuration, int(pressing.arguments[0])
    last = await undoable(configuration, pressing.guild_id)
    if last is None or last.id != number:
        raise Refusal(NOT_LAST)
    if pressing.interaction.guild is not None:
        await close(pressing, undone_words(await take_back(pressing, pressing.interaction.guild, last)))


HANDLERS: Mapping[Action, Handler] = {Action.AUDIT: turn, Action.UNDO: undo}
