"""EDGAR's form index, of a quarter or of a day: which form was filed by whom, when, and where it lies."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from signals.deal_facts import FORMS, DealFiling

HEADER = ("Form Type", "Company Name", "CIK", "Date Filed", "File Name")
MOST_FAULTS = 3
_ENCODING = "latin-1"
_RECEIVED = re.compile(r"^Last Data Received:\s*(\S.*?)\s*$", re.MULTILINE)
_DASHES = re.compile(r"-{20,}\s*")
_ROW = re.compile(
    r"(?P<form>\S+(?: \S+)*?)\s{2,}(?P<company>\S.*?)\s+(?P<cik>\d{1,10})\s+"
    r"(?P<filed>\d{4}-\d\d-\d\d|\d{8})\s+(?P<path>edgar/data/\S+)\s*",
    re.ASCII,
)
"""Read from its end: rows are wider than the header says, and a company's name may hold spaces and figures."""
_ACCESSION = re.compile(r"(\d{10}-\d{2}-\d{6})\.txt$", re.ASCII)
_LONGEST_SHOWN = 60


class UnreadableIndex(Exception):
    """A text is no form index: one line that says why."""


@dataclass(frozen=True, slots=True)
class IndexLine:
    """One filing as the index names it; a filing of several companies has a line under each."""

    form: str
    company: str
    cik: int
    filed: date
    path: str

    @property
    def accession(self) -> str:
        """EDGAR's number of the filing; empty where its file has another name."""
        found = _ACCESSION.search(self.path)
        return found.group(1) if found else ""


@dataclass(frozen=True, slots=True)
class FormIndex:
    """What an index holds.

    Attributes
    ----------
    received : date or None
        The last day of which it has the filings, as it says itself; None where it does not.
    faults : tuple of str
        What is wrong with single rows, a line each; they are left out.
    """

    lines: tuple[IndexLine, ...]
    received: date | None
    faults: tuple[str, ...] = ()


def read_index(content: bytes | str, forms: Collection[str] | None = None) -> FormIndex:
    """Return the filings of an index, those of `forms` alone where they are named.

    Raises
    ------
    UnreadableIndex
        If it is no form index, or none of its rows can be read.
    """
    text = content.decode(_ENCODING) if isinstance(content, bytes) else content
    header, rows = _parted(text)
    starts = None if forms is None else tuple(f"{form} " for form in forms)
    lines: list[IndexLine] = []
    faults: list[str] = []
    count = 0
    for number, row in enumerate(rows, start=header.count("\n") + 3):
        if not row.strip():
            continue
        count += 1
        if starts is not None and not row.startswith(starts):
            continue
        try:
            line = _line(row)
        except ValueError as error:
            faults.append(f"line {number}: {error}")
            continue
        if forms is None or line.form in forms:
            lines.append(line)
    if faults and not lines:
        raise UnreadableIndex(f"no row can be read; {faults[0]}")
    if not count and "Last Data Received" not in header:
        raise UnreadableIndex("has no row, and does not say of which day")
    return FormIndex(tuple(lines), _received(header), _first(faults))


def _parted(text: str) -> tuple[str, list[str]]:
    """Return what stands above the line of dashes, and the rows below it."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _DASHES.fullmatch(line):
            names = re.split(r"\s{2,}", lines[number - 1].strip()) if number else []
            if tuple(names) != HEADER:
                shown = _shown(", ".join(names))
                raise UnreadableIndex(f"its columns are {shown}, not {', '.join(HEADER)}")
            return "\n".join(lines[:number]), lines[number + 1 :]
    raise UnreadableIndex(f"has no line of dashes; it begins with {_shown(text[:_LONGEST_SHOWN])}")


def _line(row: str) -> IndexLine:
    """Return a row; raise `ValueError` with what is wrong with it."""
    found = _ROW.fullmatch(row)
    if found is None:
        raise ValueError(f"{_shown(row)} is no form, company, CIK, day and file")
    try:
        filed = date.fromisoformat(found["filed"])
    except ValueError:
        raise ValueError(f"{found['filed']} is no day") from None
    return IndexLine(found["form"], found["company"], int(found["cik"]), filed, found["path"])


def _received(header: str) -> date | None:
    found = _RECEIVED.search(header)
    if found is None:
        return None
    for layout in ("%B %d, %Y", "%b %d, %Y", "%Y-%m-%d", "%Y%m%d"):
        try:
            return datetime.strptime(found.group(1), layout).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _first(faults: list[str]) -> tuple[str, ...]:
    more = len(faults) - MOST_FAULTS
    return (*faults[:MOST_FAULTS], f"{more:,} more rows like these") if more > 0 else tuple(faults)


def _shown(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def deal_filings(lines: Iterable[IndexLine], symbols: Mapping[int, str]) -> tuple[DealFiling, ...]:
    """Return the merger filings among some lines, the oldest first; `symbols` are those of companies, by their CIK."""
    found = {
        DealFiling(line.filed, line.form, line.company, line.cik, symbols.get(line.cik, ""), line.accession)
        for line in lines
        if line.form in FORMS
    }
    return tuple(sorted(found, key=lambda each: (each.filed, each.form, each.accession, each.cik)))
