"""What analysts expect, from the files ``estimates/<DATE>.csv`` of a folder: a company a line."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.market.holdings import yahoo_symbol
from bot.market.price_csv import UnreadableFile
from signals.estimates import Estimates

FIELDS = Estimates.FIELDS
HEADER = ",".join(("symbol", *FIELDS))
MISSING = frozenset(("", "-", "--", ".", "na", "n/a", "nan"))
BOUNDS = {"forward_eps": (-1e6, 1e6), "surprise_pct": (-1e6, 1e6), "analysts": (0.0, 1000.0), "mean_rating": (1.0, 5.0)}
MOST_FAULTS = 3
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,14}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 40
_Numbers = tuple[float, ...]


def read_estimates(folder: Path, refused: Callable[[OSError], str]) -> tuple[tuple[Estimates, ...], list[str]]:
    """Return what the files of `folder` say, the oldest first, and what is wrong with them, a line each.

    `refused` puts a file that cannot be opened into words.
    """
    found: list[Estimates] = []
    faults: list[str] = []
    try:
        paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    except OSError as error:
        return (), [f"{folder.name}: {refused(error)}"]
    for path in (path for path in paths if path.name[0] != "."):
        where = f"{folder.name}/{path.name}"
        try:
            facts = path.stat()
            estimates, wrong = _of_file(path, facts.st_size, facts.st_mtime_ns)
        except UnreadableFile as error:
            faults.append(f"{where}: {error}")
        except UnicodeDecodeError as error:
            faults.append(f"{where}: cannot be read ({error.reason}); write it again as UTF-8")
        except OSError as error:
            faults.append(f"{where}: {refused(error)}")
        else:
            found.append(estimates)
            faults += [f"{where}: {fault}" for fault in wrong]
    return tuple(found), faults


@lru_cache(maxsize=512)
def _of_file(path: Path, _size: int, _time: int) -> tuple[Estimates, tuple[str, ...]]:
    """Return what a file holds; a year of daily files is read once."""
    return estimates_in(_day(path.stem), path.read_text(encoding="utf-8-sig"))


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
    if len(faults) > MOST_FAULTS:
        faults[MOST_FAULTS:] = [f"{len(faults) - MOST_FAULTS:,} more rows like these"]
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
    return [f"line 1: {_shown(', '.join(unknown))} is not read; {HEADER} is"] if unknown else []


def _row(columns: list[str], cells: list[str]) -> tuple[str, _Numbers]:
    if len(cells) != len(columns):
        raise UnreadableFile(f"{len(cells)} cells where the header has {len(columns)}; correct it")
    row = dict(zip(columns, cells, strict=True))
    symbol = yahoo_symbol(row["symbol"])
    if not _SYMBOL.fullmatch(symbol):
        raise UnreadableFile(f"{_shown(row['symbol'])} is no symbol; correct it")
    return symbol, tuple(_number(name, row.get(name, "")) for name in FIELDS)


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
        raise UnreadableFile(f"{name} is {_shown(text)}; write {span}, or nothing")
    return value


def _day(stem: str) -> date:
    if _DAY.fullmatch(stem):
        try:
            return date.fromisoformat(stem)
        except ValueError:
            pass
    raise UnreadableFile("the name holds no day: call it 2026-09-30.csv, after the day on which they stood")


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
