"""Facts that come in the background reach the present market on the book's next round, without new bars."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.clock import SetClock
from bot.market.book import Book, Habits
from bot.market.furnished import FurnishedSource, Furniture
from bot.market.store import BarStore
from signals.facts import Theme
from signals.sessions import close_of
from tests.market.test_stock_universe import CALENDAR, Universe, day

LATER = Theme("later", "Later", ())


class Errand:
    """Something in the background that ends when it is let go."""

    name = "errand"

    def __init__(self):
        self.tidings, self.rounds = 0, 0
        self.let_go = asyncio.Event()
        self.followed = ()
        self.defect = None

    @property
    def words(self):
        return f"errand: round {self.rounds}"

    def follow(self, symbols):
        self.followed = symbols

    def faults(self):
        return ("errand: late",) if self.tidings else ()

    def beside(self, facts):
        if isinstance(self.defect, KeyError):
            raise self.defect
        return replace(facts, themes=(LATER,)) if self.tidings else facts

    async def refresh(self):
        self.rounds += 1
        await self.let_go.wait()
        if self.defect is not None:
            raise self.defect
        self.tidings += 1
        return ()


@pytest.fixture
def errand():
    return Errand()


@pytest.fixture
async def book(errand, tmp_path):
    source = FurnishedSource(Universe(), Furniture(tmp_path, symbols=("^RUT", "IWM"), background=(errand,)))
    clock = SetClock(close_of(CALENDAR, day(20)) + timedelta(minutes=20))
    book = Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock, habits=Habits(start=day(0)))
    await book.bring(day(20))
    yield book
    await source.close()


def themes(book):
    return [theme.name for theme in book.market().facts.themes]


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


async def test_facts_come_without_being_waited_for(book, errand):
    assert errand.followed == ("^RUT", "IWM")
    before = book.market()
    await book.catch_up()
    await settled()
    await book.catch_up()
    assert book.market() is before
    assert (errand.rounds, book.update().splitlines()[-1]) == (1, "errand: round 1")
    errand.let_go.set()
    await settled()
    await book.catch_up()
    assert themes(book) == ["later"]
    assert "errand: late" in book.faults()


async def test_a_defect_in_the_background_stops_nothing(book, errand):
    errand.defect = ValueError("a defect")
    errand.let_go.set()
    await book.catch_up()
    await settled()
    await book.catch_up()
    await settled()
    assert errand.rounds == 2


async def test_what_runs_in_the_background_ends_with_the_source(book, errand):
    await book.catch_up()
    await settled()
    await book._source.close()
    assert all(task.done() for task in book._source._errands.values())


async def test_facts_that_cannot_be_read_cost_no_bars_and_are_told(book, errand):
    errand.defect = KeyError("damaged")
    errand.tidings += 1
    await book.catch_up()
    assert book.market().prices.symbols
    assert "errand: what is kept cannot be read (KeyError): see the log" in book.faults()
