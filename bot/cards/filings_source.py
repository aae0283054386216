"""From whom figures that companies filed come, and how long ago all of them were asked for: on every card of them."""

from __future__ import annotations

from datetime import timedelta

from bot.cards.card import Field
from bot.cards.face import Shown
from bot.cards.words import instant_words

OLD = timedelta(days=5)
"""Longer than a weekend with a holiday: the source has been away."""
TITLE = "Source of figures"


def source_line(shown: Shown) -> str:
    """Return a line; empty where nobody says when figures were asked for, as with files of the operator's own."""
    filed = shown.history.market.facts.fundamentals
    if filed is None or filed.fetched is None:
        return ""
    age = shown.reading.as_of - filed.fetched
    old = f", STALE: {age.days} days before" if age >= OLD else ""
    return f"{filed.source or 'Filings'}: asked last {instant_words(filed.fetched)}{old}."


def with_source(text: str, shown: Shown) -> str:
    """Return the text of a field with that line below it."""
    return "\n".join(filter(None, [text, source_line(shown)]))


def source_fields(shown: Shown) -> tuple[Field, ...]:
    """Return a field of its own with that line."""
    line = source_line(shown)
    return (Field(TITLE, line),) if line else ()
