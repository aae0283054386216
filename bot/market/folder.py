"""A folder of the operator's own data as a source: prices/, universe/, holdings/."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np

from bot.clock import Clock, WallClock
from bot.market.calendar import exchange_calendar
from bot.market.folder_reference import in_todays_shares, read_reference
from bot.market.price_csv import UnreadableFile, read_price_csv
from bot.market.table import Table, aligned, mended
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from bot.market.universe_table import read_universe
from signals.types import BoolArray, SessionArray

_ENDING = re.compile(r"\.csv(\.gz)?$", re.IGNORECASE)
_SYMBOL = re.compile(r"[\w^.=&+-]{1,40}")
LAYOUT = "it needs prices/<SYMBOL>.csv (or .csv.gz) in Yahoo's layout or universe/*.parquet with symbol,date,close"


class FolderSource:
    """Reads a folder laid out as the operators' page describes; every fault is told, none stops the rest."""

    labels: tuple[str, ...] = ()

    def __init__(self, path: str | Path, *, clock: Clock | None = None) -> None:
        self.path = Path(path)
        self.name = f"folder {self.path.name or self.path.resolve().name}"
        self._clock = clock or WallClock()

    def fingerprint(self) -> str:
        """Return a line that changes whenever a file with bars does."""
        import hashlib

        facts = [(path.name, *_size_and_time(path)) for path in self._bar_files()]
        return hashlib.sha256(repr(sorted(facts)).encode()).hexdigest()

    def reference(self) -> Reference:
        """Return what the folder knows beside bars, faults of its files included."""
        found = read_reference(self.path)
        facts, wrong = in_todays_shares(found.facts, self.path)
        return replace(found, facts=facts, faults=(*found.faults, *wrong))

    def faults(self) -> tuple[str, ...]:
        """Return what is wrong with the files beside the bars, a line each."""
        return self.reference().faults

    async def fetch(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        """Return the bars of `symbols` (None: all in the folder) from `start` to `end`."""
        return await asyncio.to_thread(self._read, symbols, start=start, end=end)

    def _read(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        now = self._clock.now()
        sessions = exchange_calendar(now.date()).sessions
        self._require_layout()
        tables, outcomes = self._gather(symbols, sessions=sessions, today=now.date())
        if not tables and symbols is None:
            first = next(iter(outcomes.values()), None)
            raise SourceError(f"no bars can be read in {self.path}: {first.detail if first else LAYOUT}")
        chosen = [tables[s] for s in symbols if s in tables] if symbols is not None else list(tables.values())
        window = sessions[(sessions >= np.datetime64(start, "D")) & (sessions <= np.datetime64(end, "D"))]
        return self._bars(chosen, outcomes, window=window, now=now)

    def _require_layout(self) -> None:
        if not self.path.is_dir():
            raise SourceError(f"there is no folder {self.path}: give the path of a folder with data")
        if not self._bar_files():
            raise SourceError(f"the folder {self.path} has no bars: {LAYOUT}")

    def _bar_files(self) -> list[Path]:
        return [*_price_files(self.path), *_files(self.path / "universe", ".parquet")]

    def _gather(
        self, symbols: Sequence[str] | None, *, sessions: SessionArray, today: date
    ) -> tuple[dict[str, Table], dict[str, Outcome]]:
        tables: dict[str, Table] = {}
        outcomes: dict[str, Outcome] = {}
        notes: dict[str, str] = {}
        for symbol, table in self._tables(symbols, outcomes):
            if symbol in tables:
                notes[symbol] = f"{tables[symbol].where} is used, {table.where} has it too"
            else:
                tables[symbol] = mended(table, sessions=sessions, today=today)
        for symbol, table in list(tables.items()):
            if not len(table.days):
                del tables[symbol]
            failed = outcomes.get(symbol)  # of the same symbol, in a file that comes first
            told = table.blamed(f"used because of {failed.detail}") if failed and len(table.days) else table
            outcomes[symbol] = _outcome(told, note=notes.get(symbol, ""))
        for symbol in symbols or ():
            outcomes.setdefault(symbol, Outcome(symbol, Status.EMPTY, f"{self.path} has no bars of {symbol}"))
        return tables, outcomes

    def _tables(self, symbols: Sequence[str] | None, outcomes: dict[str, Outcome]) -> Iterator[tuple[str, Table]]:
        for path in _price_files(self.path):
            symbol = _ENDING.sub("", path.name)
            if symbols is not None and symbol not in symbols:
                continue
            where = f"prices/{path.name}"
            if not _SYMBOL.fullmatch(symbol):
                named = f"prices/{path.name!r}"
                words = f"{named}: such a name is no symbol; rename the file, letters, digits and . - ^ = & will do"
                outcomes[named] = Outcome(named, Status.FAILED, words)
                continue
            try:
                yield symbol, read_price_csv(path, symbol=symbol, where=where)
            except UnreadableFile as error:
                outcomes[symbol] = Outcome(symbol, Status.FAILED, f"{where}: {error}")
        for path in _files(self.path / "universe", ".parquet") if symbols is None or symbols else ():
            where = f"universe/{path.name}"
            try:
                yield from ((t.symbol, t) for t in read_universe(path, symbols=symbols, where=where))
            except UnreadableFile as error:
                outcomes[where] = Outcome(where, Status.FAILED, f"{where}: {error}")

    def _bars(self, tables: list[Table], outcomes: dict[str, Outcome], *, window: SessionArray, now: datetime) -> Bars:
        cut = [t.rows(_within(t.days, window)) for t in tables]
        filled = [t for t in cut if len(t.days)]
        if filled:
            first, last = min(t.days[0] for t in filled), max(t.days[-1] for t in filled)
            span = window[(window >= first) & (window <= last)]
        else:
            span = window[:0]
        told = tuple(_dated(outcomes.pop(t.symbol), t, window=window) for t in cut)
        return Bars(aligned(cut, sessions=span), self.name, now, (*told, *outcomes.values()))


def _within(days: SessionArray, window: SessionArray) -> BoolArray:
    if not len(window):
        return np.zeros(len(days), dtype=bool)
    inside: BoolArray = (days >= window[0]) & (days <= window[-1])  # every day is a session by now
    return inside


def _price_files(root: Path) -> list[Path]:
    return _files(root / "prices", ".csv", ".csv.gz")


def _files(folder: Path, *endings: str) -> list[Path]:
    """Return the files of `folder` with one of `endings`, in capitals or not."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.name.lower().endswith(endings) and not p.name.startswith("."))


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        facts = path.stat()
    except FileNotFoundError:
        return (0, 0)  # a link to nowhere, or deleted a moment ago: reading it will say so
    return (facts.st_size, facts.st_mtime_ns)


def _outcome(table: Table, *, note: str) -> Outcome:
    if table.problems:
        detail = f"{table.where}, {'; '.join(table.problems)}"
        return Outcome(table.symbol, Status.SUSPECT if len(table.days) else Status.FAILED, detail)
    if not len(table.days):
        return Outcome(table.symbol, Status.EMPTY, f"{table.where} has no bars")
    return Outcome(table.symbol, Status.OK, note)


def _dated(outcome: Outcome, table: Table, *, window: SessionArray) -> Outcome:
    if not len(table.days):
        return replace(outcome, status=Status.EMPTY, detail=outcome.detail or f"{table.where} has no bars in that time")
    last = table.days[-1].astype("datetime64[D]").item()
    if outcome.status is Status.OK and table.days[-1] < window[-1]:
        detail = f"{table.where} ends on {last}, before {window[-1]}"
        return replace(outcome, status=Status.STALE, detail=detail, last_session=last)
    return replace(outcome, last_session=last)
