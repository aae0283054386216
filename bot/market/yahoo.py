"""Bars from Yahoo by yfinance, which lives in a process of its own that is renewed before its caches go bad."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from bot.clock import Clock
from bot.market.splits import Split, keep_splits
from bot.market.spool import Spool, is_whole
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from bot.market.yahoo_child import WORKER, Child, ChildDied
from bot.market.yahoo_wire import FIELDS, Answer, Asks, Done, Job, Manners
from bot.network import NetworkError
from signals.types import Calendar, Prices, SessionArray

SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,19}")
LIVES = 2
"""Processes a symbol is asked in before it counts as failed."""

Progress = Callable[[int, int], None]
"""``(done, total)`` symbols."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How much the source asks at once, when it takes a fresh process and when it leaves Yahoo alone.

    Attributes
    ----------
    batch : int
        Symbols handed to the process at once.
    handful : int
        Answers that are written down at once, where there is a spool: what a kill can cost.
    renew_after_jobs, renew_after :
        Batches and age after which the process is replaced.
    quiet : timedelta
        How long nothing is asked after Yahoo said that it was too much.
    """

    manners: Manners = field(default_factory=Manners)
    batch: int = 500
    handful: int = 100
    renew_after_jobs: int = 20
    renew_after: timedelta = timedelta(minutes=30)
    quiet: timedelta = timedelta(minutes=15)

    @property
    def silence_s(self) -> float:
        """The longest a process that is well may say nothing."""
        tries = self.manners.attempts * (2 * self.manners.timeout_s + 16 * self.manners.backoff_s)
        return 30 + tries + self.batch * self.manners.spacing_s


class YahooSource:
    """A `Source` of bars from Yahoo; use it as an async context manager or `close` it.

    Parameters
    ----------
    calendar : Calendar
        Bars are aligned on its sessions; those of a session that has not closed are not handed over.
    symbols : sequence of str
        What ``fetch(None)`` asks for.
    on_progress : callable or None
        Told of every symbol that ends, where `fetch` is given none: a first load takes a while. Where it has a
        ``close``, that is called at the end of every fetch, however it ends.
    spool : Spool or None
        Where what comes is kept until whoever stores it calls its `forget`: the same sessions asked for again, after
        a crash or a 429, cost requests for the rest alone.
    splits : Path or None
        File that the splits are added to which the bars are adjusted for.
    """

    name = "Yahoo"
    labels: tuple[str, ...] = ()

    def __init__(
        self,
        calendar: Calendar,
        clock: Clock,
        *,
        symbols: Sequence[str] = (),
        habits: Habits | None = None,
        worker: tuple[str, ...] = WORKER,
        on_progress: Progress | None = None,
        spool: Spool | None = None,
        splits: Path | None = None,
    ) -> None:
        self._calendar = calendar
        self._clock = clock
        self._symbols = tuple(symbols)
        self._habits = habits or Habits()
        self._worker = worker
        self.on_progress = on_progress
        self._spool = spool
        self._splits = splits
        self._fetches: list[_Ledger] = []
        self._child: Child | None = None
        self._one_at_a_time = asyncio.Lock()
        self._quiet_until: datetime | None = None
        self._names: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def progress(self) -> tuple[int, int] | None:
        """Symbols that have ended, and all of them, of the fetches that run; None while none does."""
        counts = [ledger.counts for ledger in self._fetches]
        return (sum(done for done, _ in counts), sum(total for _, total in counts)) if counts else None

    async def everything(self) -> tuple[str, ...]:
        """Return the symbols that ``fetch(None)`` asks for."""
        return self._symbols

    def reference(self) -> Reference:
        """Return the names Yahoo gave the symbols fetched so far."""
        return Reference(names=dict(self._names))

    async def fetch(
        self, symbols: Sequence[str] | None, *, start: date, end: date, on_progress: Progress | None = None
    ) -> Bars:
        """Return the bars of `symbols` for the closed sessions from `start` to `end`.

        Every symbol has an outcome; those of which no bar came are not among the prices.

        Raises
        ------
        SourceError
            If no symbol was named, or the Yahoo process cannot be started.
        """
        wanted = tuple(dict.fromkeys(self._symbols if symbols is None else symbols))
        if not wanted:
            raise SourceError("no symbol was named: list some under symbols in the settings")
        sessions = self._closed_sessions(start, end)
        watcher = on_progress or self.on_progress
        ledger = _Ledger(wanted, watcher)
        self._fetches.append(ledger)
        try:
            ledger.settle(_malformed(wanted))
            if len(sessions):
                await self._fill(ledger, sessions)
            else:
                ledger.close(Status.EMPTY, f"no session between {start} and {end} has closed")
        finally:
            self._fetches.remove(ledger)
            getattr(watcher, "close", _nothing)()
        self._names |= {answer.symbol: answer.name for answer in ledger.answers if answer.name}
        if self._splits is not None:
            found = [Split(a.symbol, day, ratio) for a in ledger.answers for day, ratio in a.splits]
            await asyncio.to_thread(keep_splits, self._splits, found)
        outcomes = tuple(Outcome(a.symbol, a.status, a.detail, a.last_session) for a in ledger.answers)
        return Bars(await asyncio.to_thread(_prices, ledger.answers, sessions), self.name, self._clock.now(), outcomes)

    async def pages(self, symbols: Sequence[str], asks: Asks, *, session: date) -> tuple[Answer, ...]:
        """Return the pages that tell estimates or options of a few symbols, as of a session that has closed.

        They go through the process of the bars, in turns with them and spaced as they are. Every symbol has an answer.

        Raises
        ------
        SourceError
            If the Yahoo process cannot be started.
        """
        ledger = _Ledger(tuple(dict.fromkeys(symbols)), None)
        ledger.settle(_malformed(ledger.pending))
        if ledger.pending:
            await self._turn(ledger, Job(ledger.pending, np.array([session], dtype="datetime64[D]"), asks))
        return tuple(ledger.answers)

    async def close(self) -> None:
        """End the Yahoo process, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            await child.close()

    def _closed_sessions(self, start: date, end: date) -> SessionArray:
        calendar = self._calendar
        now = np.datetime64(self._clock.now().replace(tzinfo=None), "s")
        chosen = (calendar.sessions >= np.datetime64(start)) & (calendar.sessions <= np.datetime64(end))
        return calendar.sessions[chosen & (calendar.closes <= now)]

    async def _fill(self, ledger: _Ledger, sessions: SessionArray) -> None:
        """Take what an earlier fetch left, and ask batch by batch until every symbol of `ledger` has ended."""
        if self._spool is not None:
            kept = await asyncio.to_thread(self._spool.recall, sessions, self._clock.now())
            ledger.settle(kept[symbol] for symbol in ledger.pending if symbol in kept)
        while pending := ledger.pending[: self._habits.batch]:
            await self._turn(ledger, Job(pending, sessions))

    async def _turn(self, ledger: _Ledger, job: Job) -> None:
        """Ask for one batch when it is its turn; whatever stops it ends the rest of `ledger`, too."""
        async with self._one_at_a_time:
            if self._quiet_until is not None and self._clock.now() < self._quiet_until:
                until = f"{self._quiet_until:%H:%M} UTC"
                ledger.close(Status.THROTTLED, f"not asked: Yahoo said it was too much; it is left alone until {until}")
                return
            try:
                done = await self._batch(ledger, job)
            except SourceError as error:
                if not ledger.has_bars:
                    raise
                done = Done(Status.FAILED, str(error))
        if done.stop is Status.THROTTLED:
            self._quiet_until = self._clock.now() + self._habits.quiet
        if done.stop is not None:
            ledger.close(done.stop, f"not asked: {done.why}")

    async def _batch(self, ledger: _Ledger, job: Job) -> Done:
        """Ask for one batch, again in a fresh process for what a dead or poisoned one left open."""
        death = ""
        for life in range(1, LIVES + 1):
            open_ones = tuple(symbol for symbol in job.symbols if symbol not in ledger)
            try:
                done = await self._one_life(ledger, Job(open_ones, job.sessions, job.asks), is_last=life == LIVES)
            except ChildDied as error:
                death = str(error)
                continue
            if all(symbol in ledger for symbol in job.symbols):
                return done
        left = [symbol for symbol in job.symbols if symbol not in ledger]
        ledger.settle(Answer(symbol, Status.FAILED, f"the Yahoo process died on it ({death})") for symbol in left)
        return Done()

    async def _one_life(self, ledger: _Ledger, job: Job, *, is_last: bool) -> Done:
        child = await self._fit_child()
        done, poisoned = Done(), False
        handful: list[Answer] = []
        try:
            async with aclosing(child.answers(job, silence_s=self._habits.silence_s)) as answers:
                async for said in answers:
                    if isinstance(said, Done):
                        done = said
                    elif said.poisoned and not is_last:
                        poisoned = True
                    else:
                        ledger.settle([said])
                        handful.append(said)
                    if len(handful) >= self._habits.handful:
                        await self._keep(handful, job.sessions)
        except BaseException:  # whatever interrupts it, a process in the middle of a job is of no more use
            await self.close()
            raise
        finally:
            await self._keep(handful, job.sessions)
        if poisoned:
            await self.close()
        return done

    async def _keep(self, handful: list[Answer], sessions: SessionArray) -> None:
        """Put what came whole into the spool and empty `handful`."""
        whole = [answer for answer in handful if is_whole(answer, sessions)]
        handful.clear()
        if self._spool is not None and whole:
            await asyncio.to_thread(self._spool.keep, whole, sessions, self._clock.now())

    async def _fit_child(self) -> Child:
        """Return a process that lives, is young enough and has not had too many jobs."""
        child, habits = self._child, self._habits
        if child is not None:
            is_old = self._clock.now() - child.born >= habits.renew_after or child.jobs >= habits.renew_after_jobs
            if child.is_alive and not is_old:
                return child
            await self.close()
        try:
            self._child = await Child.start(habits.manners, born=self._clock.now(), worker=self._worker)
        except (ChildDied, OSError, NetworkError) as error:
            raise SourceError(f"the Yahoo process does not start ({error}): run smallcap doctor") from None
        return self._child


class _Ledger:
    """What is known of each symbol that was asked for; none can be lost."""

    def __init__(self, symbols: tuple[str, ...], on_progress: Progress | None) -> None:
        self._answers: dict[str, Answer | None] = dict.fromkeys(symbols)
        self._on_progress = on_progress
        self._count = 0

    def __contains__(self, symbol: str) -> bool:
        return self._answers[symbol] is not None

    @property
    def pending(self) -> tuple[str, ...]:
        return tuple(symbol for symbol, answer in self._answers.items() if answer is None)

    @property
    def answers(self) -> list[Answer]:
        return [answer for answer in self._answers.values() if answer is not None]

    @property
    def counts(self) -> tuple[int, int]:
        return self._count, len(self._answers)

    @property
    def has_bars(self) -> bool:
        return any(answer.bars is not None for answer in self.answers)

    def settle(self, answers: Iterable[Answer]) -> None:
        for answer in answers:
            self._count += self._answers[answer.symbol] is None
            self._answers[answer.symbol] = answer
            if self._on_progress is not None:
                self._on_progress(self._count, len(self._answers))

    def close(self, status: Status, detail: str) -> None:
        self.settle(Answer(symbol, status, detail) for symbol in self.pending)


def _nothing() -> None:
    """Close nothing."""


def _malformed(symbols: Iterable[str]) -> list[Answer]:
    """Answer for what cannot be a symbol, instead of putting it into an address."""
    return [
        Answer(symbol, Status.EMPTY, "not a symbol of Yahoo's: capitals, digits and . - ^ = alone")
        for symbol in symbols
        if not SYMBOL.fullmatch(symbol)
    ]


def _prices(answers: Sequence[Answer], sessions: SessionArray) -> Prices:
    with_bars = [(answer.symbol, answer.bars) for answer in answers if answer.bars is not None]
    shape = (len(sessions), len(with_bars))
    fields = {name: np.empty(shape) for name in FIELDS}
    for n, (_, bars) in enumerate(with_bars):
        for name, column in zip(FIELDS, bars, strict=True):
            fields[name][:, n] = column
    return Prices(sessions, tuple(symbol for symbol, _ in with_bars), **fields)
