"""Insiders' trades and merger filings by EDGAR's form indexes, in the background: the newest first, then older ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.clock import Clock
from bot.market.edgar_client import Edgar, Refused, SlowDown, Unreachable
from bot.market.edgar_forms import INSIDERS, FormStore, accession_of, insider_lines
from bot.market.edgar_forms_table import Span, build, stored
from bot.market.edgar_keep import NotKept, Study, study
from bot.market.edgar_store import EdgarStore
from bot.market.edgar_table import SOURCE
from bot.market.sec_index import FormIndex, UnreadableIndex, read_index
from signals.deal_facts import FORMS as DEALS
from signals.facts import Facts

log = structlog.get_logger(__name__)

MORNING = time(6)
"""UTC, the day after: EDGAR takes filings until 22:00 in New York and writes the index of the day afterwards."""
NEVER_WRITTEN = timedelta(days=4)
"""A day whose index is not there by now, such as a holiday, has none."""
_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Habits:
    """How far back EDGAR is asked, and how much at once.

    Attributes
    ----------
    days : int
        Days of insiders' forms.
    quarters : int
        Closed quarters of merger filings: those that the present one is compared with.
    forms : int
        Forms read in a round; the next one goes on where it ended.
    rest, again : timedelta
        Time to the next round while there are more forms to read or an index to come, and after one that failed.
    """

    days: int = 100
    quarters: int = 5
    forms: int = 300
    rest: timedelta = timedelta(hours=1)
    again: timedelta = timedelta(minutes=15)
    width: int = 4


@dataclass(slots=True)
class _Round:
    """One round: what came of it."""

    edgar: Edgar
    study: Study
    now: datetime
    came: int = 0
    left: int = 0
    awaited: int = 0
    stop: str = ""
    faults: list[str] = field(default_factory=list)


class FormFilings:
    """Keeps indexes and forms below `folder`, that of `bot.market.edgar`, where it stands who is listed."""

    name = f"{SOURCE} forms"

    def __init__(self, edgar: Edgar | None, folder: Path, clock: Clock, *, habits: Habits | None = None) -> None:
        self.tidings = 0
        self._edgar, self._clock, self._habits = edgar, clock, habits or Habits()
        self._kept, self._store = EdgarStore(folder), FormStore(folder / "forms")
        self._symbols: tuple[str, ...] = ()
        self._next: datetime | None = None
        self._faults: tuple[str, ...] = ()
        self._settled: dict[int, str] = {}
        self.words = ""

    def follow(self, symbols: Iterable[str]) -> None:
        """Name the companies whose insiders' forms are read."""
        self._symbols = tuple(dict.fromkeys(symbols))

    def faults(self) -> tuple[str, ...]:
        """Return what went wrong in the last round, in a line."""
        return self._faults

    def beside(self, facts: Facts) -> Facts:
        """Return `facts` with what is kept; where files of the operator's own have trades or deals, those count."""
        insiders, deals = stored(self._store.folder)
        return replace(
            facts,
            insiders=insiders if facts.insiders is None else facts.insiders,
            deals=deals if facts.deals is None else facts.deals,
        )

    async def refresh(self) -> tuple[str, ...]:
        """Read a round of indexes and forms, where it is time for one, and return what went wrong."""
        now = self._clock.now().astimezone(UTC)
        if self._edgar is None or (self._next is not None and now < self._next):
            return self._faults
        ciks = await asyncio.to_thread(self._ciks)
        if not ciks:
            return self._faults  # who is listed comes with the figures
        async with study() as own:
            this = _Round(self._edgar, own, now)
            try:
                async with self._edgar.opened():
                    await self._indexes(this)
                    await self._forms(this, ciks)
                await self._settle(this, ciks)
            except Unreachable as error:
                this.stop = str(error)
            except Exception:
                self._next = now + self._habits.again  # what nobody foresaw is not to be met again at once
                raise
        self._note(this)
        return self._faults

    def _note(self, this: _Round) -> None:
        words = [*filter(None, [this.stop]), *this.faults]
        more = f", and {len(words) - 1:,} more" if len(words) > 1 else ""
        self._faults = (f"{self.name}: {words[0]}{more}",) if words else ()
        for fault in self._faults:
            log.warning("edgar_forms_failed", reason=fault)
        goes_on = this.left or this.awaited  # an index may be written later in the morning
        wait = self._habits.again if words else self._habits.rest if goes_on else _till_morning(this.now)
        self._next = this.now + wait
        self.words = f"{self.name}: {f'{this.left:,} still to read' if this.left else 'read to the last day'}"

    def _ciks(self) -> dict[int, str]:
        """Return the numbers of the companies that are followed, each with the first symbol of its shares."""
        listed = self._kept.listings()
        numbers = listed.ciks
        ciks = dict.fromkeys(numbers[symbol] for symbol in self._symbols if symbol in numbers)
        return {cik: listed.symbols[cik][0] for cik in ciks}

    async def _indexes(self, this: _Round) -> None:
        """Read the indexes that are not kept yet: of closed quarters for deals, of days for deals and insiders."""
        quarters = closed_quarters(this.now.date(), self._habits.quarters)
        wanted: list[tuple[str, date | tuple[int, int]]] = [(f"days/{d:%Y%m%d}", d) for d in self._days(this.now)]
        wanted += [(f"quarters/{year}Q{quarter}", (year, quarter)) for year, quarter in quarters]
        for name, which in wanted:
            if not this.stop and not await asyncio.to_thread(self._store.has, name):
                with _noted(this, name.partition("/")[2]):
                    await self._index(this, name, which)

    async def _index(self, this: _Round, name: str, which: date | tuple[int, int]) -> None:
        if isinstance(which, date):
            body, forms = await this.edgar.daily_index(which), frozenset(INSIDERS | DEALS.keys())
            is_none = body is None and this.now.date() - which >= NEVER_WRITTEN
        else:
            body, forms = await this.edgar.form_index(*which), frozenset(DEALS)
            is_none = False
        if body is not None or is_none:
            index = FormIndex((), None) if body is None else await this.study.do(indexed, body, forms)
            this.faults += [f"{name.partition('/')[2]}: {fault}; left out" for fault in index.faults]
            await asyncio.to_thread(self._store.keep_lines, name, index.lines, this.now)
            this.came += 1
        else:
            this.awaited += 1

    def _days(self, now: datetime) -> list[date]:
        """Return the days of which there is an index by now, the latest first: those of insiders and of the quarter."""
        last = (now - timedelta(hours=MORNING.hour)).date() - _DAY
        first = min(last - self._habits.days * _DAY, date(last.year, (last.month - 1) // 3 * 3 + 1, 1))
        days = (last - back * _DAY for back in range((last - first).days + 1))
        return [day for day in days if day.weekday() < _SATURDAY]

    async def _forms(self, this: _Round, ciks: Mapping[int, str]) -> None:
        """Read the forms that are not kept yet, the newest first, as many as a round may."""
        waiting = await asyncio.to_thread(self._unread, this.now, ciks)
        listed = await asyncio.to_thread(self._kept.listings)
        symbols = {cik: own[0] for cik, own in listed.symbols.items()}  # of whom is followed later, too
        this.left = len(waiting)
        now = list(reversed(waiting[: self._habits.forms]))

        async def work() -> None:
            while now and not this.stop:
                line = now.pop()
                with _noted(this, accession_of(line["path"])):
                    body = await this.edgar.document(line["path"])
                    await asyncio.to_thread(self._store.keep_form, line, body, symbols, this.now)
                    this.came, this.left = this.came + 1, this.left - 1

        async with asyncio.TaskGroup() as lanes:
            for _ in range(min(self._habits.width, len(now))):
                lanes.create_task(work())

    def _unread(self, now: datetime, ciks: Mapping[int, str]) -> list[Mapping[str, Any]]:
        known = self._store.forms()
        lines = insider_lines(self._store, ciks, self._since(now))
        return [line for line in lines if accession_of(line["path"]) not in known]

    def _since(self, now: datetime) -> date:
        return now.date() - self._habits.days * _DAY

    async def _settle(self, this: _Round, ciks: Mapping[int, str]) -> None:
        """Make the table anew where something has come or others are followed, in a process of its own."""
        if not this.came and self._settled == ciks:
            return
        first = closed_quarters(this.now.date(), self._habits.quarters)[-1]
        span = Span(date(first[0], first[1] * 3 - 2, 1), self._since(this.now), this.now)
        try:
            await this.study.do(build, self._kept.folder, dict(ciks), span)
        except NotKept as error:
            this.stop = this.stop or f"the table of forms could not be made ({error})"
            return
        self._settled = dict(ciks)
        self.tidings += 1


@contextmanager
def _noted(this: _Round, what: str) -> Iterator[None]:
    """Note what goes wrong meanwhile: what concerns one answer, and what ends the round."""
    try:
        yield
    except (SlowDown, Unreachable) as error:
        this.stop = str(error)
    except OSError as error:
        this.stop = f"it cannot be kept ({error.strerror}): see that the state folder can be written to and has room"
    except (Refused, NotKept) as error:
        this.faults.append(f"{what}: {error}")


def indexed(body: bytes, forms: frozenset[str]) -> FormIndex:
    """Return what an index says of some forms; raise `RuntimeError` with what is wrong with it where it is none."""
    try:
        return read_index(body, forms)
    except UnreadableIndex as error:
        raise RuntimeError(f"the index {error}") from None


def closed_quarters(today: date, count: int) -> list[tuple[int, int]]:
    """Return the quarters that have closed, with a day for the last index, the newest first, as year and quarter."""
    place = (today - 2 * _DAY).year * 4 + ((today - 2 * _DAY).month - 1) // 3
    return [((place - back) // 4, (place - back) % 4 + 1) for back in range(1, count + 1)]


def _till_morning(now: datetime) -> timedelta:
    morning = datetime.combine(now.date(), MORNING, UTC)
    return (morning if now < morning else morning + _DAY) - now
