"""One line of the table: what was measured, what it must be, what it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A figure and whether it is as promised."""

    figure: str
    must_be: str
    found: str
    is_met: bool
    seconds: float = 0.0
