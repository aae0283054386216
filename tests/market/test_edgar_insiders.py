"""Insiders' forms and merger filings from an EDGAR on loopback: what is read, what of it is known, what is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio

from bot.clock import SetClock
from bot.market.edgar_client import Edgar, Manners
from bot.market.edgar_forms import FormStore
from bot.market.edgar_insiders import FormFilings, Habits, closed_quarters
from bot.market.edgar_keep import Study
from bot.market.edgar_plan import requests
from bot.market.edgar_store import EdgarStore
from signals.deal_facts import Deals
from signals.facts import Facts
from signals.insider_facts import InsiderTrades
from tests.market.edgar_refreshing_process import lent
from tests.market.edgar_server import EdgarServer, says, then
from tests.market.form4_text import HEADER, a_form, a_row, a_trade

NOW = datetime(2025, 8, 8, 12, tzinfo=UTC)
LAST = date(2025, 8, 7)
AGX = 100591
HABITS = Habits(days=9, quarters=2, forms=2)
PATH = "edgar/data/100591/0000100591-25-00001{}.txt"
DAYS = [LAST - timedelta(days=back) for back in range(40)]


def day_path(day):
    return f"Archives/edgar/daily-index/2025/QTR3/form.{day:%Y%m%d}.idx"


def index(*rows):
    return says(HEADER + "".join(a_row(*row) for row in rows))


def form4(number, day):
    return ("4", "ARGAN INC", str(AGX), f"{day:%Y%m%d}", PATH.format(number))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process():
    process = Study()
    yield process
    await process.end()


@pytest.fixture(autouse=True)
def one_process_for_all(process, monkeypatch):
    monkeypatch.setattr("bot.market.edgar_insiders.study", lambda: lent(process))


@pytest_asyncio.fixture
async def server():
    server = EdgarServer(1)
    for day in DAYS:
        server.replies[day_path(day)] = index()
    server.replies[day_path(LAST)] = index(form4(1, LAST), form4(2, LAST))
    server.replies[day_path(date(2025, 8, 4))] = index(
        form4(3, date(2025, 8, 4)), ("SC TO-T", "ARGAN INC", str(AGX), "20250804", "edgar/data/100591/a-1.txt")
    )
    deal = ("DEFM14A", "OTHER CO", "7", "2025-05-02", "edgar/data/7/0000000007-25-000001.txt")
    server.replies["Archives/edgar/full-index/2025/QTR2/form.idx"] = index(deal, form4(9, date(2025, 5, 2)))
    server.replies["Archives/edgar/full-index/2025/QTR1/form.idx"] = index()
    for number in (1, 2, 3):
        server.replies[f"Archives/{PATH.format(number)}"] = says(a_form(a_trade(shares=f"{number}00")))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def folder(tmp_path):
    listed = {"0": {"cik_str": AGX, "ticker": "AGX", "title": "Argan"}}
    listed["1"] = {"cik_str": 8, "ticker": "QUIET", "title": "Quiet"}
    EdgarStore(tmp_path).keep_tickers(requests(LAST)[0], json.dumps(listed).encode(), NOW)
    return tmp_path


@pytest.fixture
def kept(server, folder, clock):
    edgar = Edgar("a@example.com", clock, addresses=server.addresses, manners=Manners(spacing_s=0, attempts=2))
    kept = FormFilings(edgar, folder, clock, habits=HABITS)
    kept.follow(["AGX", "QUIET", "NONE"])
    return kept


def known(kept):
    facts = kept.beside(Facts())
    assert facts.insiders is not None
    assert facts.deals is not None
    return facts.insiders, facts.deals


async def test_forms_are_read_the_newest_first_and_the_next_round_goes_on(kept, server, clock):
    assert await kept.refresh() == ()
    assert [path for path in server.asked if path.endswith("-25-000013.txt")] == []
    insiders, _ = known(kept)
    assert sorted(insiders.shares.tolist()) == [100.0, 200.0]
    assert set(insiders.filed.tolist()) == {LAST}
    assert kept.words == "SEC EDGAR forms: 1 still to read"
    server.asked.clear()
    await kept.refresh()
    assert server.asked == []
    clock.set(NOW + HABITS.rest)
    assert await kept.refresh() == ()
    assert server.asked == [f"Archives/{PATH.format(3)}"]
    assert kept.words == "SEC EDGAR forms: read to the last day"
    assert (known(kept)[0].source, known(kept)[0].fetched) == ("SEC EDGAR", clock.now())
    assert kept.tidings == 2


async def test_a_company_is_covered_from_the_day_after_its_last_form_that_is_not_read(kept, clock):
    await kept.refresh()
    since = NOW.date() - timedelta(days=HABITS.days)
    assert known(kept)[0].covered == {"AGX": (date(2025, 8, 5), LAST), "QUIET": (since, LAST)}
    clock.set(NOW + HABITS.rest)
    await kept.refresh()
    assert known(kept)[0].covered == {"AGX": (since, LAST), "QUIET": (since, LAST)}


async def test_a_form_that_cannot_be_read_is_not_asked_for_again_and_not_counted_as_read(kept, server, clock):
    server.replies[f"Archives/{PATH.format(2)}"] = says("<html>busy</html>")
    await kept.refresh()
    clock.set(NOW + HABITS.rest)
    server.asked.clear()
    await kept.refresh()
    assert server.asked == [f"Archives/{PATH.format(3)}"]
    insiders, _ = known(kept)
    assert sorted(insiders.shares.tolist()) == [100.0, 300.0]
    assert "AGX" not in insiders.covered


async def test_deals_come_from_closed_quarters_and_from_the_days_of_the_running_one(kept):
    await kept.refresh()
    _, deals = known(kept)
    assert [(each.form, each.filed, each.symbol) for each in deals.filings] == [
        ("DEFM14A", date(2025, 5, 2), ""),
        ("SC TO-T", date(2025, 8, 4), "AGX"),
    ]
    assert deals.covered == ((date(2025, 1, 1), LAST),)


async def test_a_day_whose_index_is_missing_parts_what_is_known_and_a_holiday_does_not(kept, server):
    del server.replies[day_path(date(2025, 8, 6))]  # may still come
    del server.replies[day_path(date(2025, 7, 4))]  # never did
    await kept.refresh()
    insiders, deals = known(kept)
    assert deals.covered == ((date(2025, 1, 1), date(2025, 8, 5)), (LAST, LAST))
    assert insiders.covered["QUIET"] == (LAST, LAST)


@pytest.mark.parametrize("answer", [says("<html>busy</html>"), says(HEADER + "4    x\n"), says("", 302)])
async def test_an_index_that_makes_no_sense_is_told_and_asked_for_again(kept, server, clock, answer):
    path = day_path(LAST)
    server.replies[path] = then(server, answer)
    (fault,) = await kept.refresh()
    assert "SEC EDGAR forms: 20250807: " in fault
    server.replies[path] = index(form4(1, LAST))
    clock.set(NOW + HABITS.again)
    assert await kept.refresh() == ()
    assert known(kept)[0].covered["QUIET"][1] == LAST


async def test_a_refusal_ends_the_round_and_what_came_is_kept(kept, server, clock):
    server.replies[day_path(date(2025, 8, 6))] = says("", 429, Retry_After="1200")
    (fault,) = await kept.refresh()
    assert "left alone until 12:20 UTC" in fault
    server.replies[day_path(date(2025, 8, 6))] = index()
    server.asked.clear()
    clock.set(NOW + timedelta(minutes=20))
    assert await kept.refresh() == ()
    assert day_path(LAST) not in server.asked
    assert known(kept)[1].covered == ((date(2025, 1, 1), LAST),)


async def test_the_next_morning_brings_the_index_of_the_day_and_nothing_else(kept, server, clock):
    kept.follow(["QUIET"])
    await kept.refresh()
    server.asked.clear()
    clock.set(datetime(2025, 8, 9, 5, 59, tzinfo=UTC))
    await kept.refresh()
    assert server.asked == []
    server.replies[day_path(NOW.date())] = index(form4(3, NOW.date()))
    clock.set(datetime(2025, 8, 9, 6, tzinfo=UTC))
    assert await kept.refresh() == ()
    assert server.asked == [day_path(NOW.date())]


async def test_files_of_the_operators_own_stand_in_its_place(kept):
    await kept.refresh()
    own = Facts(insiders=InsiderTrades.of([]), deals=Deals())
    assert kept.beside(own).insiders is own.insiders
    assert kept.beside(own).deals is own.deals


async def test_without_a_contact_or_a_list_of_companies_nothing_is_asked(server, folder, kept, clock, tmp_path):
    off = FormFilings(None, folder, clock)
    assert await off.refresh() == ()
    kept.follow([])
    assert await kept.refresh() == ()
    assert server.asked == []
    assert off.beside(Facts()) == Facts()


async def test_tables_that_are_damaged_are_made_again(kept, folder, clock):
    await kept.refresh()
    (folder / "forms" / "forms.json").write_text('{"asked": 1}')
    assert kept.beside(Facts()).insiders is None
    clock.set(NOW + HABITS.rest)
    await kept.refresh()
    assert known(kept)[0].companies == ("AGX", "QUIET")


def test_quarters_are_closed_two_days_after_their_end():
    assert closed_quarters(date(2025, 7, 2), 2) == [(2025, 1), (2024, 4)]
    assert closed_quarters(date(2025, 7, 3), 2) == [(2025, 2), (2025, 1)]


async def test_an_index_that_is_written_late_is_asked_for_within_the_hour(kept, server, clock):
    kept.follow(["QUIET"])
    del server.replies[day_path(LAST)]
    assert await kept.refresh() == ()
    server.replies[day_path(LAST)] = index()
    server.asked.clear()
    clock.set(NOW + HABITS.rest)
    assert await kept.refresh() == ()
    assert server.asked == [day_path(LAST)]


async def test_what_nobody_foresaw_is_not_met_again_at_once(kept, server, clock, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(FormStore, "keep_form", broken)
    with pytest.raises(ExceptionGroup):
        await kept.refresh()
    server.asked.clear()
    await kept.refresh()
    assert server.asked == []
    clock.set(NOW + HABITS.again)
    with pytest.raises(ExceptionGroup):
        await kept.refresh()
