"""Below a cross, and below an alert: other periods, what followed, where it stands now."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update, defer_whisper, show
from bot.chat.press import Action
from bot.chat.replies import rendered
from bot.chat.views import cross_view, event_of


async def redraw(pressing: Pressing) -> None:
    """Change the message in place, unless a later press has changed it or is about to."""
    period, symbol = _arguments(pressing)
    interaction, face = pressing.interaction, pressing.face
    await defer_update(pressing)
    message_id = interaction.message.id if interaction.message else 0
    face.drawing[message_id] = interaction.id
    try:
        card = await face.ports.desk.cross(symbol, guild_id=interaction.guild_id, period=period)
        shown = await rendered(card, face.ports.pictures)
        if face.drawing.get(message_id) == interaction.id:
            await interaction.edit_original_response(
                content=shown.content,
                embed=shown.embed,
                attachments=[shown.file] if shown.file else [],
                view=cross_view(symbol, period, event=event_of(card)),
            )
    finally:
        if face.drawing.get(message_id) == interaction.id:
            del face.drawing[message_id]


async def evidence(pressing: Pressing) -> None:
    """Show what followed past events."""
    event, symbol = _arguments(pressing)
    await defer_whisper(pressing)
    await show(pressing, await pressing.ports.desk.evidence(symbol, event, guild_id=pressing.interaction.guild_id))


async def now(pressing: Pressing) -> None:
    """Show where the symbol stands now."""
    period, symbol = _arguments(pressing)
    await defer_whisper(pressing)
    card = await pressing.ports.desk.cross(symbol, guild_id=pressing.interaction.guild_id, period=period)
    await show(pressing, card, cross_view(symbol, period, event=event_of(card)))


def _arguments(pressing: Pressing) -> tuple[str, str]:
    """Return what to show and of which symbol; raise where the symbol is none, before anything is promised."""
    detail, symbol = pressing.arguments
    pressing.ports.desk.resolve(symbol)
    return detail, symbol


HANDLERS: Mapping[Action, Handler] = {
    Action.CHART: redraw,
    Action.REFRESH: redraw,
    Action.EVIDENCE: evidence,
    Action.NOW: now,
}
