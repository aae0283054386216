"""Below a scan: other pages, another order."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.members.scans import Scan, place_named, scanned, sorted_by
from bot.chat.press import Action


async def turn(pressing: Pressing) -> None:
    """Show another page."""
    _, page, sort, kind, place = pressing.arguments
    await _show(pressing, Scan(place_named(pressing.ports.findings, place), kind, sorted_by(sort), int(page)))


async def sort(pressing: Pressing) -> None:
    """Show the first page in the chosen order."""
    _, kind, place = pressing.arguments
    order = sorted_by("".join(pressing.values[:1]))
    await _show(pressing, Scan(place_named(pressing.ports.findings, place), kind, order))


async def _show(pressing: Pressing, wanted: Scan) -> None:
    await defer_update(pressing)
    guild_id = pressing.interaction.guild_id
    await show(pressing, *await scanned(pressing.ports, wanted, user_id=pressing.user_id, guild_id=guild_id))


HANDLERS: Mapping[Action, Handler] = {Action.SCAN: turn, Action.SORT: sort}
