"""A card as text: for channels where the bot may not embed links, and for terminals."""

from __future__ import annotations

import re

from bot.cards.card import Card
from bot.cards.words import length, shorten

CONTENT = 2000
"""Discord's limit of a message's content."""

_ESCAPED = re.compile(r"\\([\\*_~`|>#\[\]<])")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*|__|~~)")
_FENCE = re.compile(r"^```\w*$\n?|```$", re.MULTILINE)


def plain_text(card: Card, *, limit: int = CONTENT) -> str:
    """Return the card as a message's content: all of it if it fits, else whole blocks and how many are left out."""
    head = f"**{card.title}**"
    blocks = [card.text, *(f"**{field.title}**\n{field.text}" for field in card.fields)]
    blocks = [block for block in blocks if block.strip()]
    tail = [card.footer] if card.footer else []
    for kept in range(len(blocks), -1, -1):
        left = len(blocks) - kept
        more = [f"… and {left} more {'part' if left == 1 else 'parts'}"] if left else []
        text = "\n\n".join([head, *blocks[:kept], *more, *tail])
        if length(text) <= limit:
            return text
    return shorten(f"{head}\n\n{card.footer}", limit)


def terminal_text(card: Card) -> str:
    """Return the card for a terminal: no markup, no limit, the picture in words."""
    blocks = [card.title, card.text, *(f"{field.title}\n{field.text}" for field in card.fields)]
    if card.chart:
        blocks.append(f"Picture: {card.chart.alt}")
    blocks.append(card.footer)
    return "\n\n".join(without_markup(block).strip("\n") for block in blocks if block.strip())


def without_markup(text: str) -> str:
    """Return text as a reader sees it: escapes, emphasis and code fences removed."""
    bare = _EMPHASIS.sub("", _FENCE.sub("", text))
    return _ESCAPED.sub(r"\1", bare).replace("\u200b", "")
