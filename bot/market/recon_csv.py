"""What a folder knows of the reconstitution: capitalisations of a day, and published lists of who joins and leaves."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.market.csv_rows import MISSING, cells_in, day_in_name, facts_in, shown, symbol_of
from bot.market.price_csv import UnreadableFile
from signals.recon_facts import Caps, MembershipList

CAPS_HEADER = "symbol,total_market_cap_usd[,float_frac][,exchange][,close_usd]"
LIST_HEADER = "symbol,change[,index]"
CHANGES = {
    "addition": "addition", "added": "addition", "add": "addition",
    "deletion": "deletion", "deleted": "deletion", "delete": "deletion",
}  # fmt: skip
RUSSELL_2000 = frozenset(("", "russell 2000", "russell2000", "2000", "r2000", "r2"))
"""What an ``index`` column may call the Russell 2000; rows of other indices are left out."""


def read_caps(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[Caps, ...], list[str]]:
    """Return what ``<DATE>.csv`` of `folder` say, the oldest first, and what is wrong with them, a line each."""
    return facts_in(folder, refused, _caps_of)


def read_lists(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[MembershipList, ...], list[str]]:
    """Return the lists ``official_<DATE>.csv`` of `folder`, the oldest first, and what is wrong with them."""
    return facts_in(folder, refused, _list_of)


@lru_cache(maxsize=512)
def _caps_of(path: Path, _size: int, _time: int) -> tuple[Caps, tuple[str, ...]]:
    """Return what a file holds; a year of daily files is read once."""
    return caps_in(day_in_name(path), path.read_text(encoding="utf-8-sig"))


@lru_cache(maxsize=64)
def _list_of(path: Path, _size: int, _time: int) -> tuple[MembershipList, tuple[str, ...]]:
    return list_in(day_in_name(path, "official_"), path.read_text(encoding="utf-8-sig"))


def caps_in(day: date, text: str) -> tuple[Caps, tuple[str, ...]]:
    """Return the capitalisations of a file's `text`, and what is wrong with single rows; those are left out.

    Raises
    ------
    UnreadableFile
        If it holds none.
    """
    found: dict[str, tuple[float, float, str, float]] = {}
    faults: list[str] = []
    for line, row in cells_in(text, CAPS_HEADER):
        try:
            symbol = symbol_of(row["symbol"])
            if symbol in found:
                raise UnreadableFile(f"{symbol} stands there twice; the first row is used")  # noqa: TRY301
            cap = _number(row["total_market_cap_usd"], "total_market_cap_usd", lambda value: value > 0)
            share = _number(row["float_frac"], "float_frac", lambda value: 0 <= value <= 1)
            close = _number(row["close_usd"], "close_usd", lambda value: value > 0)
        except UnreadableFile as error:
            faults.append(f"line {line}: {error}")
            continue
        found[symbol] = (cap, share, row["exchange"], close)
    if not found:
        raise UnreadableFile(f"{faults[0] if faults else 'has no company'}; a row is {CAPS_HEADER}")
    sizes, shares, exchanges, closes = (tuple(column) for column in zip(*found.values(), strict=True))
    return Caps(day, tuple(found), np.array(sizes), np.array(shares), exchanges, np.array(closes)), tuple(faults)


def list_in(day: date, text: str) -> tuple[MembershipList, tuple[str, ...]]:
    """Return the list of a file's `text`, and what is wrong with single rows; those are left out.

    Raises
    ------
    UnreadableFile
        If its header is another one, or no row of it can be used though there are some.
    """
    sides: dict[str, str] = {}
    faults: list[str] = []
    for line, row in cells_in(text, LIST_HEADER):
        if row["index"].casefold() not in RUSSELL_2000:
            continue
        try:
            symbol, change = symbol_of(row["symbol"]), CHANGES.get(row["change"].casefold())
            if change is None:
                raise UnreadableFile(f"change is {shown(row['change'])}; write addition or deletion")  # noqa: TRY301
            if sides.setdefault(symbol, change) != change:
                raise UnreadableFile(f"{symbol} is an addition and a deletion; the first row is used")  # noqa: TRY301
        except UnreadableFile as error:
            faults.append(f"line {line}: {error}")
    if faults and not sides:
        raise UnreadableFile(f"{faults[0]}; a row is {LIST_HEADER}")
    additions, deletions = (
        frozenset(s for s, side in sides.items() if side == name) for name in ("addition", "deletion")
    )
    return MembershipList(day, additions, deletions), tuple(faults)


def _number(text: str, name: str, fits: Callable[[float], bool]) -> float:
    if text.casefold() in MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not fits(value):
        wanted = "a fraction from 0 to 1" if name == "float_frac" else "a positive number of dollars"
        raise UnreadableFile(f"{name} is {shown(text)}; write {wanted}, or nothing")
    return value
