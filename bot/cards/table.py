"""Monospace tables that fit a phone's width."""

from __future__ import annotations

from collections.abc import Sequence

PHONE_COLUMNS = 34
"""Letters of a code block that fit a line of Discord on a phone."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a code block: the first column left-aligned, the others right-aligned, one space between."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [_line(row, widths) for row in (header, *rows)]
    return "```\n" + "\n".join(lines) + "\n```"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return " ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()
