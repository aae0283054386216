"""The gates of quality in words: what each asks, its number, and the bound it is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.cards.style import SYMBOLS
from bot.cards.words import MINUS, TIMES, UNKNOWN, brief, decimal, number_of, percent, signed
from signals.quality_gates import GATES, LEAST_ANALYSTS, LEAST_KNOWN
from signals.types import Check, Scalar
from signals.valuation_multiples import NOT_MEANINGFUL

SCALES = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
_FINE = 9.95
_NEEDS = {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}
NO_RECOMMENDATION = "What was filed and expected, gate by gate; never a recommendation."
MISSING = {
    "net_income": "net income of twelve months",
    "revenue_growth_pct": "revenue of a year before",
    "free_cash_flow": "cash flow or capital expenditure of twelve months",
    "debt": "debt",
    "cash": "cash",
    "ebitda": "EBITDA of twelve months",
    "equity": "equity",
    "operating_margin_change_points": "operating margin of a year before",
    "surprise_pct": "last earnings against estimates",
    "insider_purchases": "forms of the last 90 days",
    "analysts": "analysts",
    "mean_rating": "rating",
}
"""What a figure is called where it is missing."""


def amount(value: Scalar, *, missing: str = UNKNOWN) -> str:
    """Return an amount of money in a few letters, such as ``12.3m``, with a proper minus and without a currency."""
    number = number_of(value)
    if number is None:
        return missing
    size = abs(number)
    scale, name = next(((scale, name) for scale, name in SCALES if size >= scale), (1.0, ""))
    told = size / scale
    return f"{MINUS if number < 0 else ''}{told:,.{1 if told < _FINE and name else 0}f}{name}"


def _dollars(value: Scalar) -> str:
    told = amount(value)
    return told if number_of(value) is None else f"{MINUS}${told[1:]}" if told.startswith(MINUS) else f"${told}"


def _ratio(value: Scalar) -> str:
    return f"{decimal(value)}{TIMES}"


def _points(value: Scalar) -> str:
    return f"{signed(value, 1)} pt"


@dataclass(frozen=True, slots=True)
class GateWords:
    """How one gate is told.

    Attributes
    ----------
    short : str
        Its name in a list and on a picture.
    asks : str
        What is looked at.
    number : callable
        Its number in words.
    unit : str
        What stands behind its bound.
    """

    short: str
    asks: str
    number: Callable[[Scalar], str]
    unit: str = ""


WORDS: Mapping[str, GateWords] = {
    "profitable": GateWords("Profit", "Net income, 12 months", _dollars),
    "growing": GateWords("Growth", "Revenue against a year before", lambda value: percent(value, 1), "%"),
    "free_cash": GateWords("Cash", "Free cash flow, 12 months", _dollars),
    "net_debt": GateWords("Leverage", "Net debt/EBITDA", _ratio, TIMES),
    "debt_to_equity": GateWords("Debt", "Debt/equity", _ratio, TIMES),
    "margin": GateWords("Margin", "Operating margin over a year", _points, " pt"),
    "surprise": GateWords("Earnings", "Earnings against estimates", lambda value: percent(value, 1), "%"),
    "insiders": GateWords("Insiders", "Insider purchases in 90 days", lambda value: decimal(value, 0)),
    "analysts": GateWords("Rating", "Mean rating, 1 best to 5", decimal),
}
"""Every gate by its name."""
_BELOW = {"net_debt": "EBITDA", "debt_to_equity": "equity"}
"""What a ratio is divided by."""
_RULES = {gate.name: gate.rule for gate in GATES}
_BOUNDS = {gate.name: gate.bound for gate in GATES}


def gate_line(check: Check, *, rated_by: Scalar = None) -> str:
    """Return one gate as a line: sign, question, number and bound; `rated_by` is how many analysts rate it."""
    words = WORDS[check.name]
    bound = f"needs {_NEEDS[_RULES[check.name]]} {brief(check.bound)}{words.unit}"
    if check.name == "analysts" and (count := number_of(rated_by)) is not None:
        bound = f"{bound}, by {LEAST_ANALYSTS} or more: {'1 rates' if count == 1 else f'{count:.0f} rate'} it"
    return f"{SYMBOLS[check.result.value]} {words.asks}: {number_words(check)} ({bound})"


def number_words(check: Check) -> str:
    """Return the number of a gate in words."""
    if check.value == NOT_MEANINGFUL:
        return f"{NOT_MEANINGFUL}, {_BELOW[check.name]} is not above 0"
    return UNKNOWN if number_of(check.value) is None else WORDS[check.name].number(check.value)


def cell(name: str, value: Scalar) -> str:
    """Return the number of a gate in the few letters that a cell holds; empty where it is unknown."""
    number = number_of(value)
    if number is None:
        return str(value or "")
    if name in {"profitable", "free_cash"}:
        return amount(value)
    if name in {"net_debt", "debt_to_equity", "analysts"}:
        return decimal(value, 2 if abs(number) < _FINE else 0)
    return decimal(value, 0) if name == "insiders" else signed(value, 1 if abs(number) < _FINE else 0)


def passed_words(passed: Scalar, known: Scalar) -> str:
    """Return how many gates are passed, such as ``6 of 8 known gates passed``."""
    gates = "gate" if known == 1 else "gates"
    return f"{brief(passed)} of {brief(known)} known {gates} passed"


def score_words(score: Scalar) -> str:
    """Return the score, or why there is none."""
    told = decimal(score, missing="")
    return f"score {told}" if told else f"no score: it takes {LEAST_KNOWN} known gates"


def failed_words(check: Check) -> str:
    """Return the number of a gate that failed, in words, and that too few rate it where that is why."""
    return _and_few(check.name, check.value, number_words(check))


def changed_words(gates: Scalar, numbers: Scalar, *, is_lost: bool) -> str:
    """Return the gates that an event names with their numbers, as people read them."""
    pairs = zip(str(gates).split(", "), str(numbers).split(", "), strict=True)
    return ", ".join(f"{asked(name)} ({_told(name, number, is_lost=is_lost)})" for name, number in pairs)


def asked(name: str) -> str:
    """Return what a gate looks at, to stand in a sentence."""
    return WORDS[name].asks[:1].lower() + WORDS[name].asks[1:]


def _told(name: str, number: str, *, is_lost: bool) -> str:
    if number == NOT_MEANINGFUL:
        return number
    value = number_of(float(number))
    told = UNKNOWN if value is None else WORDS[name].number(value)
    return _and_few(name, value, told) if is_lost else told


def _and_few(name: str, value: Scalar, told: str) -> str:
    """Return `told` of a gate that failed; a rating that is good enough, or unknown, failed for want of analysts."""
    rating = number_of(value)
    is_few = name == "analysts" and (rating is None or rating <= _BOUNDS[name])
    return f"{told}, by fewer than {LEAST_ANALYSTS}" if is_few else told
