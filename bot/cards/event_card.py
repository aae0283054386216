"""Cards of events: what changed, in neutral words, with the numbers it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from bot.cards.card import Card, Field
from bot.cards.face import Shown
from bot.cards.faces import face_of, importance_of, phrase_of
from bot.cards.provenance import NOT_ADVICE, footer
from bot.cards.style import SYMBOLS
from bot.cards.words import UNKNOWN, escape, listed, session_words, short_session, titled
from signals.catalog import by_name
from signals.types import Coverage, Event, Reading, Thresholds

MOST_LISTED = 10
LIST_ROOM = 3800


def event_card(event: Event, shown: Shown) -> Card:
    """Return the card of one event; `shown` is its subject's reading of the same session."""
    face = face_of(event.signal)
    fields = list(face.numbers(shown, event))
    if shown.evidence:
        fields.append(Field("What followed in the past", shown.evidence))
    return Card(
        title=f"{symbol_of(event.kind)} {title_of(event)}: {heading(event, shown.name)}",
        text=f"On {session_words(event.session)} {sentence_of(event, shown.thresholds)}.",
        tone=phrase_of(event.kind).tone,
        fields=tuple(fields),
        footer=footer(shown.reading),
    )


def events_card(events: Sequence[tuple[Event, str]], *, reading: Reading | None = None) -> Card:
    """Return one card for several events of a tick: the ten most important listed, the rest counted.

    `reading`, any of theirs, lends source, basis and labels to the footer; covered are all that events are of.
    """
    ordered = sorted(events, key=_order)
    days = sorted({event.session for event, _ in events})
    when = " to ".join(session_words(day) for day in dict.fromkeys((days[0], days[-1]))) if days else UNKNOWN
    counts = Counter(phrase_of(event.kind).title for event, _ in ordered)
    lines = [event_line(event, name, has_session=len(days) > 1) for event, name in ordered]
    subjects = len({event.subject for event, _ in events})
    tones = {phrase_of(event.kind).tone for event, _ in ordered}
    return Card(
        title=f"{len(events)} {'event' if len(events) == 1 else 'events'}, {when}",
        text=listed(lines, LIST_ROOM, most=MOST_LISTED),
        tone=tones.pop() if len(tones) == 1 else "neutral",
        fields=(Field("Counted", "\n".join(f"{title}: {count}" for title, count in counts.items()) or "none"),),
        footer=footer(replace(reading, coverage=Coverage(subjects, subjects))) if reading else f"{when} · {NOT_ADVICE}",
    )


def day_card(events: Sequence[tuple[Event, str]], *, reading: Reading | None = None, is_own: bool = False) -> Card:
    """Return the card of the one message a day; `is_own` where it goes to a member, who asked for it."""
    card = events_card(events, reading=reading)
    when = card.title.partition(", ")[2]
    whose = "Your day" if is_own else "The day"
    alerts = "1 alert" if len(events) == 1 else f"{len(events)} alerts"
    return replace(card, title=f"{whose}: {alerts}, {when}")


def missed_card(events: Sequence[tuple[Event, str]], *, reading: Reading | None = None) -> Card:
    """Return the card of what could not be told in time: said to be late, so that nobody takes it for news."""
    card = events_card(events, reading=reading)
    when = card.title.partition(", ")[2]
    is_one = len(events) == 1
    text = (
        f"I could not tell you of {'this event' if is_one else 'these events'} in time: I, Discord or the prices were "
        f"away. {'It is' if is_one else 'They are'} listed once, for completeness; what it means today, `cross` shows."
    )
    count = "1 event" if is_one else f"{len(events)} events"
    return replace(card, title=f"While we were away: {count}, {when}", text=f"{text}\n\n{card.text}", tone="neutral")


def retraction_card(events: Sequence[tuple[Event, str]]) -> Card:
    """Return the card that takes back events: the prices they rested on were corrected since."""
    lines = [f"{SYMBOLS['fail']} {event_line(event, name).partition(' ')[2]}" for event, name in events]
    it = "this event" if len(events) == 1 else "these events"
    text = (
        f"The source has corrected its prices, and in them {it} did not happen:\n"
        f"{listed(lines, LIST_ROOM - 400, most=MOST_LISTED)}\n\n"
        "The message I reply to stands as it was sent; nothing further will follow about it."
    )
    return Card(title="Taken back: the prices were corrected", text=text, tone="warning", footer=NOT_ADVICE)


def event_line(event: Event, name: str, *, has_session: bool = True) -> str:
    """Return one event as a line of a list, with its session unless the list names it."""
    told = face_of(event.signal).brief(event)
    line = f"{symbol_of(event.kind)} **{heading(event, name)}** {title_of(event).lower()}"
    when = f", {short_session(event.session)}" if has_session else ""
    return f"{line}{when}" + (f": {told}" if told else "")


def heading(event: Event, name: str) -> str:
    """Return the subject of `event` as a title: its name, and its symbol where it is one."""
    is_symbol = by_name(event.signal).choices is None
    return titled(name, event.subject) if is_symbol else escape(name or event.subject)


def title_of(event: Event) -> str:
    """Return an event's title, naming the side where its kind does not."""
    title, side = phrase_of(event.kind).title, event.values.get("state")
    return f"{side} {title.lower()}".capitalize() if event.kind in {"confirmed", "failed"} and side else title


def symbol_of(kind: str) -> str:
    """Return the sign that tells a kind without colour."""
    return phrase_of(kind).sign


def sentence_of(event: Event, thresholds: Thresholds) -> str:
    """Return what happened, to stand in a sentence."""
    return phrase_of(event.kind).sentence.format_map(face_of(event.signal).facts(event, thresholds))


def _order(pair: tuple[Event, str]) -> tuple[int, bool, str]:
    """Put the important first, and among equals the indices before their constituents."""
    event = pair[0]
    return -importance_of(event.kind), not event.subject.startswith("^"), event.subject
