"""The book over sources that have all their bars at once: a folder, the simulated market, real data."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime

import numpy as np
import pytest

from bot.clock import SetClock
from bot.market.book import Book, SessionUnavailable
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.sample import SampleSource
from bot.market.store import BarStore
from bot.market.types import Status
from signals.sessions import close_of
from tests.market.test_book import CALENDAR, SESSIONS, closes, day


def folder_of(tmp_path, rows):
    (tmp_path / "data" / "prices").mkdir(parents=True, exist_ok=True)
    for symbol in ("X", "Y"):
        lines = [f"{session},,,,{100 + n},{100 + n}," for n, session in enumerate(SESSIONS[:rows])]
        text = "\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *lines]) + "\n"
        (tmp_path / "data" / "prices" / f"{symbol}.csv").write_text(text)
    return FolderSource(tmp_path / "data")


async def test_a_folder_is_read_once_and_again_when_it_changes(tmp_path):
    clock = SetClock(close_of(CALENDAR, day(50)))
    source = folder_of(tmp_path, 10)
    book = Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock)
    assert await book.span() == (day(0), day(9))
    await book.bring(day(5))
    assert book.market().prices.sessions[-1] == SESSIONS[5]
    generation = book.view().generation
    with pytest.raises(SessionUnavailable, match=f"folder data ends on {day(9)}: there are no bars of {day(10)} yet"):
        await book.bring(day(10))
    assert (await book.at(day(6))).generation == generation
    folder_of(tmp_path, 12)
    await book.bring(day(10))
    assert book.market().prices.sessions[-1] == SESSIONS[10]
    assert [o.status for o in book.outcomes()] == [Status.OK, Status.OK]


async def test_the_simulated_market_is_made_once_and_then_read_from_disk(tmp_path):
    calendar = exchange_calendar(date(2026, 10, 1))
    clock = SetClock(datetime(2026, 10, 1, tzinfo=UTC))
    book = Book(SampleSource(calendar), BarStore(tmp_path), calendar, clock)
    first, last = await book.span()
    assert (await book.bring(date(2026, 8, 3))).open().prices.sessions[-1] == np.datetime64("2026-08-03")
    again = Book(SampleSource(calendar), BarStore(tmp_path), calendar, clock)
    assert await again.span() == (first, last)
    assert len(again._store.meta().fetches) == 1
    assert book.market().labels == ("simulated",)


async def test_an_empty_folder_makes_every_session_unavailable(tmp_path):
    book = Book(FolderSource(tmp_path), BarStore(tmp_path / "bars"), CALENDAR, SetClock(close_of(CALENDAR, day(5))))
    with pytest.raises(SessionUnavailable, match="has no bars"):
        await book.bring(day(5))


async def test_real_sessions_are_brought_in_without_holding_up_the_loop(market_data, tmp_path):
    clock = SetClock(datetime(2025, 10, 1, tzinfo=UTC))
    book = Book(FolderSource(market_data), BarStore(tmp_path), CALENDAR, clock)
    lags = []

    async def probe():
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.002)
            lags.append(time.perf_counter() - before - 0.002)

    watching = asyncio.create_task(probe())
    assert await book.span() == (date(1985, 1, 2), date(2025, 9, 30))
    chosen = CALENDAR.sessions[np.searchsorted(CALENDAR.sessions, np.datetime64("2025-07-21")) :][:15]
    for session in chosen:
        view = await book.bring(session.item())
        assert view.open().prices.sessions[-1] == session
    watching.cancel()
    assert np.median(lags) < 0.05
    assert closes(book.market(), "^RUT")[-1] > 2000
