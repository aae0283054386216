from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import SetClock
from bot.market.book import Book
from bot.market.calendar import exchange_calendar
from bot.market.folder import FolderSource
from bot.market.store import BarStore
from bot.market.universe import files_at, known_by, sectors_at, thinned, universes_at
from signals.facts import Appointment, Facts, Holdings, Member, Series, Theme, in_force
from tests.market.holdings_text import put

NOW = datetime(2025, 7, 1, 22, tzinfo=UTC)


def holdings(day, *symbols, universe="smallcap", fund="IWM", sector="Energy"):
    symbols = tuple(symbols)
    return Holdings(universe, fund, day, symbols, np.full(len(symbols), 0.1), (sector,) * len(symbols))


MAY = holdings(date(2025, 5, 13), "B", "A")
JUNE = holdings(date(2025, 6, 2), "A", "C", sector="Financials")
LARGE = holdings(date(2025, 6, 20), "L", universe="largecap", fund="IVV", sector="")
FACTS = Facts(holdings=(MAY, JUNE, LARGE))


@pytest.mark.parametrize(
    ("session", "members"),
    [
        (date(2025, 6, 1), ("A", "B")),
        (date(2025, 6, 2), ("A", "C")),
        (date(2026, 1, 5), ("A", "C")),
        (date(2025, 5, 13), ("A", "B")),
        (date(2025, 5, 12), ("A", "B")),  # before the first file: its members, the best there is
    ],
)
def test_members_are_those_of_the_last_file_known_then(session, members):
    assert universes_at(FACTS, session)["smallcap"] == members


def test_sectors_are_those_of_the_file_in_force_and_an_unknown_one_is_none():
    assert sectors_at(FACTS, date(2025, 6, 1)) == {"A": "Energy", "B": "Energy"}
    assert sectors_at(FACTS, date(2025, 6, 30)) == {"A": "Financials", "C": "Financials"}
    assert universes_at(Facts(), date(2025, 6, 1)) == {}


def test_facts_end_with_the_session_but_dates_ahead_stay():
    days = np.array(["2025-05-30", "2025-06-02", "2025-06-03"], dtype="datetime64[D]")
    series = {"DGS10": Series("DGS10", "10-year", days, np.array([1.0, 2.0, 3.0]))}
    themes = (Theme("mine", "Mine", (Member("A", date(2030, 1, 1)),)),)
    ahead = (Appointment("fomc", date(2025, 7, 30), "Meeting", "here"),)
    cut = known_by(Facts((MAY, JUNE, LARGE), themes, series, ahead), date(2025, 6, 3))
    assert cut.holdings == (MAY, JUNE, LARGE)  # the only one of its universe stays, with its own date
    assert cut.series["DGS10"].values.tolist() == [1.0, 2.0]
    assert (cut.themes, cut.appointments) == (themes, ahead)
    assert known_by(FACTS, date(2025, 6, 1)).holdings == (MAY, LARGE)


DAYS = st.dates(date(2024, 1, 1), date(2025, 12, 31))
FILES = st.lists(
    st.builds(
        lambda day, symbols, fund: holdings(day, *sorted(symbols), universe="largecap", fund=fund),
        DAYS,
        st.sets(st.sampled_from("ABC"), min_size=1),
        st.sampled_from(["IVV", "SPY"]),
    ),
    max_size=12,
)


@given(FILES, DAYS)
def test_later_files_change_nothing_of_what_was_known_at_a_session(files, session):
    known = [file for file in files if file.effective_date <= session]
    if not known:
        return
    whole, past = Facts(thinned(files)), Facts(thinned(known))
    assert universes_at(whole, session) == universes_at(past, session)
    assert known_by(whole, session).holdings == known_by(past, session).holdings
    sessions = np.array([session], dtype="datetime64[D]")
    row = in_force(whole.of_universe("largecap"), sessions)[0]
    assert whole.of_universe("largecap")[row] is files_at(whole, session)["largecap"]


@given(FILES, DAYS)
def test_thinning_keeps_the_members_of_every_day(files, session):
    by_day = sorted(files, key=lambda each: (each.effective_date, each.fund != "IVV"))
    first = {file.effective_date: file for file in reversed(by_day)}
    known = [day for day in first if day <= session] or list(first)[-1:]
    if known:
        expected = set(first[max(known) if max(known) <= session else min(first)].symbols)
        assert set(universes_at(Facts(thinned(files)), session)["largecap"]) == expected


@pytest.fixture
def book(tmp_path):
    folder = tmp_path / "data"
    (folder / "prices").mkdir(parents=True)
    calendar = exchange_calendar(NOW.date())
    days = [str(day) for day in calendar.sessions if np.datetime64("2025-05-01") <= day <= np.datetime64("2025-07-01")]
    rows = "\n".join(f"{day},1,1,1,1,1,100" for day in days)
    for symbol in "ABC":
        (folder / "prices" / f"{symbol}.csv").write_text(f"Date,Open,High,Low,Close,Adj Close,Volume\n{rows}\n")
    put(folder, "IWM_1.csv", ["A", "B"], day="May 13, 2025")
    put(folder, "IWM_2.csv", ["A", "C"], day="Jun 2, 2025")
    (folder / "holdings" / "bad.csv").write_text("hello")
    source = FolderSource(folder, clock=SetClock(NOW))
    return Book(source, BarStore(tmp_path / "bars"), calendar, SetClock(NOW))


async def test_a_market_of_the_past_has_the_members_of_that_time(book):
    now = (await book.bring(date(2025, 7, 1))).open()
    then = (await book.at(date(2025, 5, 30))).open()
    assert (now.universes, then.universes) == ({"smallcap": ("A", "C")}, {"smallcap": ("A", "B")})
    assert (set(now.sectors), set(then.sectors)) == ({"A", "C"}, {"A", "B"})
    assert [str(file.effective_date) for file in now.facts.holdings] == ["2025-05-13", "2025-06-02"]
    assert [str(file.effective_date) for file in then.facts.holdings] == ["2025-05-13"]
    assert then.names["B"] == "B INC"
    assert len(book.faults()) == 1
    assert book.faults()[0].startswith("holdings/bad.csv")
