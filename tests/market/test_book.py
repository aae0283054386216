from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from bot.clock import SetClock
from bot.market.book import Book, Habits, SessionUnavailable
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.gate import Kind
from bot.market.store import BarStore
from bot.market.types import Bars, Outcome, Reference, SourceError, Status
from bot.market.view import View
from signals.sessions import close_of, sessions_since
from signals.types import Prices

CALENDAR = exchange_calendar(date(2025, 7, 1))
SESSIONS = CALENDAR.sessions[np.searchsorted(CALENDAR.sessions, np.datetime64("2025-06-02")) :][:60]
SYMBOLS = ("^GSPC", "A", "B", "C")


def day(n):
    return SESSIONS[n].item()


class Growing:
    """A source that is asked session by session; the test decides what it has."""

    name = "test"
    labels = ("simulated",)

    def __init__(self):
        self.close = 100 + np.arange(60.0)[:, None] + np.arange(4) / 10
        self.symbols = SYMBOLS
        self.asked = []
        self.down = ""

    def reference(self):
        return Reference(universes={"smallcap": ("A", "B")}, names={"A": "Alpha"})

    async def fetch(self, symbols, *, start, end):
        self.asked.append((symbols, start, end))
        if self.down:
            raise SourceError(self.down)
        wanted = [s for s in self.symbols if symbols is None or s in symbols]
        rows = (np.datetime64(start) <= SESSIONS) & (np.datetime64(end) >= SESSIONS)
        close = self.close[rows][:, [SYMBOLS.index(s) for s in wanted]]
        outcomes = tuple(Outcome(s, Status.OK) for s in wanted)
        return Bars(Prices(SESSIONS[rows], tuple(wanted), close), self.name, datetime(2025, 9, 1, tzinfo=UTC), outcomes)


@pytest.fixture
def source():
    return Growing()


@pytest.fixture
def clock():
    return SetClock(close_of(CALENDAR, day(0)))


@pytest.fixture
def book(source, clock, tmp_path):
    return Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock, habits=Habits(start=day(0), labels=("replay",)))


async def brought(book, clock, n):
    """Let session `n` close and bring it in."""
    clock.set(close_of(CALENDAR, day(n)) + timedelta(minutes=20))
    return await book.bring(day(n))


def closes(market, symbol):
    return market.prices.close[:, market.prices.column(symbol)]


async def test_the_market_ends_with_the_session_brought_in(book, clock, source):
    view = await brought(book, clock, 5)
    market = book.market()
    assert market.prices.sessions[-1] == SESSIONS[5]
    assert closes(market, "A").tolist() == source.close[:6, 1].tolist()
    assert market.as_of == close_of(CALENDAR, day(5)) + timedelta(minutes=20)
    assert (market.source, market.labels) == ("test", ("simulated", "replay"))
    assert market.universes == {"smallcap": ("A", "B")}
    assert view.session == day(5)
    assert [o.status for o in book.outcomes()] == [Status.OK] * 4


async def test_of_two_sessions_brought_at_once_the_later_one_is_the_present(book, clock, monkeypatch):
    clock.set(close_of(CALENDAR, day(6)) + timedelta(minutes=20))
    is_opening, may_open, opened = threading.Event(), threading.Event(), View.open

    def slow(view):
        if view.session == day(5):
            is_opening.set()
            assert may_open.wait(20)
        return opened(view)

    monkeypatch.setattr(View, "open", slow)
    older = asyncio.create_task(book.bring(day(5)))
    assert await asyncio.to_thread(is_opening.wait, 20)
    newer = asyncio.create_task(book.bring(day(6)))
    await asyncio.wait({newer}, timeout=0.5)
    may_open.set()
    await asyncio.gather(older, newer)
    assert book.view().session == day(6)


async def test_facts_that_cannot_be_read_are_read_again_before_the_session_counts_as_judged(book, clock, source):
    reads = [Reference(), SourceError("the facts cannot be read"), *[source.reference()] * 9]

    def reference():
        read = reads.pop(0)
        if isinstance(read, SourceError):
            raise read
        return read

    source.reference = reference
    with pytest.raises(SessionUnavailable, match="the facts cannot be read"):
        await brought(book, clock, 5)
    view = await brought(book, clock, 5)
    assert view.reference.universes == {"smallcap": ("A", "B")}


async def test_the_same_market_is_given_until_the_next_session(book, clock):
    await brought(book, clock, 5)
    before = book.market()
    assert book.market() is before
    await brought(book, clock, 6)
    assert book.market() is not before


async def test_there_is_no_market_before_the_first_session(book):
    with pytest.raises(SessionUnavailable, match="no session has been brought in yet"):
        book.market()
    assert book.held() == ()


async def test_only_what_is_missing_is_fetched(book, clock, source):
    await brought(book, clock, 20)
    await brought(book, clock, 21)
    await book.bring(day(21))
    assert source.asked == [(None, day(0), day(20)), (None, day(11), day(21))]


async def test_a_second_start_finds_the_bars_on_disk(book, clock, source, tmp_path):
    await brought(book, clock, 20)
    again = Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock)
    await again.bring(day(20))
    assert len(source.asked) == 1
    assert closes(again.market(), "A")[-1] == source.close[20, 1]


async def test_a_view_travels_to_another_process(book, clock):
    view = await brought(book, clock, 5)
    market = pickle.loads(pickle.dumps(view)).open()  # noqa: S301 - our own bytes
    np.testing.assert_array_equal(market.prices.close, book.market().prices.close)
    assert market.as_of == book.market().as_of


async def test_an_older_session_changes_nothing_of_the_present(book, clock):
    await brought(book, clock, 20)
    view = await book.at(day(7))
    assert view.open().prices.sessions[-1] == SESSIONS[7]
    assert view.as_of == close_of(CALENDAR, day(7)) + timedelta(minutes=20)
    assert book.view().session == day(20)


async def test_a_source_that_is_down_makes_the_session_unavailable(book, clock, source):
    source.down = "Yahoo answers nothing: try again later"
    with pytest.raises(SessionUnavailable, match="Yahoo answers nothing: try again later"):
        await brought(book, clock, 5)
    source.down = ""
    assert (await book.bring(day(5))).session == day(5)


async def test_while_the_source_is_down_the_bars_on_disk_answer_and_grow_stale(source, clock, tmp_path):
    store = BarStore(tmp_path / "bars")
    await brought(Book(source, store, CALENDAR, clock, habits=Habits(start=day(0))), clock, 20)
    source.down = "no answer"
    clock.set(close_of(CALENDAR, day(22)))
    book = Book(source, store, CALENDAR, clock, habits=Habits(start=day(0), is_live=True))
    assert await book.span() == (day(0), day(20))
    await book.bring(day(20))
    market = book.market()
    assert sessions_since(CALENDAR, day(20), market.as_of) == 2
    assert book.market() is market
    clock.set(close_of(CALENDAR, day(23)))
    assert sessions_since(CALENDAR, day(20), book.market().as_of) == 3


async def test_without_bars_on_disk_a_source_that_is_down_is_told(book, source):
    source.down = "no answer"
    with pytest.raises(SessionUnavailable, match="no answer"):
        await book.span()


async def test_a_session_that_is_open_is_unavailable(book, clock):
    clock.set(close_of(CALENDAR, day(5)) - timedelta(seconds=1))
    with pytest.raises(SessionUnavailable, match="has not closed yet"):
        await book.bring(day(5))


@pytest.mark.parametrize(
    ("session", "words"),
    [
        (date(2025, 7, 4), "did not trade on 2025-07-04: the session before is 2025-07-03"),
        (date(1960, 1, 4), "the calendar begins on 1985-01-02"),
        (date(2025, 5, 1), "test begins on 2025-06-02: there are no bars of 2025-05-01"),
    ],
)
async def test_a_session_there_can_be_no_bars_of_says_why(book, clock, session, words):
    await brought(book, clock, 40)
    with pytest.raises(SessionUnavailable, match=words):
        await book.at(session)


async def test_a_session_that_hardly_came_in_is_unavailable_and_asked_for_again(book, clock, source):
    await brought(book, clock, 20)
    whole = source.close.copy()
    source.close[21] = np.nan
    with pytest.raises(SessionUnavailable, match="only 0 of 2 symbols have a bar of"):
        await brought(book, clock, 21)
    source.close = whole
    await book.bring(day(21))
    assert closes(book.market(), "A")[-1] == whole[21, 1]


async def test_a_symbol_that_is_listed_later_has_no_bar_as_of_now(book, clock, source):
    source.close[:21, 3] = np.nan
    clock.set(close_of(CALENDAR, day(30)) + timedelta(minutes=20))
    await book.at(day(30))
    await book.bring(day(20))
    assert {o.symbol: (o.status, o.detail) for o in book.outcomes()}["C"] == (Status.EMPTY, "no bar so far")
    await book.bring(day(21))
    assert {o.symbol: o.status for o in book.outcomes()}["C"] is Status.OK


async def test_the_first_session_of_the_calendar_is_a_session_like_another(tmp_path):
    first = CALENDAR.sessions[0].item()
    (tmp_path / "data" / "prices").mkdir(parents=True)
    rows = "\n".join(f"{session},10,11,9,10,10,1000" for session in CALENDAR.sessions[:3])
    text = f"Date,Open,High,Low,Close,Adj Close,Volume\n{rows}\n"
    (tmp_path / "data" / "prices" / "A.csv").write_text(text)
    clock = SetClock(close_of(CALENDAR, day(0)))
    book = Book(FolderSource(tmp_path / "data"), BarStore(tmp_path / "bars"), CALENDAR, clock)
    assert (await book.bring(first)).rows == 1


async def test_a_session_beyond_the_calendar_has_not_closed_yet(book):
    with pytest.raises(SessionUnavailable, match="2099-01-02 has not closed yet"):
        await book.at(date(2099, 1, 2))


async def test_a_bar_that_came_late_is_taken_in(book, clock, source):
    whole = source.close.copy()
    source.close[20, 2] = np.nan
    await brought(book, clock, 20)
    assert [(h.symbol, h.kind) for h in book.held()] == [("B", Kind.MISSING)]
    assert {o.symbol: o.status for o in book.outcomes()}["B"] is Status.STALE
    source.close = whole
    await brought(book, clock, 21)
    assert closes(book.market(), "B")[20] == whole[20, 2]
    assert book.held() == ()


async def test_a_split_that_restates_history_rewrites_it(book, clock, source):
    await brought(book, clock, 20)
    source.close[:, 1] /= 2
    await brought(book, clock, 21)
    np.testing.assert_allclose(closes(book.market(), "A"), source.close[:22, 1])
    assert source.asked[-1] == (["A"], day(0), day(21))
    assert book.held() == ()


async def test_symbols_may_come_and_go_between_two_starts(book, clock, source):
    source.symbols = ("^GSPC", "A", "B")
    await brought(book, clock, 20)
    source.symbols = ("^GSPC", "A", "C")
    await brought(book, clock, 21)
    assert set(book.market().prices.symbols) == {"^GSPC", "A", "C"}
    np.testing.assert_array_equal(closes(book.market(), "C"), source.close[:22, 3])


async def test_a_held_bar_is_missing_until_it_is_let_go_and_the_view_tells(book, clock, source):
    source.close[20:, 1] *= 2
    view = await brought(book, clock, 20)
    assert np.isnan(closes(book.market(), "A")[20])
    assert [(h.symbol, h.session, h.kind) for h in book.held()] == [("A", day(20), Kind.SPLIT)]
    assert view.released == {}
    await brought(book, clock, 21)
    view = await brought(book, clock, 22)
    assert view.released == {"A": day(20)}
    np.testing.assert_array_equal(closes(book.market(), "A"), source.close[:23, 1])


async def test_as_of_an_older_session_the_bar_is_held_again(book, clock, source):
    source.close[20:, 1] *= 2
    await brought(book, clock, 30)
    assert book.held() == ()
    assert [h.session for h in (await book.at(day(21))).held] == [day(20), day(21)]


async def test_what_the_operator_lets_go_counts_from_the_next_session_on(book, clock, source):
    source.close[20:, 1] *= 3
    await brought(book, clock, 20)
    book.releases.release("A", day(20), at=clock.now() + timedelta(hours=1))
    view = await brought(book, clock, 21)
    assert view.held == ()
    assert view.released == {"A": day(20)}
    assert (await brought(book, clock, 22)).released == {}


async def test_a_state_folder_that_cannot_be_written_to_is_told(source, clock, tmp_path):
    (tmp_path / "bars").write_text("a file where a folder should be")
    book = Book(source, BarStore(tmp_path / "bars"), CALENDAR, clock, habits=Habits(start=day(0)))
    with pytest.raises(SessionUnavailable, match="can be written to and has room"):
        await brought(book, clock, 5)


async def test_damaged_bars_are_told(tmp_path):
    (tmp_path / "data" / "prices").mkdir(parents=True)
    lines = [f"{session},10,11,9,{10 + n / 10},10,1000" for n, session in enumerate(SESSIONS[:5])]
    text = "\n".join(["Date,Open,High,Low,Close,Adj Close,Volume", *lines, ""])
    (tmp_path / "data" / "prices" / "A.csv").write_text(text)
    clock = SetClock(close_of(CALENDAR, day(5)))
    await Book(FolderSource(tmp_path / "data"), BarStore(tmp_path / "bars"), CALENDAR, clock).bring(day(4))
    (tmp_path / "bars" / "000001" / "sessions.i64").write_bytes(b"12345678")
    again = Book(FolderSource(tmp_path / "data"), BarStore(tmp_path / "bars"), CALENDAR, clock)
    with pytest.raises(SessionUnavailable, match=r"contradict each other .* delete"):
        await again.bring(day(4))


async def test_a_damaged_file_of_releases_is_told(book, clock):
    book.releases.path.parent.mkdir(parents=True)
    book.releases.path.write_text("{")
    with pytest.raises(SessionUnavailable, match="correct it or delete it"):
        await brought(book, clock, 5)


@pytest.mark.parametrize(("factor", "is_held"), [(3.0, False), (1.0, True)])
async def test_a_second_source_lets_a_move_go_where_it_shows_it_too(source, clock, tmp_path, factor, is_held):
    second = Growing()
    second.name = "other"
    source.close[20:, 1] *= 3
    second.close[20:, 1] *= factor
    book = Book(source, BarStore(tmp_path), CALENDAR, clock, second=second, habits=Habits(start=day(0)))
    view = await brought(book, clock, 20)
    assert bool(view.held) is is_held
    assert [r.by for r in book.releases.all()] == ([] if is_held else ["second source other"])


async def test_a_second_source_that_is_down_leaves_the_bar_held(source, clock, tmp_path):
    second = Growing()
    second.down = "no answer"
    source.close[20:, 1] *= 3
    book = Book(source, BarStore(tmp_path), CALENDAR, clock, second=second, habits=Habits(start=day(0)))
    assert (await brought(book, clock, 20)).held
