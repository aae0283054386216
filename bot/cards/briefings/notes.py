"""The last pages of every briefing: where its numbers come from, what is missing, what its words mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.briefings.material import Material
from bot.cards.briefings.paper import Block, Points, Section, Terms, Words
from bot.cards.faces import face_of
from bot.cards.missing import missing_lines
from bot.cards.plain import without_markup
from bot.cards.provenance import basis_words, doubts, label_words
from bot.cards.words import instant_words, session_words
from signals.catalog import by_name
from signals.types import Basis, Reading

ADJUSTED = {
    Basis.PRICE: "closes adjusted for splits, not for dividends",
    Basis.TOTAL_RETURN: "closes adjusted for splits and dividends",
}
NOT_ADVICE = (
    "This briefing describes what prices did. It is not advice, no recommendation and no forecast; what followed past "
    "events says little of the next one."
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a word means; where thresholds stand in it, those of `signal`."""

    text: str
    signal: str = ""


TERMS = {
    "Session": Definition("a trading day of the New York Stock Exchange; only closed ones count."),
    "Golden and death cross": Definition(
        "the session in which the average of the last {fast} closes comes to stand above the average of the last "
        "{slow}, or below it.",
        "cross",
    ),
    "Gap": Definition(
        "how far the {fast}-session average stands above (+) or below (\N{MINUS SIGN}) the {slow}-session one.", "cross"
    ),
    "Flat closes": Definition(
        "in how many sessions the averages would cross if every coming close equalled the last one."
    ),
    "RSI 14": Definition("relative strength index after Wilder over 14 changes, 0 to 100."),
    "Breadth": Definition("how many members of an index take part in its move."),
    "SMA50, SMA200": Definition("simple averages of the last 50 and 200 closes."),
    "Base rate": Definition("what followed every session of the sample, whether something happened or not."),
    "Interval": Definition(
        "where the true difference lies with 95% confidence; an edge is claimed only where it excludes zero, "
        "corrected for the number of horizons."
    ),
    "Lead": Definition(
        "one side leads once its change against the other over {short} and over {long} sessions has been beyond "
        "{lead_pct:g}% for {hold_sessions} sessions; it ends when the {long}-session change crosses zero.",
        "rotation",
    ),
    "Rotation map": Definition(
        "ratio: strength against the benchmark over 52 weeks; momentum: its change; 100 is usual for both. "
        "Leading: both above; weakening: momentum below; lagging: both below; improving: momentum above."
    ),
    "Contribution": Definition("a sector's weight at the start times its return: the points it added to the whole."),
    "Made good": Definition("how much of the fall from a three-year peak has been recovered since the trough."),
    "Rank": Definition("0 is the lowest of ten years, 100 the highest."),
}


def data_notes(material: Material) -> Section:
    """Return where the numbers come from, how far they can be trusted, and what is missing."""
    grounds = material.grounds
    pairs = [
        ("Session", f"{session_words(grounds.session)}, as known on {instant_words(grounds.as_of)}"),
        ("Source", f"{grounds.source}; {basis_words(grounds.basis)}: {ADJUSTED[grounds.basis]}"),
        ("Coverage", f"{grounds.coverage.n:,} of {grounds.coverage.of:,} symbols have a close of this session"),
        *((("Label", ", ".join(label_words(grounds.labels))),) if grounds.labels else ()),
        *((("Doubt", "; ".join(doubts(grounds))),) if doubts(grounds) else ()),
        *(("Members", line) for line in _field_lines(material, "breadth", "Members counted")),
        *(("Start weights", line) for line in _field_lines(material, "leadership", "Start weights")[:2]),
    ]
    missing = (*material.absent, *_missing(material))
    told: tuple[Block, ...] = (
        (Words("Missing:"), Points(missing, unlisted=0)) if missing else (Words("Nothing is missing."),)
    )
    return Section("Data notes", (Terms(tuple(pairs)), *told))


def thin(reading: Reading) -> tuple[Block, ...]:
    """Return that a reading covers too little of its universe, where it does."""
    covered = reading.coverage
    if not covered.is_partial:
        return ()
    return (Words(f"PARTIAL: {covered.n:,} of {covered.of:,} covered; below 90% no event is raised."),)


def definitions(material: Material, names: Sequence[str]) -> Section:
    """Return what the words mean under the thresholds in force, and that nothing here is advice."""
    pairs = tuple((name, _meaning(TERMS[name], material)) for name in names)
    return Section("Definitions", (Terms(pairs), Words(NOT_ADVICE)))


def _meaning(definition: Definition, material: Material) -> str:
    limits = material.thresholds[definition.signal] if definition.signal else {}
    return definition.text.format_map(limits)


def _field_lines(material: Material, signal: str, title: str) -> list[str]:
    """Return the lines of the field called `title` of the first card of `signal`."""
    for shown in material.every(signal):
        texts = [field.text for field in face_of(signal).card(shown).fields if field.title == title]
        return [without_markup(line) for text in texts for line in text.split("\n")]
    return []


def _missing(material: Material) -> list[str]:
    """Return what the cards of everything shown say is missing; said of several subjects, it is said once."""
    names: dict[tuple[str, str], list[str]] = {}
    for shown in material.shown.values():
        signal = by_name(shown.reading.signal)
        for line in missing_lines(face_of(signal.name).card(shown)):
            names.setdefault((signal.title, line), []).append(shown.name)
    return [f"{_whose(title, told)}: {line}" for (title, line), told in names.items()]


def _whose(title: str, names: Sequence[str]) -> str:
    is_one = len(names) == 1 and names[0].lower() not in title.lower()
    return f"{title}, {names[0]}" if is_one else title
