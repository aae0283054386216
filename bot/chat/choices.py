"""What an autocomplete offers, and what a moderator's words mean, from the catalog of signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from discord import app_commands

from bot.cards.words import shorten
from bot.chat.errors import Refusal
from bot.chat.ports import Desk
from bot.chat.words import TYPED_SHOWN, safe
from signals.catalog import SIGNALS, by_name
from signals.types import Signal, Threshold

MOST_CHOICES, CHOICE_CHARACTERS = 25, 100
"""Discord's limits."""
MOST_SUBJECTS = 50
"""Symbols one channel may choose for one signal."""

Choices = list[app_commands.Choice[str]]


def offered(pairs: Iterable[tuple[str, str]]) -> Choices:
    """Return (value, words) pairs as choices, inside Discord's limits; a value too long to come back is left out."""
    fitting = [(value, words) for value, words in pairs if 0 < len(value) <= CHOICE_CHARACTERS]
    return [
        app_commands.Choice(name=shorten(words or value, CHOICE_CHARACTERS), value=value)
        for value, words in fitting[:MOST_CHOICES]
    ]


def matching(typed: str, pairs: Iterable[tuple[str, str]]) -> Choices:
    """Return the pairs whose value or words contain what was typed."""
    wanted = typed.casefold().strip()
    return offered((value, words) for value, words in pairs if wanted in value.casefold() or wanted in words.casefold())


def symbol_choices(desk: Desk, typed: str) -> Choices:
    """Return the symbols that fit what was typed."""
    return offered((symbol, f"{symbol}: {name}") for symbol, name in desk.suggest(typed, MOST_CHOICES))


def last_symbol_choices(desk: Desk, typed: str) -> Choices:
    """Return what was typed with its last symbol completed, for an option that takes several."""
    *before, last = typed.replace(",", " ").split(" ")
    kept = " ".join(word for word in before if word)
    return offered(
        (f"{kept} {symbol}".strip(), f"{kept} {symbol}: {name}".strip())
        for symbol, name in desk.suggest(last, MOST_CHOICES)
    )


def signal_choices(typed: str, *, alertable: bool = False) -> Choices:
    """Return the signals that fit what was typed: those that raise events, or those with thresholds."""
    fitting = [s for s in SIGNALS if (s.kinds if alertable else s.thresholds)]
    return matching(typed, ((s.name, f"{s.name}: {s.title}") for s in fitting))


def event_choices(desk: Desk, typed: str) -> Choices:
    """Return the events that `evidence` knows and that fit what was typed."""
    return matching(typed, ((name, title) for name, title in _events(desk)))


def threshold_choices(signal: str, typed: str) -> Choices:
    """Return the thresholds of `signal` that fit what was typed."""
    found = next((s for s in SIGNALS if s.name == signal), None)
    return matching(typed, ((t.name, f"{t.name}: {t.description}") for t in found.thresholds)) if found else []


def value_choices(threshold: Threshold, present: float | str, typed: str) -> Choices:
    """Return what was typed, then the present value and the default, each with what it is."""
    bounds = bounds_words(threshold)
    pairs = [(typed.strip(), f"{typed.strip()} ({bounds})")] if typed.strip() else []
    pairs += [(value, f"{value} ({bounds})") for value in threshold.choices if typed.strip() in value]
    pairs += [
        (value_words(present), f"{value_words(present)}, as it is now ({bounds})"),
        (value_words(threshold.default), f"{value_words(threshold.default)}, the default ({bounds})"),
    ]
    return offered({value: (value, words) for value, words in reversed(pairs)}.values())[::-1]


def alertable(name: str) -> Signal:
    """Return the signal called `name`; refuse one that raises no events."""
    signal = by_name(name.strip().lower())
    if not signal.kinds:
        known = ", ".join(s.name for s in SIGNALS if s.kinds)
        raise Refusal(f"{signal.name} is for questions and raises no alerts; choose one of: {known}")
    return signal


def threshold_of(signal: Signal, name: str) -> Threshold:
    """Return the threshold of `signal` called `name`; refuse an unknown one, naming the nearest."""
    known = {t.name: t for t in signal.thresholds}
    wanted = name.strip().lower()
    if wanted in known:
        return known[wanted]
    if not known:
        raise Refusal(f"{signal.name} has no thresholds")
    near = get_close_matches(wanted, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it has: {', '.join(known)}"
    raise Refusal(f"{signal.name} has no threshold {safe(name, TYPED_SHOWN)}: {safe(hint)}")


def still_known(signal: Signal, changed: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
    """Return those of `changed` that `signal` has, should an older version have had others."""
    names = {t.name for t in signal.thresholds}
    return {name: value for name, value in changed.items() if name in names}


def event_named(desk: Desk, typed: str) -> str:
    """Return the event that `typed` names; refuse an unknown one, naming the nearest."""
    known = [name for name, _ in _events(desk)]
    wanted = "_".join(typed.lower().replace("-", " ").split())
    if wanted in known:
        return wanted
    near = get_close_matches(wanted, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(known)}"
    raise Refusal(f"there is no event {safe(typed, TYPED_SHOWN)}: {safe(hint)}")


def subjects_named(desk: Desk, signal: Signal, typed: str) -> tuple[str, ...]:
    """Return the symbols that `typed` names, each once; empty for all of them."""
    words = [word.strip() for word in (typed.split(",") if "," in typed else typed.split())]
    words = [word for word in words if word]
    if not words or [word.lower() for word in words] == ["all"]:
        return ()
    if signal.subject_kind != "symbol":
        raise Refusal(f"{signal.name} is not about single symbols: leave them out")
    if len(words) > MOST_SUBJECTS:
        raise Refusal(f"name at most {MOST_SUBJECTS} symbols, or none for all of them")
    return tuple(dict.fromkeys(desk.resolve(word) for word in words))


def bounds_words(threshold: Threshold) -> str:
    """Return what values are allowed."""
    if threshold.choices:
        return " or ".join(threshold.choices)
    return f"{threshold.lower:g} to {threshold.upper:g} {threshold.unit}"


def value_words(value: float | str) -> str:
    """Return a threshold's value without needless decimals."""
    return value if isinstance(value, str) else f"{value:g}"


def _events(desk: Desk) -> list[tuple[str, str]]:
    return [pair for signal in SIGNALS if signal.kinds for pair in desk.events_of(signal.name)]
