"""What members' words mean: several symbols, a symbol and a signal, a symbol and its stars."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.choices import ALL, DEFAULT_SIGNAL, WORDS_OF_A_NAME, alertable, symbol_or_none
from bot.chat.errors import Refusal
from bot.chat.ports import Desk
from bot.chat.words import joined, safe
from bot.questions.parse import QuestionError
from signals.catalog import SIGNALS, by_name
from signals.definition import Signal
from signals.errors import SignalError

MOST_STARS = 5
_STARS = range(1, MOST_STARS + 1)
NAMED_ROOM, WORD_ROOM = 1200, 20
"""Characters for symbols that nobody knows: for all of them with their hints, and for one of them without."""


def symbols_named(desk: Desk, typed: str, *, most: int) -> tuple[str, ...]:
    """Return the symbols that `typed` names, each once; refuse all where one is unknown, naming every unknown one."""
    words = [word.strip() for word in (typed.split(",") if "," in typed else typed.split())]
    words = list(dict.fromkeys(word for word in words if word))
    if not words:
        raise Refusal("name a symbol, for example RUT or IWM")
    if len(words) > most:
        raise Refusal(f"name at most {most} symbols at once")
    whole = symbol_or_none(desk, typed) if len(words) <= WORDS_OF_A_NAME else None
    if whole:
        return (whole,)
    known: list[str] = []
    unknown: dict[str, Exception] = {}
    for word in words:
        try:
            known.append(desk.resolve(word))
        except (SignalError, QuestionError) as error:
            unknown[word] = error
    if unknown:
        raise _refusal_of(unknown)
    return tuple(dict.fromkeys(known))


def is_all(typed: str) -> bool:
    """Whether `typed` means everything."""
    return typed.strip().casefold() == ALL


def inquired(desk: Desk, symbol: str, signal: str) -> tuple[str, Signal]:
    """Return the symbol and the signal that the words name: the signal ends them, and may be left out."""
    words = f"{symbol} {signal}".replace('"', "").split()
    names = {known.name for known in SIGNALS}
    if len(words) > 1 and words[-1].lower() in names:
        return desk.resolve(" ".join(words[:-1])), alertable(words[-1])
    if signal.strip() and symbol_or_none(desk, symbol) and not symbol_or_none(desk, " ".join(words)):
        return desk.resolve(symbol), alertable(signal)
    return desk.resolve(" ".join(words)), by_name(DEFAULT_SIGNAL)


def rating_of(desk: Desk, symbol: str, stars: str) -> tuple[str, int]:
    """Return the symbol and how many stars the words give it: ``4``, ``4/5`` or ``★★★★`` ends them."""
    *name, last = f"{symbol} {stars}".replace('"', "").split() or [""]
    given = last.removesuffix(f"/{MOST_STARS}")
    count = len(given) if given and set(given) <= {"★", "*"} else next((n for n in _STARS if str(n) == given), 0)
    if count not in _STARS:
        raise Refusal(f"stars are a whole number from 1 to {MOST_STARS}: `rate STRL 4`")
    return desk.resolve(" ".join(name)), count


def _refusal_of(unknown: Mapping[str, Exception]) -> Refusal:
    """Return the refusal that names every unknown word, with what may have been meant where there is room for it."""
    told = "; ".join(safe(str(error), 200) for error in unknown.values())
    if len(told) > NAMED_ROOM:
        names = joined(safe(word, WORD_ROOM) for word in unknown)
        told = f"there are no symbols {names} here"
    return Refusal(f"{told} Nothing was stored." if told.endswith("?") else f"{told}. Nothing was stored.")
