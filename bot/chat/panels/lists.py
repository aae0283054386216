"""Below a long alert: all of its events, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, defer_whisper, show
from bot.chat.lists import list_page
from bot.chat.press import Action
from bot.chat.views import list_view


async def turn(pressing: Pressing) -> None:
    """Show a page of a message's events to the presser alone; further pages take the place of the first."""
    page, message_id = (int(argument) for argument in pressing.arguments)
    message = pressing.interaction.message
    is_further = message is not None and message.flags.ephemeral
    await (defer_update if is_further else defer_whisper)(pressing)
    where = pressing.channel_id if pressing.guild_id else pressing.user_id
    told = await pressing.ports.told.told_in(message_id, where)
    if not told:
        raise Refusal("the list of that message is not kept any more")
    card, at, pages = list_page(told, page, pressing.ports.desk)
    await show(pressing, card, list_view(message_id, at, pages))


HANDLERS: Mapping[Action, Handler] = {Action.LIST: turn}
