"""Which symbols belong to which company, from the SEC's company_tickers answer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEND = "ask the SEC for it again"
_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,14}")
_LARGEST_CIK = 9_999_999_999
_SHOWN_FAULTS = 5


@dataclass(frozen=True, slots=True)
class Listings:
    """Who is listed.

    Attributes
    ----------
    symbols : mapping of int to tuple of str
        By the SEC's number of a company: its symbols, as the SEC orders them, the first one its own.
    names : mapping of int to str
        What companies are called.
    faults : tuple of str
        What is wrong with the answer, a line each.
    """

    symbols: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def ciks(self) -> dict[str, int]:
        """The SEC's number of the company of each symbol."""
        return {symbol: cik for cik, symbols in self.symbols.items() for symbol in symbols}

    @property
    def classes(self) -> dict[str, str]:
        """Further share classes: their symbols, each with the first one of its company."""
        return {symbol: symbols[0] for symbols in self.symbols.values() for symbol in symbols[1:]}


def listings(body: bytes) -> Listings:
    """Return who is listed; whatever is wrong with the answer is among its faults."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return Listings(faults=(f"is no JSON; {MEND}",))
    entries = list(said.values()) if isinstance(said, dict) else said
    if not isinstance(entries, list) or not entries:
        return Listings(faults=(f"lists no company; {MEND}",))
    symbols: dict[int, list[str]] = {}
    names: dict[int, str] = {}
    taken: set[str] = set()
    faults: list[str] = []
    for number, entry in enumerate(entries, start=1):
        cik, symbol, name = _entry(entry)
        if not cik or not symbol:
            faults.append(f"entry {number}: has no {'symbol' if cik else 'number of a company'}; left out, {MEND}")
        elif symbol in taken:
            faults.append(f"entry {number}: {symbol} stands there twice; the first one counts")
        else:
            taken.add(symbol)
            symbols.setdefault(cik, []).append(symbol)
            names.setdefault(cik, name)
    if len(faults) > _SHOWN_FAULTS:
        faults[_SHOWN_FAULTS:] = [f"and {len(faults) - _SHOWN_FAULTS} more like these"]
    return Listings({cik: tuple(own) for cik, own in symbols.items()}, names, tuple(faults))


def _entry(entry: Any) -> tuple[int, str, str]:
    """Return number, symbol and name of an entry; 0 or empty where it has none."""
    if not isinstance(entry, dict):
        return 0, "", ""
    cik, symbol, name = entry.get("cik_str"), entry.get("ticker"), entry.get("title")
    number = cik if isinstance(cik, int) and not isinstance(cik, bool) and 0 < cik <= _LARGEST_CIK else 0
    spelled = symbol.strip().upper() if isinstance(symbol, str) else ""
    return number, spelled if _SYMBOL.fullmatch(spelled) else "", name if isinstance(name, str) else ""
