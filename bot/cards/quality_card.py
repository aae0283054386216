"""The card that answers `quality`: nine questions about a company's financials, each with its number."""

from __future__ import annotations

from collections.abc import Mapping

from bot.cards.card import Card, Field
from bot.cards.face import Face, Phrase, Shown
from bot.cards.filings_source import source_fields
from bot.cards.provenance import footer
from bot.cards.quality_data import quality_chart
from bot.cards.quality_words import (
    MISSING,
    NO_RECOMMENDATION,
    asked,
    changed_words,
    failed_words,
    gate_line,
    passed_words,
    score_words,
)
from bot.cards.style import SYMBOLS
from bot.cards.words import brief, escape, session_words, short_session, titled
from signals.types import Event, Reading, Result, Scalar, Thresholds

PHRASES = {
    "gates_won": Phrase(
        "Gate of quality passed",
        "it passed what it had failed before: {gates}; {passed} of {known} known gates are passed now",
        "neutral",
        SYMBOLS["pass"],
    ),
    "gates_lost": Phrase(
        "Gate of quality failed",
        "it failed what it had passed before: {gates}; {passed} of {known} known gates are passed now",
        "warning",
        SYMBOLS["fail"],
    ),
}


def quality_card(shown: Shown) -> Card:
    """Return the card of what a company's reports and estimates say."""
    reading = shown.reading
    told = passed_words(*_counts(reading)) if reading.values.get("known") else "nothing known"
    return Card(
        title=f"{titled(shown.name, reading.subject)}: {told}",
        text=f"{_lead(reading)}\n{NO_RECOMMENDATION}",
        tone="neutral",
        fields=(*fields_of(reading), *source_fields(shown)),
        footer=footer(reading),
    )


def fields_of(reading: Reading) -> tuple[Field, ...]:
    """Return the gates, a line each, and what is missing to ask the others."""
    rated_by = reading.values.get("rated_by")
    gates = Field("Gates", "\n".join(gate_line(check, rated_by=rated_by) for check in reading.checks))
    missing = _missing(reading)
    return (gates, *((Field("Missing", missing),) if missing else ()))


def in_short(reading: Reading) -> str:
    """Return a reading in two lines or three, for a card about more: how many passed, what failed, what is unknown."""
    values = reading.values
    remark = escape(str(values.get("remark") or ""))
    if not values.get("known"):
        return f"Nothing is known: {remark}." if remark else ""
    lines = [f"{passed_words(*_counts(reading))}, {score_words(values.get('score'))}."]
    for result, title in ((Result.FAIL, "failed"), (Result.UNKNOWN, "unknown")):
        names = [
            f"{asked(check.name)} ({failed_words(check)})" if result is Result.FAIL else asked(check.name)
            for check in reading.checks
            if check.result is result
        ]
        if names:
            lines.append(f"{SYMBOLS[result.value]} {title}: {', '.join(names)}")
    return "\n".join(lines)


def _lead(reading: Reading) -> str:
    values = reading.values
    remark = f" Remark: {escape(str(values['remark']))}." if values.get("remark") else ""
    if not values.get("known"):
        return f"Nothing is known of its financials by {session_words(reading.session)}.{remark}"
    score = score_words(values.get("score"))
    since = []
    if values.get("filed"):
        period = short_session(values.get("period_end"))
        since.append(f"its last report was filed on {short_session(values['filed'])}, for the period to {period}")
    if values.get("estimates"):
        since.append(f"estimates are of {short_session(values['estimates'])}")
    told = "; ".join(since)
    return f"{score[:1].upper()}{score[1:]}. {told[:1].upper()}{told[1:]}{'.' if told else ''}{remark}"


def _missing(reading: Reading) -> str:
    parts = [part for gate in str(reading.values.get("missing") or "").split("; ") for part in gate.split(", ") if part]
    named = [MISSING.get(part, part) for part in dict.fromkeys(parts)]
    return f"{', '.join(named)}." if named else ""


def _counts(reading: Reading) -> tuple[Scalar, Scalar]:
    return reading.values.get("passed"), reading.values.get("known")


def _numbers(shown: Shown, event: Event) -> tuple[Field, ...]:
    del event
    return fields_of(shown.reading)


def _facts(event: Event, thresholds: Thresholds) -> Mapping[str, str]:
    del thresholds
    values = event.values
    return {
        "gates": _changed(event),
        "passed": brief(values.get("passed")),
        "known": brief(values.get("known")),
    }


def _changed(event: Event) -> str:
    values = event.values
    return changed_words(values.get("gates"), values.get("numbers"), is_lost=event.kind == "gates_lost")


def _brief(event: Event) -> str:
    values = event.values
    return f"{_changed(event)}; {brief(values.get('passed'))} of {brief(values.get('known'))} passed"


FACE = Face(card=quality_card, numbers=_numbers, chart=quality_chart, phrases=PHRASES, facts=_facts, brief=_brief)
