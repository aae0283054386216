"""The buttons below a cross and below an alert; they live in their `custom_id` alone and so survive a restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, Self, cast

import discord

from bot.cards.card import Card
from bot.chat.door import is_hushed
from bot.chat.errors import Refusal, line_for
from bot.chat.lists import list_page
from bot.chat.ports import Ports
from bot.chat.press import DEFAULT_PERIOD, MARK, PERIODS, Action, Press, parse_press
from bot.chat.replies import UNANSWERED, Pressed, decline_press, not_arrived, rendered

GOLDEN, DEATH = "golden_cross", "death_cross"


class Face(Protocol):
    """What a button needs of the client it belongs to."""

    ports: Ports
    drawing: dict[int, int]
    """Message to the latest press that is changing it."""

    def take_turn(self, user_id: int, guild_id: int | None) -> None:
        """Count one use; raise where that was too soon."""
        ...


class CrossButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=re.escape(MARK) + r"[^\n]*"):
    """Any button of ours; which one, its `custom_id` says."""

    def __init__(
        self,
        custom_id: str,
        *,
        label: str = "",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        row: int | None = None,
    ) -> None:
        super().__init__(discord.ui.Button(label=label or None, style=style, custom_id=custom_id, row=row))

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Bring a button of an older message back; what it says is checked when it acts."""
        return cls(match.string, label="pressed")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says, or say in one line why not."""
        await answering(interaction, self._act)

    async def _act(self, interaction: Pressed) -> None:
        press = parse_press(self.custom_id)
        face = cast("Face", interaction.client)
        face.take_turn(interaction.user.id, interaction.guild_id)
        if press.action is not Action.LIST:
            face.ports.desk.resolve(press.symbol)
        await _ACTIONS[press.action](interaction, press, face)


async def answering(interaction: Pressed, act: Callable[[Pressed], Awaitable[None]]) -> None:
    """Run `act`; whatever it raises ends as one line to the presser, and in the log where it is our defect."""
    try:
        await act(interaction)
    except Exception as error:  # noqa: BLE001 - discord.py would only log it and leave the presser without a word
        if is_hushed(error):
            return
        line = line_for(error, custom_id=custom_id_of(interaction)[:100])
        try:
            await decline_press(interaction, line)
        except UNANSWERED as failed:
            not_arrived(failed)


def custom_id_of(interaction: Pressed) -> str:
    """Return what the pressed component carries."""
    return str(cast("dict[str, Any]", interaction.data or {}).get("custom_id", ""))


async def _redraw(interaction: Pressed, press: Press, face: Face) -> None:
    """Change the message in place, unless a later press has changed it or is about to."""
    await interaction.response.defer()
    message_id = interaction.message.id if interaction.message else 0
    face.drawing[message_id] = interaction.id
    try:
        card = await face.ports.desk.cross(press.symbol, guild_id=interaction.guild_id, period=press.detail)
        shown = await rendered(card, face.ports.pictures)
        if face.drawing.get(message_id) == interaction.id:
            await interaction.edit_original_response(
                content=shown.content,
                embed=shown.embed,
                attachments=[shown.file] if shown.file else [],
                view=cross_view(press.symbol, press.detail, event=event_of(card)),
            )
    finally:
        if face.drawing.get(message_id) == interaction.id:
            del face.drawing[message_id]


async def _evidence(interaction: Pressed, press: Press, face: Face) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    card = await face.ports.desk.evidence(press.symbol, press.detail, guild_id=interaction.guild_id)
    await _whisper(interaction, card, face)


async def _now(interaction: Pressed, press: Press, face: Face) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    card = await face.ports.desk.cross(press.symbol, guild_id=interaction.guild_id, period=press.detail)
    await _whisper(interaction, card, face, cross_view(press.symbol, press.detail, event=event_of(card)))


async def _whisper(interaction: Pressed, card: Card, face: Face, view: discord.ui.View | None = None) -> None:
    shown = await rendered(card, face.ports.pictures)
    files = [shown.file] if shown.file else []
    await interaction.edit_original_response(content=shown.content, embed=shown.embed, attachments=files, view=view)


async def _list(interaction: Pressed, press: Press, face: Face) -> None:
    """Show a page of a message's events; further pages take the place of the first."""
    is_first = interaction.message is None or not interaction.message.flags.ephemeral
    await interaction.response.defer(ephemeral=True, thinking=is_first)
    where = interaction.channel_id if interaction.guild_id else interaction.user.id
    told = await face.ports.told.told_in(int(press.symbol), where or 0)
    if not told:
        raise Refusal("the list of that message is not kept any more")
    card, page, pages = list_page(told, int(press.detail), face.ports.desk)
    await _whisper(interaction, card, face, list_view(int(press.symbol), page, pages))


_ACTIONS: dict[Action, Callable[[Pressed, Press, Face], Awaitable[None]]] = {
    Action.CHART: _redraw,
    Action.REFRESH: _redraw,
    Action.EVIDENCE: _evidence,
    Action.LIST: _list,
    Action.NOW: _now,
}


def cross_view(symbol: str, period: str = DEFAULT_PERIOD, *, event: str = GOLDEN) -> discord.ui.View:
    """Return the buttons below a cross of `symbol`; the period shown is highlighted."""
    view = discord.ui.View(timeout=None)
    for name, label in PERIODS.items():
        style = discord.ButtonStyle.primary if name == period else discord.ButtonStyle.secondary
        view.add_item(CrossButton(Press(Action.CHART, name, symbol).custom_id, label=label, style=style, row=0))
    view.add_item(CrossButton(Press(Action.EVIDENCE, event, symbol).custom_id, label="Evidence", row=1))
    view.add_item(CrossButton(Press(Action.REFRESH, period, symbol).custom_id, label="Refresh", row=1))
    return view


def list_view(message_id: int, page: int, pages: int) -> discord.ui.View:
    """Return the buttons that turn the pages of a list; none where there is one page."""
    view = discord.ui.View(timeout=None)
    for label, other in (("Back", page - 1), ("More", page + 1)):
        if 0 <= other < pages:
            view.add_item(CrossButton(Press(Action.LIST, str(other), str(message_id)).custom_id, label=label))
    return view


def event_of(card: Card) -> str:
    """Return the event whose evidence belongs below a cross: that of the state it shows."""
    return DEATH if card.tone == "death" else GOLDEN


def alert_components(symbol: str, event: str = GOLDEN) -> list[dict[str, Any]]:
    """Return the JSON of the buttons below an alert: evidence of its event, and where the symbol stands now."""
    return _row(
        ("Evidence", Press(Action.EVIDENCE, event, symbol)),
        ("Where it stands now", Press(Action.NOW, DEFAULT_PERIOD, symbol)),
    )


class BelowAlerts:
    """Implements the alerts' `Buttons`: what can be pressed below a message."""

    def of_symbol(self, symbol: str, kind: str) -> list[dict[str, Any]]:
        """Return what belongs below the events of one symbol."""
        return alert_components(symbol, kind)

    def of_list(self, message_id: int) -> list[dict[str, Any]]:
        """Return what shows all events of a message that lists the most important alone."""
        return _row(("Show all", Press(Action.LIST, "0", str(message_id))))


def _row(*buttons: tuple[str, Press]) -> list[dict[str, Any]]:
    secondary = discord.ButtonStyle.secondary.value
    return [
        {
            "type": discord.ComponentType.action_row.value,
            "components": [
                {
                    "type": discord.ComponentType.button.value,
                    "style": secondary,
                    "label": label,
                    "custom_id": press.custom_id,
                }
                for label, press in buttons
            ],
        }
    ]


def view_of(components: Sequence[dict[str, Any]]) -> discord.ui.View | None:
    """Return rows of our buttons' JSON as discord.py takes them; None where there are none."""
    if not components:
        return None
    view = discord.ui.View(timeout=None)
    for number, row in enumerate(components):
        for button in row["components"]:
            style = discord.ButtonStyle(button["style"])
            view.add_item(CrossButton(button["custom_id"], label=button["label"], style=style, row=number))
    return view
