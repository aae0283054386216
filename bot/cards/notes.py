"""Small cards: notes, lists and errors."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card, Field
from bot.cards.words import escape, listed

LIST_ROOM = 3800


def text_card(
    title: str,
    text: str,
    fields: Sequence[tuple[str, str]] = (),
    tone: str = "neutral",
    *,
    footer: str = "",
) -> Card:
    """Return a card of plain words; `fields` are pairs of title and text."""
    return Card(title, text, tone, tuple(Field(name, words) for name, words in fields), footer)


def list_card(title: str, lines: Sequence[str], *, empty: str, footer: str = "") -> Card:
    """Return a card of lines, cut with a count of what is left out; `empty` says what to do where there are none."""
    return Card(title, listed(lines, LIST_ROOM) if lines else empty, footer=footer)


def error_card(message: str, *, suggestions: Sequence[str] = ()) -> Card:
    """Return an error as one friendly line, and what may have been meant."""
    meant = " or ".join(f"**{escape(text)}**" for text in suggestions[:3])
    text = escape(message) + (f"\nDid you mean {meant}?" if meant else "")
    return Card("That did not work", text, "warning")
