"""What an answer lacks, in words: the lines of its card's field, the same for briefings and for machines."""

from __future__ import annotations

from bot.cards.card import Card
from bot.cards.plain import without_markup
from signals.types import Reading, Result

MISSING = "Missing"
"""How the field is called on every card."""


def missing_lines(card: Card) -> list[str]:
    """Return what the card says is missing, a line each and without markup."""
    texts = [field.text for field in card.fields if field.title == MISSING]
    return [line for text in texts for line in without_markup(text).split("\n") if line.strip()]


def missing_of(reading: Reading, card: Card) -> list[str]:
    """Return what an answer lacks; where its card has no such field: that it is unknown, and the checks that are."""
    if lines := missing_lines(card):
        return lines
    lead = without_markup(card.text).split("\n")[0]
    unknown = [check.title or check.name for check in reading.checks if check.result is Result.UNKNOWN]
    return [
        *([lead] if reading.state == "unknown" and lead else []),
        *(f"{_capital(name)}: unknown." for name in unknown),
    ]


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
