"""Roles that members take by themselves: found or made for a channel's routes, and the message with the button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from bot.cards.card import Card
from bot.cards.embed import embed_payload
from bot.chat.errors import Refusal
from bot.chat.moderators.roles import taking_trouble
from bot.chat.parts import button, laid_out
from bot.chat.press import Action, press
from bot.chat.replies import UNANSWERED
from bot.chat.words import joined
from bot.records import Route

_NEEDS_ROLES = "I need Manage Roles in this server: allow it to my role in the server's settings, then try again"


async def role_for(
    guild: discord.Guild, routes: Sequence[Route], chosen: discord.Role | None, *, moderator_role_id: int | None
) -> discord.Role:
    """Return the role of the routes: the chosen one, the one they have, or a new one that allows nothing.

    Refuses a role that members must not take by themselves.
    """
    if not guild.me.guild_permissions.manage_roles:
        raise Refusal(_NEEDS_ROLES)
    known = [guild.get_role(route.role_id) for route in routes if route.role_id]
    role = chosen or next((role for role in known if role is not None), None)
    if role is None:
        name = _name(routes)
        free = (each for each in guild.roles if each.name == name and not taking_trouble(each, moderator_role_id))
        role = next(free, None)
        role = role or await _made(guild, name)
    trouble = taking_trouble(role, moderator_role_id)
    if trouble:
        raise Refusal(trouble)
    return role


async def invite(channel: discord.abc.Messageable, role: discord.Role, routes: Sequence[Route]) -> None:
    """Post the message under which members take the role and give it back."""
    of = joined(route.signal for route in routes)
    text = (
        f"Press the button to be pinged as <@&{role.id}> when alerts of **{of}** come to this channel. "
        "Press it again to stop."
    )
    embed = discord.Embed.from_dict(embed_payload(Card("Want to be pinged?", text)))
    given: dict[str, Any] = {"embed": embed}
    given["view"] = laid_out([button("Get pinged / Stop", press(Action.TAKE, role.id), "primary")])
    await channel.send(**given)


def _name(routes: Sequence[Route]) -> str:
    signals = {route.signal for route in routes}
    return f"{next(iter(signals)).capitalize()} alerts" if len(signals) == 1 else "Market alerts"


async def _made(guild: discord.Guild, name: str) -> discord.Role:
    try:
        return await guild.create_role(
            name=name,
            permissions=discord.Permissions.none(),
            mentionable=True,
            reason="alerts role: members take it by a button",
        )
    except discord.Forbidden as error:
        raise Refusal(_NEEDS_ROLES) from error
    except UNANSWERED as error:
        raise Refusal(f"Discord did not make the role “{name}”: name one with `role:`, or try again later") from error
