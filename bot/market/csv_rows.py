"""CSV files of a folder, row by row: a bad row costs itself alone and is named, a bad file likewise."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

from bot.market.holdings import yahoo_symbol
from bot.market.price_csv import UnreadableFile

MOST_FAULTS = 3
MISSING = frozenset(("", "-", "--", ".", "na", "n/a", "nan"))
YES, NO = frozenset(("1", "true", "yes", "y")), frozenset(("0", "false", "no", "n", ""))
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,14}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 40
_One = TypeVar("_One")
Cells = Mapping[str, str]
"""What stands in a row, by the names of its columns; an absent column is empty."""


def files_in(
    folder: Path, refused: Callable[[OSError], str], read: Callable[[Path], Sequence[str]], faults: list[str]
) -> None:
    """Read every CSV file of `folder`; what is wrong with one, or with rows of it, is added to `faults`."""
    try:
        paths = sorted(path for path in folder.glob("*.csv") if path.name[0] != ".") if folder.is_dir() else []
    except OSError as error:
        faults.append(f"{folder.name}: {refused(error)}")
        return
    for path in paths:
        where = f"{folder.name}/{path.name}"
        try:
            wrong = read(path)
        except UnreadableFile as error:
            faults.append(f"{where}: {error}")
        except UnicodeDecodeError as error:
            faults.append(f"{where}: cannot be read ({error.reason}); write it again as UTF-8")
        except OSError as error:
            faults.append(f"{where}: {refused(error)}")
        else:
            faults += [f"{where}: {fault}" for fault in _first(wrong)]


def facts_in(
    folder: Path, refused: Callable[[OSError], str], read: Callable[[Path, int, int], tuple[_One, Sequence[str]]]
) -> tuple[tuple[_One, ...], list[str]]:
    """Return what every CSV file of `folder` tells, by name, and what is wrong with them, a line each.

    `read` is given size and time of the file, too, so that it may remember what it has read.
    """
    found: list[_One] = []
    faults: list[str] = []

    def read_file(path: Path) -> Sequence[str]:
        facts = path.stat()
        one, wrong = read(path, facts.st_size, facts.st_mtime_ns)
        found.append(one)
        return wrong

    files_in(folder, refused, read_file, faults)
    return tuple(found), faults


def rows_in(text: str, header: str, made: Callable[[Cells], _One]) -> tuple[list[_One], list[str]]:
    """Return what is made of each row of a CSV text, and what is wrong with others, a line each.

    Parameters
    ----------
    header : str
        The columns needed, then in brackets those that may be absent: ``first,last[,note]``.
    made : callable
        ``made(cells)``: raises `UnreadableFile` with what is wrong with a row.

    Raises
    ------
    UnreadableFile
        If a column that is needed is absent, or no row can be used though there are some.
    """
    found: list[_One] = []
    faults: list[str] = []
    for line, cells in cells_in(text, header):
        try:
            found.append(made(cells))
        except UnreadableFile as error:
            faults.append(f"line {line}: {error}; left out")
    if faults and not found:
        raise UnreadableFile(f"{faults[0]}; a row is {header}")
    return found, faults


def cells_in(text: str, header: str) -> Iterator[tuple[int, Cells]]:
    """Yield the line and the cells of every row that is not blank; `header` as in `rows_in`."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableFile(f"cannot be read ({error}); write it again") from None
    names = [cell.strip().casefold() for cell in lines[0]] if lines else []
    absent = [name for name in header.partition("[")[0].split(",") if name not in names]
    if absent:
        raise UnreadableFile(f"line 1: no column {', '.join(absent)}; the header is {header}")
    if len(set(names)) != len(names):
        raise UnreadableFile("line 1: a column stands there twice; keep one of them")
    others = dict.fromkeys(re.findall(r"\[,(\w+)\]", header), "")
    for line, cells in enumerate(lines[1:], start=2):
        if any(map(str.strip, cells)):
            padded = [*map(str.strip, cells), *[""] * (len(names) - len(cells))]
            yield line, others | dict(zip(names, padded, strict=False))


def symbol_of(text: str) -> str:
    """Return a symbol as Yahoo writes it."""
    symbol = yahoo_symbol(text)
    if not _SYMBOL.fullmatch(symbol):
        raise UnreadableFile(f"{shown(text)} is no symbol")
    return symbol


def day_of(text: str) -> date:
    """Return a day such as 2025-07-01."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise UnreadableFile(f"{shown(text)} is no day like 2025-07-01")
    return day


def day_in_name(path: Path, prefix: str = "") -> date:
    """Return the day after which a file is called, such as ``official_2026-11-13.csv``."""
    text = path.stem.removeprefix(prefix)
    if path.stem.startswith(prefix) and _DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise UnreadableFile(f"the name holds no day: call it {prefix}2026-11-13.csv, after the day it speaks of")


def number_of(text: str, name: str) -> float:
    """Return a number that is not below 0, NaN where there is none."""
    if text.casefold() in MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise UnreadableFile(f"{name} is {shown(text)}; write a number, or nothing")
    return value


def flag_of(text: str, name: str) -> bool:
    """Return whether a cell says yes; an empty one says no."""
    word = text.casefold()
    if word not in YES | NO:
        raise UnreadableFile(f"{name} is {shown(text)}; write yes or no")
    return word in YES


def shown(text: str) -> str:
    """Return foreign text in quotes, cut where it is long."""
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def _first(faults: Sequence[str]) -> Iterator[str]:
    yield from faults[:MOST_FAULTS]
    if len(faults) > MOST_FAULTS:
        yield f"{len(faults) - MOST_FAULTS:,} more rows like these"
