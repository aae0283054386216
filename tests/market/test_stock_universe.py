"""Keeping a universe up to date while some of it fails, comes late, is new or has left."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bot.clock import SetClock
from bot.market.calendar import exchange_calendar
from bot.market.stock import Stock
from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from signals.sessions import close_of
from signals.types import Prices

CALENDAR = exchange_calendar(datetime(2025, 7, 1, tzinfo=UTC).date())
SESSIONS = CALENDAR.sessions[np.searchsorted(CALENDAR.sessions, np.datetime64("2025-06-02")) :][:40]
CORE = ("^RUT", "^GSPC", "IWM")
MEMBERS = tuple(f"M{n:02}" for n in range(40))
COLUMN = {symbol: n for n, symbol in enumerate((*CORE, *MEMBERS, "NEW1", "NEW2"))}


def day(n):
    return SESSIONS[n].item()


class Universe:
    """A source of a core and a universe of which the test says what fails."""

    name = "test"
    labels = ()

    def __init__(self):
        self.members = MEMBERS
        self.ends = {}
        self.factor = {}
        self.asked = []
        self.faults = ()
        self.progress = None

    async def everything(self):
        return (*CORE, *self.members)

    def reference(self):
        return Reference(universes={"smallcap": self.members}, faults=self.faults)

    async def fetch(self, symbols, *, start, end):
        wanted = await self.everything() if symbols is None else tuple(symbols)
        self.asked.append((wanted, start, end))
        rows = (np.datetime64(start) <= SESSIONS) & (np.datetime64(end) >= SESSIONS)
        came = tuple(s for s in wanted if s not in self.ends)
        close = np.column_stack([self.closes(s)[rows] for s in came]) if came else np.empty((int(rows.sum()), 0))
        outcomes = tuple(Outcome(s, self.ends.get(s, Status.OK), "no luck" if s in self.ends else "") for s in wanted)
        return Bars(Prices(SESSIONS[rows], came, close), self.name, datetime(2025, 9, 1, tzinfo=UTC), outcomes)

    def closes(self, symbol):
        return self.factor.get(symbol, 1.0) * (100.0 + COLUMN[symbol] + np.arange(40.0))


@pytest.fixture
def source():
    return Universe()


@pytest.fixture
def store(tmp_path):
    return BarStore(tmp_path / "bars")


@pytest.fixture
def clock():
    return SetClock(close_of(CALENDAR, day(20)))


@pytest.fixture
def stock(source, store, clock):
    return Stock(source, store, CALENDAR, start=day(0), clock=clock)


def without(store, row=-1):
    prices = store.open()
    return {s for s in prices.symbols if np.isnan(prices.close[row, prices.column(s)])}


async def test_what_came_is_stored_where_hundreds_fail_and_nothing_stored_is_lost(stock, source, store):
    await stock.reach(day(20))
    source.ends = dict.fromkeys(MEMBERS[:15], Status.FAILED)
    await stock.reach(day(21))
    prices = store.open()
    assert prices.symbols == (*CORE, *MEMBERS)
    assert without(store) == set(MEMBERS[:15])
    assert np.isfinite(prices.close[:-1]).all()
    assert stock.words == f"last update: 28 of 43 symbols, 15 failed, {stock.last_update.seconds:,.0f} s"


async def test_what_did_not_come_alone_is_asked_for_again_after_a_rest_that_grows(stock, source, store, clock):
    await stock.reach(day(20))
    source.ends = dict.fromkeys(MEMBERS[:15], Status.FAILED)
    await stock.reach(day(21))
    source.asked.clear()
    await stock.reach(day(21))
    assert source.asked == []
    clock.set(clock.now() + timedelta(minutes=10))
    await stock.reach(day(21))
    await stock.reach(day(21))
    assert [symbols for symbols, *_ in source.asked] == [MEMBERS[:15]]
    clock.set(clock.now() + timedelta(minutes=10))
    del source.ends["M03"]
    await stock.reach(day(21))
    assert without(store) == set(MEMBERS[:15]) - {"M03"}
    clock.set(clock.now() + timedelta(minutes=19))
    await stock.reach(day(21))
    assert len(source.asked) == 2
    source.ends.clear()
    clock.set(clock.now() + timedelta(minutes=1))
    await stock.reach(day(21))
    assert not without(store)
    assert len(source.asked) == 3
    assert {o.status for o in stock.outcomes} == {Status.OK}


async def test_what_did_not_come_is_taken_in_with_the_next_session(stock, source, store):
    await stock.reach(day(20))
    source.ends = dict.fromkeys(MEMBERS[:3], Status.THROTTLED)
    await stock.reach(day(21))
    assert without(store) == set(MEMBERS[:3])
    source.ends.clear()
    await stock.reach(day(22))
    assert not without(store, -2)
    assert not without(store)
    assert len(source.asked) == 3


async def test_while_the_core_is_missing_every_attempt_asks_for_all_that_is(stock, source):
    await stock.reach(day(20))
    source.ends = dict.fromkeys((*CORE, *MEMBERS[10:]), Status.THROTTLED)
    await stock.reach(day(21))
    source.asked.clear()
    await stock.reach(day(21))
    await stock.reach(day(21))
    assert [set(symbols) for symbols, *_ in source.asked] == [{*CORE, *MEMBERS[10:]}] * 2


async def test_new_members_get_their_whole_history_and_the_others_the_tail(stock, source, store):
    await stock.reach(day(20))
    source.members = (*MEMBERS[2:], "NEW1", "NEW2")
    source.asked.clear()
    await stock.reach(day(21))
    assert source.asked == [
        ((*CORE, *MEMBERS[2:]), day(11), day(21)),
        (("NEW1", "NEW2"), day(0), day(21)),
    ]
    prices = store.open()
    assert set(prices.symbols) == {*CORE, *source.members}
    for symbol in prices.symbols:
        np.testing.assert_array_equal(prices.close[:, prices.column(symbol)], source.closes(symbol)[:22])


async def test_a_restated_member_and_a_new_one_are_asked_for_together(stock, source, store):
    await stock.reach(day(20))
    source.members, source.factor["M05"] = (*MEMBERS, "NEW1"), 0.5
    await stock.reach(day(21))
    assert source.asked[-1] == (("M05", "NEW1"), day(0), day(21))
    prices = store.open()
    np.testing.assert_array_equal(prices.close[:, prices.column("M05")], source.closes("M05")[:22])


async def test_a_member_the_source_does_not_know_is_asked_for_once_a_session(stock, source, clock):
    source.ends = dict.fromkeys(MEMBERS[:2], Status.EMPTY) | dict.fromkeys(MEMBERS[2:20], Status.FAILED)
    await stock.reach(day(20))
    source.asked.clear()
    clock.set(clock.now() + timedelta(minutes=30))
    await stock.reach(day(20))
    assert [symbols for symbols, *_ in source.asked] == [MEMBERS[2:20]]
    source.ends = dict.fromkeys(MEMBERS[:2], Status.EMPTY)
    await stock.reach(day(21))
    assert source.asked[-1] == (MEMBERS[:20], day(0), day(21))


async def test_a_member_without_bars_for_long_comes_back_without_a_hole(stock, source, store):
    await stock.reach(day(15))
    source.ends = {"M07": Status.FAILED}
    for n in range(16, 28):
        await stock.reach(day(n))
    source.ends.clear()
    await stock.reach(day(28))
    prices = store.open()
    np.testing.assert_array_equal(prices.close[:, prices.column("M07")], source.closes("M07")[:29])


async def test_a_file_that_cannot_be_read_today_costs_no_history(stock, source, store):
    await stock.reach(day(20))
    source.members, source.faults = (), ("the holdings file cannot be read",)
    await stock.reach(day(21))
    assert store.open().symbols == (*CORE, *MEMBERS)
    assert not without(store)


async def test_a_first_load_without_half_its_universe_goes_on_and_without_its_core_does_not(stock, source, store):
    source.ends = dict.fromkeys(MEMBERS[5:], Status.THROTTLED)
    await stock.reach(day(20))
    assert store.open().symbols == (*CORE, *MEMBERS[:5])
    source.ends |= dict.fromkeys(("NEW1", "NEW2"), Status.EMPTY)
    again = Stock(source, BarStore(store.directory.with_name("other")), CALENDAR, start=day(0))
    source.ends |= dict.fromkeys(CORE, Status.THROTTLED)
    with pytest.raises(SourceError, match=r"only 0 of 3 symbols came from test so far \(\^RUT: no luck\)"):
        await again.reach(day(20))


async def test_after_a_restart_what_is_missing_is_asked_for_at_once(stock, source, store):
    await stock.reach(day(20))
    source.ends = dict.fromkeys(MEMBERS[:15], Status.FAILED)
    await stock.reach(day(21))
    again = Stock(source, store, CALENDAR, start=day(0))
    source.asked.clear()
    source.ends.clear()
    await again.reach(day(21))
    assert [symbols for symbols, *_ in source.asked] == [MEMBERS[:15]]
    assert not without(store)


async def test_an_update_tells_how_far_it_is(stock, source):
    assert stock.words == ""
    said = []
    fetch = source.fetch

    async def watched(symbols, *, start, end):
        said.append(stock.words)
        source.progress = (1240, 3012)
        said.append(stock.words)
        return await fetch(symbols, start=start, end=end)

    source.fetch = watched
    await stock.reach(day(20))
    assert said == ["updating", "updating: 1,240 of 3,012 symbols"]
