"""Keeping the bar store up to the session that is asked for, whatever the source is like."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Coroutine, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from bot.clock import Clock, WallClock
from bot.market.arrival import Arrival, arrival, core_of, is_covered, unfetched
from bot.market.merge import has_late, merged, rebased, restated, without_inventions
from bot.market.spool import spool_beside
from bot.market.store import BarStore, StoreMeta
from bot.market.types import Bars, Outcome, Reference, Source, SourceError, Status
from signals.types import Calendar, Prices

BEGINNING = date(1985, 1, 1)
OVERLAP_SESSIONS = 10
"""Sessions asked for again with every fetch: where they differ, the source has restated that symbol."""

REST, LONGEST_REST = timedelta(minutes=10), timedelta(hours=2)
"""What is missing of universes alone is asked for again after this long, doubled every time."""


@runtime_checkable
class Complete(Protocol):
    """A source that has everything at hand and can say whether it has changed."""

    def fingerprint(self) -> str:
        """Return a line that changes whenever the bars do."""
        ...


@runtime_checkable
class Listed(Protocol):
    """A source that can say beforehand what it is asked to keep up to date."""

    async def everything(self) -> tuple[str, ...]:
        """Return the symbols that ``fetch(None)`` asks for."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A source that can say how far the fetch is that runs."""

    @property
    def progress(self) -> tuple[int, int] | None:
        """Symbols that have ended, and all of them; None while nothing is fetched."""
        ...


@dataclass(frozen=True, slots=True)
class Update:
    """How the latest update went."""

    outcomes: tuple[Outcome, ...]
    seconds: float

    @property
    def words(self) -> str:
        """Its symbols by how they ended, and the time it took."""
        came = {Status.OK, Status.SUSPECT}
        counts = {status: sum(o.status is status for o in self.outcomes) for status in Status if status not in came}
        total = len(self.outcomes)
        ended = [f"{total - sum(counts.values()):,} of {total:,} symbols"]
        ended += [f"{count:,} {status.value}" for status, count in counts.items() if count]
        return ", ".join([*ended, f"{self.seconds:,.0f} s"])


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to ask for.

    Attributes
    ----------
    recent : tuple of str or None
        Symbols whose last sessions are asked for; None: whatever the source is asked to keep.
    whole : tuple of str
        Symbols whose whole history is: new ones, and those without a bar for so long that a tail would leave a hole.
    wanted : tuple of str or None
        Everything that is to be stored; None: what `recent` turns out to be.
    """

    recent: tuple[str, ...] | None = None
    whole: tuple[str, ...] = ()
    wanted: tuple[str, ...] | None = None


class Stock:
    """Fills one store from one source.

    Parameters
    ----------
    start : date
        The first session asked of a source that is not complete.
    """

    def __init__(
        self,
        source: Source,
        store: BarStore,
        calendar: Calendar,
        *,
        start: date = BEGINNING,
        clock: Clock | None = None,
    ) -> None:
        self._source, self._store, self._calendar, self._start = source, store, calendar, start
        self._clock = clock or WallClock()
        self._spool = spool_beside(store.directory)
        self._checked: str | None = None
        self._is_tidy = False
        self._reference: Reference | None = None
        self._rest, self._rests_until = REST, datetime.min.replace(tzinfo=UTC)
        self.outcomes: tuple[Outcome, ...] = ()
        self.is_updating = False
        self.last_update: Update | None = None

    @property
    def words(self) -> str:
        """How far the update is that runs, or how the last one went; nothing where there was none."""
        if not self.is_updating:
            return f"last update: {self.last_update.words}" if self.last_update else ""
        counts = self._source.progress if isinstance(self._source, Counted) else None
        return "updating" if counts is None else f"updating: {counts[0]:,} of {counts[1]:,} symbols"

    async def reach(self, session: date) -> StoreMeta:
        """Return what is stored once `session` is among it, or is nowhere to be had; raise `SourceError`."""
        if not self._is_tidy:
            await asyncio.to_thread(self._store.forget_previous)
            self._is_tidy = True
        if isinstance(self._source, Complete):
            return await self._complete(self._source)
        return await self._growing(session)

    async def _complete(self, source: Complete) -> StoreMeta:
        end: date = self._calendar.sessions[-1].item()
        key = f"{self._source.name} {await asyncio.to_thread(source.fingerprint)} to {end}"
        meta = await asyncio.to_thread(self._store.meta)
        if meta is None or meta.key != key:
            meta = await _filled(self._source, self._store.directory, key=key, end=end)
        if self._checked != meta.generation:
            self.outcomes = await asyncio.to_thread(_outcomes_of, meta)
            self._checked = meta.generation
        return meta

    async def _growing(self, session: date) -> StoreMeta:
        meta = await asyncio.to_thread(self._store.meta)
        if meta is None or not meta.rows:
            meta = await self._updating(self._first(session))
        else:
            stored = await asyncio.to_thread(self._store.open)
            self.outcomes = self.outcomes or _outcomes_of(meta)
            if await self._needs(stored, session):
                meta = await self._updating(self._grow(meta, stored, session))
        _require_enough(meta, self.outcomes, await self._known(), source=self._source.name)
        return meta

    async def _updating(self, work: Coroutine[Any, Any, StoreMeta]) -> StoreMeta:
        """Do `work`, and note how it went; what came is stored then and need not be kept beside the bars any longer."""
        loop = asyncio.get_running_loop()
        began, self.is_updating = loop.time(), True
        try:
            meta = await work
        finally:
            self.is_updating = False
        self.last_update = Update(self.outcomes, loop.time() - began)
        self._reference = None  # new files may have come with it
        await asyncio.to_thread(self._spool.forget)
        return meta

    async def _known(self) -> Reference:
        if self._reference is None:
            self._reference = await asyncio.to_thread(self._source.reference)
        return self._reference

    async def _needs(self, stored: Prices, session: date) -> bool:
        """Tell whether something has to be fetched: `session` is not there, hardly came in, or a universe of it did.

        What is missing of universes alone is asked for now and then: it holds nothing else up.
        """
        now = self._clock.now()
        row = int(np.searchsorted(stored.sessions, np.datetime64(session, "D")))
        if row == len(stored.sessions):
            self._rest, self._rests_until = REST, now + REST
            return True
        if row < len(stored.sessions) - OVERLAP_SESSIONS:
            return False
        found = await self.arrival(stored, row)
        if not found.has_core or not _has_core(stored.symbols, self.outcomes, await self._known()):
            return True
        if not found.thin or row < len(stored.sessions) - 1 or now < self._rests_until:
            return False
        self._rests_until = now + self._rest
        self._rest = min(2 * self._rest, LONGEST_REST)
        return True

    async def arrival(self, stored: Prices, row: int) -> Arrival:
        """Return how far the session of `row` has come in."""
        return await asyncio.to_thread(arrival, stored, row, await self._known(), self.outcomes)

    async def _first(self, session: date) -> StoreMeta:
        bars = await self._source.fetch(None, start=self._start, end=session)
        _require_bars(bars)
        self.outcomes = bars.outcomes
        return await asyncio.to_thread(self._store.replace, bars)

    async def _grow(self, meta: StoreMeta, stored: Prices, session: date) -> StoreMeta:
        plan = await self._plan(stored, session)
        tail = max(0, len(stored.sessions) - OVERLAP_SESSIONS)
        end: date = max(session, stored.sessions[-1].item())
        recent = await self._asked(plan.recent, start=stored.sessions[tail].item(), end=end)
        if stored.sessions[-1] < np.datetime64(session, "D"):
            _require_bars(recent)
        changed = await asyncio.to_thread(restated, stored, recent.prices)
        start = min(self._start, stored.sessions[0].item())
        whole = await self._asked(list(dict.fromkeys((*changed, *plan.whole))), start=start, end=end)
        whole = await asyncio.to_thread(without_inventions, stored, whole)
        self.outcomes = _told(self.outcomes, recent.outcomes, whole.outcomes, wanted=plan.wanted)
        bars = replace(recent, outcomes=self.outcomes)
        prices = await asyncio.to_thread(_laid_over, stored, bars, whole, changed)
        if prices is not None:
            return await asyncio.to_thread(self._store.replace, replace(bars, prices=prices))
        fresh = _after(bars, stored.sessions[-1].item())
        return await asyncio.to_thread(self._store.append, fresh) if len(fresh.prices.sessions) else meta

    async def _plan(self, stored: Prices, session: date) -> _Plan:
        """Decide what to ask for: at a second attempt at `session`, what has not come alone."""
        if not isinstance(self._source, Listed):
            return _Plan()
        wanted, self._reference = await self._source.everything(), None
        if (await self._known()).faults:  # a file that cannot be read today must not cost its members' histories
            wanted = tuple(dict.fromkeys((*wanted, *stored.symbols)))
        is_again = stored.sessions[-1] == np.datetime64(session, "D")
        empty = {outcome.symbol for outcome in self.outcomes if outcome.status is Status.EMPTY}
        return await asyncio.to_thread(_planned, stored, wanted, empty if is_again else None)

    async def _asked(self, symbols: Sequence[str] | None, *, start: date, end: date) -> Bars:
        if symbols is None or symbols:
            return await self._source.fetch(symbols, start=start, end=end)
        nothing = Prices(np.empty(0, dtype="datetime64[D]"), (), np.empty((0, 0)))
        return Bars(nothing, self._source.name, self._clock.now(), ())


def _planned(stored: Prices, wanted: tuple[str, ...], empty: AbstractSet[str] | None) -> _Plan:
    """Return the plan; at a second attempt, what is `empty` at the source is left out, and what has come."""
    bar = np.isfinite(stored.close[-OVERLAP_SESSIONS:])
    fresh, recent = bar[-1].tolist(), np.asarray(bar.any(axis=0)).tolist()
    known = {symbol for symbol, has_bar in zip(stored.symbols, recent, strict=True) if has_bar}
    asked: Sequence[str] = wanted
    if empty is not None:
        came = {symbol for symbol, has_bar in zip(stored.symbols, fresh, strict=True) if has_bar}
        asked = [symbol for symbol in wanted if symbol not in came and symbol not in empty]
    return _Plan(
        recent=tuple(symbol for symbol in asked if symbol in known),
        whole=tuple(symbol for symbol in asked if symbol not in known),
        wanted=wanted,
    )


def _laid_over(stored: Prices, recent: Bars, whole: Bars, changed: Sequence[str]) -> Prices | None:
    """Return everything that is to be stored from now on; None where appending the new sessions is enough."""
    wanted = {outcome.symbol for outcome in recent.outcomes}
    kept = stored
    if not wanted.issuperset(stored.symbols):
        kept = stored.only([symbol for symbol in stored.symbols if symbol in wanted])
    if changed or whole.prices.symbols:
        ok = {outcome.symbol for outcome in recent.outcomes if outcome.status is Status.OK}
        again = list(dict.fromkeys((*changed, *whole.prices.symbols)))
        return rebased(kept, recent.prices, whole.prices, again, ok=ok)
    if kept is not stored or has_late(kept, recent.prices):
        return merged(kept, recent.prices)
    return None


def _told(
    before: tuple[Outcome, ...], *now: tuple[Outcome, ...], wanted: tuple[str, ...] | None
) -> tuple[Outcome, ...]:
    """Return the latest outcome of each symbol that is wanted; None: of each that was asked for now."""
    said = {outcome.symbol: outcome for outcomes in now for outcome in outcomes}
    if wanted is None:
        return tuple(said.values())
    said = {outcome.symbol: outcome for outcome in before} | said
    return tuple(said[symbol] for symbol in wanted if symbol in said)


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


def _require_enough(meta: StoreMeta, outcomes: tuple[Outcome, ...], known: Reference, *, source: str) -> None:
    if _has_core(meta.symbols, outcomes, known):
        return
    failed = unfetched(meta.symbols, outcomes)
    core = core_of((*meta.symbols, *(outcome.symbol for outcome in failed)), known)
    first = next(outcome for outcome in failed if outcome.symbol in core)
    came = sum(symbol in core for symbol in meta.symbols)
    why = f"{first.symbol}: {first.detail}"
    raise SourceError(f"only {came} of {len(core)} symbols came from {source} so far ({why}): try again later")


def _has_core(symbols: tuple[str, ...], outcomes: tuple[Outcome, ...], known: Reference) -> bool:
    """Tell whether of the core, which holds everything else up, enough symbols ever came."""
    failed = [outcome.symbol for outcome in unfetched(symbols, outcomes)]
    core = core_of((*symbols, *failed), known)
    return is_covered(sum(symbol in core for symbol in symbols), len(core))


def _outcomes_of(meta: StoreMeta) -> tuple[Outcome, ...]:
    told = {outcome.symbol: outcome for outcome in meta.troubles}
    fine = (Outcome(symbol, Status.OK) for symbol in meta.symbols if symbol not in told)
    return (*fine, *meta.troubles)


def _after(bars: Bars, session: date) -> Bars:
    first = int(np.searchsorted(bars.prices.sessions, np.datetime64(session, "D"), side="right"))
    cut = {name: values[first:] for name, values in bars.prices.fields()}
    return replace(bars, prices=Prices(bars.prices.sessions[first:], bars.prices.symbols, **cut))
