"""Below the page of thresholds and below a rehearsal: choose, write, look, save."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.cards.card import Card
from bot.cards.words import escape
from bot.chat.choices import signal_named, threshold_of, unit_words, value_words
from bot.chat.errors import Refusal
from bot.chat.face import Handler, Pressing, defer_update, defer_whisper, show
from bot.chat.moderators.spans import Span, span_pressed
from bot.chat.moderators.thresholds import Moderator, changed_in, form_of, mark_of, rehearsal_view, set_one
from bot.chat.panels.closing import close
from bot.chat.press import Action
from signals.definition import Signal, Threshold

A_YEAR_BACK = Span()


async def adjust(pressing: Pressing) -> None:
    """Open the form of the chosen threshold."""
    signal = signal_named(pressing.arguments[0])
    threshold = threshold_of(signal, "".join(pressing.values[:1]))
    changed = await changed_in(pressing.ports, pressing.guild_id, signal)
    form = form_of(signal, threshold, changed.get(threshold.name, threshold.default))
    await pressing.interaction.response.send_modal(form)


async def propose(pressing: Pressing) -> None:
    """Rehearse what was written into the form; nothing is stored yet."""
    signal, threshold = _named(pressing)
    value = threshold.parse((pressing.typed or {}).get("value", "").strip())
    await defer_whisper(pressing)
    await _rehearse(pressing, signal, threshold, value=value)


async def keep(pressing: Pressing) -> None:
    """Store the value that was rehearsed, unless it would now change something else than what was shown."""
    signal, threshold = _named(pressing)
    text, pressed, mark = pressing.arguments[2:]
    value, span = threshold.parse(text), span_pressed(pressed)
    await defer_update(pressing)
    changed = await changed_in(pressing.ports, pressing.guild_id, signal)
    present = changed.get(threshold.name, threshold.default)
    if mark_of(present) != mark:
        note = (
            f"**Not stored yet**: meanwhile somebody set it to **{escape(value_words(present))}**"
            f"{unit_words(threshold)}. Look again, then save or cancel."
        )
        await _rehearse(pressing, signal, threshold, value=value, span=span, note=note)
        return
    moderator = Moderator(pressing.guild_id, pressing.user_id)
    await close(pressing, await set_one(pressing.ports, moderator, signal, threshold, value))


async def _rehearse(
    pressing: Pressing,
    signal: Signal,
    threshold: Threshold,
    *,
    value: float | str,
    span: Span = A_YEAR_BACK,
    note: str = "",
) -> None:
    ports, guild_id = pressing.ports, pressing.guild_id
    changed = await changed_in(ports, guild_id, signal)
    present = changed.get(threshold.name, threshold.default)
    if present == value:
        raise Refusal(
            f"{escape(signal.name)} {escape(threshold.name)} is {escape(value_words(value))} already: there is "
            "nothing to change"
        )
    signal.thresholds_with({**changed, threshold.name: value})
    card = await ports.foresight.rehearse(guild_id, signal.name, threshold.name, value, **span.given)
    view = rehearsal_view(signal, threshold, value, present=present, span=span)
    await show(pressing, _with(card, note), view)


def _with(card: Card, note: str) -> Card:
    return replace(card, text=f"{note}\n\n{card.text}") if note else card


def _named(pressing: Pressing) -> tuple[Signal, Threshold]:
    signal = signal_named(pressing.arguments[0])
    return signal, threshold_of(signal, pressing.arguments[1])


HANDLERS: Mapping[Action, Handler] = {Action.ADJUST: adjust, Action.PROPOSE: propose, Action.KEEP: keep}
