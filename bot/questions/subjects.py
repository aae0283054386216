"""What people type for the subject of a signal, and what they meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from bot.questions.parse import DEFAULT_SYMBOL, QuestionError
from bot.questions.symbols import resolve
from signals.definition import Signal
from signals.types import Market

_SHOWN_CHARACTERS = 40
_SHOWN_CHOICES = 16


def subject_of(signal: Signal, typed: str, market: Market) -> str:
    """Return the subject of `signal` that `typed` means; the usual one where nothing was typed.

    Raises
    ------
    QuestionError
        If it means none, or there is none in this market; the message suggests what may have been meant.
    """
    if signal.choices is None:
        return resolve(typed or DEFAULT_SYMBOL, market)
    choices = signal.choices(market)
    if not choices:
        raise QuestionError(f"{signal.command} has nothing to show here: this source knows of no {signal.subject_kind}")
    wanted = " ".join(typed.lower().split())
    if not wanted:
        return next(iter(choices))
    found = _meant(wanted, choices)
    if found is not None:
        return found
    symbol = wanted.upper().removeprefix("$").replace(".", "-")
    if symbol in choices:
        return symbol
    if symbol in market.prices:
        raise QuestionError(f"{signal.command}: nothing is known here of {symbol}, though there are prices of it")
    near = difflib.get_close_matches(wanted[:_SHOWN_CHARACTERS], choices, n=1)
    shown = ", ".join(list(choices)[:_SHOWN_CHOICES]) + (" …" if len(choices) > _SHOWN_CHOICES else "")
    hint = f"did you mean {near[0]}?" if near else f"choose {shown}"
    raise QuestionError(f"there is no {signal.command} {typed[:_SHOWN_CHARACTERS]!r}: {hint}")


def _meant(wanted: str, choices: Mapping[str, str]) -> str | None:
    """Return the choice called `wanted`, or the only one whose name or title holds it."""
    named = {name.lower(): name for name in choices}
    if wanted in named:
        return named[wanted]
    fitting = [name for name, title in choices.items() if name.lower().startswith(wanted) or wanted in title.lower()]
    return fitting[0] if len(fitting) == 1 else None
