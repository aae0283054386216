"""What changed: the events of the session, and of the sessions just before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bot.cards.briefings.material import Material, Named
from bot.cards.briefings.paper import Block, Grid, Points, Section, Words
from bot.cards.event_card import heading, sentence_of, symbol_of, title_of
from bot.cards.faces import face_of, importance_of, phrase_of
from bot.cards.plain import without_markup
from bot.cards.words import session_words, sessions, short_session

TITLE = "What changed"
MOST_TOLD = 8
MOST_LISTED = 12


def changes(material: Material) -> Section:
    """Return the section: the session's own events in sentences, those just before it in a table."""
    today = _ordered(named for named in material.events if named[0].session == material.session)
    before = [named for named in material.events if named[0].session != material.session]
    return Section(TITLE, (*_today(material, today), *_before(material, before), Words(_shares(material))))


def _today(material: Material, today: Sequence[Named]) -> tuple[Block, ...]:
    when = session_words(material.session)
    if not today:
        return (Words(f"{when} brought no event of the market as a whole."),)
    told = tuple(_told(material, named) for named in today[:MOST_TOLD])
    return (Words(f"On {when}:"), Points(told, is_signed=True, unlisted=len(today[MOST_TOLD:])))


def _told(material: Material, named: Named) -> str:
    event, name = named
    sentence = sentence_of(event, material.thresholds[event.signal])
    text = f"{symbol_of(event.kind)} {title_of(event)}, {heading(event, name)}: {sentence}."
    return without_markup(text)


def _before(material: Material, before: Sequence[Named]) -> tuple[Block, ...]:
    count = len(material.sessions) - 1
    if not before:
        return (Words(f"Nor did the {sessions(count)} before it.", is_quiet=True),) if count else ()
    rows = [
        (
            short_session(event.session),
            without_markup(f"{symbol_of(event.kind)} {title_of(event)}"),
            without_markup(heading(event, name)),
            without_markup(face_of(event.signal).brief(event)),
        )
        for event, name in before[:MOST_LISTED]
    ]
    header, caption = ("Session", "Event", "Of", "Numbers"), f"The {sessions(count)} before"
    return (Grid(header, tuple(rows), texts=(0, 1, 2, 3), caption=caption, unlisted=len(before[MOST_LISTED:])),)


def _shares(material: Material) -> str:
    """Return how many single shares crossed in those sessions."""
    members = material.members
    if not members.coverage.n:
        return f"Whether shares of {members.place} crossed is unknown: there is no list of them, or no prices."
    counts = Counter(event.kind for event, _ in members.fresh)
    told = " and ".join(_counted(kind, counts[kind]) for kind in ("golden_cross", "death_cross"))
    return (
        f"The {members.coverage.n:,} shares of {members.place} that are covered made {told} "
        f"in the last {sessions(len(material.sessions))}."
    )


def _counted(kind: str, count: int) -> str:
    title = phrase_of(kind).title.lower()
    return f"1 {title}" if count == 1 else f"{count or 'no'} {title}es"


def _ordered(events: Iterable[Named]) -> list[Named]:
    """Put the important first."""
    return sorted(events, key=_order)


def _order(named: Named) -> tuple[int, bool, str]:
    event = named[0]
    return -importance_of(event.kind), not event.subject.startswith("^"), event.subject
