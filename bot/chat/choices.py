"""What an autocomplete offers, and what a moderator's words mean, from the catalog of signals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from discord import app_commands

from bot.cards.words import shorten
from bot.chat.errors import Refusal
from bot.chat.ports import Desk
from bot.chat.words import TYPED_SHOWN, safe
from bot.questions.parse import DEFAULT_EVENT, DEFAULT_SYMBOL, QuestionError
from signals.catalog import SIGNALS, by_name
from signals.definition import Signal, Threshold
from signals.errors import SignalError

MOST_CHOICES, CHOICE_CHARACTERS = 25, 100
"""Discord's limits."""
MOST_SUBJECTS = 50
"""Symbols one channel may choose for one signal."""
WORDS_OF_A_NAME = 4
"""Longest name that may stand for a symbol without a comma, such as ``russell 2000``."""
DEFAULT_SIGNAL = "cross"
ALL = "all"
UNITS = {"pct": "%", "ratio": "\N{MULTIPLICATION SIGN}"}
"""What people read for a unit; the others are words and stand apart."""

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


def signal_named(typed: str) -> Signal:
    """Return the signal that `typed` names; refuse an unknown one, naming the nearest."""
    if not _is_signal(typed):
        hint = _hint(typed.strip().lower(), [signal.name for signal in SIGNALS])
        raise Refusal(f"there is no signal {safe(typed, TYPED_SHOWN)}: {hint}")
    return by_name(typed.strip().lower())


def alertable(typed: str) -> Signal:
    """Return the signal that `typed` names; refuse one that raises no events."""
    signal = signal_named(typed)
    if not signal.kinds:
        known = ", ".join(s.name for s in SIGNALS if s.kinds)
        raise Refusal(f"{signal.name} is for questions and raises no alerts; choose one of: {known}")
    return signal


def route_named(desk: Desk, signal: str, symbols: str) -> tuple[Signal, tuple[str, ...]]:
    """Return the signal and symbols to be alerted of; a first word that is a symbol leaves the signal out."""
    if _is_signal(signal):
        chosen = alertable(signal)
        return chosen, subjects_named(desk, chosen, symbols)
    chosen = by_name(DEFAULT_SIGNAL)
    typed = signal if symbols.strip().lower() == ALL else f"{signal} {symbols}"
    is_meant = signal.strip().lower() == ALL or any(
        symbol_or_none(desk, text) for text in (typed, typed.split(",")[0], signal)
    )
    near = get_close_matches(signal.strip().lower(), [s.name for s in SIGNALS if s.kinds], n=1)
    if near and not is_meant:
        raise Refusal(f"there is no signal {safe(signal, TYPED_SHOWN)}: did you mean {near[0]}?")
    return chosen, subjects_named(desk, chosen, typed)


def ended_signal(desk: Desk, typed: str) -> Signal:
    """Return the signal whose alerts shall end; say how to drop a single symbol where one was named."""
    if not _is_signal(typed) and symbol_or_none(desk, typed):
        raise Refusal("alerts of single symbols are not ended alone: name those to keep with `alerts here`")
    return alertable(typed)


def threshold_of(signal: Signal, name: str) -> Threshold:
    """Return the threshold of `signal` called `name`; refuse an unknown one, naming the nearest."""
    known = {t.name: t for t in signal.thresholds}
    wanted = name.strip().lower()
    if wanted in known:
        return known[wanted]
    if not known:
        raise Refusal(f"{signal.name} has no thresholds")
    raise Refusal(f"{signal.name} has no threshold {safe(name, TYPED_SHOWN)}: {_hint(wanted, list(known))}")


def still_known(signal: Signal, changed: Mapping[str, float | int | str]) -> dict[str, float | int | str]:
    """Return those of `changed` that `signal` has, should an older version have had others."""
    names = {t.name for t in signal.thresholds}
    return {name: value for name, value in changed.items() if name in names}


def study_named(desk: Desk, symbol: str, event: str) -> tuple[str, str]:
    """Return the symbol and the event that the words name: the event ends them, and either may be left out."""
    words = f"{symbol} {event}".replace('"', "").split()
    known = _event_names(desk)
    for at in range(len(words)):
        wanted = "_".join(words[at:]).lower().replace("-", "_")
        kind = known.get(wanted) or known.get(f"{wanted}_cross")
        if kind:
            return desk.resolve(" ".join(words[:at]) or DEFAULT_SYMBOL), kind
    if not event.strip() or symbol_or_none(desk, " ".join(words)):
        return desk.resolve(" ".join(words)), DEFAULT_EVENT
    wanted = "_".join(event.lower().replace("-", " ").split())
    raise Refusal(f"there is no event {safe(event, TYPED_SHOWN)}: {_hint(wanted, [n for n, _ in _events(desk)])}")


def subjects_named(desk: Desk, signal: Signal, typed: str) -> tuple[str, ...]:
    """Return the symbols that `typed` names, each once; empty for all of them."""
    words = [word.strip() for word in (typed.split(",") if "," in typed else typed.split())]
    words = [word for word in words if word]
    if not words or [word.lower() for word in words] == [ALL]:
        return ()
    if not signal.names_symbols:
        raise Refusal(f"{signal.name} is not about single symbols: leave them out")
    if len(words) > MOST_SUBJECTS:
        raise Refusal(f"name at most {MOST_SUBJECTS} symbols, or none for all of them")
    whole = symbol_or_none(desk, typed) if len(words) <= WORDS_OF_A_NAME else None
    return (whole,) if whole else tuple(dict.fromkeys(desk.resolve(word) for word in words))


def bounds_words(threshold: Threshold) -> str:
    """Return what values are allowed."""
    if threshold.choices:
        return " or ".join(threshold.choices)
    return f"{threshold.lower:g} to {threshold.upper:g}{unit_words(threshold)}"


def unit_words(threshold: Threshold) -> str:
    """Return a threshold's unit as it follows a number."""
    return UNITS.get(threshold.unit) or f" {threshold.unit}".rstrip()


def value_words(value: float | str) -> str:
    """Return a threshold's value without needless decimals."""
    return value if isinstance(value, str) else f"{value:g}"


def _is_signal(typed: str) -> bool:
    return typed.strip().lower() in {signal.name for signal in SIGNALS}


def symbol_or_none(desk: Desk, typed: str) -> str | None:
    """Return the symbol that `typed` means, None where it means none."""
    try:
        return desk.resolve(typed)
    except (SignalError, QuestionError):
        return None


def _hint(wanted: str, known: Sequence[str]) -> str:
    near = get_close_matches(wanted, known, n=1)
    return safe(f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(known)}")


def _event_names(desk: Desk) -> dict[str, str]:
    """Return what an event may be called, its title too, to its name."""
    events = _events(desk)
    return {title.lower().replace(" ", "_"): name for name, title in events} | {name: name for name, _ in events}


def _events(desk: Desk) -> list[tuple[str, str]]:
    return [pair for signal in SIGNALS if signal.kinds for pair in desk.events_of(signal.name)]
