"""Words of the chat: what people typed made harmless, names of permissions, waiting times."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable

from bot.cards.words import escape, shorten

TYPED_SHOWN, LINE_SHOWN = 60, 600
"""Characters shown of what somebody typed, and of a line that may contain it."""


def safe(text: str, limit: int = LINE_SHOWN) -> str:
    """Return `text` on one line, unable to format, link, invite, ping or reverse the reading direction."""
    visible = "".join(" " if letter.isspace() else letter for letter in text if _is_shown(letter))
    return escape(shorten(visible, limit))


def sentence(text: str) -> str:
    """Return `text` with a capital first letter and a full stop, unless it ends in one of its own."""
    text = text.strip()
    return text and text[0].upper() + text[1:] + ("" if text[-1] in ".?!…)" else ".")


def seconds_words(seconds: float) -> str:
    """Return a waiting time, rounded up, never zero."""
    whole = max(1, math.ceil(seconds))
    return "1 second" if whole == 1 else f"{whole} seconds"


def joined(names: Iterable[str]) -> str:
    """Return names as people list them: ``A``, ``A and B``, ``A, B and C``."""
    listed = list(names)
    return " and ".join([", ".join(listed[:-1]), listed[-1]]) if len(listed) > 1 else "".join(listed)


def permission_words(name: str) -> str:
    """Return a permission as Discord's settings call it."""
    return {"view_channel": "View Channel", "read_messages": "View Channel"}.get(
        name, name.replace("_", " ").title().replace(" In ", " in ")
    )


def _is_shown(letter: str) -> bool:
    """Whether a letter is neither a control nor an invisible format character (RTL marks, zero widths)."""
    return letter.isspace() or not unicodedata.category(letter).startswith("C")
