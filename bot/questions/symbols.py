"""What people type for a symbol, and what they meant."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.questions.parse import QuestionError
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


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A symbol and its name, as an autocomplete shows them."""

    symbol: str
    name: str


def name_of(symbol: str, market: Market) -> str:
    """Return the name people know `symbol` by, or the symbol itself."""
    return INDEX_NAMES.get(symbol) or market.names.get(symbol) or symbol


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
    close = difflib.get_close_matches(typed[:_SHOWN_CHARACTERS], list(words), n=5 * limit, cutoff=0.6)
    # Of words equally close, the index is asked for most; a swap of two letters is the commonest slip.
    close.sort(key=lambda word: (sorted(word) != sorted(typed), not words[word].startswith("^")))
    return list(dict.fromkeys(words[word] for word in close))[:limit]


def suggest(text: str, market: Market, limit: int = 25) -> list[Suggestion]:
    """Return what an autocomplete offers for `text`: aliases first, then symbols, then names, each once."""
    typed = " ".join(text.split()).lstrip("$").upper()
    symbols = sorted(market.prices.symbols, key=lambda symbol: (not symbol.startswith("^"), symbol))
    ranked: dict[str, int] = {}
    for symbol in symbols:
        rank = _rank(typed, symbol, name_of(symbol, market).upper())
        if rank is not None:
            ranked[symbol] = rank
    best = sorted(ranked, key=lambda symbol: ranked[symbol])[:limit]
    return [Suggestion(symbol, name_of(symbol, market)) for symbol in best]


def _rank(typed: str, symbol: str, name: str) -> int | None:
    bare = symbol.lstrip("^")
    aliases = [alias for alias, target in ALIASES.items() if target == symbol]
    if typed in {symbol, bare, *aliases}:
        return 0
    if bare.startswith(typed) or symbol.startswith(typed) or any(alias.startswith(typed) for alias in aliases):
        return 1
    return 2 if typed in name else None
