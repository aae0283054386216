"""A universe that hardly came in: questions are answered, a live session waits for a while, and then goes on."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from bot.clock import SetClock
from bot.errors import StillComing
from bot.market.book import Book, Habits, SessionUnavailable
from bot.market.store import BarStore
from bot.market.types import Status
from signals.sessions import close_of
from tests.market.test_stock_universe import CALENDAR, MEMBERS, SESSIONS, Universe, day

DUE = close_of(CALENDAR, day(21)) + timedelta(minutes=20)
HALF = dict.fromkeys(MEMBERS[20:], Status.FAILED)


@pytest.fixture
def source():
    return Universe()


@pytest.fixture
def clock():
    return SetClock(close_of(CALENDAR, day(20)) + timedelta(minutes=20))


@pytest.fixture
async def book(source, clock, tmp_path):
    book = Book(source, BarStore(tmp_path), CALENDAR, clock, habits=Habits(start=day(0), is_live=True))
    await book.bring(day(20))
    clock.set(DUE)
    source.ends = dict(HALF)
    return book


def came(book):
    return int(np.isfinite(book.market().prices.close[-1]).sum())


async def test_a_live_session_waits_for_its_universe_and_questions_are_answered_meanwhile(book):
    with pytest.raises(SessionUnavailable, match=r"only 20 of 40 of smallcap .* until 21:20 UTC at most"):
        await book.bring(day(21))
    assert book.market().prices.sessions[-1] == SESSIONS[21]
    assert came(book) == 23


async def test_to_wait_for_a_universe_is_no_failure(book, source):
    with pytest.raises(StillComing):
        await book.bring(day(21))
    source.ends = dict.fromkeys(("^RUT", "^GSPC", "IWM"), Status.THROTTLED)
    with pytest.raises(SessionUnavailable) as lacking:
        await Book(source, BarStore(book.releases.path.parent / "new"), CALENDAR, book._clock).bring(day(21))
    assert not isinstance(lacking.value, StillComing)


async def test_after_an_hour_the_session_goes_on_without_the_rest(book, clock):
    clock.set(DUE + timedelta(hours=1))
    assert (await book.bring(day(21))).session == day(21)
    assert came(book) == 23


async def test_what_comes_in_time_ends_the_wait(book, source, clock):
    with pytest.raises(SessionUnavailable):
        await book.bring(day(21))
    source.ends.clear()
    clock.set(DUE + timedelta(minutes=16))
    await book.bring(day(21))
    assert came(book) == 43


async def test_where_nothing_is_scanned_nothing_is_waited_for(source, clock, tmp_path):
    book = Book(source, BarStore(tmp_path / "other"), CALENDAR, clock, habits=Habits(start=day(0)))
    source.ends = dict(HALF)
    clock.set(DUE)
    await book.bring(day(21))
    assert came(book) == 23


async def test_the_rest_is_caught_up_with_between_sessions(book, source, clock):
    clock.set(DUE + timedelta(hours=1))
    await book.bring(day(21))
    market = book.market()
    await book.catch_up()
    assert book.market() is market
    source.ends.clear()
    clock.set(DUE + timedelta(hours=2))
    await book.catch_up()
    assert came(book) == 43
    assert book.update().startswith("last update: 43 of 43 symbols, ")


async def test_a_core_that_hardly_came_in_holds_the_session_up_however_long_it_takes(book, source, clock):
    source.ends = dict.fromkeys(("^RUT", "^GSPC", "IWM"), Status.THROTTLED)
    clock.set(DUE + timedelta(hours=1))
    with pytest.raises(SessionUnavailable, match="only 0 of 3 symbols have a bar of"):
        await book.bring(day(21))
    await book.catch_up()
    assert book.view().session == day(20)


async def test_catching_up_before_anything_was_brought_in_asks_nothing(source, clock, tmp_path):
    await Book(source, BarStore(tmp_path / "none"), CALENDAR, clock).catch_up()
    assert source.asked == []
