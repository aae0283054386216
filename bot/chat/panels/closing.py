"""The end of a panel: what was stored, or that nothing was; its buttons go."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update
from bot.chat.press import Action

UNCHANGED = "Nothing was changed."


async def close(pressing: Pressing, words: str) -> None:
    """Put the last words into the message in place of everything it showed."""
    await pressing.interaction.edit_original_response(content=words, embed=None, attachments=[], view=None)


async def cancel(pressing: Pressing) -> None:
    """Change nothing, and say so."""
    await defer_update(pressing)
    await close(pressing, UNCHANGED)


HANDLERS: Mapping[Action, Handler] = {Action.CANCEL: cancel}
