"""A card as Discord's embed JSON, inside Discord's limits whatever the card holds."""

from __future__ import annotations

from typing import Any

from bot.cards.card import Card, Field
from bot.cards.style import TONES
from bot.cards.words import DASH, length, listed, shorten

TITLE, DESCRIPTION, FIELDS, FIELD_NAME, FIELD_VALUE, FOOTER, TOTAL, ALT = 256, 4096, 25, 256, 1024, 2048, 6000, 1024
"""Discord's limits, in characters (fields: how many)."""


def embed_payload(card: Card, *, picture_name: str | None = None) -> dict[str, Any]:
    """Return the embed's JSON; `picture_name` is the attachment it shows."""
    title = shorten(card.title, TITLE) or DASH
    footer = shorten(card.footer, FOOTER)
    room = TOTAL - length(title) - length(footer)
    text = fit(card.text, min(DESCRIPTION, room))
    payload: dict[str, Any] = {
        "type": "rich",
        "title": title,
        "color": TONES.get(card.tone, TONES["neutral"]),
        "fields": _fields(card.fields, room - length(text)),
    }
    if text:
        payload["description"] = text
    if footer:
        payload["footer"] = {"text": footer}
    if picture_name:
        payload["image"] = {"url": f"attachment://{picture_name}"}
    return payload


def picture_description(card: Card) -> str | None:
    """Return the alt text to send as the attachment's description, or None without a picture."""
    return shorten(card.chart.alt, ALT) if card.chart else None


def fit(text: str, limit: int) -> str:
    """Return text cut at a line's end where it can be, saying how many lines are left out; code blocks stay closed."""
    if length(text) <= limit:
        return text
    fence = "\n```"
    is_block = text.startswith("```") and text.endswith("```")
    if is_block and limit > len(fence) * 4:
        return listed(text.removesuffix("```").rstrip("\n").split("\n"), limit - len(fence)) + fence
    return listed(text.split("\n"), limit) if "\n" in text else shorten(text, limit)


def _fields(fields: tuple[Field, ...], room: int) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    left_out = "… and {} more"
    reserve = FIELD_NAME
    for position, field in enumerate(fields):
        name = shorten(field.title.strip(), FIELD_NAME) or DASH
        value = fit(field.text.strip(), FIELD_VALUE) or DASH
        is_last = position == len(fields) - 1
        needed = length(name) + length(value)
        if needed > room - (0 if is_last else reserve) or (len(shown) == FIELDS - 1 and not is_last):
            more = {"name": left_out.format(len(fields) - position), "value": DASH, "inline": False}
            return [*shown, more] if room >= length(more["name"]) + 1 else shown  # type: ignore[arg-type]
        shown.append({"name": name, "value": value, "inline": field.is_inline})
        room -= needed
    return shown
