"""A card as text: for channels where the bot may not embed links, and for terminals."""

from __future__ import annotations

import re

from bot.cards.card import Card
from bot.cards.embed import fit
from bot.cards.words import length, shorten

CONTENT = 2000
"""Discord's limit of a message's content."""
LEAST_CUT = 80
"""A part of a block that is shorter than this is left out."""

_ESCAPED = re.compile(r"\\([\\*_~`|>#\[\]<])")
_EMPHASIS = re.compile(r"(?<!\\)(\*\*|__|~~)")
_FENCE = re.compile(r"^```\w*$\n?|```$", re.MULTILINE)


def plain_text(card: Card, *, limit: int = CONTENT) -> str:
    """Return the card as a message's content: all of it if it fits, else whole blocks and how many are left out.

    Of a first block that does not fit by itself, such as a long list, there are as many lines as fit.
    """
    head = f"**{card.title}**"
    blocks = [card.text, *(f"**{field.title}**\n{field.text}" for field in card.fields)]
    blocks = [block for block in blocks if block.strip()]
    tail = [card.footer] if card.footer else []
    for kept in range(len(blocks), 0, -1):
        text = "\n\n".join([head, *blocks[:kept], *_left_out(len(blocks) - kept), *tail])
        if length(text) <= limit:
            return text
    room = limit - sum(length(part) + len("\n\n") for part in (head, *_left_out(len(blocks)), *tail))
    cut = [_cut(blocks[0], room)] if blocks and room >= LEAST_CUT else []
    return shorten("\n\n".join([head, *cut, *_left_out(len(blocks) - len(cut)), *tail]), limit)


def _left_out(count: int) -> list[str]:
    return [f"… and {count} more {'part' if count == 1 else 'parts'}"] if count else []


def _cut(block: str, room: int) -> str:
    """Return the first lines of a block; a code block that is cut in it stays closed."""
    fence = "\n```"
    cut = fit(block, room - len(fence))
    return cut + fence if cut.count("```") % 2 else cut


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
