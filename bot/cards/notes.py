"""Small cards of plain words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card, Field


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
