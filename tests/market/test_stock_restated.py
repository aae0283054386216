from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.market.calendar import exchange_calendar
from bot.market.stock import Stock
from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from signals.types import Prices

CALENDAR = exchange_calendar(date(2025, 7, 1))
SESSIONS = CALENDAR.sessions[np.searchsorted(CALENDAR.sessions, np.datetime64("2025-06-02")) :][:40]
SYMBOLS = ("A", "B", "C", "D")


def day(n):
    return SESSIONS[n].item()


class Moody:
    """A source whose long answers may fail for some symbols."""

    name = "test"
    labels = ()

    def __init__(self):
        self.close = {symbol: 100.0 + np.arange(40.0) for symbol in SYMBOLS}
        self.ends = dict.fromkeys(SYMBOLS, Status.OK)
        self.long_ends = {}
        self.first = {}

    def reference(self):
        return Reference()

    async def fetch(self, symbols, *, start, end):
        wanted = SYMBOLS if symbols is None else tuple(symbols)
        is_long = symbols is not None
        ends = {s: self.long_ends.get(s, self.ends[s]) if is_long else self.ends[s] for s in wanted}
        came = tuple(s for s in wanted if ends[s] not in {Status.FAILED, Status.THROTTLED})
        rows = (np.datetime64(start) <= SESSIONS) & (np.datetime64(end) >= SESSIONS)
        close = np.full((40, len(came)), np.nan)
        for n, symbol in enumerate(came):
            first = self.first.get(symbol, 0)
            close[first:, n] = self.close[symbol][first:]
        outcomes = tuple(Outcome(s, ends[s], "no luck" if ends[s] is not Status.OK else "") for s in wanted)
        return Bars(Prices(SESSIONS[rows], came, close[rows]), self.name, datetime(2025, 9, 1, tzinfo=UTC), outcomes)


@pytest.fixture
def source():
    return Moody()


@pytest.fixture
def store(tmp_path):
    return BarStore(tmp_path / "bars")


@pytest.fixture
def stock(source, store):
    return Stock(source, store, CALENDAR, start=day(0))


def closes(store, symbol):
    prices = store.open()
    return prices.close[:, prices.column(symbol)]


async def test_new_bars_are_not_glued_to_a_history_of_another_basis(stock, source, store):
    await stock.reach(day(20))
    source.close["B"] = source.close["B"] / 2
    source.long_ends["B"] = Status.THROTTLED
    await stock.reach(day(21))
    assert closes(store, "B")[:21].tolist() == (100.0 + np.arange(21)).tolist()
    assert np.isnan(closes(store, "B")[21])
    assert closes(store, "A")[21] == 121.0
    assert {o.symbol: o.status for o in stock.outcomes}["B"] is Status.THROTTLED


async def test_a_history_that_did_not_come_is_asked_for_again_with_the_next_session(stock, source, store):
    await stock.reach(day(20))
    source.close["B"] = source.close["B"] / 2
    source.long_ends["B"] = Status.FAILED
    await stock.reach(day(21))
    source.long_ends.clear()
    await stock.reach(day(22))
    assert closes(store, "B").tolist() == ((100.0 + np.arange(23)) / 2).tolist()


async def test_half_a_restated_history_does_not_replace_the_whole_one(stock, source, store):
    await stock.reach(day(20))
    source.close["B"] = source.close["B"] / 2
    source.long_ends["B"] = Status.SUSPECT
    source.first["B"] = 12
    await stock.reach(day(21))
    assert closes(store, "B")[:21].tolist() == (100.0 + np.arange(21)).tolist()
    assert np.isnan(closes(store, "B")[21])


async def test_a_restated_history_leaves_no_bar_of_the_old_basis(source, store):
    await Stock(source, store, CALENDAR, start=day(0)).reach(day(20))
    source.close["B"] = source.close["B"] / 2
    source.first["B"] = 1
    await Stock(source, store, CALENDAR, start=day(5)).reach(day(21))
    assert np.isnan(closes(store, "B")[0])
    assert closes(store, "B")[1:].tolist() == ((100.0 + np.arange(1, 22)) / 2).tolist()


async def test_the_symbols_keep_their_order_when_one_is_restated(stock, source, store):
    await stock.reach(day(20))
    source.close["B"] = source.close["B"] / 2
    await stock.reach(day(21))
    assert store.open().symbols == SYMBOLS


async def test_a_first_load_that_brought_hardly_anything_is_no_market(stock, source, store):
    source.ends |= dict.fromkeys("BCD", Status.THROTTLED)
    with pytest.raises(SourceError, match=r"only 1 of 4 symbols came from test so far \(B: no luck\): try again later"):
        await stock.reach(day(20))
    with pytest.raises(SourceError, match="only 1 of 4"):
        await stock.reach(day(20))
    source.ends |= dict.fromkeys("BCD", Status.OK)
    meta = await stock.reach(day(20))
    assert meta.symbols == SYMBOLS
    assert closes(store, "D").tolist() == (100.0 + np.arange(21)).tolist()


async def test_symbols_the_source_does_not_know_keep_nothing_back(stock, source):
    source.ends |= dict.fromkeys("BCD", Status.EMPTY)
    source.first |= dict.fromkeys("BCD", 99)
    meta = await stock.reach(day(20))
    assert meta.rows == 21
