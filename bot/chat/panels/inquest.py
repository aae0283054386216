"""Below an alert, and below `why`: which of a message's events to explain."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, defer_whisper, show
from bot.chat.members.inquiries import Pointer, Told, explained, told_at
from bot.chat.press import Action


async def why(pressing: Pressing) -> None:
    """Show why the message that the button stands below was sent."""
    await defer_whisper(pressing)
    message = pressing.interaction.message
    # In a direct message what was told is kept under the member's number, not under that of Discord's channel.
    where = pressing.channel_id if pressing.guild_id else pressing.user_id
    told = Told(where, message.id, await pressing.ports.inquest.told(where, message.id)) if message else None
    if told is None or not told.events:
        raise Refusal("what that message rested on is not kept any more")
    await show(pressing, *await explained(pressing.ports.inquest, told, owner=pressing.user_id))


async def choose(pressing: Pressing) -> None:
    """Show why the chosen event was told; a button without a choice turns the page of the choices."""
    _, page, channel_id, message_id = (int(argument) for argument in pressing.arguments)
    await defer_update(pressing)
    at = Pointer(channel_id, message_id, is_direct=channel_id == pressing.user_id)
    told = await told_at(pressing.interaction, at, pressing.ports.inquest)
    chosen = "".join(pressing.values[:1])
    card, view = await explained(pressing.ports.inquest, told, owner=pressing.user_id, page=page, chosen=chosen)
    await show(pressing, card, view)


HANDLERS: Mapping[Action, Handler] = {Action.WHY: why, Action.WHY_OF: choose}
