"""A briefing as it is handed out: the printed pages, and the card they come with."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.briefings.paper import Paper
from bot.cards.card import Card, Field
from bot.cards.words import listed, session_words

CONTENTS_ROOM = 900


@dataclass(frozen=True, slots=True)
class Printed:
    """A briefing.

    Attributes
    ----------
    card : Card
        What it says in one sentence, and what is in it.
    file_name : str
        Such as ``smallcap-briefing-2025-08-06.pdf``.
    """

    card: Card
    file_name: str
    content: bytes

    @property
    def alt(self) -> str:
        """What the file is, for those who cannot see it."""
        return f"{self.card.title}, as PDF with text that can be selected"


def printed(paper: Paper, content: bytes) -> Printed:
    """Return `paper`, which was printed as `content`, with its card."""
    return Printed(paper_card(paper), f"{paper.name}-briefing-{paper.session.isoformat()}.pdf", content)


def paper_card(paper: Paper) -> Card:
    """Return the card that comes with a briefing."""
    sections = [f"• {section.title}" for section in paper.sections]
    return Card(
        title=f"{paper.title}, {session_words(paper.session)}",
        text=paper.summary,
        fields=(Field("In it", listed(sections, CONTENTS_ROOM)),) if sections else (),
        footer=paper.footer,
    )
