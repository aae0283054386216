"""What a reading was checked for, a line each: sign, question, number, and the bound it was held to."""

from __future__ import annotations

from bot.cards.style import SYMBOLS
from bot.cards.words import UNKNOWN, brief, decimal, number_of
from signals.types import Check, Reading

_ENDINGS = {", %": "%", ", points": " pt", ", points off": " pt"}
"""How the title of a check ends, and what is written behind its number instead."""


def checked(reading: Reading, *, at_most: frozenset[str] = frozenset()) -> str:
    """Return all checks of `reading`; `at_most` names those whose number may not be above the bound."""
    return "\n".join(_line(check, "at most" if check.name in at_most else "at least") for check in reading.checks)


def _line(check: Check, side: str) -> str:
    ending = next((ending for ending in _ENDINGS if check.title.endswith(ending)), "")
    unit = _ENDINGS.get(ending, "")
    question = check.title.removesuffix(ending)
    line = f"{SYMBOLS[check.result.value]} {question[:1].upper()}{question[1:]}"
    number = number_of(check.value)
    if number is None:
        return line if check.value is not None else f"{line}: {UNKNOWN}"
    told = decimal(number, 0 if isinstance(check.value, int) else 2)
    return f"{line}: {told}{unit} (needs {side} {brief(check.bound)}{unit})"
