"""What companies filed, from an EDGAR on loopback: dated by filing, kept through faults, never asked for twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from bot.clock import SetClock
from bot.market.edgar import CompanyFilings
from bot.market.edgar_keep import Study
from bot.market.edgar_plan import Kind, Rhythm
from bot.market.edgar_store import EdgarStore
from bot.market.edgar_table import stored
from bot.market.sec_facts import FOLLOWS_IFRS
from signals.facts import Facts
from signals.fundamentals import Fundamentals
from signals.standing import standing
from tests.market.edgar_refreshing_process import CALENDAR, HABITS, NOW, filings, lent, plan
from tests.market.edgar_server import SHARES, EdgarServer, Filing, cut, says, symbol_of, then, value_of

FRAME = "api/xbrl/frames/us-gaap/NetIncomeLoss/USD/CY2025Q2.json"
TODAY = NOW.date()
Q2_FILED = date(2025, 8, 4)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process():
    process = Study()
    yield process
    await process.end()


@pytest.fixture(autouse=True)
def one_process_for_all(process, monkeypatch):
    monkeypatch.setattr("bot.market.edgar.study", lambda: lent(process))


@pytest_asyncio.fixture
async def server():
    server = EdgarServer(4)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "edgar"


@pytest.fixture
def kept(server, folder, clock):
    return filings(folder, server.addresses, clock)


def table(folder) -> Fundamentals:
    found = stored(folder)
    assert found is not None
    return found


def told(folder, name, day=TODAY, symbol="S0001"):
    """Return a measure of a company as it was known on a day."""
    known = table(folder)
    found = standing(known, np.array([known.company_of(symbol)]), np.array([day], dtype="datetime64[D]"))
    return found.values[name].item(), found.ends[name].item()


def requests(server):
    """Return how often each thing was asked for, and forget it."""
    counts = Counter(server.asked)
    server.asked.clear()
    return counts


def tomorrow(clock, server, **time):
    clock.set(clock.now() + timedelta(**(time or {"days": 3})))
    server.today = clock.now().date()


async def test_a_refresh_brings_every_company_with_source_and_instant(kept, server, folder):
    assert await kept.refresh() == ()
    assert set(requests(server).values()) == {1}
    known = table(folder)
    assert known.companies == tuple(symbol_of(cik) for cik in server.ciks)
    assert (known.source, known.fetched) == ("SEC EDGAR", NOW)
    assert kept.tidings == 1
    assert kept.beside(Facts()).fundamentals is known
    assert kept.words == "SEC EDGAR: 4 companies, as of 2025-08-08 23:00 UTC"


async def test_twelve_months_are_made_of_three_quarters_and_what_a_year_leaves_for_the_fourth(kept, server, folder):
    await kept.refresh()
    for cik in server.ciks:
        tag = ("Revenues", "RevenueFromContractWithCustomerExcludingAssessedTax")[cik % 2]
        quarters = [(2024, 3), (2024, 4), (2025, 1), (2025, 2)]
        expected = sum(value_of(Filing(cik, *quarter), tag, 3) for quarter in quarters)
        value, ends = told(folder, "revenue", symbol=symbol_of(cik))
        assert value == pytest.approx(expected, abs=2)
        assert ends == date(2025, 6, 30)
    assert told(folder, "debt_parts") == (3.0, date(2025, 6, 30))
    assert told(folder, "shares") == (1_001_000.0, date(2025, 6, 30))


async def test_a_figure_counts_from_its_filing_and_never_before(kept, folder):
    await kept.refresh()
    assert told(folder, "equity", Q2_FILED)[1] == date(2025, 6, 30)
    assert told(folder, "equity", Q2_FILED - timedelta(days=1))[1] == date(2025, 3, 31)


async def test_a_figure_that_a_later_report_repeats_stays_known_from_the_first_one(kept, server, folder, clock):
    frame = "api/xbrl/frames/us-gaap/NetIncomeLoss/USD/CY2024Q2.json"
    server.today = date(2025, 8, 1)  # before the report of a year later
    clock = SetClock(datetime(2025, 8, 1, 23, tzinfo=UTC))
    await filings(folder, server.addresses, clock).refresh()
    tomorrow(clock, server, days=7)
    server.asked.clear()
    await filings(folder, server.addresses, clock).refresh()
    assert frame in server.asked
    known = table(folder)
    own = (known.period_end == np.datetime64("2024-06-30")) & np.isfinite(known.values["net_income"])
    days = set(known.filed[own & (known.company == 0)].tolist())
    assert days == {date(2024, 8, 4), Q2_FILED}


async def test_a_filing_that_no_index_has_counts_from_the_day_it_was_seen(kept, server, folder, clock):
    path = "Archives/edgar/full-index/2025/QTR3/xbrl.idx"
    server.replies[path] = says("\n".join(server.index(2025, 3).splitlines()[:5]))
    await kept.refresh()
    assert told(folder, "equity", NOW.date() - timedelta(days=1))[1] == date(2025, 3, 31)
    assert told(folder, "equity")[1] == date(2025, 6, 30)
    del server.replies[path]
    tomorrow(clock, server)
    await kept.refresh()
    assert told(folder, "equity", Q2_FILED)[1] == date(2025, 6, 30)


async def test_companies_that_are_followed_have_the_year_to_date_of_their_cash_flow(kept, server, folder, clock):
    kept.follow(["NONE", "S0003", "S0001", "S0002"])
    await kept.refresh()
    asked = [path for path in requests(server) if "companyfacts" in path]
    assert asked == [f"api/xbrl/companyfacts/CIK{cik:010}.json" for cik in (1003, 1001)]  # two in a round
    assert told(folder, "free_cash_flow", symbol="S0003")[1] == date(2025, 6, 30)
    assert told(folder, "free_cash_flow", symbol="S0004")[1] == date(2025, 3, 31)
    tomorrow(clock, server)
    await kept.refresh()
    assert [path for path in requests(server) if "companyfacts" in path] == ["api/xbrl/companyfacts/CIK0000001002.json"]
    tomorrow(clock, server)
    await kept.refresh()
    assert not [path for path in requests(server) if "companyfacts" in path]


async def test_once_an_evening_what_changes_is_asked_for_and_the_rest_once_a_week(kept, server, clock):
    await kept.refresh()
    first = requests(server)
    clock.set(NOW + timedelta(hours=20))
    await kept.refresh()
    assert not requests(server)
    tomorrow(clock, server, days=2, hours=4)
    assert await kept.refresh() == ()
    daily = requests(server)
    wanted = [each for each in plan(clock.now().date()) if each.rhythm is Rhythm.EVERY_EVENING]
    assert len(daily) == len(wanted) + 1  # and the index of the running quarter
    assert set(daily) < set(first)
    tomorrow(clock, server, days=7)
    await kept.refresh()
    assert len(requests(server)) > len(daily) + 20


async def test_after_a_restart_nothing_is_asked_for_again(kept, server, folder, clock):
    await kept.refresh()
    server.asked.clear()
    again = filings(folder, server.addresses, clock)
    assert await again.refresh() == ()
    assert not server.asked
    assert again.tidings == 0


async def test_a_refresh_that_was_killed_asks_only_for_what_had_not_come(server, folder, kept):
    server.latency_s = 0.02
    arguments = ("-m", "tests.market.edgar_refreshing_process", str(folder), server.addresses.data)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=Path(__file__).parents[2])
    while len(server.asked) < 40:  # noqa: ASYNC110 - the server rings nowhere
        await asyncio.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    await asyncio.sleep(0.3)  # the process that keeps answers notices that it is alone
    store = EdgarStore(folder)
    came = [each for each in plan(NOW.date()) if store.asked_at(each) is not None]
    assert 30 <= len(came) <= 40
    before = requests(server)
    server.latency_s = 0.0
    assert await kept.refresh() == ()
    after = requests(server)
    assert sum(after.values()) == len(plan(NOW.date())) - len(came)
    assert len(before.keys() & after.keys()) <= 4  # those that were under way
    assert len(table(folder).companies) == 4


async def test_a_refusal_ends_the_round_and_the_next_one_goes_on(kept, server, folder, clock):
    server.replies[FRAME] = then(server, says("Request Rate Threshold Exceeded", 429, Retry_After="1200"))
    (fault,) = await kept.refresh()
    assert fault == "SEC EDGAR: the SEC asks for fewer requests; it is left alone until 23:20 UTC"
    first = requests(server)
    assert await kept.refresh() == (fault,)
    assert not requests(server)
    clock.set(NOW + timedelta(minutes=20))
    assert await kept.refresh() == ()
    second = requests(server)
    assert second[FRAME] == 1
    assert len((first.keys() & second.keys()) - {FRAME}) == 0
    assert told(folder, "net_income")[1] == date(2025, 6, 30)


async def test_one_answer_that_does_not_come_costs_itself_alone_and_is_asked_for_again(kept, server, folder, clock):
    server.replies[FRAME] = says("busy", 500)
    (fault,) = await kept.refresh()
    assert fault.endswith("us-gaap NetIncomeLoss USD CY2025Q2: the SEC answered 500, 2 times")
    assert told(folder, "net_income")[1] == date(2025, 3, 31)
    assert told(folder, "operating_income")[1] == date(2025, 6, 30)
    del server.replies[FRAME]
    server.asked.clear()
    assert await kept.refresh() == (fault,)
    clock.set(NOW + timedelta(minutes=15))
    assert await kept.refresh() == ()
    assert server.asked == [FRAME]
    assert told(folder, "net_income")[1] == date(2025, 6, 30)


@pytest.mark.parametrize("answer", [says("<html>maintenance</html>"), says('{"data": [{"cik": 1'), cut])
async def test_an_answer_that_makes_no_sense_leaves_what_is_there(kept, server, folder, clock, answer):
    await kept.refresh()
    before = told(folder, "net_income")
    tomorrow(clock, server)
    server.replies[FRAME] = answer
    (fault,) = await kept.refresh()
    assert "us-gaap NetIncomeLoss USD CY2025Q2: " in fault
    assert kept.faults() == (fault,)
    assert told(folder, "net_income") == before


@pytest.mark.parametrize("path", ["files/company_tickers.json", "Archives/edgar/full-index/2025/QTR3/xbrl.idx"])
async def test_a_list_that_makes_no_sense_leaves_the_one_there_is(kept, server, folder, clock, path):
    await kept.refresh()
    tomorrow(clock, server)
    server.replies[path] = says("[]")
    (fault,) = await kept.refresh()
    assert "ask the SEC for it again" in fault
    assert len(table(folder).companies) == 4
    assert told(folder, "equity", Q2_FILED)[1] == date(2025, 6, 30)


async def test_an_edgar_that_is_down_leaves_the_facts_of_the_day_before_with_their_instant(kept, server, folder, clock):
    await kept.refresh()
    await server.stop()
    tomorrow(clock, server)
    (fault,) = await kept.refresh()
    assert "EDGAR does not answer" in fault
    known = kept.beside(Facts()).fundamentals
    assert known is not None
    assert known.fetched == NOW
    assert len(known.companies) == 4
    await server.start()


async def test_without_a_contact_edgar_is_not_asked_and_that_is_said(kept, folder, clock):
    off = CompanyFilings(None, folder, clock, CALENDAR, habits=HABITS)
    assert await off.refresh() == ()
    assert off.words == "SEC EDGAR: not asked (it is once edgar_contact says who asks)"
    await kept.refresh()
    assert off.words.startswith("SEC EDGAR: 4 companies, as of 2025-08-08 23:00 UTC; not asked")
    assert off.beside(Facts()).fundamentals is not None


async def test_a_table_or_an_answer_that_is_damaged_is_made_and_asked_for_again(kept, server, folder, clock):
    await kept.refresh()
    server.asked.clear()
    (folder / "facts.npz").write_bytes(b"PK damaged")
    damaged = next((folder / Kind.FRAME).glob("us-gaap NetIncomeLoss USD CY2025Q2.npy"))
    damaged.write_bytes(b"\x93NUMPY damaged")
    os.utime(damaged, (NOW.timestamp(), NOW.timestamp()))
    assert kept.beside(Facts()).fundamentals is None
    again = filings(folder, server.addresses, clock)
    assert await again.refresh() == ()
    assert len(table(folder).companies) == 4
    clock.set(NOW + timedelta(hours=1))
    assert await filings(folder, server.addresses, clock).refresh() == ()
    assert FRAME in server.asked
    assert told(folder, "net_income")[1] == date(2025, 6, 30)


async def test_a_company_that_follows_ifrs_is_said_to_and_has_no_figures(kept, server, folder):
    row = {"accn": "0000001005-25-000004", "cik": 1005, "entityName": "Foreign", "loc": "NL", "end": "2024-12-31"}
    said = server.frame("ifrs-full", "Equity", "USD", "CY2024Q4I") | {"pts": 1, "data": [{**row, "val": 1}]}
    server.ciks = range(1001, 1005)
    listed = server.tickers()
    server.replies["api/xbrl/frames/ifrs-full/Equity/USD/CY2024Q4I.json"] = says(json.dumps(said))
    cover = server.frame("dei", SHARES, "shares", "CY2025Q1I")
    cover["data"].append({**row, "end": "2025-03-31", "val": 900})
    server.replies[f"api/xbrl/frames/dei/{SHARES}/shares/CY2025Q1I.json"] = says(json.dumps(cover))
    row = {"cik_str": 1005, "ticker": "FRGN", "title": "Foreign"}
    server.replies["files/company_tickers.json"] = says(json.dumps(listed | {"9": row}))
    await kept.refresh()
    known = table(folder)
    assert known.remarks == {"FRGN": FOLLOWS_IFRS}
    assert not (known.company == known.company_of("FRGN")).any()


async def test_figures_of_the_operators_own_stand_above_those_of_the_sec(kept, folder):
    await kept.refresh()
    rows = [(0, date(2025, 6, 30), date(2025, 8, 1), 0, {"equity": 7.0})]
    own = Fundamentals.in_order(("S0002",), rows, classes={"S0004": "S0002"})
    both = kept.beside(Facts(fundamentals=own)).fundamentals
    assert both is not None
    assert both.companies == ("S0002", "S0001", "S0003")
    assert both.values["equity"][both.company == 0].tolist() == [7.0]
    assert both.source == "SEC EDGAR"
    assert len(both.company) == 1 + sum(table(folder).company == 0) + sum(table(folder).company == 2)


async def test_a_folder_that_cannot_be_written_to_is_told(server, clock, tmp_path):
    (tmp_path / "edgar").write_text("a file where a folder should be")
    (fault,) = await filings(tmp_path / "edgar", server.addresses, clock).refresh()
    assert "it cannot be kept" in fault
    assert len(server.asked) <= HABITS.width


async def test_a_refresh_that_is_cancelled_keeps_what_came(kept, server, folder, monkeypatch):
    monkeypatch.undo()  # what is cancelled ends its process
    server.latency_s = 0.02
    task = asyncio.create_task(kept.refresh())
    while len(server.asked) < 20:  # noqa: ASYNC110 - the server rings nowhere
        await asyncio.sleep(0.005)
    assert "SEC EDGAR: " in kept.words
    assert " answers" in kept.words
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.1)
    came = sum(EdgarStore(folder).asked_at(each) is not None for each in plan(NOW.date()))
    server.latency_s = 0.0
    server.asked.clear()
    assert await kept.refresh() == ()
    assert len(server.asked) == len(plan(NOW.date())) - came


async def test_certificates_that_cannot_be_used_are_told(kept, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    (fault,) = await kept.refresh()
    assert "SSL_CERT_FILE names /nowhere.pem" in fault


async def test_progress_is_told_answer_by_answer(server, folder, clock):
    seen = []
    kept = filings(folder, server.addresses, clock)
    kept._on_progress = lambda done, total: seen.append((done, total))
    kept._habits = replace(HABITS, plan=lambda today: plan(today)[:5])
    await kept.refresh()
    assert seen == [(n, 5) for n in range(1, 6)]


async def test_what_nobody_foresaw_is_not_met_again_at_once(kept, clock):
    kept._habits = replace(HABITS, plan=lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        await kept.refresh()
    assert await kept.refresh() == ()
    clock.set(NOW + HABITS.again)
    with pytest.raises(ZeroDivisionError):
        await kept.refresh()


async def test_no_figure_is_dated_by_the_day_it_was_seen_because_an_index_did_not_come(kept, server, folder, clock):
    path = "Archives/edgar/full-index/2025/QTR3/xbrl.idx"
    server.replies[path] = says("busy", 500)
    (fault,) = await kept.refresh()
    assert "the figures wait for the index of filings of 2025 3" in fault
    assert stored(folder) is None
    del server.replies[path]
    clock.set(NOW + HABITS.again)
    server.asked.clear()
    assert await kept.refresh() == ()
    assert server.asked == [path]
    assert told(folder, "equity", Q2_FILED)[1] == date(2025, 6, 30)
