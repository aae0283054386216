"""Lists too long for a message: shown a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards.card import Card
from bot.cards.event_card import event_line
from bot.cards.faces import importance_of
from bot.cards.provenance import NOT_ADVICE
from bot.cards.words import shorten
from bot.chat.ports import Desk
from bot.records import StoredEvent

A_PAGE = 20
NAME_ROOM = 60
"""So much of a long name is shown that a page of them fits a message."""


def list_page(told: Sequence[StoredEvent], page: int, desk: Desk) -> tuple[Card, int, int]:
    """Return one page of the events a message tells of, which page it is, and how many there are.

    A page beyond the end is the last one.
    """
    pages = -(-len(told) // A_PAGE)
    at = min(page, pages - 1)
    ordered = sorted(told, key=lambda stored: -importance_of(stored.event.kind))  # as the message orders them
    shown = [stored.event for stored in ordered[at * A_PAGE : (at + 1) * A_PAGE]]
    lines = [event_line(event, shorten(desk.name_of(event.subject, event.signal), NAME_ROOM)) for event in shown]
    foot = f"page {at + 1} of {pages} · {NOT_ADVICE}" if pages > 1 else NOT_ADVICE
    title = f"All {len(told)} events of this message" if len(told) > 1 else "The event of this message"
    return Card(title, "\n".join(lines), footer=foot), at, pages
