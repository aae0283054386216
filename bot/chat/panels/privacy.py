"""Below the question whether to delete everything: the button that does."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.press import Action
from bot.chat.subscribers.forgetting import deleted_card, need_fresh


async def forget(pressing: Pressing) -> None:
    """Delete everything that is kept of the presser."""
    need_fresh(int(pressing.arguments[1]), pressing.ports.clock.now())
    await defer_update(pressing)
    await show(pressing, await deleted_card(pressing.ports, pressing.user_id))


HANDLERS: Mapping[Action, Handler] = {Action.FORGET: forget}
