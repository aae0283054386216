"""Below a member's list: take symbols off it."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.members.watchlists import taken_words, watched_answer
from bot.chat.press import Action


async def unwatch(pressing: Pressing) -> None:
    """Take the chosen symbols off the list and show what is left."""
    await defer_update(pressing)
    members, user_id = pressing.ports.members, pressing.user_id
    watched = (await members.subscriber(user_id)).watched
    taken = [symbol for symbol in watched if symbol in pressing.values]
    await members.unwatch(user_id, taken)
    guild_id = pressing.interaction.guild_id
    await show(pressing, *await watched_answer(pressing.ports, user_id, guild_id, note=taken_words(taken)))


HANDLERS: Mapping[Action, Handler] = {Action.UNWATCH: unwatch}
