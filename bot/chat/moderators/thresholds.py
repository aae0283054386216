"""A server's thresholds: what stands, how a change is stored, and the words and the buttons for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import discord

from bot.cards.card import Card
from bot.cards.words import escape
from bot.chat.choices import bounds_words, still_known, unit_words, value_words
from bot.chat.moderators.spans import Span
from bot.chat.parts import LABEL, button, choice, laid_out
from bot.chat.ports import Ports
from bot.chat.press import Action, press
from bot.people import Change, Edit, Noun
from signals.definition import Signal, Threshold

Value = float | int | str
Changed = Mapping[str, Value]
Rows = Mapping[tuple[Noun, str], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Moderator:
    """Who decides, and for which server."""

    guild_id: int
    user_id: int


async def changed_in(ports: Ports, guild_id: int, signal: Signal) -> Changed:
    """Return what a server has changed of a signal's thresholds."""
    return still_known(signal, await ports.thresholds.of(guild_id, signal.name))


async def change(
    ports: Ports, moderator: Moderator, signal: Signal, values: Mapping[str, Value | None], action: str
) -> Change:
    """Store values together (None: the default), unless they contradict each other or those that stand by then."""

    def check(rows: Rows) -> None:
        signal.thresholds_with(still_known(signal, thresholds_in(rows, signal.name)))

    return await ports.configuration.change(
        guild_id=moderator.guild_id,
        by=moderator.user_id,
        at=ports.clock.now(),
        action=f"threshold {action}",
        edits=[
            Edit(Noun.THRESHOLD, f"{signal.name} {name}", None if value is None else {"value": value})
            for name, value in values.items()
        ],
        check=check,
    )


async def set_one(ports: Ports, moderator: Moderator, signal: Signal, threshold: Threshold, value: Value) -> str:
    """Store one value; return the acknowledgement."""
    action = f"set {signal.name} {threshold.name}"
    done = await change(ports, moderator, signal, {threshold.name: value}, action)
    before = done.edits[0].before if done.edits else {"value": value}
    return stored_words(signal, threshold, before=(before or {"value": threshold.default})["value"], now=value)


def thresholds_in(rows: Rows, signal: str) -> dict[str, Value]:
    """Return what `rows` set of a signal's thresholds."""
    mark = f"{signal} "
    return {
        key.removeprefix(mark): row["value"]
        for (noun, key), row in rows.items()
        if noun is Noun.THRESHOLD and key.startswith(mark)
    }


def mark_of(value: Value) -> str:
    """Return what a button remembers a value by, to notice that it has changed."""
    return hashlib.sha256(pressed_words(value).encode()).hexdigest()[:6]


def pressed_words(value: Value) -> str:
    """Return a value as a button says it; `Threshold.parse` reads back the same."""
    return value if isinstance(value, str) else repr(value)


def rehearsal_view(
    signal: Signal, threshold: Threshold, value: Value, *, present: Value, span: Span
) -> discord.ui.View | None:
    """Return what stands below a rehearsal: Save stores exactly the value that was rehearsed."""
    says = press(Action.KEEP, signal.name, threshold.name, pressed_words(value), span.pressed, mark_of(present))
    return laid_out([button("Save", says, "success"), button("Cancel", press(Action.CANCEL))])


def thresholds_view(signal: Signal, changed: Changed) -> discord.ui.View | None:
    """Return what stands below the page of a signal's thresholds: which one to change."""
    if not signal.thresholds:
        return None
    options = [
        (
            threshold.name,
            f"{threshold.name} = {value_words(changed.get(threshold.name, threshold.default))}",
            bounds_words(threshold),
        )
        for threshold in signal.thresholds
    ]
    return laid_out([choice(press(Action.ADJUST, signal.name), options, hint="Change…")])


def form_of(signal: Signal, threshold: Threshold, present: Value) -> discord.ui.Modal:
    """Return the form that asks for a new value, the present one written into it."""
    modal = discord.ui.Modal(
        title=f"{signal.name} {threshold.name}"[:45],
        custom_id=press(Action.PROPOSE, signal.name, threshold.name).custom_id,
    )
    field = discord.ui.TextInput[discord.ui.Modal](
        custom_id="value", default=value_words(present), min_length=1, max_length=LABEL // 2
    )
    label = f"New value: {bounds_words(threshold)}"[:45]
    modal.add_item(discord.ui.Label(text=label, description=threshold.description[:100], component=field))
    modal.stop()  # discord.py keeps none in memory: the form acts by its custom_id alone
    return modal


def thresholds_card(signal: Signal, changed: Changed) -> Card:
    """Return a signal's thresholds as a page; what the server changed is marked."""
    lines = [_line(threshold, changed) for threshold in signal.thresholds]
    return Card(
        f"Thresholds of {signal.name}",
        "\n".join(lines) or f"{signal.name} has no thresholds.",
        footer="threshold set <signal> <name> <value> changes one; threshold rehearse shows what that would have "
        "brought; threshold reset <signal> [name] undoes it.",
    )


def stored_words(signal: Signal, threshold: Threshold, *, before: Value, now: Value) -> str:
    """Return the acknowledgement of a change."""
    return (
        f"Stored: {named(signal, threshold.name)} is now **{escape(value_words(now))}**{unit_words(threshold)} "
        f"(before: {escape(value_words(before))}). Answers use it now, alerts from the next session on."
    )


def named(signal: Signal, name: str | None) -> str:
    """Return how one threshold, or all of a signal's, are called."""
    return f"**{escape(signal.name)} {escape(name)}**" if name else f"everything of **{escape(signal.name)}**"


def _line(threshold: Threshold, changed: Changed) -> str:
    value = changed.get(threshold.name, threshold.default)
    default = f"default {value_words(threshold.default)}, " if threshold.name in changed else ""
    mark = "✎ " if threshold.name in changed else ""
    name, shown = escape(threshold.name), escape(value_words(value))
    return f"{mark}**{name}** = **{shown}** ({default}{bounds_words(threshold)}): {escape(threshold.description)}"
