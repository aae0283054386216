"""What stands on the cover and at the foot of every page."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.briefings.material import Material
from bot.cards.briefings.paper import Paper, Section
from bot.cards.provenance import footer, label_words


def cover(material: Material, name: str, title: str, summary: str, sections: Sequence[Section]) -> Paper:
    """Return the paper of `sections`."""
    return Paper(
        name=name,
        title=title,
        session=material.session,
        summary=summary,
        sections=tuple(sections),
        label=" · ".join(label_words(material.grounds.labels)),
        footer=footer(material.grounds),
    )
