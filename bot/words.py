"""Words for the terminal."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Return `text` on one line."""
    return " ".join(text.split())
