"""Facts and bars that come after their session was scanned: their events are told once, and nothing is told twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from bot.alerts.late import LOOKED_AT_SESSIONS, first_looked_at
from bot.alerts.scanner import ThreadScanner
from bot.alerts.schedule import run_instant
from bot.alerts.watch import Timing, Watch
from bot.clock import SetClock
from bot.records import DeliveryState, MessageKind, Settlement
from bot.store.store import Store
from signals.catalog import by_name
from signals.deal_facts import DealFiling, Deals
from signals.facts import Facts, Series
from signals.types import Market
from tests.alerts.worlds import calendar, market, session_at

MACRO = by_name("macro")
TIMING = Timing(calendar())
ROW = 300
"""The session at which the jump of the day before was to be known."""


def due_at(row: int) -> datetime:
    return run_instant(TIMING.calendar, session_at(row), TIMING.delay)


def rates(last: int, jump: float = 0.4) -> Series:
    """Return the 10-year up to the day of row `last`; it jumps the day before `ROW`."""
    rows = np.arange(ROW - 30, last + 1)
    days = np.array([session_at(row) for row in rows.tolist()], dtype="datetime64[D]")
    return Series("DGS10", "10-year", days, np.where(rows >= ROW - 1, 4.1 + jump, 4.1))


@dataclass(frozen=True)
class FactView:
    """A view of the small market with what is known of the 10-year."""

    session: date
    series: Series
    released: Mapping[str, date] = field(default_factory=dict)

    def open(self) -> Market:
        whole = market()
        facts = Facts(series={"DGS10": self.series})
        return replace(whole, prices=whole.prices.upto(self.session), facts=facts)


@dataclass
class FactBook:
    """Brings any session, with the series as it has been published so far."""

    series: Series

    async def bring(self, session: date) -> FactView:
        return FactView(session, self.series)


async def begun(store: Store, row: int) -> tuple[Watch, SetClock, FactBook]:
    """Return a watch that has been through its first start at `row`, and that channel 11 follows rates in."""
    await store.routes.add(guild_id=1, channel_id=11, signal="macro", subjects=(), by=7, at=due_at(ROW - 20))
    book, clock = FactBook(rates(ROW - 2)), SetClock(due_at(row))
    watch = Watch(book, store, ThreadScanner(), (MACRO,), TIMING, clock)
    assert await watch.run_due() == []
    return watch, clock, book


async def sent(store: Store, clock: SetClock) -> list[tuple[MessageKind, str, date]]:
    """Send what is due; return what was told."""
    told = []
    for message in await store.outbox.claim(10, clock.now(), 60):
        told += [(message.kind, stored.event.kind, stored.event.session) for stored in message.events]
        ending = Settlement(message.id, message.lease, DeliveryState.SENT, clock.now(), discord_id=message.id)
        assert await store.outbox.settle([ending])
    return told


JUMP = (MessageKind.ALERT, "ten_year_move", session_at(ROW))


async def test_a_value_published_after_the_scan_of_its_session_is_told_once_by_the_next(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    for row in range(ROW, ROW + LOOKED_AT_SESSIONS + 2):
        clock.set(due_at(row))
        [report] = await watch.run_due()
        told = await sent(store, clock)
        assert told == ([JUMP] if row == ROW + 1 else []), row
        assert report.events == report.deliveries == len(told)
        book.series = rates(row)
    assert (await store.outbox.counts())["computed"] == 1


async def test_nothing_of_the_sessions_up_to_the_first_start_is_told(store: Store):
    watch, clock, book = await begun(store, ROW)
    book.series = rates(ROW)
    for row in (ROW + 1, ROW + 2):
        clock.set(due_at(row))
        await watch.run_due()
        assert await sent(store, clock) == []
    assert await store.ledger.latest() == []


async def test_what_comes_later_than_that_is_told_no_more(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    for row in range(ROW, ROW + LOOKED_AT_SESSIONS + 1):
        book.series = rates(ROW - 2 if row < ROW + LOOKED_AT_SESSIONS else row)
        clock.set(due_at(row))
        await watch.run_due()
    assert await store.ledger.latest() == []


async def test_an_event_that_was_taken_back_stays_so_when_the_series_is_as_it_was(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    told = []
    for row, series in enumerate((rates(ROW - 1), rates(ROW, jump=0.0), rates(ROW + 1), rates(ROW + 2)), ROW):
        book.series = series
        clock.set(due_at(row))
        await watch.run_due()
        told += await sent(store, clock)
    assert told == [JUMP, (MessageKind.RETRACTION, "ten_year_move", session_at(ROW))]


async def test_a_threshold_set_today_raises_nothing_of_the_sessions_before(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    book.series = rates(ROW)
    clock.set(due_at(ROW))
    await watch.run_due()
    assert await sent(store, clock) == [JUMP]
    move = {"signal": "macro", "name": "ten_year_move_bp", "value": 20.0}
    await store.thresholds.set(guild_id=1, by=7, at=clock.now() + timedelta(hours=1), **move)
    for row in (ROW + 1, ROW + 2):
        book.series = rates(row)
        clock.set(due_at(row))
        [report] = await watch.run_due()
        assert (report.events, await sent(store, clock)) == (0, [])


async def test_a_late_value_is_told_under_the_thresholds_that_were_set_before_its_session(store: Store):
    watch, clock, book = await begun(store, ROW - 1)
    move = {"signal": "macro", "name": "ten_year_move_bp", "value": 20.0}
    await store.thresholds.set(guild_id=1, by=7, at=clock.now(), **move)
    clock.set(due_at(ROW))
    await watch.run_due()
    book.series = rates(ROW)
    clock.set(due_at(ROW + 1))
    await watch.run_due()
    assert await sent(store, clock) == [JUMP]


def test_so_many_sessions_are_looked_at_and_none_up_to_the_first_start():
    days = calendar()
    assert first_looked_at(days, session_at(300), session_at(100)) == session_at(296)
    assert first_looked_at(days, session_at(300), session_at(298)) == session_at(299)
    assert first_looked_at(days, session_at(300), session_at(300)) == session_at(300)
    assert first_looked_at(days, session_at(300), None) == session_at(300)


@dataclass(frozen=True)
class FiledView:
    """A view of the small market with the merger filings that are known of."""

    session: date
    deals: Deals | None
    released: Mapping[str, date] = field(default_factory=dict)

    def open(self) -> Market:
        whole = market()
        return replace(whole, prices=whole.prices.upto(self.session), facts=Facts(deals=self.deals))


@dataclass
class FiledBook:
    """Brings any session, with the filings that are here so far."""

    deals: Deals | None

    async def bring(self, session: date) -> FiledView:
        return FiledView(session, self.deals)


NEVER_ASKED = None
NONE_SO_FAR = Deals()
FILED = Deals(tuple(DealFiling(session_at(ROW + n), "DEFM14A", "A", n, ("VEE", "PEAK")[n]) for n in (0, 1)))


@pytest.mark.parametrize(("before", "told"), [(NEVER_ASKED, ["PEAK"]), (NONE_SO_FAR, ["PEAK", "VEE"])])
async def test_what_was_filed_before_the_first_answers_came_is_no_news(store: Store, before, told):
    await store.routes.add(guild_id=1, channel_id=11, signal="deals", subjects=(), by=7, at=due_at(ROW - 20))
    book, clock = FiledBook(before), SetClock(due_at(ROW - 1))
    watch = Watch(book, store, ThreadScanner(), (by_name("deals"),), TIMING, clock)
    assert await watch.run_due() == []
    clock.set(due_at(ROW))
    await watch.run_due()
    book.deals = FILED
    clock.set(due_at(ROW + 1))
    await watch.run_due()
    assert sorted(stored.event.subject for stored in await store.ledger.latest()) == told
