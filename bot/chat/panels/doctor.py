"""Below `alerts doctor`: look again, try what was switched off again, end routes of channels that are gone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import discord

from bot.cards.card import Card
from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, show
from bot.chat.moderators.checkup import END_GONE, TRY_AGAIN, Checkup, examine, finding_words, prune, revive
from bot.chat.moderators.invite import invite_url
from bot.chat.moderators.route_cards import pages_of
from bot.chat.parts import button, laid_out, link, turns
from bot.chat.press import Action, press
from bot.chat.words import joined

A_PAGE = 2600

_WELL = "Everything is well: the bot has what it needs in every channel that gets alerts."
_NOTHING = "No channel gets alerts yet. Say `setup`, or `alerts here` in the channel that shall."


def doctor_page(
    found: Checkup, page: int, *, guild_id: int, application_id: int, note: str = ""
) -> tuple[Card, discord.ui.View | None]:
    """Return a page of what was found, and what can be done about it."""
    pages = pages_of([finding_words(finding) for finding in found.findings] or [_NOTHING], A_PAGE)
    at = min(page, len(pages) - 1)
    head = f"{found.ailing} of {len(found.findings)} channels need mending." if found.ailing else _WELL
    parts = [note, head if found.findings else "", pages[at]]
    foot = f"page {at + 1} of {len(pages)}" if len(pages) > 1 else ""
    card = Card(
        "Check-up of alerts",
        "\n\n".join(filter(None, parts)),
        tone="warning" if found.ailing else "neutral",
        footer=foot,
    )
    url = invite_url(application_id, guild_id=guild_id, with_roles=found.has_roles)
    return card, laid_out(
        turns(at, len(pages), partial(press, Action.DOCTOR)), _remedies(found, at), [link("Invite link", url)]
    )


def _remedies(found: Checkup, at: int) -> list[discord.ui.Item[discord.ui.View]]:
    offered = [button("Look again", press(Action.EXAMINE, at))]
    if any(finding.off is not None and not finding.is_gone for finding in found.findings):
        offered.append(button(TRY_AGAIN, press(Action.REVIVE), "primary"))
    if any(finding.is_gone for finding in found.findings):
        offered.append(button(END_GONE, press(Action.PRUNE), "danger"))
    return offered


async def turn(pressing: Pressing) -> None:
    """Look at every channel anew and show a page of what is found, in place."""
    await defer_update(pressing)
    await _show(pressing, int(pressing.arguments[0]))


async def try_again(pressing: Pressing) -> None:
    """Switch channels on again whose permissions are right now."""
    await defer_update(pressing)
    revived = await revive(_guild(pressing), pressing.ports, pressing.user_id)
    on = f"Stored: {joined(f'<#{channel}>' for channel in revived[:20])} will be tried again with the next alert."
    nothing = "Nothing could be switched on: allow what is missing first."
    await _show(pressing, 0, on if revived else nothing)


async def end_gone(pressing: Pressing) -> None:
    """End the routes of channels that are gone."""
    await defer_update(pressing)
    gone = await prune(_guild(pressing), pressing.ports, pressing.user_id)
    count = "the routes of 1 channel" if len(gone) == 1 else f"the routes of {len(gone)} channels"
    await _show(pressing, 0, f"Stored: {count} that are gone have ended." if gone else "No routed channel is gone.")


async def _show(pressing: Pressing, page: int, note: str = "") -> None:
    guild = _guild(pressing)
    found = await examine(guild, pressing.ports)
    application_id = pressing.interaction.application_id
    card, view = doctor_page(found, page, guild_id=guild.id, application_id=application_id, note=note)
    await show(pressing, card, view)


def _guild(pressing: Pressing) -> discord.Guild:
    if pressing.interaction.guild is None:
        raise Refusal("that works in a server only")
    return pressing.interaction.guild


HANDLERS: Mapping[Action, Handler] = {
    Action.DOCTOR: turn,
    Action.EXAMINE: turn,
    Action.REVIVE: try_again,
    Action.PRUNE: end_gone,
}
