"""A line of text becomes a question: ``cross RUT``, ``evidence IWM death_cross``, ``leaders ytd``."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from signals.catalog import SIGNALS

DEFAULT_SYMBOL = "RUT"
DEFAULT_EVENT = "golden_cross"
EVIDENCE = "evidence"
STOCK = "stock"


class QuestionError(ValueError):
    """What was asked cannot be understood; the message says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know: a topic, the subject it is about, and the event for `evidence`.

    An empty subject is the one that is meant where none is named.
    """

    topic: str
    subject: str = ""
    event: str = DEFAULT_EVENT


USAGE: Mapping[str, str] = {
    **{signal.command: f"{signal.command} {signal.takes}".rstrip() for signal in SIGNALS},
    EVIDENCE: "evidence [symbol] [event]",
    STOCK: "stock <symbol>",
}
"""Topic to how it is asked."""

_NAMES = {signal.name: signal.command for signal in SIGNALS}
_OF_SYMBOLS = frozenset(
    {STOCK, *(signal.command for signal in SIGNALS if signal.choices is None and "|" not in signal.takes)}
)
_WITHOUT_SUBJECT = frozenset(signal.command for signal in SIGNALS if not signal.takes)


def parse(text: str) -> Question:
    """Return the question that `text` asks; a leading ``!`` or ``/`` is allowed, and so is a signal's own name.

    Raises
    ------
    QuestionError
        If the topic is unknown, there is more text than it takes, or none where it needs some.
    """
    words = text.strip().lstrip("!/").split()
    if not words:
        raise QuestionError(f"ask one of: {', '.join(USAGE.values())}")
    topic, given = words[0].lower(), words[1:]
    topic = _NAMES.get(topic, topic)
    if topic not in USAGE:
        near = difflib.get_close_matches(topic, USAGE, n=1)
        hint = f"did you mean {near[0]}?" if near else f"ask one of: {', '.join(USAGE)}"
        raise QuestionError(f"there is no question {topic[:40]!r}: {hint}")
    _require_fit(topic, given)
    if topic == EVIDENCE:
        symbol, event = [*given, *[""] * 2][:2]
        return Question(topic, symbol, event.lower() or DEFAULT_EVENT)
    return Question(topic, " ".join(given))


def _require_fit(topic: str, given: list[str]) -> None:
    most = 2 if topic == EVIDENCE else 1 if topic in _OF_SYMBOLS else 0 if topic in _WITHOUT_SUBJECT else len(given)
    if len(given) > most:
        raise QuestionError(f"too many words after {topic}: ask {USAGE[topic]}")
    if not given and "<" in USAGE[topic]:
        raise QuestionError(f"{topic} of what? Ask {USAGE[topic]}")
