"""What analysts expect, from the files ``estimates/<DATE>.csv`` of a folder: a company a line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.market.csv_rows import MISSING, day_in_name, facts_in, shown, symbol_of
from bot.market.price_csv import UnreadableFile
from signals.estimates import Estimates

FIELDS = Estimates.FIELDS
HEADER = ",".join(("symbol", *FIELDS))
BOUNDS = {"forward_eps": (-1e6, 1e6), "surprise_pct": (-1e6, 1e6), "analysts": (0.0, 1000.0), "mean_rating": (1.0, 5.0)}
_Numbers = tuple[float, ...]


def read_estimates(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[Estimates, ...], list[str]]:
    """Return what the files of `folder` say, the oldest first, and what is wrong with them, a line each.

    `refused` puts a file that cannot be opened into words.
    """
    return facts_in(folder, refused, _of_file)


@lru_cache(maxsize=512)
def _of_file(path: Path, _size: int, _time: int) -> tuple[Estimates, tuple[str, ...]]:
    """Return what a file holds; a year of daily files is read once."""
    return estimates_in(day_in_name(path), path.read_text(encoding="utf-8-sig"))


def estimates_in(day: date, text: str) -> tuple[Estimates, tuple[str, ...]]:
    """Return the estimates of a file's `text`, and what is wrong with single rows; those are left out.

    Raises
    ------
    UnreadableFile
        If it holds none.
    """
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise UnreadableFile(f"cannot be read ({error}); write it again") from None
    columns = [cell.strip().casefold() for cell in lines[0]] if lines else []
    faults = _faults_of_header(columns)
    found: dict[str, _Numbers] = {}
    for line, cells in enumerate(lines[1:], start=2):
        if any(map(str.strip, cells)):
            try:
                symbol, numbers = _row(columns, [cell.strip() for cell in cells])
                if symbol in found:
                    raise UnreadableFile(f"{symbol} stands there twice; the first row is used")  # noqa: TRY301
            except UnreadableFile as error:
                faults.append(f"line {line}: {error}")
            else:
                found[symbol] = numbers
    if not found:
        raise UnreadableFile(f"{faults[0] if faults else 'has no company'}; a row is {HEADER}")
    told = np.array(list(found.values()), dtype=np.float64).T
    return Estimates(day, tuple(found), *told), tuple(faults)


def csv_of(estimates: Estimates) -> str:
    """Return `estimates` in the layout that is read."""
    columns = [getattr(estimates, name).tolist() for name in FIELDS]
    rows = zip(estimates.symbols, *columns, strict=True)
    return "\n".join([HEADER, *(",".join([symbol, *map(_cell, numbers)]) for symbol, *numbers in rows), ""])


def _cell(number: float) -> str:
    return "" if math.isnan(number) else repr(number)


def _faults_of_header(columns: list[str]) -> list[str]:
    if "symbol" not in columns or not set(FIELDS).intersection(columns):
        raise UnreadableFile(f"line 1: no column symbol, or none of {', '.join(FIELDS)}; the header is {HEADER}")
    if len(set(columns)) != len(columns):
        raise UnreadableFile("line 1: a column stands there twice; keep one of them")
    unknown = [name for name in columns if name not in {"symbol", *FIELDS}]
    return [f"line 1: {shown(', '.join(unknown))} is not read; {HEADER} is"] if unknown else []


def _row(columns: list[str], cells: list[str]) -> tuple[str, _Numbers]:
    if len(cells) != len(columns):
        raise UnreadableFile(f"{len(cells)} cells where the header has {len(columns)}; correct it")
    row = dict(zip(columns, cells, strict=True))
    return symbol_of(row["symbol"]), tuple(_number(name, row.get(name, "")) for name in FIELDS)


def _number(name: str, text: str) -> float:
    if text.casefold() in MISSING:
        return math.nan
    low, high = BOUNDS[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        span = f"a number from {low:,.0f} to {high:,.0f}"
        raise UnreadableFile(f"{name} is {shown(text)}; write {span}, or nothing")
    return value
