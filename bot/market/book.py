"""The book: what the bot knows of the market now, and what it knew at any session before."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import structlog

from bot.clock import Clock
from bot.errors import StillComing
from bot.market.arrival import arrival
from bot.market.disputed import Dispute, Disputes, DisputesDamaged
from bot.market.gate import Gate, Held, Kind
from bot.market.held import Release, Releases, ReleasesDamaged
from bot.market.second import SecondOpinion
from bot.market.stock import BEGINNING, Stock
from bot.market.store import BarStore, StoreDamaged, StoreMeta
from bot.market.types import Outcome, Reference, Renewing, Source, SourceError, Status
from bot.market.view import View
from signals.sessions import close_of, is_session, last_closed, previous_session
from signals.types import Calendar, Market, Prices

log = structlog.get_logger(__name__)

DELAY = timedelta(minutes=20)


class SessionUnavailable(Exception):
    """A session cannot be had: one line that says why and what to do."""


class UniverseAwaited(SessionUnavailable, StillComing):
    """A live session is there but for the rest of a universe, which is waited for."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a book is kept.

    Attributes
    ----------
    start : date
        The first session asked of a source that has not everything at hand.
    delay : timedelta
        After the close, when a past session counts as known.
    labels : tuple of str
        What readers must know beside the source's own labels, such as ``replay``.
    is_live : bool
        Whether the present market's instant follows the clock, so that a source that fails makes readings stale.
    patience : timedelta
        How long after it fell due a live session waits for a universe of which too little has come.
    compared : tuple of str
        Symbols whose closes are compared with the second source's at every session.
    """

    start: date = BEGINNING
    delay: timedelta = DELAY
    labels: tuple[str, ...] = ()
    is_live: bool = False
    patience: timedelta = timedelta(hours=1)
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """One state of the store with the gate's verdict on it."""

    generation: str
    rows: int
    vouched: tuple[Release, ...]
    disputes: tuple[Dispute, ...]
    prices: Prices
    gate: Gate


class Book:
    """Brings sessions in, passes or holds each symbol, and answers for what was known when.

    Parameters
    ----------
    second : Source or None
        A second source; a held move that it shows too is let go, and a close it puts elsewhere is held.
    releases : Releases or None
        What the operator has let go; by default kept beside the bars.
    """

    def __init__(
        self,
        source: Source,
        store: BarStore,
        calendar: Calendar,
        clock: Clock,
        *,
        second: Source | None = None,
        releases: Releases | None = None,
        habits: Habits | None = None,
    ) -> None:
        self._source, self._store, self._calendar, self._clock = source, store, calendar, clock
        self._habits = habits or Habits()
        self.releases = releases or Releases(store.directory / "released.json")
        self._disputes = Disputes(store.directory / "disputed.json")
        self._second: SecondOpinion | None = None
        if second is not None:
            symbols = self._habits.compared
            self._second = SecondOpinion(second, self._disputes, self.releases, calendar, clock, symbols=symbols)
        self._stock = Stock(source, store, calendar, start=self._habits.start, clock=clock)
        self._reference = Reference()
        self._heard = 0
        self._judged: _Judged | None = None
        self._present: tuple[View, Market] | None = None
        self._unborn: frozenset[str] = frozenset()
        self._bringing = asyncio.Lock()

    async def bring(self, session: date) -> View:
        """Bring the bars of `session` in, judge them, and make them the present unless a later one is.

        Raises
        ------
        SessionUnavailable
            If the session has not closed, or its bars cannot be had or are too few. Where only a universe has
            hardly come in yet, questions are answered with what is there, and a live session is waited for.
        """
        async with self._bringing:  # to the end: what is brought at the same time must not become the present between
            view = await self._seen(session)
            if self._present is None or session >= self._present[0].session:
                try:
                    market = await asyncio.to_thread(view.open)
                except StoreDamaged as error:
                    raise SessionUnavailable(str(error)) from error
                unborn = await asyncio.to_thread(_without_bars, market.prices)
                self._present, self._unborn = (view, market), unborn
            if self._habits.is_live:
                await asyncio.to_thread(self._require_universes, view)
            return view

    async def catch_up(self) -> None:
        """Ask again for what has not come of the present session where it is time to, and take in what comes."""
        if isinstance(self._source, Renewing):
            self._source.renew()
        if self._present is None:
            return
        before = self._present[0]
        try:
            view = await self.at(before.session)
            # Bars or facts may have come, and a second source may have let one go or put one in doubt.
            is_same = (view.generation, view.rows, view.held) == (before.generation, before.rows, before.held)
            if not is_same or view.reference is not before.reference:
                await self.bring(before.session)
        except SessionUnavailable as error:
            log.info("not_caught_up", session=before.session.isoformat(), reason=str(error))

    def update(self) -> str:
        """Return how far the updates are, or how the last ones went; nothing where there were none."""
        renewing = self._source.renewing if isinstance(self._source, Renewing) else ()
        return "\n".join(filter(None, [self._stock.words, *renewing]))

    async def at(self, session: date) -> View:
        """Return what was known as of `session`, and change nothing of the present."""
        async with self._bringing:
            return await self._seen(session)

    async def span(self) -> tuple[date, date]:
        """Return the first and last session there are bars of; those on disk where the source fails."""
        async with self._bringing:
            try:
                judged = await self._judge(last_closed(self._calendar, self._clock.now()))
            except SessionUnavailable as error:
                stored = await self._stored()
                if stored is None:
                    raise
                log.warning("source_failed", reason=str(error), last=str(stored.sessions[-1]))
                return _day(stored, 0), _day(stored, -1)
            return _day(judged.prices, 0), _day(judged.prices, -1)

    def market(self) -> Market:
        """Return the present market, the same object until a session is brought in (or, live, another one closes)."""
        view, market = self._now()
        if self._habits.is_live:
            now = self._clock.now().astimezone(UTC)
            if last_closed(self._calendar, now) > last_closed(self._calendar, market.as_of):
                market = replace(market, as_of=now)
                self._present = (view, market)
        return market

    def view(self) -> View:
        """Return the present view."""
        return self._now()[0]

    def held(self) -> tuple[Held, ...]:
        """Return what is held back at present, or not there."""
        return self._present[0].held if self._present else ()

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return how each symbol ended, as of the present session."""
        if self._present is None:
            return self._stock.outcomes
        return tuple(_as_of(self._stock.outcomes, self._present[0].held, unborn=self._unborn))

    def faults(self) -> tuple[str, ...]:
        """Return what is wrong with the files beside the bars and with the second source, a line each."""
        second = self._second.fault if self._second is not None else ""
        return (*self._reference.faults, second) if second else self._reference.faults

    def _now(self) -> tuple[View, Market]:
        if self._present is None:
            raise SessionUnavailable("no session has been brought in yet: wait for the first one")
        return self._present

    def _require_closed(self, session: date) -> None:
        first = self._calendar.sessions[0].item()
        if session < first:
            raise SessionUnavailable(f"there are no bars of {session}: the calendar begins on {first}")
        if session > self._calendar.sessions[-1].item():
            raise SessionUnavailable(f"the session of {session} has not closed yet: ask for an earlier one")
        if not is_session(self._calendar, session):
            before = previous_session(self._calendar, session)
            raise SessionUnavailable(f"the exchange did not trade on {session}: the session before is {before}")
        if close_of(self._calendar, session) > self._clock.now():
            raise SessionUnavailable(f"the session of {session} has not closed yet: ask for an earlier one")

    async def _seen(self, session: date) -> View:
        self._require_closed(session)
        judged = await self._judge(session)
        view = await asyncio.to_thread(self._cut, judged, session)
        if self._second is not None and await self._second.hear(judged.prices, view):
            judged = await self._judge(session)
            view = await asyncio.to_thread(self._cut, judged, session)
        return view

    async def _judge(self, session: date) -> _Judged:
        try:
            meta = await self._stock.reach(session)
            vouched = await asyncio.to_thread(self.releases.all)
            hearing = await asyncio.to_thread(self._disputes.read)
            return await self._known(meta, vouched, hearing.disputes)
        except (SourceError, StoreDamaged, ReleasesDamaged, DisputesDamaged) as error:
            raise SessionUnavailable(str(error)) from error
        except OSError as error:
            why = f"{error.strerror}: see that {self._store.directory} can be written to and has room"
            raise SessionUnavailable(f"the bars cannot be kept, {why}") from error

    async def _known(self, meta: StoreMeta, vouched: tuple[Release, ...], disputes: tuple[Dispute, ...]) -> _Judged:
        heard = self._source.tidings if isinstance(self._source, Renewing) else 0
        known, now = self._judged, (meta.generation, meta.rows, vouched, disputes)
        if known is None or (known.generation, known.rows, known.vouched, known.disputes) != now:
            # What cannot be read leaves the state before as it was, and is read again with the next question.
            reference = await asyncio.to_thread(self._source.reference)
            known = await asyncio.to_thread(self._examine, meta, vouched, disputes)
            self._judged, self._reference, self._heard = known, reference, heard
        elif heard != self._heard:
            self._reference, self._heard = await asyncio.to_thread(self._source.reference), heard
        return known

    async def _stored(self) -> Prices | None:
        try:
            meta = await asyncio.to_thread(self._store.meta)
            return None if meta is None or not meta.rows else await asyncio.to_thread(self._store.open)
        except (StoreDamaged, OSError):
            return None  # what is wrong with it has been said already

    def _examine(self, meta: StoreMeta, vouched: tuple[Release, ...], disputes: tuple[Dispute, ...]) -> _Judged:
        prices = self._store.open_rows(meta.generation, meta.rows)
        passed = frozenset((release.symbol, release.session) for release in vouched)
        disputed = {(each.symbol, each.session): each.words for each in disputes if each.settled is None}
        gate = Gate(prices, passed=passed, disputed=disputed)
        return _Judged(meta.generation, meta.rows, vouched, disputes, prices, gate)

    def _cut(self, judged: _Judged, session: date) -> View:
        row = _row_of(judged.prices, session, source=self._source.name)
        core = arrival(judged.prices, row, self._reference)
        if not core.has_core:
            came = f"only {core.core.n} of {core.core.of} symbols have a bar of {session} from {self._source.name}"
            raise SessionUnavailable(f"{came}: too few yet")
        found = judged.gate.as_of(row)
        return View(
            directory=self._store.directory,
            generation=judged.generation,
            rows=row + 1,
            session=session,
            as_of=self._as_of(session),
            source=self._source.name,
            calendar=self._calendar,
            blank_rows=found.rows,
            blank_columns=found.columns,
            held=found.held,
            released=self._released(judged, session, by_bars=found.released),
            labels=(*self._source.labels, *self._habits.labels),
            reference=self._reference,
        )

    def _require_universes(self, view: View) -> None:
        """Raise while a universe has hardly come in and it is not too late to wait for the rest of it."""
        judged, until = (
            self._judged,
            close_of(self._calendar, view.session) + self._habits.delay + self._habits.patience,
        )
        if judged is None or self._clock.now() >= until:
            return
        found = arrival(judged.prices, view.rows - 1, self._reference, self._stock.outcomes)
        if found.thin:
            raise UniverseAwaited(
                f"only {found.words} have come so far: alerts wait for the rest until {until:%H:%M} UTC at most"
            )

    def _released(self, judged: _Judged, session: date, *, by_bars: Mapping[str, date]) -> Mapping[str, date]:
        """Add what was let go since the session before, so that its events are not lost."""
        released = dict(by_bars)
        if session == self._calendar.sessions[0].item():
            return released
        before = close_of(self._calendar, previous_session(self._calendar, session)) + self._habits.delay
        settled = [(each.symbol, each.session, each.settled) for each in judged.disputes if each.settled is not None]
        for symbol, day, at in (*((each.symbol, each.session, each.at) for each in judged.vouched), *settled):
            if before < at <= self._as_of(session) and day < session and symbol in judged.prices:
                released[symbol] = min(released.get(symbol, session), day)
        return released

    def _as_of(self, session: date) -> datetime:
        now = self._clock.now().astimezone(UTC)
        if last_closed(self._calendar, now) == session:
            return now
        return close_of(self._calendar, session) + self._habits.delay


def _row_of(prices: Prices, session: date, *, source: str) -> int:
    row = int(np.searchsorted(prices.sessions, np.datetime64(session, "D")))
    if row == len(prices.sessions):
        raise SessionUnavailable(f"{source} ends on {_day(prices, -1)}: there are no bars of {session} yet")
    if prices.sessions[row] != np.datetime64(session, "D"):
        raise SessionUnavailable(f"{source} begins on {_day(prices, 0)}: there are no bars of {session}")
    return row


def _without_bars(prices: Prices) -> frozenset[str]:
    """Return the symbols of which there is no bar so far."""
    empty = np.asarray(np.isnan(prices.close).all(axis=0))
    return frozenset(symbol for symbol, is_empty in zip(prices.symbols, empty, strict=True) if is_empty)


def _as_of(outcomes: Sequence[Outcome], held: Sequence[Held], *, unborn: frozenset[str]) -> list[Outcome]:
    """Return `outcomes` as of the present: late or not is judged by its session, not by the source's last."""
    late = {bar.symbol: bar for bar in held if bar.kind in {Kind.MISSING, Kind.STALE}}
    told = []
    for outcome in outcomes:
        if outcome.symbol in unborn and outcome.status in {Status.OK, Status.STALE, Status.SUSPECT}:
            told.append(Outcome(outcome.symbol, Status.EMPTY, "no bar so far"))
        elif outcome.status not in {Status.OK, Status.STALE}:
            told.append(outcome)
        elif outcome.symbol in late:
            bar = late[outcome.symbol]
            told.append(replace(outcome, status=Status.STALE, detail=bar.reason, last_session=bar.since))
        else:
            told.append(replace(outcome, status=Status.OK, detail="", last_session=None))
    return told


def _day(prices: Prices, row: int) -> date:
    day: date = prices.sessions[row].item()
    return day
