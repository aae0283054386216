"""Cards of events: what changed, in neutral words, with the numbers it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.cards.card import Card, Chart, Field
from bot.cards.cross_card import STANDARD, Windows, check_lines, forecast, numbers
from bot.cards.provenance import NOT_ADVICE, footer
from bot.cards.style import SYMBOLS
from bot.cards.words import UNKNOWN, listed, number_of, percent, price, session_words, sessions, short_session, titled
from signals.types import Coverage, Event, Reading

MOST_LISTED = 10
LIST_ROOM = 3800


@dataclass(frozen=True, slots=True)
class Phrase:
    """How one kind of event is told; `weight` orders a digest."""

    title: str
    sentence: str
    tone: str
    weight: int


PHRASES = {
    "golden_cross": Phrase(
        "Golden cross", "the {fast}-session average crossed above the {slow}-session average", "golden", 5
    ),
    "death_cross": Phrase(
        "Death cross", "the {fast}-session average crossed below the {slow}-session average", "death", 5
    ),
    "confirmed": Phrase(
        "Cross confirmed", "all required confirmation layers passed, {since} after the {side} cross", "neutral", 3
    ),
    "failed": Phrase("Cross undone", "the averages crossed back, {since} after the {side} cross", "warning", 4),
    "approaching_golden": Phrase(
        "Approaching a golden cross",
        "the {fast}-session average was nearing the {slow}-session average from below: "
        "were every close equal to the last, they would cross in {flat}",
        "golden",
        3,
    ),
    "approaching_death": Phrase(
        "Approaching a death cross",
        "the {fast}-session average was nearing the {slow}-session average from above: "
        "were every close equal to the last, they would cross in {flat}",
        "death",
        3,
    ),
}


def event_card(
    event: Event,
    reading: Reading,
    *,
    name: str,
    evidence: str | None = None,
    chart: Chart | None = None,
    windows: Windows = STANDARD,
) -> Card:
    """Return the card of one event; `reading` is its subject's reading of the same session."""
    fields = [Field("Numbers", numbers(reading, windows))]
    if event.kind.startswith("approaching"):
        fields.append(Field("When would they meet?", forecast(reading)))
    elif reading.checks:  # they are of the last cross, not of the one that may come
        fields.append(Field("Confirmation, layer by layer", check_lines(reading)))
    if evidence:
        fields.append(Field("What followed in the past", evidence))
    return Card(
        title=f"{symbol_of(event.kind)} {title_of(event)}: {titled(name, event.subject)}",
        text=f"On {session_words(event.session)} {_sentence(event, windows)}.",
        tone=phrase_of(event.kind).tone,
        fields=tuple(fields),
        footer=footer(reading),
        chart=chart,
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
    facts = [percent(event.values.get("gap_pct"), missing="")]
    close = event.values.get("close")
    if number_of(close) is not None:
        facts.insert(0, f"close {price(close)}")
    flat = event.values.get("flat_sessions")
    if event.kind.startswith("approaching") and number_of(flat) is not None:
        facts.append(f"flat prices would cross in {sessions(flat)}")
    told = ", ".join(f"gap {fact}" if fact.endswith("%") else fact for fact in facts if fact)
    line = f"{symbol_of(event.kind)} **{titled(name, event.subject)}** {title_of(event).lower()}"
    when = f", {short_session(event.session)}" if has_session else ""
    return f"{line}{when}" + (f": {told}" if told else "")


def phrase_of(kind: str) -> Phrase:
    """Return how `kind` is told; a kind without words of its own is named as it is."""
    return PHRASES.get(kind) or Phrase(kind.replace("_", " ").capitalize(), kind.replace("_", " "), "neutral", 1)


def title_of(event: Event) -> str:
    """Return an event's title, naming the side where its kind does not."""
    title, side = phrase_of(event.kind).title, event.values.get("state")
    return f"{side} {title.lower()}".capitalize() if event.kind in {"confirmed", "failed"} and side else title


def symbol_of(kind: str) -> str:
    """Return the sign that tells golden from death without colour."""
    if kind == "confirmed":
        return SYMBOLS["pass"]
    if kind == "failed":
        return SYMBOLS["fail"]
    return next((SYMBOLS[side] for side in ("golden", "death") if side in kind), "•")


def _order(pair: tuple[Event, str]) -> tuple[int, bool, str]:
    """Put the important first, and among equals the indices before their constituents."""
    event = pair[0]
    return -phrase_of(event.kind).weight, not event.subject.startswith("^"), event.subject


def _sentence(event: Event, windows: Windows) -> str:
    return phrase_of(event.kind).sentence.format(
        fast=windows[0],
        slow=windows[1],
        since=sessions(event.values.get("sessions_since")),
        side=event.values.get("state") or UNKNOWN,
        flat=sessions(event.values.get("flat_sessions")),
    )
