"""Below a symbol's rating: vote; below the leader board: its other pages."""

from __future__ import annotations

from collections.abc import Mapping

from discord.ext import commands

from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.members.stars import board_answer, rating_answer, vote_words
from bot.chat.press import Action


async def rate(pressing: Pressing) -> None:
    """Store the presser's stars, show the new count in place, and tell the presser that they are stored."""
    ports, guild_id = pressing.ports, _guild_of(pressing)
    symbol, stars = ports.desk.resolve(pressing.arguments[1]), int(pressing.arguments[0])
    await defer_update(pressing)
    at = ports.clock.now()
    await ports.ratings.rate(guild_id=guild_id, user_id=pressing.user_id, symbol=symbol, stars=stars, at=at)
    await show(pressing, *await rating_answer(ports, symbol, guild_id))
    told = await vote_words(ports, symbol, stars, guild_id=guild_id)
    await pressing.interaction.followup.send(told, ephemeral=True, suppress_embeds=True)


async def turn(pressing: Pressing) -> None:
    """Show another page of the leader board."""
    guild_id = _guild_of(pressing)
    owner, page = (int(argument) for argument in pressing.arguments)
    await defer_update(pressing)
    await show(pressing, *await board_answer(pressing.ports, guild_id=guild_id, owner=owner, page=page))


def _guild_of(pressing: Pressing) -> int:
    """Return the server's number; raise in a direct message, where nobody else could vote."""
    if not pressing.guild_id:
        raise commands.NoPrivateMessage
    return pressing.guild_id


HANDLERS: Mapping[Action, Handler] = {Action.RATE: rate, Action.BOARD: turn}
