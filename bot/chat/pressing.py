"""Components that were used: found by what their `custom_id` says, refused where that is nothing we said, or not yours.

They are answered here, not by views that discord.py would have to keep: what was sent before a restart goes on working.
"""

from __future__ import annotations

from collections.abc import Mapping

import discord

from bot.chat.door import is_hushed
from bot.chat.errors import Refusal, line_for
from bot.chat.face import Face, Handler, Pressing, custom_id_of, typed_of, values_of
from bot.chat.panels import (
    audits,
    briefings,
    closing,
    doctor,
    imports,
    inquest,
    lists,
    market,
    preferring,
    privacy,
    rating,
    rosters,
    routes,
    scanning,
    setup,
    silences,
    subscribing,
    taking,
    teaching,
    thresholds,
    watching,
)
from bot.chat.permissions import need_moderator
from bot.chat.press import MARK, Action, Needs, parse_press
from bot.chat.replies import UNANSWERED, Pressed, decline_press, not_arrived

HANDLERS: Mapping[Action, Handler] = {
    **market.HANDLERS,
    **lists.HANDLERS,
    **teaching.HANDLERS,
    **inquest.HANDLERS,
    **watching.HANDLERS,
    **scanning.HANDLERS,
    **rosters.HANDLERS,
    **rating.HANDLERS,
    **routes.HANDLERS,
    **taking.HANDLERS,
    **doctor.HANDLERS,
    **setup.HANDLERS,
    **thresholds.HANDLERS,
    **silences.HANDLERS,
    **audits.HANDLERS,
    **briefings.HANDLERS,
    **imports.HANDLERS,
    **closing.HANDLERS,
    **subscribing.HANDLERS,
    **preferring.HANDLERS,
    **privacy.HANDLERS,
}
USES = (discord.InteractionType.component, discord.InteractionType.modal_submit)


async def use(interaction: Pressed, face: Face) -> None:
    """Do what the component says; what goes wrong ends as one line to its user, and in the log if it is a defect."""
    try:
        await _use(interaction, face)
    except Exception as error:  # noqa: BLE001 - nobody above would answer the user
        if is_hushed(error):
            return
        line = line_for(error, custom_id=custom_id_of(interaction)[:100])
        try:
            await decline_press(interaction, line)
        except UNANSWERED as failed:
            not_arrived(failed)


async def _use(interaction: Pressed, face: Face) -> None:
    custom_id = custom_id_of(interaction)
    if not custom_id.startswith(MARK):
        raise Refusal("that button is not one I know any more: ask again with `/help`")
    press = parse_press(custom_id)
    face.take_turn(interaction.user.id, interaction.guild_id, interaction.channel_id)
    if press.needs is Needs.MODERATOR:
        await need_moderator(interaction, face.ports.configuration)
    if press.needs is Needs.OWNER and press.arguments[0] != str(interaction.user.id):
        raise Refusal("that belongs to somebody else: ask for your own")
    await HANDLERS[press.action](Pressing(interaction, press, face, values_of(interaction), typed_of(interaction)))
