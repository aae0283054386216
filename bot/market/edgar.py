"""What companies filed, kept fresh from the SEC's EDGAR: answer by answer, in the background, never asked for twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import structlog

from bot.clock import Clock
from bot.market.edgar_client import Edgar, Refused, SlowDown, Unreachable
from bot.market.edgar_keep import NotKept, Study, keep, study
from bot.market.edgar_plan import Kind, Request, Rhythm, company_request, evening_before, is_due, requests
from bot.market.edgar_store import EdgarStore
from bot.market.edgar_table import SOURCE, Built, build, is_behind, joined, stored
from signals.facts import Facts
from signals.types import Calendar

log = structlog.get_logger(__name__)

Progress = Callable[[int, int], None]
OFF = "not asked (it is once edgar_contact says who asks)"


@dataclass(frozen=True, slots=True)
class Habits:
    """How EDGAR is used.

    Attributes
    ----------
    width : int
        Requests under way at once.
    again : timedelta
        After an answer that did not come or made no sense, what is missing is left alone for this long.
    give_up_after : int
        After so many requests in a row without an answer, the rest is not asked for.
    companies : int
        Companies that are asked for one by one in a round, of those that filed a report since.
    plan : callable
        What else is asked for on a day.
    """

    width: int = 4
    again: timedelta = timedelta(minutes=15)
    give_up_after: int = 6
    companies: int = 300
    plan: Callable[[date], Sequence[Request]] = requests


@dataclass(slots=True)
class _Round:
    """One refresh: how far it is, and why no more is asked for."""

    edgar: Edgar
    study: Study
    total: int = 0
    done: int = 0
    unanswered: int = 0
    stop: str = ""
    empty: set[Request] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


class CompanyFilings:
    """Keeps the answers in `folder`, and the table of figures made of them.

    Parameters
    ----------
    edgar : Edgar or None
        None where EDGAR is not to be asked: what is kept is read nevertheless.
    """

    name = SOURCE

    def __init__(
        self,
        edgar: Edgar | None,
        folder: Path,
        clock: Clock,
        calendar: Calendar,
        *,
        habits: Habits | None = None,
        on_progress: Progress | None = None,
    ) -> None:
        self.folder = folder
        self.tidings = 0
        self._edgar, self._clock, self._calendar = edgar, clock, calendar
        self._habits = habits or Habits()
        self._on_progress = on_progress
        self._store = EdgarStore(folder)
        self._symbols: tuple[str, ...] = ()
        self._round: _Round | None = None
        self._failed_at: datetime | None = None
        self._evening: datetime | None = None
        self._faults: tuple[str, ...] = ()

    def follow(self, symbols: Iterable[str]) -> None:
        """Name the companies of which everything is wanted, the first ones first."""
        self._symbols = tuple(dict.fromkeys(symbols))

    def faults(self) -> tuple[str, ...]:
        """Return what went wrong in the last refresh, in a line; what came before stays in use."""
        return self._faults

    def beside(self, facts: Facts) -> Facts:
        """Return `facts` with the figures that are kept; companies that have figures there already keep those."""
        own = stored(self.folder)
        if own is None:
            return facts
        return replace(facts, fundamentals=own if facts.fundamentals is None else joined(facts.fundamentals, own))

    @property
    def words(self) -> str:
        """How far the refresh is that runs, or what there is."""
        if self._round is not None:
            return f"{SOURCE}: {self._round.done:,} of {self._round.total:,} answers"
        table = stored(self.folder)
        off = OFF if self._edgar is None else ""
        if table is None or table.fetched is None:
            return f"{SOURCE}: {off or 'nothing yet'}"
        kept = f"{len(table.companies):,} companies, as of {table.fetched:%Y-%m-%d %H:%M} UTC"
        return f"{SOURCE}: {kept}{f'; {off}' if off else ''}"

    async def refresh(self) -> tuple[str, ...]:
        """Ask for what is due and make the table anew; return what went wrong. Only one refresh runs at a time."""
        now = self._clock.now().astimezone(UTC)
        evening = evening_before(self._calendar, now)
        edgar = self._edgar
        if edgar is None or self._round is not None or not self._is_time(edgar, now, evening):
            return self._faults
        try:
            async with edgar.opened(), study() as own:
                self._round = this = _Round(edgar, own)
                await self._ask(this, await asyncio.to_thread(self._due, self._habits.plan(now.date()), evening))
                if not this.stop:
                    await self._ask(this, await asyncio.to_thread(self._companies, evening))
                await self._settle(this, now)
            self._faults = self._told(this)
        except Unreachable as error:
            self._faults = (f"{SOURCE}: {error}",)
        except Exception:
            self._failed_at = now  # what nobody foresaw is not to be met again at once
            raise
        finally:
            self._round = None
        self._failed_at, self._evening = (now, None) if self._faults else (None, evening)
        for fault in self._faults:
            log.warning("edgar_failed", reason=fault)
        return self._faults

    def _is_time(self, edgar: Edgar, now: datetime, evening: datetime) -> bool:
        if edgar.quiet_until is not None and now < edgar.quiet_until:
            return False
        if self._failed_at is not None:
            return now - self._failed_at >= self._habits.again
        return self._evening != evening

    def _due(self, wanted: Sequence[Request], evening: datetime) -> list[Request]:
        return [each for each in wanted if is_due(each, self._store.asked_at(each), evening)]

    def _companies(self, evening: datetime) -> list[Request]:
        """Return those of the companies that are followed that filed a report since they were asked for."""
        filings = self._store.filings()
        reports = filings[filings["is_report"]]
        last = dict(
            sorted(zip(reports["cik"].tolist(), reports["filed"].tolist(), strict=True), key=lambda each: each[1])
        )
        numbers = self._store.listings().ciks
        ciks = dict.fromkeys(numbers[symbol] for symbol in self._symbols if symbol in numbers)
        due = self._due([company_request(cik, last[cik]) for cik in ciks if cik in last], evening)
        return due[: self._habits.companies]

    async def _ask(self, this: _Round, wanted: Sequence[Request]) -> None:
        this.total += len(wanted)
        waiting = list(reversed(wanted))

        async def work() -> None:
            while waiting and not this.stop:
                await self._take(this, waiting.pop())

        async with asyncio.TaskGroup() as lanes:
            for _ in range(min(self._habits.width, len(wanted))):
                lanes.create_task(work())

    async def _take(self, this: _Round, request: Request) -> None:
        """Ask for one thing, keep the answer, and note what went wrong."""
        try:
            body = await _answer(this.edgar, request)
            this.unanswered = 0
            this.empty |= {request} if body is None else set()
            fault = await this.study.do(keep, self.folder, request, body, self._clock.now().astimezone(UTC))
        except SlowDown as error:
            this.stop = str(error)
            return
        except NotKept as error:
            this.stop = f"it cannot be kept ({error})"
            return
        except Refused as error:
            fault = str(error)
        except Unreachable as error:
            fault = str(error)
            this.unanswered += 1
            if this.unanswered >= self._habits.give_up_after:
                this.stop = f"EDGAR does not answer ({error})"
        if fault:
            this.faults.append(f"{request.name}: {fault}")
        this.done += 1
        if self._on_progress is not None:
            self._on_progress(this.done, this.total)

    async def _settle(self, this: _Round, now: datetime) -> None:
        """Make the table anew where answers have come, in a process of its own: it takes seconds."""
        if not await asyncio.to_thread(is_behind, self.folder):
            return
        lacking = await asyncio.to_thread(self._lacking, this, now)
        if lacking:
            this.stop = this.stop or f"the figures wait for the index of filings of {lacking}"
            return
        fetched = await asyncio.to_thread(self._fetched, now)
        try:
            built: Built = await this.study.do(build, self.folder, fetched)
        except NotKept as error:
            this.stop = this.stop or f"the table of figures could not be made ({error})"
            return
        self.tidings += 1
        log.info("edgar_refreshed", companies=built.companies, rows=built.rows, requests=this.edgar.count)

    def _lacking(self, this: _Round, now: datetime) -> str:
        """Return the quarter whose index never came: its filings would seem to be of the day they were seen on."""
        indexes = (each for each in self._habits.plan(now.date()) if each.kind is Kind.INDEX)
        never = (each for each in indexes if each not in this.empty and self._store.asked_at(each) is None)
        return next((each.name for each in never), "")

    def _fetched(self, now: datetime) -> datetime:
        """Return the instant up to which everything that changes every day has been asked for."""
        daily = [each for each in self._habits.plan(now.date()) if each.rhythm is Rhythm.EVERY_EVENING]
        known = [at for each in daily if (at := self._store.asked_at(each)) is not None]
        return min(known, default=now)

    def _told(self, this: _Round) -> tuple[str, ...]:
        """Return what went wrong in one line, the first of it in full."""
        words = list(filter(None, [this.stop]))
        if this.faults:
            more = f", and {len(this.faults) - 1:,} more" if len(this.faults) > 1 else ""
            words.append(
                f"{len(this.faults):,} of {this.total:,} answers could not be used whole: {this.faults[0]}{more}"
            )
        return (f"{SOURCE}: {'; '.join(words)}",) if words else ()


async def _answer(edgar: Edgar, request: Request) -> bytes | None:
    match request.kind, request.what:
        case Kind.FRAME, (str(taxonomy), str(tag), str(unit), str(period)):
            return await edgar.frame(taxonomy, tag, unit, period)
        case Kind.INDEX, (int(year), int(quarter)):
            return await edgar.xbrl_index(year, quarter)
        case Kind.COMPANY, (int(cik),):
            return await edgar.company_facts(cik)
        case _:
            return await edgar.tickers()
