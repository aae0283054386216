# ruff: noqa: INP001 - beside the pages, not a package
"""A card as HTML that looks like the message Discord makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from bot.cards.card import Card
from bot.cards.embed import embed_payload
from bot.cards.words import instant_words

BOT = "smallcap"

_FENCE = re.compile(r"```\w*\n?(.*?)```", re.DOTALL)
_MOMENT = re.compile(r"<t:(\d+)(?::\w)?>")
"""Discord shows it in the reader's own time, a page in UTC."""
_MARKUP = (
    (re.compile(r"(?<!\\)`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*"), r"<strong>\1</strong>"),
    (re.compile(r"(?<!\\)__(.+?)(?<!\\)__"), r"<u>\1</u>"),
    (re.compile(r"(?<!\\)~~(.+?)(?<!\\)~~"), r"<s>\1</s>"),
    (re.compile(r"\\([\\*_~`|>#\[\]&])"), r"\1"),
)


def conversation(asked: str, card: Card, *, picture: str = "", alt: str = "") -> str:
    """Return a member's question, where there is one, and the card that answers it, as one block of HTML.

    Parameters
    ----------
    picture : str
        Address of the card's picture; none is shown where it is empty.
    """
    question = _message("mel", f'<div class="dc-said">{escape(asked)}</div>', is_bot=False) if asked else ""
    return f'<div class="dc">{question}{_message(BOT, embed(card, picture=picture, alt=alt), is_bot=True)}</div>'


def embed(card: Card, *, picture: str = "", alt: str = "") -> str:
    """Return the card's embed, inside Discord's limits as it is sent."""
    sent = embed_payload(card)
    parts = [f'<div class="dc-title">{marked_up(sent["title"])}</div>']
    if sent.get("description"):
        parts.append(f'<div class="dc-text">{marked_up(sent["description"])}</div>')
    parts.append(_fields(sent["fields"]))
    if picture:
        parts.append(f'<img class="dc-picture" src="{escape(picture)}" alt="{escape(alt)}" loading="lazy">')
    if "footer" in sent:
        parts.append(f'<div class="dc-footer">{escape(sent["footer"]["text"])}</div>')
    return f'<div class="dc-embed" style="border-color:#{sent["color"]:06x}">{"".join(parts)}</div>'


def marked_up(text: str) -> str:
    """Return Discord's markup as HTML: bold, code, code blocks, line breaks."""
    pieces = _FENCE.split(text)
    return "".join(
        f"<pre>{escape(piece.rstrip())}</pre>" if number % 2 else _line_by_line(piece)
        for number, piece in enumerate(pieces)
    )


def _line_by_line(text: str) -> str:
    said = escape(
        _MOMENT.sub(lambda found: instant_words(datetime.fromtimestamp(int(found[1]), UTC)), text.strip("\n"))
    )
    for pattern, instead in _MARKUP:
        said = pattern.sub(instead, said)
    return said.replace("\n", "<br>").replace("\u200b", "")


def _message(name: str, content: str, *, is_bot: bool) -> str:
    badge = '<span class="dc-app">APP</span>' if is_bot else ""
    who = f'<div class="dc-who">{name}{badge}</div>'
    side = "dc-bot" if is_bot else "dc-member"
    face = f'<div class="dc-face {side}" aria-hidden="true">{name[0]}</div>'
    return f'<div class="dc-message">{face}<div class="dc-body">{who}{content}</div></div>'


def _fields(fields: Sequence[Mapping[str, Any]]) -> str:
    """Return the fields, inline ones side by side."""
    if not fields:
        return ""
    shown = "".join(_field(field) for field in fields)
    return f'<div class="dc-fields">{shown}</div>'


def _field(field: Mapping[str, Any]) -> str:
    side = " dc-inline" if field["inline"] else ""
    name, value = marked_up(field["name"]), marked_up(field["value"])
    return f'<div class="dc-field{side}"><div class="dc-name">{name}</div><div>{value}</div></div>'
