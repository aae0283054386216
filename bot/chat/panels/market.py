"""Below a cross, and below an alert: other periods, what followed, where it stands now."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, defer_whisper, show
from bot.chat.press import Action
from bot.chat.replies import rendered
from bot.chat.views import answer_view, cross_view, event_of
from signals.catalog import SIGNALS
from signals.definition import Signal


async def redraw(pressing: Pressing) -> None:
    """Change the message in place, unless a later press has changed it or is about to."""
    period, symbol = _arguments(pressing)
    interaction, face = pressing.interaction, pressing.face
    await defer_update(pressing)
    message_id = interaction.message.id if interaction.message else 0
    face.drawing[message_id] = interaction.id
    try:
        card = await face.ports.desk.ask("cross", symbol, guild_id=interaction.guild_id, period=period)
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
    card = await pressing.ports.desk.ask("cross", symbol, guild_id=pressing.interaction.guild_id, period=period)
    await show(pressing, card, cross_view(symbol, period, event=event_of(card)))


async def read(pressing: Pressing) -> None:
    """Show what a signal says of its subject now."""
    topic, subject = pressing.arguments
    signal = _answering(pressing, topic, subject)
    await defer_whisper(pressing)
    card = await pressing.ports.desk.ask(topic, subject, guild_id=pressing.interaction.guild_id)
    await show(pressing, card, answer_view(signal))


def _answering(pressing: Pressing, topic: str, subject: str) -> Signal:
    """Return the signal that is asked; raise where there is none, or it knows of no such subject, before promising."""
    signal = next((signal for signal in SIGNALS if signal.command == topic), None)
    if signal is None:
        raise Refusal("that is not answered here any more: ask again with `/help`")
    if signal.choices is None:
        pressing.ports.desk.resolve(subject)
    elif subject not in dict(pressing.ports.desk.choices_of(signal.name)):
        raise Refusal(f"{signal.command} has nothing to say of that any more: ask again with `/{signal.command}`")
    return signal


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
    Action.READ: read,
}
