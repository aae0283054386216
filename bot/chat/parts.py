"""Components and how they are laid out. They carry no code: what they do, their `custom_id` says (see `pressing`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import discord

from bot.cards.words import shorten
from bot.chat.press import Press

LABEL, CHOICE, MOST_OPTIONS, MOST_ROWS, A_ROW = 80, 100, 25, 5, 5
"""Discord's limits."""

Part = discord.ui.Item[discord.ui.View]
Option = tuple[str, str, str]
"""Value, label and description of one choice."""
Asking = tuple[str, str, str, str]
"""Name, label, description and present answer of one line of a form."""
FORM_LABEL, FORM_LINE = 45, 60
"""Discord's limit for a form's words, and ours for an answer."""


def button(label: str, says: Press, style: str = "secondary", *, is_off: bool = False) -> Part:
    """Return a button; `style` is one of Discord's names: ``primary secondary success danger``."""
    return discord.ui.Button(
        label=shorten(label, LABEL), style=discord.ButtonStyle[style], custom_id=says.custom_id, disabled=is_off
    )


def turns(at: int, pages: int, says: Callable[[int], Press]) -> list[Part]:
    """Return the buttons that turn page `at` to its neighbours; `says` is what the button to a page says."""
    neighbours = (("Back", at - 1), ("More", at + 1))
    return [button(label, says(page)) for label, page in neighbours if 0 <= page < pages]


def link(label: str, url: str) -> Part:
    """Return a button that opens an address."""
    return discord.ui.Button(label=shorten(label, LABEL), url=url)


def choice(
    says: Press, options: Iterable[Option], *, hint: str, chosen: Iterable[str] = (), most: int = 1, least: int = 1
) -> Part:
    """Return a select of at most 25 options; up to `most` of them may be chosen, and at least `least`."""
    marked = set(chosen)
    listed = [
        discord.SelectOption(
            label=shorten(label or value, CHOICE),
            value=value,
            description=shorten(description, CHOICE) or None,
            default=value in marked,
        )
        for value, label, description in options
    ][:MOST_OPTIONS]
    return discord.ui.Select(
        custom_id=says.custom_id,
        placeholder=hint,
        options=listed,
        min_values=min(least, len(listed)),
        max_values=min(most, len(listed)),
    )


def channel_choice(says: Press, *, hint: str, chosen: int | None = None) -> Part:
    """Return a select of the server's text channels and threads."""
    kinds = [
        discord.ChannelType.text,
        discord.ChannelType.news,
        discord.ChannelType.public_thread,
        discord.ChannelType.private_thread,
    ]
    default = [discord.Object(chosen, type=discord.TextChannel)] if chosen else []
    return discord.ui.ChannelSelect(
        custom_id=says.custom_id, placeholder=hint, channel_types=kinds, default_values=default
    )


def role_choice(says: Press, *, hint: str, chosen: int | None = None) -> Part:
    """Return a select of the server's roles; none may be chosen, too."""
    default = [discord.Object(chosen, type=discord.Role)] if chosen else []
    return discord.ui.RoleSelect(custom_id=says.custom_id, placeholder=hint, min_values=0, default_values=default)


def form(says: Press, title: str, *asked: Asking) -> discord.ui.Modal:
    """Return a form with a line to write in for each thing that is asked for."""
    modal = discord.ui.Modal(title=shorten(title, FORM_LABEL), custom_id=says.custom_id)
    for name, label, description, present in asked:
        field = discord.ui.TextInput[discord.ui.Modal](custom_id=name, default=present, max_length=FORM_LINE)
        modal.add_item(discord.ui.Label(text=shorten(label, FORM_LABEL), description=description, component=field))
    modal.stop()  # discord.py keeps none in memory: the form acts by its custom_id alone
    return modal


def laid_out(*rows: Sequence[Part]) -> discord.ui.View | None:
    """Return rows of parts as discord.py sends them; None where there are none.

    The view is stopped, so that discord.py keeps none in memory: a component acts by its `custom_id` alone, and so
    goes on acting after a restart.
    """
    filled = [row for row in rows if row]
    if not filled:
        return None
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(filled):
        for part in row:
            part.row = number
            view.add_item(part)
    view.stop()
    return view


def as_json(*rows: Sequence[Part]) -> list[dict[str, Any]]:
    """Return rows of parts as Discord's JSON, to be frozen with a message."""
    view = laid_out(*rows)
    return view.to_components() if view else []
