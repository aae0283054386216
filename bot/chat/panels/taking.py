"""Below the invitation of `alerts role`: one button, by which members take the role and give it back."""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.cards.card import Card
from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_whisper, show
from bot.chat.moderators.roles import taking_trouble
from bot.chat.press import Action

_ASK = "ask a moderator to say `alerts role` again"


async def take(pressing: Pressing) -> None:
    """Give the presser the role, or take it back; only while it is a route's, and harmless."""
    await defer_whisper(pressing)
    role = await _role(pressing, int(pressing.arguments[0]))
    member = pressing.interaction.user
    if not isinstance(member, discord.Member):
        raise Refusal("that works in a server only")
    has_it = member.get_role(role.id) is not None
    change = member.remove_roles if has_it else member.add_roles
    try:
        await change(role, reason="the member pressed the button of alerts role")
    except discord.Forbidden as error:
        raise Refusal(f"Discord does not let me give <@&{role.id}>: {_ASK}") from error
    told = (
        Card("You will not be pinged any more", f"You gave <@&{role.id}> back. Press again to take it.")
        if has_it
        else Card("You will be pinged", f"You have <@&{role.id}> now. Press again to stop.")
    )
    await show(pressing, told)


async def _role(pressing: Pressing, role_id: int) -> discord.Role:
    guild = pressing.interaction.guild
    role = guild.get_role(role_id) if guild else None
    if role is None:
        raise Refusal(f"that role is gone: {_ASK}")
    if role_id not in {route.role_id for route in await pressing.ports.routes.list(pressing.guild_id)}:
        raise Refusal(f"no alerts ping <@&{role_id}> any more: {_ASK}")
    settings = await pressing.ports.configuration.settings(pressing.guild_id)
    trouble = taking_trouble(role, settings.moderator_role_id)
    if trouble:
        raise Refusal(f"nobody may take that role by a button now: {trouble}")
    return role


HANDLERS: Mapping[Action, Handler] = {Action.TAKE: take}
