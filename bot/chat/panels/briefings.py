"""Below answers and papers: a briefing as PDF."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_whisper, show
from bot.chat.members.briefings import briefing_named, pdf_of
from bot.chat.press import Action


async def hand_out(pressing: Pressing) -> None:
    """Hand the briefing to the presser alone."""
    name = briefing_named(pressing.arguments[0])
    await defer_whisper(pressing)
    printed = await pressing.ports.papers.briefing(name)
    await show(pressing, printed.card, attached=pdf_of(printed))


HANDLERS: Mapping[Action, Handler] = {Action.BRIEFING: hand_out}
