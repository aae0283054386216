"""Roles that alerts ping: which may be chosen, and which of them members may take by themselves."""

from __future__ import annotations

import re
from difflib import get_close_matches

import discord

from bot.chat.choices import Choices, matching
from bot.chat.errors import Refusal
from bot.chat.words import TYPED_SHOWN, joined, permission_words, safe

NONE = "none"
"""What is typed where no role shall be pinged."""

_MENTION = re.compile(r"<@&([0-9]{1,20})>|([0-9]{15,20})")


def role_named(guild: discord.Guild, typed: str) -> discord.Role | None:
    """Return the role that `typed` names by mention, number or name; None where it says none.

    Refuses what is no role that alerts may ping.
    """
    wanted = typed.strip()
    if wanted.casefold() in {NONE, "no", "off"}:
        return None
    number = _MENTION.fullmatch(wanted)
    if number is not None:
        return need_pingable(guild.get_role(int(number[1] or number[2])))
    name = wanted.lstrip("@").casefold()
    if name == "everyone":
        return need_pingable(guild.default_role)
    found = [role for role in guild.roles if role.name.lstrip("@").casefold() == name]
    if len(found) == 1:
        return need_pingable(found[0])
    if found:
        raise Refusal(f"there are {len(found)} roles called {safe(wanted, TYPED_SHOWN)}: mention the one you mean")
    near = get_close_matches(name, [role.name.casefold() for role in guild.roles if is_pingable(role)], n=1)
    hint = f"did you mean {near[0]}?" if near else "mention it, or say `none`"
    raise Refusal(f"there is no role {safe(wanted, TYPED_SHOWN)}: {safe(hint)}")


def role_choices(guild: discord.Guild | None, typed: str) -> Choices:
    """Return the roles that alerts may ping and that fit what was typed, and none."""
    roles = [role for role in guild.roles[::-1] if is_pingable(role)] if guild else []
    return matching(typed.lstrip("@"), [*((str(role.id), f"@{role.name}") for role in roles), (NONE, "none: no ping")])


def is_pingable(role: discord.Role) -> bool:
    """Whether alerts may ping `role`: everybody's is none, nor one that belongs to a bot or an integration."""
    return not (role.is_default() or role.managed)


def need_pingable(role: discord.Role | None) -> discord.Role:
    """Return `role`; refuse one that is gone, everybody's, or managed by an integration."""
    if role is None:
        raise Refusal("that role is gone: choose another")
    if role.is_default():
        raise Refusal("alerts never ping @\u200beveryone: choose a role that members take by themselves")
    if role.managed:
        raise Refusal(f"<@&{role.id}> belongs to a bot or an integration: choose a role of your own")
    return role


def ping_trouble(role: discord.Role, allowed: discord.Permissions) -> str:
    """Return why the bot's ping of `role` would reach nobody, given what it may do there; empty where it would."""
    if role.mentionable or allowed.mention_everyone:
        return ""
    return f"<@&{role.id}> cannot be pinged: in the role's settings allow anyone to mention it"


def taking_trouble(role: discord.Role, moderator_role_id: int | None) -> str:
    """Return why members may not take `role` by a button, and the way to mend it; empty where they may.

    A role that allows anything, in the whole server, in one channel, or of this bot as `moderator_role_id` does, is
    power: nobody may take that by themselves.
    """
    guild = role.guild
    if not is_pingable(role):
        which = "that role" if role.is_default() else f"<@&{role.id}>"  # whose mention would read @everyone
        return f"{which} is everybody's or belongs to an integration: choose a role of your own"
    if role.id == moderator_role_id:
        return f"whoever has <@&{role.id}> may moderate this bot: choose a role that allows nothing"
    more = [name for name, has in role.permissions if has and not getattr(guild.default_role.permissions, name)]
    if more:
        allows = joined(permission_words(name) for name in more[:3]) + (" and more" if len(more) > 3 else "")  # noqa: PLR2004 - three name the trouble
        return f"<@&{role.id}> allows more than everybody may ({allows}): choose a role that allows nothing"
    opened = [channel for channel in guild.channels if channel.overwrites_for(role).pair()[0].value]
    if opened:
        return f"<@&{role.id}> opens <#{opened[0].id}> to whoever has it: choose a role that allows nothing"
    return _giving_trouble(role)


def _giving_trouble(role: discord.Role) -> str:
    """Return why the bot itself cannot give `role`; empty where it can."""
    own = role.guild.me
    if not own.guild_permissions.manage_roles:
        return "I need Manage Roles in this server to give and take it: allow it to my role in the server's settings"
    if role >= own.top_role:
        return f"<@&{role.id}> stands above my own role: drag mine above it in the server's role settings"
    return ""
