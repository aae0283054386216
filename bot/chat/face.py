"""What a component's use needs: who used what, what was chosen, and the bot behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import discord

from bot.cards.card import Card
from bot.chat.ports import Ports
from bot.chat.press import Press
from bot.chat.replies import Pressed, rendered


class Face(Protocol):
    """What a component needs of the client it belongs to."""

    ports: Ports
    drawing: dict[int, int]
    """Message to the latest press that is changing it."""

    @property
    def shown_prefix(self) -> str | None:
        """What prefix commands begin with; None where there are none."""
        ...

    def take_turn(self, user_id: int, guild_id: int | None, channel_id: int | None) -> None:
        """Count one use; raise where that was too soon."""
        ...


@dataclass(frozen=True, slots=True)
class Pressing:
    """One use of a component.

    Attributes
    ----------
    values : tuple of str
        What was chosen in a select, numbers of channels and roles as text.
    typed : mapping of str to str
        What was written in a form, by the name of the field.
    """

    interaction: Pressed
    press: Press
    face: Face
    values: tuple[str, ...] = ()
    typed: Mapping[str, str] | None = None

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the component's `custom_id` says behind its action."""
        return self.press.arguments

    @property
    def ports(self) -> Ports:
        """Everything the chat is handed."""
        return self.face.ports

    @property
    def user_id(self) -> int:
        """Who used it."""
        return self.interaction.user.id

    @property
    def guild_id(self) -> int:
        """In which server; 0 in a direct message."""
        return self.interaction.guild_id or 0

    @property
    def channel_id(self) -> int:
        """In which channel."""
        return self.interaction.channel_id or 0


Handler = Callable[[Pressing], Awaitable[None]]


async def defer_update(pressing: Pressing) -> None:
    """Promise to change the message in place."""
    await pressing.interaction.response.defer()


async def defer_whisper(pressing: Pressing) -> None:
    """Promise an answer that the presser alone will see."""
    await pressing.interaction.response.defer(ephemeral=True, thinking=True)


async def defer_turn(pressing: Pressing) -> None:
    """Promise another page: in place where the presser alone sees the message, else to the presser alone."""
    message = pressing.interaction.message
    is_own = not pressing.guild_id or (message is not None and message.flags.ephemeral)
    await (defer_update if is_own else defer_whisper)(pressing)


async def show(
    pressing: Pressing, card: Card, view: discord.ui.View | None = None, *, attached: discord.File | None = None
) -> None:
    """Keep the promise: put the card, its picture, a file and its components into the answer or the message."""
    shown = await rendered(card, pressing.ports.pictures)
    files = [file for file in (shown.file, attached) if file is not None]
    await pressing.interaction.edit_original_response(
        content=shown.content, embed=shown.embed, attachments=files, view=view
    )


def custom_id_of(interaction: Pressed) -> str:
    """Return what the used component carries."""
    return str(cast("dict[str, Any]", interaction.data or {}).get("custom_id", ""))


def values_of(interaction: Pressed) -> tuple[str, ...]:
    """Return what was chosen in a select; nothing for a button."""
    chosen = cast("dict[str, Any]", interaction.data or {}).get("values") or ()
    return tuple(str(value) for value in chosen)


def typed_of(interaction: Pressed) -> dict[str, str]:
    """Return what was written into a form, by field."""
    rows = cast("dict[str, Any]", interaction.data or {}).get("components") or ()
    fields = [field for row in rows for field in (row.get("components") or [row.get("component") or {}])]
    return {str(field["custom_id"]): str(field.get("value", "")) for field in fields if "custom_id" in field}
