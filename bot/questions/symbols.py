"""What people type for a symbol, and what they meant."""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.questions.parse import QuestionError
from signals.catalog import by_name
from signals.types import Market

ALIASES: Mapping[str, str] = {
    "RUT": "^RUT",
    "R2K": "^RUT",
    "RTY": "^RUT",
    "RUSSELL": "^RUT",
    "RUSSELL 2000": "^RUT",
    "RUSSELL2000": "^RUT",
    "SPX": "^GSPC",
    "GSPC": "^GSPC",
    "S&P": "^GSPC",
    "S&P 500": "^GSPC",
    "S&P500": "^GSPC",
    "SP500": "^GSPC",
    "COMP": "^IXIC",
    "IXIC": "^IXIC",
    "NASDAQ": "^IXIC",
    "DJI": "^DJI",
    "DJIA": "^DJI",
    "DOW": "^DJI",
    "DOW JONES": "^DJI",
    "VIX": "^VIX",
}
"""What people type, in capitals, to the symbol it stands for."""

INDEX_NAMES: Mapping[str, str] = {
    "^RUT": "Russell 2000",
    "^GSPC": "S&P 500",
    "^IXIC": "Nasdaq Composite",
    "^DJI": "Dow Jones Industrial Average",
    "^VIX": "Cboe Volatility Index",
    "RSP": "S&P 500 equal weight (RSP)",
}

_SHOWN_CHARACTERS = 40
_LONG, _MOST_COMPARED = 10, 100
"""Longer words are compared letter by letter with those alone that share most pairs of letters: thousands take long."""
_ALIASES_OF: Mapping[str, tuple[str, ...]] = {
    symbol: tuple(alias for alias, target in ALIASES.items() if target == symbol) for symbol in set(ALIASES.values())
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A symbol and its name, as an autocomplete shows them."""

    symbol: str
    name: str


def name_of(subject: str, market: Market, signal: str = "") -> str:
    """Return the name people know `subject` by, or the subject itself; of `signal` where it is no symbol."""
    choices = by_name(signal).choices if signal else None
    if choices is not None:
        return choices(market).get(subject, subject)
    return INDEX_NAMES.get(subject) or market.names.get(subject) or subject


def resolve(text: str, market: Market) -> str:
    """Return the symbol that `text` means in `market`; a symbol written as it is listed means itself.

    Raises
    ------
    QuestionError
        If nothing fits; the message suggests what may have been meant.
    """
    written = " ".join(text.split()).lstrip("$")
    typed = written.upper()
    if not typed:
        raise QuestionError("name a symbol, for example RUT or IWM")
    if written in market.prices:
        return written  # DOW is a company where its prices are followed; dow is what people call the index
    aliased = ALIASES.get(typed)
    for candidate in (aliased,) if aliased else (typed, f"^{typed}", typed.replace(".", "-")):
        if candidate in market.prices:
            return candidate
    missed = aliased or typed
    if missed in INDEX_NAMES:
        raise QuestionError(f"there are no prices of the {INDEX_NAMES[missed]}, {missed}, here: ask for another symbol")
    for symbol in market.prices.symbols:
        if typed == name_of(symbol, market).upper():
            return symbol
    meant = did_you_mean(typed, market)
    hint = f"did you mean {' or '.join(meant)}?" if meant else "ask for one of those followed here"
    raise QuestionError(f"there is no symbol {written[:_SHOWN_CHARACTERS]} here: {hint}")


def did_you_mean(typed: str, market: Market, limit: int = 3) -> list[str]:
    """Return up to `limit` symbols that look or are named like `typed`."""
    words = {symbol.lstrip("^"): symbol for symbol in market.prices.symbols}
    words |= {name_of(symbol, market).upper(): symbol for symbol in market.prices.symbols}
    words |= {alias: symbol for alias, symbol in ALIASES.items() if symbol in market.prices}
    shown = typed[:_SHOWN_CHARACTERS]
    close = difflib.get_close_matches(shown, _alike(shown, list(words)), n=5 * limit, cutoff=0.6)
    # Of words equally close, the index is asked for most; a swap of two letters is the commonest slip.
    close.sort(key=lambda word: (sorted(word) != sorted(typed), not words[word].startswith("^")))
    return list(dict.fromkeys(words[word] for word in close))[:limit]


def _alike(typed: str, words: Sequence[str]) -> Sequence[str]:
    """Return the words that are worth a closer look: all of them for a short one, whose letters may just be swapped."""
    if len(typed) <= _LONG:
        return words
    wanted = _pairs(typed)
    return heapq.nlargest(_MOST_COMPARED, words, key=lambda word: len(wanted & _pairs(word)))


def _pairs(word: str) -> set[str]:
    return {word[at : at + 2] for at in range(len(word) - 1)}


@dataclass(frozen=True, slots=True)
class _Offer:
    """One symbol as it is offered, and in capitals what may be typed for it; `words` is all of that."""

    found: Suggestion
    bare: str
    name: str
    aliases: tuple[str, ...]
    words: str


class Offers:
    """The symbols of one market in the order in which they are offered: put in order once, not at every keystroke."""

    def __init__(self, market: Market) -> None:
        symbols = sorted(market.prices.symbols, key=lambda symbol: (not symbol.startswith("^"), symbol))
        self._offers = [_offer(symbol, name_of(symbol, market)) for symbol in symbols]

    def suggest(self, text: str, limit: int = 25) -> list[Suggestion]:
        """Return what an autocomplete offers for `text`: aliases first, then symbols, then names, each once."""
        typed = " ".join(text.split()).lstrip("$").upper()
        ranked: tuple[list[Suggestion], ...] = ([], [], [])
        for offer in self._offers:
            if typed in offer.words and (rank := _rank(typed, offer)) is not None:
                ranked[rank].append(offer.found)
        return [*chain(*ranked)][:limit]


def suggest(text: str, market: Market, limit: int = 25) -> list[Suggestion]:
    """Return what an autocomplete offers for `text`; who asks of the same market again keeps its `Offers`."""
    return Offers(market).suggest(text, limit)


def _offer(symbol: str, name: str) -> _Offer:
    aliases, named = _ALIASES_OF.get(symbol, ()), name.upper()
    return _Offer(Suggestion(symbol, name), symbol.lstrip("^"), named, aliases, "\n".join((symbol, named, *aliases)))


def _rank(typed: str, offer: _Offer) -> int | None:
    symbol, aliases = offer.found.symbol, offer.aliases
    if typed in (symbol, offer.bare) or typed in aliases:
        return 0
    if offer.bare.startswith(typed) or symbol.startswith(typed):
        return 1
    if aliases and any(alias.startswith(typed) for alias in aliases):
        return 1
    return 2 if typed in offer.name else None
