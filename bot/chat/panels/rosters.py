"""Below a list of companies: other pages, another order, fewer of them."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.quality_list import Wanted
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.members.rosters import roster_shown, wanted_by
from bot.chat.press import Action


async def turn(pressing: Pressing) -> None:
    """Show another page."""
    _, page, sort, only, place = pressing.arguments
    await _show(pressing, wanted_by(place, sort, only), int(page))


async def rank(pressing: Pressing) -> None:
    """Show the first page in the chosen order."""
    _, only, place = pressing.arguments
    await _show(pressing, wanted_by(place, "".join(pressing.values[:1]), only))


async def narrow(pressing: Pressing) -> None:
    """Show the first page of those that were chosen."""
    _, sort, place = pressing.arguments
    await _show(pressing, wanted_by(place, sort, "".join(pressing.values[:1])))


async def _show(pressing: Pressing, wanted: Wanted, page: int = 0) -> None:
    await defer_update(pressing)
    await show(pressing, *await roster_shown(pressing.ports, wanted, user_id=pressing.user_id, page=page))


HANDLERS: Mapping[Action, Handler] = {Action.ROSTER: turn, Action.RANK: rank, Action.NARROW: narrow}
