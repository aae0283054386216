"""One session from close to outbox: bring the bars, scan them, decide who hears of it, record it all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

import structlog

from bot.alerts.hours import quiet_until
from bot.alerts.late import Asked, News, first_looked_at, news_of, was_looked_for
from bot.alerts.match import Effective, effective_thresholds, requests_for
from bot.alerts.notices import WORTH_TELLING, made_good_words, withheld_words
from bot.alerts.orders import Week
from bot.alerts.ports import MarketBook, Memory, View
from bot.alerts.revise import first_looked_back
from bot.alerts.route import Audience, plan
from bot.alerts.scanner import Scanner
from bot.alerts.schedule import due_after, expiry, latest_due, run_instant
from bot.clock import Clock
from bot.errors import StillComing
from bot.people import DuePaper, Groups, groups_of
from bot.records import Planned, Recorded, Run, RunState
from signals.definition import Signal
from signals.errors import InsufficientHistory
from signals.types import Calendar, Event

log = structlog.get_logger(__name__)

JOB = "session"
FIRST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=30)
"""How soon a session that failed is tried again, and how often one that keeps failing; a waiting one always soon."""
LATE = timedelta(days=14)
"""Bars that come this late still bring the events of their session."""
OLDEST_SESSIONS = 250
"""Missed sessions older than a year are not looked for."""


class Outcome(StrEnum):
    """How the run of a session ended."""

    SCANNED = "scanned"
    FAILED = "failed"
    WAITING = "waiting"  # what has not come yet is waited for; nothing has failed
    RESTING = "resting"  # failed a moment ago; it is not time yet to try again
    TAKEN = "taken"  # somebody else has run it


@dataclass(frozen=True, slots=True)
class SessionReport:
    """What became of one session.

    Attributes
    ----------
    withheld : str
        The signals that raise no event of it because too little of their universe has come in; empty where none.
    """

    session: date
    outcome: Outcome
    reason: str = ""
    events: int = 0
    deliveries: int = 0
    retracted: int = 0
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Timing:
    """When a session is due and how long its alerts are worth sending."""

    calendar: Calendar
    delay: timedelta = timedelta(minutes=20)
    expiry_hours: float | None = None


@dataclass(slots=True)
class Watch:
    """Runs every session that is due, once, in order; UNIQUE(job, session) in the store decides what has run.

    Parameters
    ----------
    tell : callable
        Called once a session is recorded: there may be something to deliver.
    """

    book: MarketBook
    memory: Memory
    scanner: Scanner
    signals: Sequence[Signal]
    timing: Timing
    clock: Clock
    tell: Callable[[], None] = lambda: None
    _running: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    async def run_due(self) -> list[SessionReport]:
        """Run what is due now: today's session, and those missed while the bot was away.

        The very first start reports nothing of the past: it notes the latest closed session and begins with the next.
        A session that fails does not hold up the others; it stays due and is tried again.
        """
        async with self._running:
            reports = []
            for session in await self.due():
                if self._is_in_time(session):
                    await self._gather_missed()  # what is late is told before what is new
                reports.append(await self.run_session(session))
            await self._gather_missed()
            return reports

    async def due(self) -> list[date]:
        """Return the sessions that should have run by now and have not, in order."""
        now, timing = self.clock.now(), self.timing
        began = await self.memory.runs.first(JOB)
        if began is None:
            latest = latest_due(timing.calendar, now, timing.delay)
            if latest is not None:
                await self.memory.runs.baseline(JOB, latest, now)
            return []
        sessions = due_after(timing.calendar, began.session, now, timing.delay)
        return await self.memory.runs.missing(JOB, sessions[-OLDEST_SESSIONS:])

    async def run_session(self, session: date) -> SessionReport:
        """Run one session; a failure is noted with its reason and reported, not raised."""
        before = await self.memory.runs.of(JOB, session)
        if before is not None and _is_resting(before, self.clock.now()):
            return SessionReport(session, Outcome.RESTING, before.reason)
        held = await self.memory.runs.start(JOB, session, self.clock.now())
        if held is None:
            return SessionReport(session, Outcome.TAKEN)
        try:
            recorded, withheld = await self._scan_and_record(held)
        except StillComing as wait:
            log.info("session_waits", session=str(session), reason=str(wait))
            await self.memory.runs.fail(held, str(wait), self.clock.now(), is_waiting=True)
            return SessionReport(session, Outcome.WAITING, str(wait))
        except Exception as error:
            # Whatever went wrong is kept with the run, shown to moderators and tried again.
            reason = str(error) or type(error).__name__
            facts = {"session": str(session), "reason": reason, "attempt": held.attempt}
            log.warning("session_failed", **facts, exc_info=held.attempt == 1)
            await self.memory.runs.fail(held, reason, self.clock.now())
            return SessionReport(session, Outcome.FAILED, reason)
        if recorded is None:
            return SessionReport(session, Outcome.TAKEN)
        log.info("session_scanned", session=session.isoformat(), **asdict(recorded), withheld=withheld)
        self.tell()
        return SessionReport(session, Outcome.SCANNED, withheld=withheld, **asdict(recorded))

    async def _scan_and_record(self, held: Run) -> tuple[Recorded | None, str]:
        """Scan the session and record it; return what was recorded, and which signals were withheld."""
        view = await self.book.bring(held.session)
        effective = await effective_thresholds(self.memory.thresholds, self.signals)
        requests = requests_for(self.signals, effective)
        absent = await self.memory.runs.absent(JOB, held.session - LATE)
        first = first_looked_back(self.timing.calendar, held.session)
        posted = await self.memory.ledger.posted(first, held.session)
        began = await self.memory.runs.first(JOB)
        since = first_looked_at(self.timing.calendar, held.session, began.session if began else None)
        found = await self.scanner.scan(view, held.session, requests, absent, posted, since=since)
        for identity, coverage in found.withheld.items():
            log.warning("event_withheld", identity=identity, covered=coverage.n, of=coverage.of)
        withheld = withheld_words(found.thin)
        for signal, problem in found.unavailable.items():
            log.warning("signal_unavailable", signal=signal, session=str(held.session), problem=problem)
        for identity in found.gone:
            log.warning("event_gone", identity=identity, session=str(held.session))
        news = await self._new(held.session, found.events, effective)
        planned, now = await self._planned(held.session, news, effective, view)
        recorded = await self.memory.ledger.record(
            held,
            news.events,
            planned,
            at=now,
            absent=found.absent,
            gone=found.gone,
            until=now + WORTH_TELLING,
            made_good=made_good_words(held.session, withheld),
            proofs=found.proofs,
            papers=await self._papers(held.session, now),
            quiet=quiet_until,
            versions={signal.name: signal.version for signal in self.signals if signal.name not in found.blind},
        )
        return recorded, withheld

    async def _new(self, session: date, events: Sequence[Event], effective: Effective) -> News:
        """Return those of `events` that are not stored yet, and were asked for when their own session was due."""
        if not events:
            return News()
        first, memory = min(event.session for event in events), self.memory
        stored = await memory.ledger.identities(first, session)
        scanned = await memory.runs.scanned(JOB, first, session)
        since = self._due_at(first)
        changed, followed = await memory.thresholds.changed_since(since), await memory.thresholds.followed_since(since)
        fresh = [
            event
            for event in events
            if event.identity not in stored and (event.session == session or was_looked_for(event, scanned))
        ]
        return await asyncio.to_thread(news_of, fresh, session, Asked(effective, changed, followed), self._due_at)

    async def _planned(
        self, session: date, news: News, effective: Effective, view: View
    ) -> tuple[list[Planned], datetime]:
        """Decide who hears of `news`, and return the instant at which that was decided."""
        memory, expires_at = self.memory, self._expires_at(session)
        now = self.clock.now()
        audience = Audience(
            routes=await memory.routes.all(),
            effective=effective,
            subscribers=await memory.members.all_subscribers(),
            silences=await memory.configuration.all_silences(now),
            zones=await memory.configuration.zones(),
            groups=await asyncio.to_thread(_groups, view) if news.events else {},
            unasked=news.unasked,
        )
        planning = partial(plan, news.events, audience, signals=self.signals, expires_at=expires_at, now=now)
        return await asyncio.to_thread(planning), now

    async def _papers(self, session: date, now: datetime) -> list[DuePaper]:
        """Return the papers that the session brings to those who ordered them."""
        orders = await self.memory.orders.all()
        if not orders:
            return []
        week = Week(self.timing.calendar, self.timing.delay, await self.memory.configuration.zones())
        return week.due(orders, session, now)

    async def _gather_missed(self) -> None:
        now = self.clock.now()
        digests = await self.memory.outbox.gather_missed(now, now + WORTH_TELLING, quiet_until)
        if digests:
            log.warning("told_late", digests=digests)
            self.tell()

    def _due_at(self, session: date) -> datetime:
        return run_instant(self.timing.calendar, session, self.timing.delay)

    def _is_in_time(self, session: date) -> bool:
        try:
            return self._expires_at(session) > self.clock.now()
        except InsufficientHistory:
            return False  # the calendar ends there: its own run says so, and holds up no other

    def _expires_at(self, session: date) -> datetime:
        return expiry(self.timing.calendar, session, self.timing.expiry_hours)


def _groups(view: View) -> Groups:
    market = view.open()
    return groups_of(market.universes, market.sectors, market.facts.themes)


def _is_resting(run: Run, now: datetime) -> bool:
    """Whether it is too early to try a run again that failed; one that a crash left behind is taken up at once."""
    again_at = rests_until(run)
    return again_at is not None and now < again_at


def rests_until(run: Run) -> datetime | None:
    """Return from when on a run that failed is tried again; None where nothing holds it up.

    The rest doubles with each failure. What was tried while it waited is no failure: what waits may come any minute.
    """
    if run.state is not RunState.FAILED or run.finished_at is None:
        return None
    if run.failing_since is None:
        return run.finished_at + FIRST_REST
    by_attempts = FIRST_REST * 2.0 ** min(run.attempt - 1, 10)
    by_time = FIRST_REST + run.finished_at - run.failing_since
    return run.finished_at + min(LONGEST_REST, by_attempts, by_time)
