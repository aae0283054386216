"""The card that answers `whynot`: the stations of an alert's way, and at which of them it was kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.cards.card import Card, Field
from bot.cards.cross_card import check_line
from bot.cards.provenance import Grounds, footer
from bot.cards.quality_words import passed_words
from bot.cards.style import SYMBOLS
from bot.cards.words import brief, escape, number_of, percent, session_words, sessions, signed, titled
from signals.definition import Signal
from signals.types import Reading, Result, Thresholds

YOUNG_SESSIONS = 20
"""A cross is confirmed or undone within so many sessions, or not at all."""

_MOMENT = re.compile(r"(<t:-?\d{1,12}(?::[tTdDfFR])?>)")


class Station(StrEnum):
    """Where on its way an alert may be kept, in order."""

    PRICES = "Prices"
    SCAN = "Scan"
    EVENT = "Event"
    CHANNEL = "This channel"
    MEMBER = "You"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing looked at: whether it lets the alert pass, and the fact in words that are safe to show.

    Attributes
    ----------
    is_told : bool
        The alert was told after all.
    """

    station: Station
    passes: bool
    words: str
    is_told: bool = False


def whynot_card(steps: Sequence[Step], *, signal: Signal, subject: str, name: str, grounds: Grounds) -> Card:
    """Return what kept an alert quiet: the first cause up front, every station below."""
    fields = []
    for station in Station:
        lines = [f"{_sign(step)} {step.words}" for step in steps if step.station is station]
        if lines:
            fields.append(Field(station.value, "\n".join(lines)))
    return Card(
        title=f"Why no alert: {signal.title} of {titled(name, subject)}",
        text=_lead(steps),
        fields=tuple(fields),
        footer=footer(grounds),
    )


def standing(signal: Signal, reading: Reading, thresholds: Thresholds) -> str:
    """Return where a subject stands that has no event: how far it is from one, in numbers."""
    if signal.name == "quality" and reading.values.get("known"):
        told = passed_words(reading.values.get("passed"), reading.values["known"])
        return f"no event: {told}, and none of them has changed sides"
    if signal.name != "cross":
        return f"no event: its state is {escape(reading.state.replace('_', ' '))}"
    fast, slow = brief(thresholds["fast"]), brief(thresholds["slow"])
    if reading.state not in {"golden", "death"}:
        return f"no event: its averages are unknown, since some close of their {fast} and {slow} sessions is missing"
    gap = number_of(reading.values.get("gap_pct"))
    side = "above" if reading.state == "golden" else "below"
    away = percent(abs(gap)).lstrip("+") if gap is not None else "an unknown distance"
    where = f"no cross: the {fast}-session average is {away} {side} the {slow}-session one"
    return f"{where}; {_approach(reading, thresholds)}{_confirmation(reading, thresholds)}"


def reason_words(reason: str) -> str:
    """Return a reason that was stored, harmless whatever it quotes; instants in it stay instants."""
    return "".join(part if _MOMENT.fullmatch(part) else _kept_apart(part) for part in _MOMENT.split(reason))


def _approach(reading: Reading, thresholds: Thresholds) -> str:
    limit, flat = sessions(thresholds["approach_sessions"]), number_of(reading.values.get("flat_sessions"))
    needs = f"an approach needs a cross within {limit} of flat prices"
    if flat is None:
        return f"{needs}, now there is none within 60"
    if flat > float(thresholds["approach_sessions"]):
        return f"{needs}, now it would take {brief(flat)}"
    change = number_of(reading.values.get("gap_change_5"))
    side = 1 if reading.state == "golden" else -1
    if change is None or change * side >= 0:
        return f"flat prices would cross in {sessions(flat)}, but the gap is not narrowing ({signed(change)} pt in 5)"
    return f"flat prices would cross in {sessions(flat)}: an approach is told once, on its first session"


def _confirmation(reading: Reading, thresholds: Thresholds) -> str:
    """Return what a young cross lacks for its confirmation."""
    since = number_of(reading.values.get("sessions_since"))
    if since is None or since > YOUNG_SESSIONS:
        return ""
    crossed = session_words(reading.values.get(f"last_{reading.state}"))
    lacking = [
        check_line(check, reading.state)
        for check in reading.checks
        if thresholds.get(f"require_{check.name}") == "yes" and check.result is not Result.PASS
    ]
    if not lacking:
        return f". The cross of {crossed} has all that its confirmation needs, which is told once"
    return f". For its confirmation the cross of {crossed} lacks: {'; '.join(lacking)}"


def _lead(steps: Sequence[Step]) -> str:
    """Return what a reader in a hurry needs: that it was told after all, or the first cause."""
    causes = [step for step in steps if not step.passes]
    told = [step for step in steps if step.is_told]
    if told:
        also = (
            f"\nWhat kept it from elsewhere, or would keep it now, is marked {SYMBOLS['fail']} below." if causes else ""
        )
        return f"**It was told.** {told[0].station}: {_sentence(told[0].words)}{also}"
    if not causes:
        return "Nothing kept it quiet: every station below let it pass."
    more = f"\n{_counted(len(causes) - 1)} below." if len(causes) > 1 else ""
    return f"**{causes[0].station}:** {_sentence(causes[0].words)}{more}"


def _kept_apart(text: str) -> str:
    """Escape `text` without losing the blanks that part it from an instant beside it."""
    lead = " " if text[:1].isspace() else ""
    trail = " " if text[-1:].isspace() and text.strip() else ""
    return f"{lead}{escape(text)}{trail}"


def _sign(step: Step) -> str:
    return SYMBOLS["pass"] if step.passes else SYMBOLS["fail"]


def _sentence(words: str) -> str:
    is_link = "://" in words.rpartition(" ")[2]
    return words[:1].upper() + words[1:] + ("" if is_link or words.endswith((".", "?", "!")) else ".")


def _counted(count: int) -> str:
    return "1 more cause" if count == 1 else f"{count} more causes"
