"""Form indexes and insiders' forms from EDGAR, as they are kept: the filings of days and quarters, trades by form."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from bot.market.durable import only_writer, write_durably
from bot.market.edgar_store import read
from bot.market.sec_form4 import UnreadableForm, read_form, trades_of
from bot.market.sec_index import IndexLine
from signals.insider_facts import InsiderTrade

log = structlog.get_logger(__name__)

INSIDERS = frozenset(("4", "4/A", "5", "5/A"))
"""Form 3 tells what is held at first, and no trade."""
LINE = np.dtype([("form", "S10"), ("cik", "<i8"), ("filed", "<M8[D]"), ("path", "S80"), ("company", "S120")])
_SATURDAY = 5
_DAY = timedelta(days=1)
SOURCE = "SEC EDGAR"


class FormStore:
    """The indexes and forms in one folder: ``forms/days``, ``forms/quarters`` and ``forms/insiders``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep_lines(self, name: str, lines: Iterable[IndexLine], at: datetime) -> None:
        """Keep what an index says, under ``days/20250808`` or ``quarters/2025Q2``."""
        rows = [
            (each.form.encode(), each.cik, each.filed, each.path.encode()[:80], each.company.encode()[:120])
            for each in lines
        ]
        stream = io.BytesIO()
        np.save(stream, np.array(rows, dtype=LINE), allow_pickle=False)
        self._write(f"{name}.npy", stream.getvalue(), at)

    def has(self, name: str) -> bool:
        """Return whether an index is kept."""
        return (self.folder / f"{name}.npy").is_file()

    def lines(self, name: str) -> NDArray[np.void]:
        """Return what is kept of an index."""
        return read(self.folder / f"{name}.npy", LINE)

    def names(self, kind: str) -> list[str]:
        """Return the indexes that are kept of ``days`` or ``quarters``, the oldest first."""
        return [f"{kind}/{path.stem}" for path in sorted((self.folder / kind).glob("[!.]*.npy"))]

    def keep_form(self, line: Mapping[str, Any], body: bytes | None, symbols: Mapping[int, str], at: datetime) -> str:
        """Keep the trades of a form, and return what is wrong with it: a form that cannot be read is kept as such."""
        trades: tuple[InsiderTrade, ...] = ()
        fault = "EDGAR has none" if body is None else ""
        try:
            if body is not None:
                form = read_form(body)
                symbol = symbols.get(form.issuer_cik, "")
                trades = trades_of(form, symbol=symbol, filed=line["filed"]) if symbol else ()
        except UnreadableForm as error:
            fault = str(error)
        told = {"fault": fault, "trades": [row_of(trade) for trade in trades]}
        self._write(f"insiders/{accession_of(line['path'])}.json", json.dumps(told).encode(), at)
        return fault

    def forms(self) -> set[str]:
        """Return the numbers of the forms that are kept."""
        return {path.stem for path in (self.folder / "insiders").glob("[!.]*.json")}

    def told(self) -> tuple[list[InsiderTrade], set[str]]:
        """Return the trades of all forms, and the numbers of those that could not be read."""
        trades: list[InsiderTrade] = []
        unreadable: set[str] = set()
        for path in (self.folder / "insiders").glob("[!.]*.json"):
            try:
                said = json.loads(path.read_bytes())
                trades += [trade_of(row) for row in said["trades"]]
                unreadable |= {path.stem} if said["fault"] else set()
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.warning("edgar_form_damaged", file=str(path), problem=str(error))
                path.unlink(missing_ok=True)  # so that it is asked for again
        return trades, unreadable

    def _write(self, name: str, content: bytes, at: datetime) -> None:
        path = self.folder / name
        with only_writer(self.folder / ".lock"):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, content, at=at)


def accession_of(path: str) -> str:
    """Return the number of the filing at a path of the archive."""
    return path.rpartition("/")[2].removesuffix(".txt")


def insider_lines(store: FormStore, ciks: Iterable[int], since: date) -> list[Mapping[str, Any]]:
    """Return the insiders' forms of some companies by the days' indexes, the newest first, each filing once."""
    wanted = np.array(sorted(ciks), dtype=np.int64)
    found: dict[str, Mapping[str, Any]] = {}
    for name in reversed(store.names("days")):
        lines = store.lines(name)
        forms = np.isin(lines["form"], [form.encode() for form in INSIDERS])
        own = lines[forms & np.isin(lines["cik"], wanted) & (lines["filed"] >= np.datetime64(since))]
        for _, cik, filed, path, _ in own.tolist():
            found.setdefault(accession_of(path.decode()), {"cik": cik, "filed": filed, "path": path.decode()})
    return list(found.values())


def covered_days(store: FormStore, first: date, last: date) -> list[tuple[date, date]]:
    """Return the spans of days of which every filing is known: by a day's index, or a closed quarter's."""
    days = {name.partition("/")[2] for name in store.names("days")}
    quarters = {name.partition("/")[2] for name in store.names("quarters")}
    spans: list[list[date]] = []
    day, is_open = first, False
    while day <= last:
        is_told = f"{day:%Y%m%d}" in days or f"{day.year}Q{(day.month + 2) // 3}" in quarters
        if is_told and is_open:
            spans[-1][1] = day
        elif is_told:
            spans.append([day, day])
        # On a weekend nothing is filed: it parts no span, and belongs to the one that goes on behind it.
        is_open = is_told or (is_open and day.weekday() >= _SATURDAY)
        day += _DAY
    return [(begin, end) for begin, end in spans]


def row_of(trade: InsiderTrade) -> list[Any]:
    """Return a trade as JSON may hold it."""
    return [value.isoformat() if isinstance(value, date) else value for value in trade]


def trade_of(row: list[Any]) -> InsiderTrade:
    """Return the trade of such a row; raise `ValueError` or `TypeError` where it is none."""
    *told, period = row
    last = None if period is None else date.fromisoformat(period)
    named = dict(zip(InsiderTrade._fields, (*told, last), strict=True))
    days = {name: date.fromisoformat(named[name]) for name in ("filed", "traded")}
    return InsiderTrade(**(named | days))
