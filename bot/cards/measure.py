"""How wide words will be on a picture, before they are written."""

from __future__ import annotations

from functools import lru_cache

from bot.cards.words import length, shorten


@lru_cache(maxsize=2048)
def width_in(words: str, points: float, *, is_bold: bool = False) -> float:
    """Return the width of `words` in inches; a dollar sign starts no formula here either."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    font = FontProperties(size=points, weight="bold" if is_bold else "normal")
    width, _, _ = TextToPath().get_text_width_height_descent(words, font, ismath=False)
    return float(width) / 72


def widest_in(texts: list[str], points: float, *, is_bold: bool = False) -> float:
    """Return the width of the widest of `texts`, 0 where there are none."""
    return max((width_in(text, points, is_bold=is_bold) for text in texts), default=0.0)


def fitted(words: str, points: float, most_in: float, *, is_bold: bool = False) -> str:
    """Return `words`, cut with an ellipsis where they are wider than `most_in`."""
    kept = words
    while len(kept) > 1 and width_in(kept, points, is_bold=is_bold) > most_in:
        kept = shorten(words, min(len(kept), length(words)) - 1)
    return kept
