"""The card of a symbol that may be crowded: its numbers, the flag's checks, what followed, what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card, Field
from bot.cards.checked import checked
from bot.cards.face import Shown
from bot.cards.provenance import footer
from bot.cards.words import titled

CROWDED = "crowded"
FLAG = "Crowded: the first passes, or both others do."


def crowding_card(shown: Shown, numbers: Sequence[Field], *, heading: str, lead: str, missing: Sequence[str]) -> Card:
    """Return the card; `heading` stands behind the symbol's name."""
    reading = shown.reading
    fields = [*numbers, Field("Crowded?", f"{checked(reading)}\n{FLAG}")]
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    if missing:
        fields.append(Field("Missing", "\n".join(missing)))
    return Card(
        title=f"{titled(shown.name, reading.subject)}: {heading}",
        text=lead,
        tone="warning" if reading.state == CROWDED else "neutral",
        fields=tuple(fields),
        footer=footer(reading),
    )
