"""What companies filed from CSV files of a folder: ``symbol,period_end,filed,<field>…``."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from signals.fundamentals import BALANCES, FLOWS, MONTHS, SHARES, Fundamentals

KEYS = ("symbol", "period_end", "filed")
FIELDS = (*FLOWS, *BALANCES, SHARES)
SPAN = "months"
"""An optional column: 3 (also where it is absent or empty), 6, 9 or 12, the months that revenue and the like span."""
HEADER = f"{','.join(KEYS)}[,{SPAN}],<field>…"
MISSING = {"", ".", "NA", "NaN", "nan"}
_QUARTER = 3
_SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,14}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 40
_SHOWN_FAULTS = 3
Row = tuple[str, date, date, int, dict[str, float]]


class UnreadableFundamentals(Exception):
    """A file holds no figures: one line that says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns of a file stand."""

    columns: tuple[str, ...]
    fields: tuple[str, ...]

    def cell(self, row: list[str], name: str) -> str:
        return row[self.columns.index(name)] if name in self.columns else ""


def read_fundamentals(folder: Path, refused: Callable[[OSError], str]) -> tuple[Fundamentals | None, list[str]]:
    """Return what the CSV files of `folder` say, None where they say nothing, and what is wrong with them."""
    rows: list[Row] = []
    faults: list[str] = []
    try:
        found = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    except OSError as error:
        return None, [f"{folder.name}: {refused(error)}"]
    for path in (path for path in found if not path.name.startswith(".")):
        where = f"{folder.name}/{path.name}"
        try:
            own, wrong = rows_of(path.read_text(encoding="utf-8-sig"))
        except UnreadableFundamentals as error:
            faults.append(f"{where}: {error}")
        except UnicodeDecodeError as error:
            faults.append(f"{where}: cannot be read ({error}); write it again")
        except OSError as error:
            faults.append(f"{where}: {refused(error)}")
        else:
            rows += own
            faults += [f"{where}: {fault}" for fault in wrong]
    return (gathered(rows) if rows else None), faults


def gathered(rows: list[Row]) -> Fundamentals:
    """Return rows of any order as one table; what a row says of a day, its balance, stands in a row of its own."""
    companies = tuple(sorted({symbol for symbol, *_ in rows}))
    places = {symbol: place for place, symbol in enumerate(companies)}
    split = []
    for symbol, end, filed, months, values in rows:
        of_a_day = {name: value for name, value in values.items() if name not in FLOWS}
        of_a_period = {name: value for name, value in values.items() if name in FLOWS}
        split += [
            (places[symbol], end, filed, span, own) for span, own in ((months, of_a_period), (0, of_a_day)) if own
        ]
    return Fundamentals.in_order(companies, split)


def rows_of(text: str) -> tuple[list[Row], list[str]]:
    """Return the rows of a CSV text, and what is wrong with others; raise `UnreadableFundamentals` where it is none."""
    try:
        lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise UnreadableFundamentals(f"is no CSV ({error}); write it again") from None
    layout, faults = _layout(lines[0] if lines else [])
    rows: list[Row] = []
    wrong: list[str] = []
    for number, line in enumerate(lines[1:], start=2):
        if any(line):
            try:
                row = _row(layout, line)
            except ValueError as error:
                wrong.append(f"line {number}: {error}; left out, correct it")
            else:
                rows += [row] if row[-1] else []
    if len(wrong) > _SHOWN_FAULTS:
        wrong[_SHOWN_FAULTS:] = [f"and {len(wrong) - _SHOWN_FAULTS} more lines like these"]
    if not rows and not wrong:
        raise UnreadableFundamentals("has no figure; write it again or delete it")
    return rows, faults + wrong


def _layout(header: list[str]) -> tuple[_Layout, list[str]]:
    columns = tuple(name.lower() for name in header)
    fields = tuple(name for name in columns if name in FIELDS)
    if columns[: len(KEYS)] != KEYS or not fields:
        raise UnreadableFundamentals(f"line 1: the header is {HEADER}, with fields of {', '.join(FIELDS)}; correct it")
    if len(set(columns)) != len(columns):
        raise UnreadableFundamentals("line 1: a column stands there twice; keep one of them")
    unknown = [name for name in columns if name not in {*KEYS, SPAN, *FIELDS}]
    faults = [f"line 1: {_shown(', '.join(unknown))} is no field ({', '.join(FIELDS)}); not read"] if unknown else []
    return _Layout(columns, fields), faults


def _row(layout: _Layout, line: list[str]) -> Row:
    """Return a line; raise `ValueError` with what is wrong with it."""
    if len(line) != len(layout.columns):
        raise ValueError(f"{len(line)} cells where the header has {len(layout.columns)}")
    symbol = layout.cell(line, "symbol").upper()
    if not _SYMBOL.fullmatch(symbol):
        raise ValueError(f"{_shown(symbol)} is no symbol")
    end, filed = (_day(layout.cell(line, name)) for name in ("period_end", "filed"))
    if filed < end:
        raise ValueError(f"filed {filed}, before the period ended ({end})")
    span = layout.cell(line, SPAN) or str(_QUARTER)
    if span not in {str(months) for months in MONTHS if months}:
        raise ValueError(f"{SPAN} is {_shown(span)}, not one of 3, 6, 9, 12")
    cells = {name: layout.cell(line, name) for name in layout.fields}
    return (
        symbol,
        end,
        filed,
        int(span),
        {name: _number(name, cell) for name, cell in cells.items() if cell not in MISSING},
    )


def _day(cell: str) -> date:
    try:
        day = date.fromisoformat(cell) if _DAY.fullmatch(cell) else None
    except ValueError:
        day = None
    if day is None:
        raise ValueError(f"{_shown(cell)} is no date like 2025-07-01")
    return day


def _number(name: str, cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{name} is {_shown(cell)}, no number")
    return value


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}…")
