"""Option chains of a folder: ``options/<SYMBOL>/<DATE>.csv``, a contract a line."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.market.price_csv import UnreadableFile
from signals.errors import UnalignedInput
from signals.facts import OptionChain

NEEDED = ("expiry", "side", "strike", "bid", "ask")
NUMBERS = {
    "bid": "bid",
    "ask": "ask",
    "last": "last",
    "volume": "volume",
    "open_interest": "open_interest",
    "iv_frac": "implied_volatility",
}
"""Fields of a chain and the columns they stand in; a column that is not there is missing."""
HEADER = (*NEEDED, "last", "volume", "open_interest", "implied_volatility", "last_trade", "underlying")
SIDES = {"call": True, "c": True, "put": False, "p": False}
MISSING = {"", "na", "nan", "-", "n/a"}
_Row = Mapping[str, str]


def read_chains(root: Path, refused: Callable[[OSError], str]) -> tuple[dict[str, tuple[OptionChain, ...]], list[str]]:
    """Return the chains in the folders of `root`, the oldest first, and what is wrong with its files, a line each.

    `refused` puts a file that cannot be opened into words.
    """
    found: dict[str, tuple[OptionChain, ...]] = {}
    faults: list[str] = []
    try:
        folders = sorted(path for path in root.iterdir() if path.name[0] != ".") if root.is_dir() else []
        files = [(folder, sorted(folder.glob("[!.]*"))) for folder in folders if folder.is_dir()]
    except OSError as error:
        return {}, [f"{root.name}: {refused(error)}"]
    for folder, paths in files:
        chains = []
        for path in paths:
            try:
                facts = path.stat()
                chains.append(read_chain(path, folder.name, facts.st_size, facts.st_mtime_ns))
            except UnreadableFile as error:
                faults.append(f"{root.name}/{folder.name}/{path.name}: {error}")
            except OSError as error:
                faults.append(f"{root.name}/{folder.name}/{path.name}: {refused(error)}")
        if chains:
            found[folder.name] = tuple(sorted(chains, key=lambda each: each.day))
    return found, faults


@lru_cache(maxsize=16_384)
def read_chain(path: Path, symbol: str, _size: int = 0, _time: int = 0) -> OptionChain:
    """Return the chain in the file `path`, named by its day; raise `UnreadableFile` with the line and what to mend.

    A file is read once for each size and time of its own.
    """
    try:
        day = date.fromisoformat(path.stem)
    except ValueError:
        raise UnreadableFile("is not named by its day, such as 2025-09-30.csv; name it so") from None
    if path.suffix.lower() != ".csv":
        raise UnreadableFile("is no CSV; move it elsewhere")
    rows = _rows(path)
    spots = {_number(line, row, "underlying") for line, row in rows if not _is_missing(row.get("underlying"))}
    if len(spots) > 1:
        raise UnreadableFile("underlying: it has more than one price; a file is of one moment")
    numbers = {name: np.array([_number(line, row, column) for line, row in rows]) for name, column in NUMBERS.items()}
    try:
        return OptionChain(
            symbol,
            day,
            day,
            expiry=np.array([_day(line, row, "expiry") for line, row in rows], dtype="datetime64[D]"),
            is_call=np.array([_is_call(line, row) for line, row in rows], dtype=bool),
            strike=np.array([_number(line, row, "strike") for line, row in rows]),
            traded=np.array([_trade(line, row) for line, row in rows], dtype="datetime64[D]"),
            spot=spots.pop() if spots else math.nan,
            **numbers,
        )
    except UnalignedInput as error:
        raise UnreadableFile(str(error)) from None


def csv_of(chain: OptionChain) -> str:
    """Return `chain` in the layout that is read."""
    columns = [getattr(chain, name).tolist() for name in NUMBERS]
    lines = [",".join(HEADER)]
    places = zip(
        chain.expiry.tolist(), chain.is_call.tolist(), chain.strike.tolist(), chain.traded.tolist(), strict=True
    )
    for place, (expiry, is_call, strike, traded) in enumerate(places):
        numbers = ["" if math.isnan(column[place]) else repr(column[place]) for column in columns]
        trade = "" if traded is None else traded.isoformat()
        spot = "" if math.isnan(chain.spot) else repr(float(chain.spot))
        lines.append(",".join([expiry.isoformat(), "call" if is_call else "put", repr(strike), *numbers, trade, spot]))
    return "\n".join([*lines, ""])


def _rows(path: Path) -> list[tuple[int, _Row]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = [
                (number, [cell.strip() for cell in cells]) for number, cells in enumerate(csv.reader(file), start=1)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"cannot be read ({error}); write it again") from None
    header = [name.lower() for name in lines[0][1]] if lines else []
    lacking = [name for name in NEEDED if name not in header]
    if lacking:
        raise UnreadableFile(f"line 1: no column {', '.join(lacking)}; the header is {','.join(HEADER)}")
    if len(set(header)) != len(header):
        raise UnreadableFile("line 1: a column is there twice; keep one of them")
    rows = [(number, cells) for number, cells in lines[1:] if any(cells)]
    if not rows:
        raise UnreadableFile("has no contract; fill it or move it elsewhere")
    for number, cells in rows:
        if len(cells) != len(header):
            raise UnreadableFile(
                f"line {number}: {len(cells)} columns where the header has {len(header)}; write it again"
            )
    return [(number, dict(zip(header, cells, strict=True))) for number, cells in rows]


def _is_missing(text: str | None) -> bool:
    return text is None or text.lower() in MISSING


def _number(line: int, row: _Row, column: str) -> float:
    text = row.get(column)
    if text is None or _is_missing(text):
        return math.nan
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0:
        raise UnreadableFile(f"line {line}: {column} is {text[:40]!r}, no number of 0 or more; mend it")
    return number


def _day(line: int, row: _Row, column: str) -> date:
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        raise UnreadableFile(
            f"line {line}: {column} is {row[column][:40]!r}, no date like 2025-10-17; mend it"
        ) from None


def _trade(line: int, row: _Row) -> date | None:
    return None if _is_missing(row.get("last_trade")) else _day(line, row, "last_trade")


def _is_call(line: int, row: _Row) -> bool:
    try:
        return SIDES[row["side"].lower()]
    except KeyError:
        raise UnreadableFile(f"line {line}: side is {row['side'][:40]!r}, neither call nor put; mend it") from None
