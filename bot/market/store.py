"""Bars on disk: one raw time-major float64 file per field, mapped into memory, never seen half written.

A generation is a folder of its own. ``current`` names the one in force and is replaced by a rename, and so is each
generation's ``meta.json``, which says how many rows count: what a crash leaves behind lies beyond them and is
overwritten. Readers in other processes therefore see an old state or a new one.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bot.market.durable import only_writer, sync_folder, write_durably
from bot.market.types import Bars, Outcome, Status
from signals.errors import UnalignedInput
from signals.types import FloatArray, Prices, SessionArray

FLOAT = np.dtype("<f8")
DAY = np.dtype("<i8")
KEPT_FETCHES = 500
TRIES = 5
FORGOTTEN_AFTER_S = 600.0
"""A scan or an answer that began with a generation is done with it long before."""


class StoreDamaged(Exception):
    """The bars on disk cannot be read: what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """When bars came, from whom, and which sessions."""

    source: str
    fetched_at: datetime
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class StoreMeta:
    """What a generation holds.

    Attributes
    ----------
    key : str
        What the bars were made from, such as a folder's fingerprint; empty where they grow by appending.
    troubles : tuple of Outcome
        Symbols of the last fetch that did not end well.
    """

    generation: str
    rows: int
    symbols: tuple[str, ...]
    fields: tuple[str, ...]
    key: str = ""
    fetches: tuple[Fetch, ...] = ()
    troubles: tuple[Outcome, ...] = field(default=())


class BarStore:
    """The bars of one source in one folder; one writer at a time, any number of readers."""

    def __init__(self, directory: str | Path) -> None:
        self.directory = Path(directory)

    def meta(self) -> StoreMeta | None:
        """Return what is stored; None where nothing is."""
        for _ in range(TRIES):
            generation = self._current()
            if generation is None:
                return None
            try:
                return _read_meta(self.directory / generation)
            except FileNotFoundError:
                continue  # a writer has put a new generation in its place
        raise self._damaged()

    def open(self, through: date | None = None) -> Prices:
        """Return the bars (up to `through`) as copy-on-write maps: writing to them never reaches the disk."""
        for _ in range(TRIES):
            meta = self.meta()
            if meta is None:
                raise StoreDamaged(f"there are no bars in {self.directory} yet")
            try:
                prices = _map(self.directory / meta.generation, meta)
            except FileNotFoundError:
                continue  # two writers have come since: what was read of is gone
            return prices if through is None else prices.upto(through)
        raise self._damaged()

    def open_rows(self, generation: str, rows: int) -> Prices:
        """Return the first `rows` sessions of one generation, whatever has been added since."""
        try:
            return _map(self.directory / generation, replace(_read_meta(self.directory / generation), rows=rows))
        except FileNotFoundError:
            if self._current() == generation:
                raise self._damaged() from None
            raise StoreDamaged("the bars have been replaced since: ask again") from None

    def replace(self, bars: Bars, *, key: str = "") -> StoreMeta:
        """Make `bars` the whole content, in a new generation."""
        with only_writer(self.directory / "writer.lock"):
            before = self._current()
            generation = f"{int(before or 0) + 1:06d}"
            folder = self.directory / generation
            shutil.rmtree(folder, ignore_errors=True)  # what a crash before the rename left
            folder.mkdir()
            meta = _meta_of(bars, generation=generation, key=key)
            try:
                _write_rows(folder, bars.prices, at=0, fields=meta.fields)
                _write_meta(folder, meta)
                sync_folder(self.directory)
                write_durably(self.directory / "current", generation.encode())
            except OSError:
                if self._current() != generation:
                    shutil.rmtree(folder, ignore_errors=True)  # a full disk gets back what was of no use
                raise
            self._forget(keep={generation, before})
            return meta

    def append(self, bars: Bars) -> StoreMeta:
        """Add the sessions of `bars` after the last one; symbols it lacks are NaN there.

        Raises
        ------
        ValueError
            If a session is not after the last one stored, or a symbol is new: `replace` is for those.
        """
        with only_writer(self.directory / "writer.lock"):
            meta = self.meta()
            if meta is None:
                raise ValueError("there is nothing to append to")
            folder = self.directory / meta.generation
            _require_follows(bars.prices, meta, _sessions(folder, meta.rows))
            _write_rows(folder, _laid_out(bars.prices, meta.symbols), at=meta.rows, fields=meta.fields)
            grown = _grown(meta, bars)
            _write_meta(folder, grown)
            return grown

    def forget_previous(self, *, after_s: float = FORGOTTEN_AFTER_S) -> None:
        """Delete generations that were replaced more than `after_s` ago: nobody reads them any more."""
        lock = self.directory / "writer.lock"
        with only_writer(lock):
            current = self._current()
            lock.touch()  # both times are the file system's
            if current and lock.stat().st_mtime - (self.directory / "current").stat().st_mtime >= after_s:
                self._forget(keep={current})

    def _current(self) -> str | None:
        try:
            name = (self.directory / "current").read_bytes().strip()
        except FileNotFoundError:
            return None
        if not name.isdigit():
            raise self._damaged()
        return name.decode()

    def _damaged(self) -> StoreDamaged:
        return StoreDamaged(f"the bars in {self.directory} cannot be read: delete that folder, they are fetched again")

    def _forget(self, keep: set[str | None]) -> None:
        # The generation before is kept: a reader may have read its name a moment ago.
        for folder in self.directory.iterdir():
            if folder.is_dir() and folder.name.isdigit() and folder.name not in keep:
                shutil.rmtree(folder, ignore_errors=True)


def _map(folder: Path, meta: StoreMeta) -> Prices:
    shape = (meta.rows, len(meta.symbols))
    fields = {name: _mapped(folder / f"{name}.f64", shape) for name in meta.fields}
    try:
        return Prices(_sessions(folder, meta.rows), meta.symbols, **fields)
    except UnalignedInput as error:
        raise StoreDamaged(f"the bars in {folder} contradict each other ({error}): delete {folder.parent}") from None


def _mapped(path: Path, shape: tuple[int, int]) -> FloatArray:
    if 0 in shape:
        return np.empty(shape)
    try:
        return np.asarray(np.memmap(path, dtype=FLOAT, mode="c", shape=shape))
    except ValueError as error:
        raise StoreDamaged(f"{path} is too short ({error}): delete its folder, the bars are fetched again") from None


def _sessions(folder: Path, rows: int) -> SessionArray:
    return np.fromfile(folder / "sessions.i64", dtype=DAY, count=rows).astype("datetime64[D]")


def _require_follows(prices: Prices, meta: StoreMeta, stored: SessionArray) -> None:
    if len(stored) and len(prices.sessions) and prices.sessions[0] <= stored[-1]:
        raise ValueError(f"{prices.sessions[0]} is not after {stored[-1]}, the last session stored")
    strangers = set(prices.symbols) - set(meta.symbols)
    if strangers:
        raise ValueError(f"{min(strangers)} is not among the symbols stored")


def _laid_out(prices: Prices, symbols: Sequence[str]) -> Prices:
    shape = (len(prices.sessions), len(symbols))
    position = {symbol: n for n, symbol in enumerate(symbols)}
    columns = [position[symbol] for symbol in prices.symbols]
    laid: dict[str, FloatArray] = {}
    for name, values in prices.fields():
        laid[name] = np.full(shape, np.nan)
        laid[name][:, columns] = values
    return Prices(prices.sessions, tuple(symbols), **laid)


def _write_rows(folder: Path, prices: Prices, *, at: int, fields: Sequence[str]) -> None:
    _write_at(folder / "sessions.i64", prices.sessions.astype("datetime64[D]").astype(DAY), at * DAY.itemsize)
    width = len(prices.symbols) * FLOAT.itemsize
    for name in fields:
        values = getattr(prices, name)
        rows = np.full(prices.close.shape, np.nan) if values is None else values
        _write_at(folder / f"{name}.f64", np.ascontiguousarray(rows, dtype=FLOAT), at * width)


def _write_at(path: Path, values: np.ndarray[Any, Any], offset: int) -> None:
    with path.open("r+b" if path.exists() else "w+b") as file:
        file.seek(offset)
        file.write(values.data if values.size else b"")
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _meta_of(bars: Bars, *, generation: str, key: str) -> StoreMeta:
    names = tuple(name for name, _ in bars.prices.fields())
    rows = len(bars.prices.sessions)
    return StoreMeta(generation, rows, bars.prices.symbols, names, key, (_fetch_of(bars),), _troubles(bars))


def _grown(meta: StoreMeta, bars: Bars) -> StoreMeta:
    rows = meta.rows + len(bars.prices.sessions)
    fetches = (*meta.fetches, _fetch_of(bars))[-KEPT_FETCHES:]
    return StoreMeta(meta.generation, rows, meta.symbols, meta.fields, meta.key, fetches, _troubles(bars))


def _fetch_of(bars: Bars) -> Fetch:
    sessions = bars.prices.sessions
    first, last = (sessions[0].item(), sessions[-1].item()) if len(sessions) else (None, None)
    return Fetch(bars.source, bars.fetched_at, first, last)


def _troubles(bars: Bars) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome in bars.outcomes if outcome.status is not Status.OK)


def _write_meta(folder: Path, meta: StoreMeta) -> None:
    facts = {
        "rows": meta.rows,
        "symbols": meta.symbols,
        "fields": meta.fields,
        "key": meta.key,
        "fetches": [[f.source, f.fetched_at.isoformat(), _iso(f.first), _iso(f.last)] for f in meta.fetches],
        "troubles": [[o.symbol, o.status.value, o.detail, _iso(o.last_session)] for o in meta.troubles],
    }
    write_durably(folder / "meta.json", json.dumps(facts).encode())


def _read_meta(folder: Path) -> StoreMeta:
    content = (folder / "meta.json").read_bytes()
    try:
        return _meta_from(folder.name, json.loads(content))
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{folder}/meta.json cannot be read ({error}): delete {folder.parent}") from None


def _meta_from(generation: str, facts: Mapping[str, Any]) -> StoreMeta:
    fetches = [Fetch(s, datetime.fromisoformat(at), _day(first), _day(last)) for s, at, first, last in facts["fetches"]]
    troubles = [
        Outcome(symbol, Status(status), detail, _day(last)) for symbol, status, detail, last in facts["troubles"]
    ]
    names, rows = (tuple(facts["symbols"]), tuple(facts["fields"])), int(facts["rows"])
    if rows < 0 or not set(names[1]) <= set(Prices.FIELDS):
        raise ValueError(f"{rows} rows of {', '.join(names[1])}")
    return StoreMeta(generation, rows, *names, facts["key"], tuple(fetches), tuple(troubles))


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
