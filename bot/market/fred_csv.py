"""FRED's series from files in its own CSV layout: ``observation_date,DGS10``, or ``DATE,DGS10`` in older ones."""

from __future__ import annotations

import csv
import io
import math
import re
from datetime import date
from pathlib import Path

import numpy as np

from signals.facts import Series

TITLES = {
    "DFF": "Fed funds rate, effective",
    "DFEDTARU": "Fed funds target, upper end",
    "DGS3MO": "3-month Treasury yield",
    "DGS2": "2-year Treasury yield",
    "DGS10": "10-year Treasury yield",
    "BAMLH0A0HYM2": "High-yield spread",
    "SOFR": "Secured overnight financing rate",
}
"""What people call the series; any other goes by its own name."""
DATE_COLUMNS = {"observation_date", "DATE"}
MISSING = {"", ".", "NA", "NaN"}
_NAME = re.compile(r"[A-Z0-9_]{1,40}")
MEND = "download it again from FRED"


class UnreadableSeries(Exception):
    """A file holds no series: one line that says what is wrong and what to do."""


def read_series(folder: Path) -> tuple[dict[str, Series], list[str]]:
    """Return the series in the CSV files of `folder`, and what is wrong with those files, a line each."""
    found: dict[str, Series] = {}
    faults: list[str] = []
    paths = sorted(path for path in folder.glob("*.csv") if not path.name.startswith(".")) if folder.is_dir() else []
    for path in paths:
        where = f"{folder.name}/{path.name}"
        try:
            series = series_of(path.read_text(encoding="utf-8-sig"))
        except UnreadableSeries as error:
            faults.append(f"{where}: {error}")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{where}: cannot be read ({error}); {MEND}")
        else:
            if series.name in found:
                faults.append(f"{where}: has {series.name}, which another file has too; keep one of them")
            else:
                found[series.name] = series
    return found, faults


def series_of(text: str) -> Series:
    """Return the series of a CSV text; raise `UnreadableSeries` where it is none."""
    try:
        lines = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error as error:
        raise UnreadableSeries(f"is no CSV ({error}); {MEND}") from None
    header = lines[0] if lines else []
    if len(header) != len(("date", "value")) or header[0] not in DATE_COLUMNS or not _NAME.fullmatch(header[1]):
        raise UnreadableSeries(f"line 1: the header is observation_date,<SERIES>; {MEND}")
    rows = [_row(number, row) for number, row in enumerate(lines[1:], start=2) if row]
    known = [(day, value) for day, value in rows if value is not None]
    days = np.array([day for day, _ in known], dtype="datetime64[D]")
    if not len(days):
        raise UnreadableSeries(f"has no value; {MEND}")
    backward = np.flatnonzero(days[1:] <= days[:-1])
    if len(backward):
        raise UnreadableSeries(f"{days[backward[0] + 1]} stands after {days[backward[0]]}; {MEND}")
    values = np.array([value for _, value in known], dtype=np.float64)
    return Series(header[1], TITLES.get(header[1], header[1]), days, values)


def csv_of(series: Series) -> str:
    """Return `series` in FRED's layout."""
    rows = zip(series.days.tolist(), series.values.tolist(), strict=True)
    return "\n".join([f"observation_date,{series.name}", *(f"{day},{value!r}" for day, value in rows), ""])


def _row(number: int, row: list[str]) -> tuple[date, float | None]:
    """Return the day and the value of line `number`; None where FRED has no value of that day."""
    if len(row) != len(("date", "value")):
        raise UnreadableSeries(f"line {number}: {len(row)} columns where there are two; {MEND}")
    try:
        day = date.fromisoformat(row[0])
    except ValueError:
        raise UnreadableSeries(f"line {number}: {row[0]!r} is no date like 2025-07-01; {MEND}") from None
    if row[1] in MISSING:
        return day, None
    try:
        value = float(row[1])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UnreadableSeries(f"line {number}: {row[1]!r} is no number; {MEND}")
    return day, value
