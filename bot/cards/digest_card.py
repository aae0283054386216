"""The card of a day: what small caps did, who leads, and how many take part, a line each."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.cards.card import Card
from bot.cards.face import Shown
from bot.cards.faces import face_of
from bot.cards.provenance import footer
from bot.cards.words import session_words
from signals import breadth, smallcap
from signals.rotation_events import SUBJECTS

LINES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "smallcap": ("Small caps", smallcap.SUBJECT),
        "rotation": ("Rotation", SUBJECTS[0]),
        "breadth": ("Breadth", breadth.SUBJECT),
    }
)
"""Which signal each line is of: what it is called, and the subject."""
PICTURED = "smallcap"


def digest_card(shown: Mapping[str, Shown]) -> Card:
    """Return the card of the session that the readings of `LINES` are of; the picture is the first one's."""
    first = shown[PICTURED]
    lines = [f"**{title}:** {face_of(name).card(shown[name]).text}" for name, (title, _) in LINES.items()]
    return Card(
        title=f"The day, {session_words(first.reading.session)}",
        text="\n".join(lines),
        footer=footer(first.reading),
        chart=face_of(PICTURED).chart(first),
    )
