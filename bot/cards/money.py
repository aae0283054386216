"""Sums of dollars as people read them."""

from __future__ import annotations

from bot.cards.words import UNKNOWN, number_of

_BILLION, _MILLION = 1e9, 1e6


def sum_words(value: object) -> str:
    """Return a sum such as ``$3,000``, ``$4.25m`` or ``$1.2bn``."""
    number = number_of(value)
    if number is None:
        return UNKNOWN
    if number >= _BILLION:
        return f"${number / _BILLION:,.1f}bn"
    return f"${number / _MILLION:,.2f}m" if number >= _MILLION else f"${number:,.0f}"


def people(count: object) -> str:
    """Return a count of people in words."""
    return counted(count, "person", "people")


def counted(count: object, one: str, many: str) -> str:
    """Return a count with what is counted, such as ``1 purchase``, ``2 purchases``."""
    number = number_of(count)
    if number is None:
        return f"{UNKNOWN} {many}"
    return f"{number:,.0f} {one if number == 1 else many}"
