"""Interactions as they come over the wire, whatever Discord's own clients would let a person do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord
import simcord
from simcord.backend import serializers
from simcord.interactions import base_payload

from tests.chat.conftest import Place

COMMAND, COMPONENT, COMPLETION, FORM = 2, 3, 4, 5
_LOOK_EVERY_S = 0.002
"""How often SimCord looks whether the bot is done; its own twentieth of a second adds up here."""
_TEXT, _SUBCOMMAND, _SELECT, _LABEL, _INPUT = 3, 1, 3, 18, 4


def command_data(command: str, options: Mapping[str, str]) -> dict[str, Any]:
    """Return a slash command with options of text, in that of its group where it has one."""
    root, *rest = command.split()
    leaf = [{"name": name, "type": _TEXT, "value": value} for name, value in options.items()]
    nested = [{"name": rest[0], "type": _SUBCOMMAND, "options": leaf}] if rest else leaf
    return {"id": "1", "name": root, "type": 1, "options": nested}


def component_data(custom_id: str, values: Sequence[str]) -> dict[str, Any]:
    """Return the use of a select; a button is one in which nothing was chosen."""
    return {"custom_id": custom_id, "component_type": _SELECT, "values": list(values)}


def form_data(custom_id: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """Return a form that is handed in."""
    fields = [{"type": _INPUT, "custom_id": name, "value": text} for name, text in typed.items()]
    return {"custom_id": custom_id, "components": [{"type": _LABEL, "component": field} for field in fields]}


async def slashed(place: Place, who: Any, command: str, options: Mapping[str, str]) -> simcord.InteractionResult:
    """Use a slash command, as a member in the channel or as a user in the direct messages."""
    return await _arrive(place, who, COMMAND, command_data(command, options))


async def used(
    place: Place,
    who: Any,
    below: discord.Message,
    custom_id: str,
    *,
    values: Sequence[str] = (),
    typed: Mapping[str, str] | None = None,
) -> simcord.InteractionResult:
    """Use a component of a message, or hand a form in; the message need not have had it."""
    kind, data = (
        (COMPONENT, component_data(custom_id, values)) if typed is None else (FORM, form_data(custom_id, typed))
    )
    return await _arrive(place, who, kind, data, below=below)


async def _arrive(
    place: Place, who: Any, kind: int, data: dict[str, Any], below: discord.Message | None = None
) -> simcord.InteractionResult:
    env, guild = place.env, getattr(who, "guild", None)
    channel_id = place.channel.id if guild else who.dm_channel.id
    record, payload = base_payload(
        env.backend,
        type=kind,
        channel_id=channel_id,
        guild_id=guild.id if guild else None,
        user_id=who.id,
        data=data,
    )
    if below is not None:
        stored = env.backend.get_message(below.channel.id, below.id)
        payload["message"] = dict(serializers.message_payload(env.backend, stored))
        record.source_message_id = below.id
    env.backend.emit("INTERACTION_CREATE", payload)
    await env._settle_internal(dispatch="INTERACTION_CREATE", idle=_LOOK_EVERY_S)
    return simcord.InteractionResult(env, record)
