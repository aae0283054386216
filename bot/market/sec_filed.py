"""On which day filings with figures were filed, from the SEC's quarterly index of them (``xbrl.idx``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

MEND = "ask the SEC for it again"
COLUMNS = ("CIK", "Company Name", "Form Type", "Date Filed", "Filename")
FILING = np.dtype([("accession", "S20"), ("filed", "<M8[D]"), ("cik", "<i8"), ("is_report", "?")])
"""A filing as it is kept."""
REPORTS = frozenset({"10-K", "10-Q", "10-KT", "10-QT", "10-K/A", "10-Q/A", "20-F", "40-F"})
"""Forms with a report of a quarter or a year in them."""
ACCESSION = re.compile(r"\d{10}-\d\d-\d{6}", re.ASCII)
_PATH = re.compile(r"edgar/data/\d{1,10}/(?:\d{18}/)?(\d{10}-\d\d-\d{6})(?:\.txt|-index\.html?)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_LONGEST_SHOWN = 60
_LARGEST_CIK = 9_999_999_999


@dataclass(frozen=True, slots=True, eq=False)
class Filed:
    """What an index says.

    Attributes
    ----------
    filings : ndarray of `FILING`
        In the order of their numbers, each once.
    faults : tuple of str
        What is wrong with the answer, a line each.
    is_whole : bool
        Whether it is an index, however many of its lines were understood.
    """

    filings: NDArray[np.void] = field(default_factory=lambda: np.empty(0, FILING))
    faults: tuple[str, ...] = ()
    is_whole: bool = False


def filings_of(body: bytes) -> Filed:
    """Return the filings of an index; whatever is wrong with it is among its faults."""
    lines = body.decode("latin-1").splitlines()
    header = next((n for n, line in enumerate(lines) if tuple(cell.strip() for cell in line.split("|")) == COLUMNS), -1)
    if header < 0:
        return Filed(faults=(f"has no line {'|'.join(COLUMNS)}; {MEND}",))
    rows: dict[bytes, tuple[bytes, date, int, bool]] = {}
    faults: list[str] = []
    for number, line in enumerate(lines[header + 1 :], start=header + 2):
        if not line.strip("- \t"):
            continue
        row = _row(line)
        if row is None:
            faults.append(f"line {number}: {line[:_LONGEST_SHOWN]!r} is no filing; left out, {MEND}")
        else:
            rows[row[0]] = row
    if len(faults) > 1:
        faults[1:] = [f"and {len(faults) - 1} more lines like this"]
    filings = np.array(sorted(rows.values()), dtype=FILING)
    return Filed(filings, tuple(faults), is_whole=bool(rows) or not faults)


def _row(line: str) -> tuple[bytes, date, int, bool] | None:
    cells = [cell.strip() for cell in line.split("|")]
    if len(cells) != len(COLUMNS):
        return None
    cik, _, form, filed, path = cells
    found = _PATH.fullmatch(path)
    if found is None or not (cik.isascii() and cik.isdecimal() and 0 < int(cik[:20]) <= _LARGEST_CIK):
        return None
    try:
        day = date.fromisoformat(filed) if _DAY.fullmatch(filed) else None
    except ValueError:
        day = None
    return None if day is None else (found[1].encode(), day, int(cik), form in REPORTS)
