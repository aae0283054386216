"""What a folder knows of the reconstitution: capitalisations of a day, and published lists of who joins and leaves."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np

from bot.market.holdings import yahoo_symbol
from bot.market.price_csv import UnreadableFile
from signals.recon_facts import Caps, MembershipList

CAPS_HEADER = "symbol,total_market_cap_usd,float_frac,exchange[,close_usd]"
LIST_HEADER = "symbol,change"
CHANGES = {
    "addition": "addition", "added": "addition", "add": "addition",
    "deletion": "deletion", "deleted": "deletion", "delete": "deletion",
}  # fmt: skip
RUSSELL_2000 = frozenset(("", "russell 2000", "russell2000", "2000", "r2000", "r2"))
"""What an ``index`` column may call the Russell 2000; rows of other indices are left out."""
MISSING = frozenset(("", "-", "--", ".", "na", "n/a", "nan"))
MOST_FAULTS = 3
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,14}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 40
_Fact = TypeVar("_Fact")
_Row = tuple[int, Mapping[str, str]]


def read_caps(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[Caps, ...], list[str]]:
    """Return what ``<DATE>.csv`` of `folder` say, the oldest first, and what is wrong with them, a line each."""
    return _files(folder, _caps_of, refused)


def read_lists(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[MembershipList, ...], list[str]]:
    """Return the lists ``official_<DATE>.csv`` of `folder`, the oldest first, and what is wrong with them."""
    return _files(folder, _list_of, refused)


def _files(
    folder: Path,
    read: Callable[[Path, int, int], tuple[_Fact, tuple[str, ...]]],
    refused: Callable[[OSError], str],
) -> tuple[tuple[_Fact, ...], list[str]]:
    facts: list[_Fact] = []
    faults: list[str] = []
    try:
        paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    except OSError as error:
        return (), [f"{folder.name}: {refused(error)}"]
    for path in (path for path in paths if path.name[0] != "."):
        where = f"{folder.name}/{path.name}"
        try:
            facts_of_file = path.stat()
            fact, wrong = read(path, facts_of_file.st_size, facts_of_file.st_mtime_ns)
        except UnreadableFile as error:
            faults.append(f"{where}: {error}")
        except UnicodeDecodeError as error:
            faults.append(f"{where}: cannot be read ({error.reason}); write it again as UTF-8")
        except OSError as error:
            faults.append(f"{where}: {refused(error)}")
        else:
            facts.append(fact)
            faults += [f"{where}: {fault}" for fault in _first(wrong)]
    return tuple(facts), faults


def _first(faults: tuple[str, ...]) -> Iterator[str]:
    yield from faults[:MOST_FAULTS]
    if len(faults) > MOST_FAULTS:
        yield f"{len(faults) - MOST_FAULTS:,} more rows like these"


def _day(stem: str, prefix: str) -> date:
    text = stem.removeprefix(prefix)
    if stem.startswith(prefix) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableFile(f"the name holds no day: call it {prefix}2026-11-13.csv, after the day it speaks of")


@lru_cache(maxsize=512)
def _caps_of(path: Path, _size: int, _time: int) -> tuple[Caps, tuple[str, ...]]:
    """Return what a file holds; a year of daily files is read once."""
    return caps_in(_day(path.stem, ""), path.read_text(encoding="utf-8-sig"))


@lru_cache(maxsize=64)
def _list_of(path: Path, _size: int, _time: int) -> tuple[MembershipList, tuple[str, ...]]:
    return list_in(_day(path.stem, "official_"), path.read_text(encoding="utf-8-sig"))


def caps_in(day: date, text: str) -> tuple[Caps, tuple[str, ...]]:
    """Return the capitalisations of a file's `text`, and what is wrong with single rows; those are left out.

    Raises
    ------
    UnreadableFile
        If it holds none.
    """
    found: dict[str, tuple[float, float, str, float]] = {}
    faults: list[str] = []
    for line, row in _rows(text, CAPS_HEADER.split(",")[:2], CAPS_HEADER):
        try:
            symbol = _symbol(row["symbol"])
            if symbol in found:
                raise UnreadableFile(f"{symbol} stands there twice; the first row is used")  # noqa: TRY301
            cap = _number(row["total_market_cap_usd"], "total_market_cap_usd", lambda value: value > 0)
            share = _number(row.get("float_frac", ""), "float_frac", lambda value: 0 <= value <= 1)
            close = _number(row.get("close_usd", ""), "close_usd", lambda value: value > 0)
        except UnreadableFile as error:
            faults.append(f"line {line}: {error}")
            continue
        found[symbol] = (cap, share, row.get("exchange", ""), close)
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
    for line, row in _rows(text, LIST_HEADER.split(","), LIST_HEADER):
        if row.get("index", "").casefold() not in RUSSELL_2000:
            continue
        try:
            symbol, change = _symbol(row["symbol"]), CHANGES.get(row["change"].casefold())
            if change is None:
                raise UnreadableFile(f"change is {_shown(row['change'])}; write addition or deletion")  # noqa: TRY301
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


def _rows(text: str, needed: list[str], header: str) -> Iterator[_Row]:
    """Yield the line and the cells, by their columns' names, of every row that is not blank."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableFile(f"cannot be read ({error}); write it again") from None
    names = [cell.strip().casefold() for cell in lines[0]] if lines else []
    missing = [name for name in needed if name not in names]
    if missing:
        raise UnreadableFile(f"line 1: no column {', '.join(missing)}; the header is {header}")
    for line, cells in enumerate(lines[1:], start=2):
        if any(map(str.strip, cells)):
            padded = [*map(str.strip, cells), *[""] * (len(names) - len(cells))]
            yield line, dict(zip(names, padded, strict=False))


def _symbol(text: str) -> str:
    symbol = yahoo_symbol(text)
    if not _SYMBOL.fullmatch(symbol):
        raise UnreadableFile(f"{_shown(text)} is no symbol")
    return symbol


def _number(text: str, name: str, fits: Callable[[float], bool]) -> float:
    if text.casefold() in MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not fits(value):
        wanted = "a fraction from 0 to 1" if name == "float_frac" else "a positive number of dollars"
        raise UnreadableFile(f"{name} is {_shown(text)}; write {wanted}, or nothing")
    return value


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
