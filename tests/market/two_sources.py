"""A book with a main and a second source whose closes a test decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np

from bot.clock import SetClock
from bot.market.book import Book, Habits
from bot.market.calendar import exchange_calendar
from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from signals.sessions import close_of
from signals.types import Prices

CALENDAR = exchange_calendar(date(2025, 7, 1))
FIRST = int(np.searchsorted(CALENDAR.sessions, np.datetime64("2025-06-02")))
SESSIONS = CALENDAR.sessions[FIRST:][:60]
SYMBOLS = ("^GSPC", "STRL", "IWM", "KRE")


def day(n):
    return SESSIONS[n].item()


class Made:
    """A source whose closes the test decides, NaN where it has none."""

    labels = ()

    def __init__(self, name):
        self.name = name
        self.close = 300 + np.arange(60.0)[:, None] + np.arange(4) / 10
        self.asked = []
        self.down = ""

    def set(self, symbol, n, close):
        self.close[n, SYMBOLS.index(symbol)] = close

    def reference(self):
        return Reference()

    async def fetch(self, symbols, *, start, end):
        self.asked.append((symbols, start, end))
        if self.down:
            raise SourceError(self.down)
        wanted = [s for s in SYMBOLS if symbols is None or s in symbols]
        rows = (np.datetime64(start) <= SESSIONS) & (np.datetime64(end) >= SESSIONS)
        close = self.close[rows][:, [SYMBOLS.index(s) for s in wanted]]
        outcomes = tuple(Outcome(s, Status.OK) for s in wanted)
        return Bars(Prices(SESSIONS[rows], tuple(wanted), close), self.name, datetime(2025, 9, 1, tzinfo=UTC), outcomes)


class Desk:
    """A book with a second source, and a clock to move on."""

    def __init__(self, folder):
        self.folder = folder
        self.yahoo, self.second = Made("Yahoo"), Made("Tiingo")
        self.clock = SetClock(close_of(CALENDAR, day(0)))
        self.compared = ("STRL", "IWM", "ABSENT")
        self.open()

    def open(self):
        habits = Habits(start=day(0), compared=self.compared)
        self.book = Book(self.yahoo, BarStore(self.folder), CALENDAR, self.clock, second=self.second, habits=habits)

    async def brought(self, n, **later):
        instant = close_of(CALENDAR, day(n)) + timedelta(minutes=20) + timedelta(**later)
        if instant > self.clock.now():
            self.clock.set(instant)
        return await self.book.bring(day(n))

    def close(self, symbol, n):
        prices = self.book.market().prices
        return prices.close[n, prices.column(symbol)]


WORDS = "Yahoo closed STRL at 310.20, Tiingo at 298.01: 4.1 % apart"


async def disputed(desk):
    """Bring in session 20 with two closes of STRL."""
    desk.yahoo.set("STRL", 20, 310.20)
    desk.second.set("STRL", 20, 298.01)
    return await desk.brought(20)


def told(view):
    return [(h.symbol, h.session, h.kind, h.reason) for h in view.held]
