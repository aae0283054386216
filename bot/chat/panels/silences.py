"""Below the list of silences: end them now."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.moderators.silences import key_of, silences_card, silences_view
from bot.chat.press import Action
from bot.people import Edit, Noun


async def unsilence(pressing: Pressing) -> None:
    """End the chosen silences and show those that are left."""
    await defer_update(pressing)
    configuration, now = pressing.ports.configuration, pressing.ports.clock.now()
    standing = await configuration.silences(pressing.guild_id, now)
    keys = {key_of(silence.signal, silence.subject) for silence in standing} & set(pressing.values)
    if not keys:
        raise Refusal("that is not silenced any more: `silence list` shows what is")
    named = ", ".join(" ".join(key.split()) for key in sorted(keys))
    await configuration.change(
        guild_id=pressing.guild_id,
        by=pressing.user_id,
        at=now,
        action=f"silence off {named}"[:300],
        edits=[Edit(Noun.SILENCE, key, None) for key in sorted(keys)],
    )
    left = await configuration.silences(pressing.guild_id, now)
    await show(pressing, silences_card(left), silences_view(left))


HANDLERS: Mapping[Action, Handler] = {Action.UNSILENCE: unsilence}
