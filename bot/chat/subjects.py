"""What alerts shall be about: symbols, and groups of them such as ``universe:smallcap`` or ``sector:Energy``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from bot.chat.choices import ALL, MOST_CHOICES, MOST_SUBJECTS, Choices, offered, subjects_named
from bot.chat.errors import Refusal
from bot.chat.ports import Desk
from bot.chat.words import TYPED_SHOWN, safe
from signals.catalog import SIGNALS
from signals.definition import Signal

KINDS_OF_GROUP = ("universe", "sector", "theme")

_GROUP = re.compile(rf"(?:{'|'.join(KINDS_OF_GROUP)}):", re.IGNORECASE)
_WORD = re.compile(r'[a-z]+:"[^"]*"|[^\s"]+|"[^"]*"', re.IGNORECASE)
_LEFT_OUT = re.compile(r"[\W_]+")


def subjects_of(desk: Desk, signal: Signal, typed: str) -> tuple[str, ...]:
    """Return the symbols and groups that `typed` names, each once; empty for all of them."""
    parts = typed.split(",") if "," in typed else _WORD.findall(typed)
    named = [part.strip() for part in parts if part.strip()]
    groups = tuple(dict.fromkeys(group_named(desk, part) for part in named if is_group(part)))
    others = [part.strip('"') for part in named if not is_group(part)]
    text = (", " if {",", '"'} & set(typed) else " ").join(others)
    if not groups:
        return subjects_named(desk, signal, text)
    need_narrowed(signal, (*groups, *others))
    if [part.lower() for part in others] == [ALL]:
        raise Refusal("`all` holds every group: name the groups, or `all` alone")
    symbols = subjects_named(desk, signal, text) if others else ()
    if len(groups) + len(symbols) > MOST_SUBJECTS:
        raise Refusal(f"name at most {MOST_SUBJECTS} symbols and groups, or none for all of them")
    return (*groups, *symbols)


def need_narrowed(signal: Signal, subjects: Iterable[str]) -> None:
    """Refuse subjects that alerts of `signal` cannot be about: it must be about symbols, or about the themes named."""
    if signal.names_symbols or (signal.subject_kind == "theme" and all(map(is_theme, subjects))):
        return
    only = ", or themes such as theme:optical" if signal.subject_kind == "theme" else ""
    raise Refusal(f"{signal.name} is not about single symbols: leave them out{only}")


def everything_of(signal: str) -> str:
    """Return what alerts of `signal` are about where nothing narrows them, to stand behind "of"."""
    known = next((each for each in SIGNALS if each.name == signal), None)
    if known is None or known.choices is None:
        return "all symbols"
    return "all themes" if known.subject_kind == "theme" else "the whole market"


def is_theme(subject: str) -> bool:
    """Whether `subject` is a theme."""
    return subject.casefold().startswith("theme:")


def is_group(typed: str) -> bool:
    """Whether `typed` means to name a group."""
    return _GROUP.match(typed.strip()) is not None


def group_named(desk: Desk, typed: str) -> str:
    """Return the group that `typed` names, however its words are joined; refuse an unknown one, naming the nearest."""
    known = {_squeezed(group): group for group in desk.groups()}
    wanted = _squeezed(typed)
    if wanted in known:
        return known[wanted]
    if not known:
        raise Refusal("the prices are still being loaded: try again in a minute")
    near = get_close_matches(wanted, known, n=1)
    hint = f"did you mean {known[near[0]]}?" if near else f"there are {', '.join(sorted(known.values()))}"
    raise Refusal(f"there is no group {safe(typed, TYPED_SHOWN)}: {safe(hint)}")


def last_subject_choices(desk: Desk, typed: str) -> Choices:
    """Return what was typed with its last symbol or group completed, for an option that takes several."""
    *before, last = typed.replace(",", " ").split(" ")
    kept = " ".join(word for word in before if word)
    wanted = _squeezed(last)
    groups = [
        (typable(group), f"{group} ({len(symbols)} symbols)")
        for group, symbols in sorted(desk.groups().items())
        if wanted in _squeezed(group)
    ]
    symbols = [(symbol, f"{symbol}: {name}") for symbol, name in desk.suggest(last, MOST_CHOICES)]
    both = [*groups, *symbols] if is_group(last) else [*symbols[: MOST_CHOICES - len(groups[:8])], *groups]
    return offered((f"{kept} {value}".strip(), f"{kept} {words}".strip()) for value, words in both)


def typable(subject: str) -> str:
    """Return a subject as one word, as it may be typed."""
    return subject.replace(" ", "-")


def _squeezed(group: str) -> str:
    kind, _, name = group.strip().casefold().partition(":")
    return f"{kind}:{_LEFT_OUT.sub('', name)}" if name else _LEFT_OUT.sub("", kind)
