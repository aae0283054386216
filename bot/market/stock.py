"""Keeping the bar store up to the session that is asked for, whatever the source is like."""

from __future__ import annotations

import asyncio
import pickle
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from bot.market.merge import has_late, merged, rebased, restated
from bot.market.store import BarStore, StoreMeta
from bot.market.types import Bars, Outcome, Source, SourceError, Status
from signals.types import Calendar, Prices

BEGINNING = date(1985, 1, 1)
OVERLAP_SESSIONS = 10
"""Sessions asked for again with every fetch: where they differ, the source has restated that symbol."""


@runtime_checkable
class Complete(Protocol):
    """A source that has everything at hand and can say whether it has changed."""

    def fingerprint(self) -> str:
        """Return a line that changes whenever the bars do."""
        ...


class Stock:
    """Fills one store from one source.

    Parameters
    ----------
    start : date
        The first session asked of a source that is not complete.
    """

    def __init__(self, source: Source, store: BarStore, calendar: Calendar, *, start: date = BEGINNING) -> None:
        self._source, self._store, self._calendar, self._start = source, store, calendar, start
        self._checked: str | None = None
        self._is_tidy = False
        self.outcomes: tuple[Outcome, ...] = ()

    async def reach(self, session: date) -> StoreMeta:
        """Return what is stored once `session` is among it, or is nowhere to be had; raise `SourceError`."""
        if not self._is_tidy:
            await asyncio.to_thread(self._store.forget_previous)
            self._is_tidy = True
        if isinstance(self._source, Complete):
            return await self._complete(self._source)
        return await self._growing(session)

    async def _complete(self, source: Complete) -> StoreMeta:
        key = f"{self._source.name} {await asyncio.to_thread(source.fingerprint)}"
        meta = await asyncio.to_thread(self._store.meta)
        if meta is None or meta.key != key:
            end: date = self._calendar.sessions[-1].item()
            meta = await _filled(self._source, self._store.directory, key=key, end=end)
        if self._checked != meta.generation:
            self.outcomes = await asyncio.to_thread(_outcomes_of, meta)
            self._checked = meta.generation
        return meta

    async def _growing(self, session: date) -> StoreMeta:
        meta = await asyncio.to_thread(self._store.meta)
        if meta is None or not meta.rows:
            bars = await self._source.fetch(None, start=self._start, end=session)
            _require_bars(bars)
            self.outcomes = bars.outcomes
            meta = await asyncio.to_thread(self._store.replace, bars)
        else:
            stored = await asyncio.to_thread(self._store.open)
            if _needs(stored, session) or not _has_enough(meta.symbols, meta.troubles):
                meta = await self._grow(meta, stored, session)
            else:
                self.outcomes = self.outcomes or _outcomes_of(meta)
        _require_enough(meta, self.outcomes, source=self._source.name)
        return meta

    async def _grow(self, meta: StoreMeta, stored: Prices, session: date) -> StoreMeta:
        tail = max(0, len(stored.sessions) - OVERLAP_SESSIONS)
        end: date = max(session, stored.sessions[-1].item())
        bars = await self._source.fetch(None, start=stored.sessions[tail].item(), end=end)
        _require_bars(bars)
        self.outcomes = bars.outcomes
        wanted = {outcome.symbol for outcome in bars.outcomes}
        if not wanted.issuperset(stored.symbols):
            stored = stored.only([symbol for symbol in stored.symbols if symbol in wanted])
            await asyncio.to_thread(self._store.replace, replace(bars, prices=stored))
        changed = await asyncio.to_thread(restated, stored, bars.prices)
        if changed:
            return await self._rewrite(stored, bars, changed, end=end)
        if await asyncio.to_thread(has_late, stored, bars.prices):
            prices = await asyncio.to_thread(merged, stored, bars.prices)
            return await asyncio.to_thread(self._store.replace, replace(bars, prices=prices))
        fresh = _after(bars, stored.sessions[-1].item())
        if not len(fresh.prices.sessions):
            return meta
        return await asyncio.to_thread(self._store.append, fresh)

    async def _rewrite(self, stored: Prices, bars: Bars, changed: list[str], *, end: date) -> StoreMeta:
        """Replace the whole history of what the source has restated, and add what is new."""
        start = min(self._start, stored.sessions[0].item())
        whole = await self._source.fetch(changed, start=start, end=end)
        said = {outcome.symbol: outcome for outcome in (*bars.outcomes, *whole.outcomes)}
        self.outcomes = tuple(said.values())
        ok = {symbol for symbol, outcome in said.items() if outcome.status is Status.OK}
        prices = await asyncio.to_thread(rebased, stored, bars.prices, whole.prices, changed, ok=ok)
        return await asyncio.to_thread(self._store.replace, replace(bars, prices=prices, outcomes=self.outcomes))


async def _filled(source: Source, directory: Path, *, key: str, end: date) -> StoreMeta:
    """Fill the store in a process of its own: reading a folder with pandas would hold the event loop up."""
    try:
        pickle.dumps(source)
    except (TypeError, AttributeError, pickle.PicklingError):
        return await asyncio.to_thread(fill, source, directory, key, end)  # it lives in this process alone
    return await asyncio.to_thread(_in_process, source, directory, key=key, end=end)


def _in_process(source: Source, directory: Path, *, key: str, end: date) -> StoreMeta:
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(fill, source, directory, key, end).result()
        except BrokenProcessPool:
            raise SourceError("the process that reads the bars was ended: try again with more memory free") from None


def fill(source: Source, directory: Path, key: str, end: date) -> StoreMeta:
    """Make everything `source` has the store's content; how late it is, is for the book to judge."""
    bars = asyncio.run(source.fetch(None, start=BEGINNING, end=end))
    _require_bars(bars)
    outcomes = tuple(replace(o, status=Status.OK, detail="") if o.status is Status.STALE else o for o in bars.outcomes)
    return BarStore(directory).replace(replace(bars, outcomes=outcomes), key=key)


def _require_bars(bars: Bars) -> None:
    if len(bars.prices.sessions) and bars.prices.symbols:
        return
    worst = next((outcome for outcome in bars.outcomes if outcome.status is not Status.OK), None)
    why = f": {worst.symbol}, {worst.detail}" if worst else ""
    raise SourceError(f"{bars.source} has no bars{why}")


def _require_enough(meta: StoreMeta, outcomes: tuple[Outcome, ...], *, source: str) -> None:
    if _has_enough(meta.symbols, outcomes):
        return
    failed = _unfetched(meta.symbols, outcomes)
    total = len(meta.symbols) + len(failed)
    why = f"{failed[0].symbol}: {failed[0].detail}"
    raise SourceError(f"only {len(meta.symbols)} of {total} symbols came from {source} so far ({why}): try again later")


def _has_enough(symbols: tuple[str, ...], outcomes: tuple[Outcome, ...]) -> bool:
    return is_covered(len(symbols), len(symbols) + len(_unfetched(symbols, outcomes)))


def _unfetched(symbols: tuple[str, ...], outcomes: tuple[Outcome, ...]) -> list[Outcome]:
    """Return the symbols that may well have bars, of which none has ever come."""
    known = set(symbols)
    return [o for o in outcomes if o.status in {Status.FAILED, Status.THROTTLED} and o.symbol not in known]


def _outcomes_of(meta: StoreMeta) -> tuple[Outcome, ...]:
    told = {outcome.symbol: outcome for outcome in meta.troubles}
    fine = (Outcome(symbol, Status.OK) for symbol in meta.symbols if symbol not in told)
    return (*fine, *meta.troubles)


def _needs(stored: Prices, session: date) -> bool:
    """Tell whether `session` has to be fetched: it is not there, or hardly any symbol came with it."""
    row = int(np.searchsorted(stored.sessions, np.datetime64(session, "D")))
    if row == len(stored.sessions):
        return True
    came, expected = coverage(stored, row)
    return row >= len(stored.sessions) - OVERLAP_SESSIONS and not is_covered(came, expected)


def coverage(prices: Prices, row: int) -> tuple[int, int]:
    """Return how many symbols have a bar on `row`, of those that had one in the five sessions before."""
    before = prices.close[max(0, row - 5) : row]
    active = ~np.isnan(before).all(axis=0) if len(before) else np.ones(len(prices.symbols), dtype=bool)
    came = ~np.isnan(prices.close[row])
    if not len(before):
        active = came
    return int((came & active).sum()), int(active.sum())


def is_covered(came: int, expected: int) -> bool:
    """Tell whether a session has come in: nine symbols in ten, two stragglers allowed in a small list."""
    return came > 0 and (came >= 0.9 * expected or expected - came <= 2)  # noqa: PLR2004 - both said in the summary


def _after(bars: Bars, session: date) -> Bars:
    first = int(np.searchsorted(bars.prices.sessions, np.datetime64(session, "D"), side="right"))
    cut = {name: values[first:] for name, values in bars.prices.fields()}
    return replace(bars, prices=Prices(bars.prices.sessions[first:], bars.prices.symbols, **cut))
