"""Below `route list`: its pages."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.moderators.route_cards import pages_view, routes_page
from bot.chat.press import Action


async def turn(pressing: Pressing) -> None:
    """Show a page of the server's routes in place."""
    await defer_update(pressing)
    ports = pressing.ports
    routes, ailing = await ports.routes.list(pressing.guild_id), await ports.destinations.off(pressing.guild_id)
    zone = (await ports.configuration.settings(pressing.guild_id)).time_zone
    card, at, pages = routes_page(routes, ailing, int(pressing.arguments[0]), zone=zone)
    await show(pressing, card, pages_view(Action.ROUTES, at, pages))


HANDLERS: Mapping[Action, Handler] = {Action.ROUTES: turn}
