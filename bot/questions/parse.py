"""A line of text becomes a question: ``cross RUT``, ``evidence IWM death_cross``, ``smallcap``."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

DEFAULT_SYMBOL = "RUT"
DEFAULT_EVENT = "golden_cross"


class QuestionError(ValueError):
    """What was asked cannot be understood; the message says what to ask instead."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know: a topic, and the symbol and event it is about."""

    topic: str
    symbol: str = DEFAULT_SYMBOL
    event: str = DEFAULT_EVENT


USAGE = {
    "cross": "cross [symbol]",
    "smallcap": "smallcap",
    "evidence": "evidence [symbol] [event]",
}
"""Topic to how it is asked."""

_MOST_ARGUMENTS = {"cross": 1, "smallcap": 0, "evidence": 2}


def parse(text: str) -> Question:
    """Return the question that `text` asks; a leading ``!`` or ``/`` is allowed.

    Raises
    ------
    QuestionError
        If the topic is unknown or there is more text than it takes.
    """
    words = text.strip().lstrip("!/").split()
    if not words:
        raise QuestionError(f"ask one of: {', '.join(USAGE.values())}")
    topic, given = words[0].lower(), words[1:]
    if topic not in USAGE:
        near = difflib.get_close_matches(topic, USAGE, n=1)
        hint = f"did you mean {near[0]}?" if near else f"ask one of: {', '.join(USAGE.values())}"
        raise QuestionError(f"there is no question {topic[:40]!r}: {hint}")
    if len(given) > _MOST_ARGUMENTS[topic]:
        raise QuestionError(f"too many words after {topic}: ask {USAGE[topic]}")
    match topic, given:
        case "evidence", [symbol, event]:
            return Question(topic, symbol, event.lower())
        case _, [symbol]:
            return Question(topic, symbol)
        case _:
            return Question(topic)
