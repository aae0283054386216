"""Below a page of help: the pages of the other questions."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_turn, show
from bot.chat.press import Action
from bot.chat.teaching.primer import help_view, question_page


async def turn(pressing: Pressing) -> None:
    """Show the page of the question that was chosen."""
    question = "".join(pressing.values[:1])
    card = question_page(question, pressing.face.shown_prefix)
    await defer_turn(pressing)
    await show(pressing, card, help_view(question))


HANDLERS: Mapping[Action, Handler] = {Action.HELP: turn}
