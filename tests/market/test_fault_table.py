"""Every way in which a provider may break what it hands over: no false alert comes of it, and the reason is told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.market.book import Book, Habits
from bot.market.folder import FolderSource
from bot.market.store import BarStore
from bot.market.yahoo import Habits as Manner
from bot.market.yahoo import YahooSource
from bot.market.yahoo_wire import Manners
from signals.sessions import close_of
from tests.market.fault_breaks import FAULT
from tests.market.fault_market import (
    CALENDAR,
    AnyDay,
    Feed,
    FolderFeed,
    Market,
    Now,
    Plain,
    Rows,
    YahooFeed,
    brought,
    small_market,
    spanned,
    true_events,
)
from tests.market.fault_rows import FAULTS, Fault
from tests.market.yahoo_server import Reply, not_found

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCS = Path(__file__).parents[2] / "docs" / "operators" / "data-faults.md"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def yahoo_source(yahoo):
    clock = AnyDay(close_of(CALENDAR, FAULT))
    # The clock goes from day to day and back: that is no reason for a new process, nor to leave Yahoo alone for long.
    manners = Manners(spacing_s=0, timeout_s=1, attempts=2, backoff_s=0.01)
    habits = Manner(manners, renew_after_jobs=10_000, renew_after=timedelta(days=9_999), quiet=timedelta(0))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        yield source, clock


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stored(tmp_path_factory):
    """Return how to have bars stored up to the eve of a fault: the same for most, and kept for the next."""
    kept: dict[date, Path] = {}

    async def at_eve(eve: date, folder: Path) -> BarStore:
        if eve not in kept:
            kept[eve] = tmp_path_factory.mktemp("eve")
            source, clock = Market(small_market(), Plain(), ()), AnyDay(close_of(CALENDAR, eve))
            start = small_market().sessions[0].item()
            await Book(source, BarStore(kept[eve]), CALENDAR, clock, habits=Habits(start=start)).bring(eve)
        shutil.copytree(kept[eve], folder)
        return BarStore(folder)

    return at_eve


def feed_of(fault: Fault, yahoo, yahoo_source, folder: Path) -> tuple[Feed, AnyDay]:
    source, clock = yahoo_source
    if fault.way == "yahoo":
        return YahooFeed(yahoo, source), clock
    if fault.way == "folder":
        return FolderFeed(folder, FolderSource(folder, clock=clock)), clock
    return Plain(), clock


def pattern(reason: str) -> str:
    return ".*?".join(re.escape(part) for part in reason.split("…"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
async def test_a_fault_raises_no_false_alert_and_says_what_is_wrong(fault, yahoo, yahoo_source, stored, tmp_path):
    truth = small_market() if fault.truth is None else fault.truth(small_market())
    sessions = spanned(fault.fault, fault.further)
    feed, clock = feed_of(fault, yahoo, yahoo_source, tmp_path / "given")
    second = None if fault.second is None else Plain("other")

    def prepare(session: date) -> None:
        now = Now(session, fault.fault, truth)
        for symbol in fault.symbols:
            feed.give(symbol, fault.breaks(now, symbol) if now.since >= 0 else _before(now, symbol))
            if second is not None and fault.second is not None:
                second.give(symbol, fault.second(now, symbol) if now.since >= 0 else now.rows(symbol))

    habits = Habits(start=truth.sessions[0].item(), compared=fault.symbols if second else ())
    source = Market(truth, feed, fault.symbols)
    store = await stored(sessions[0], tmp_path / "bars")
    book = Book(source, store, CALENDAR, clock, second=second, habits=habits)
    told = await brought(book, clock, sessions, prepare)
    true = await true_events(truth, sessions, tmp_path / "true")
    assert sorted(set(told.events) - set(true)) == []
    if not fault.reason:
        assert (told.reasons, set(told.events)) == ([], set(true))
        return
    assert [line for line in told.reasons if re.search(pattern(fault.reason), line)], told.reasons[:12]
    for line in told.reasons:
        assert re.match(
            r"[A-Z^]+(, \d{4}-\d\d-\d\d)?: \S|the session of \d{4}-\d\d-\d\d waits: \S|second source ", line
        )
        assert not re.search(r"Traceback|Error|Exception|\bnan\b|None", line)


def _before(now: Now, symbol: str) -> Rows | Reply:
    return now.rows(symbol) if symbol in now.truth else not_found


async def test_the_market_they_are_tried_on_raises_alerts_that_could_be_false():
    true = await true_events(small_market(), spanned(FAULT), Path())
    assert {"golden_cross", "confirmed"} <= {event.kind for event in true.values()}


def _table() -> Mapping[str, tuple[str, ...]]:
    rows = [line.strip("| ").split(" | ") for line in DOCS.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return {row[0]: tuple(row[1:]) for row in rows[1:]}


async def test_the_operators_page_has_every_fault_with_what_happens_and_the_reason():
    told = {fault.what: (fault.happens, f"“{fault.reason}”" if fault.reason else "nothing is told") for fault in FAULTS}
    assert _table() == told
    assert len(told) == len(FAULTS) >= 20
