"""FRED's downloads against a FRED on loopback, through the real aiohttp."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web

from bot.clock import SetClock
from bot.market.calendar import exchange_calendar
from bot.market.fred import NAMES, Fred, Habits
from bot.market.fred_csv import read_series

HABITS = Habits(timeout_s=0.5)


class FredServer:
    """Answers with `texts` by series, or with `status`."""

    def __init__(self):
        self.texts = {name: text(name, "2025-07-01,4.26", "2025-07-02,4.3") for name in NAMES}
        self.status, self.delay_s = 200, 0.0
        self.asked = []
        self.address = ""

    async def serve(self, request):
        name = request.query["id"]
        self.asked.append(name)
        await asyncio.sleep(self.delay_s)
        return web.Response(text=self.texts[name], status=self.status, content_type="text/csv")


def text(name, *rows):
    return "\n".join([f"observation_date,{name}", *rows, ""])


@pytest_asyncio.fixture
async def server():
    server = FredServer()
    app = web.Application()
    app.router.add_get("/graph/fredgraph.csv", server.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.address = f"http://127.0.0.1:{runner.addresses[0][1]}/graph/fredgraph.csv"
    yield server
    await runner.cleanup()


@pytest.fixture
def clock():
    return SetClock(datetime(2025, 7, 3, 20, 20, tzinfo=UTC))


@pytest.fixture
def fred(server, clock, tmp_path):
    return Fred(tmp_path / "fred", clock, address=server.address, habits=HABITS)


def later(clock, **time):
    clock.set(clock.now() + timedelta(**time))


def values(fred, name="DGS10"):
    return read_series(fred.folder)[0][name].values.tolist()


async def test_all_series_are_kept_in_freds_layout(fred, server):
    assert await fred.refresh() == ()
    assert sorted(server.asked) == sorted(NAMES)
    series, faults = read_series(fred.folder)
    assert (set(series), faults) == (set(NAMES), [])
    assert (fred.folder / "DGS10.csv").read_text() == text("DGS10", "2025-07-01,4.26", "2025-07-02,4.3")


async def test_nothing_is_asked_for_again_within_hours_not_even_after_a_restart(fred, server, clock):
    await fred.refresh()
    later(clock, hours=3, minutes=59)
    await fred.refresh()
    await Fred(fred.folder, clock, address=server.address, habits=HABITS).refresh()
    assert len(server.asked) == len(NAMES)
    later(clock, minutes=1)
    server.texts["DGS10"] = text("DGS10", "2025-07-01,4.27", "2025-07-02,4.3", "2025-07-03,4.35")
    assert await fred.refresh() == ()
    assert values(fred) == [4.27, 4.3, 4.35]


async def test_after_a_close_it_is_asked_again_however_young_its_files_are(server, tmp_path):
    clock = SetClock(datetime(2025, 7, 2, 19, 50, tzinfo=UTC))
    calendar = exchange_calendar(clock.now().date())
    fred = Fred(tmp_path / "fred", clock, address=server.address, calendar=calendar, habits=HABITS)
    await fred.refresh()
    later(clock, minutes=9)
    await fred.refresh()
    assert len(server.asked) == len(NAMES)
    later(clock, minutes=21)
    await fred.refresh()
    later(clock, minutes=30)
    await fred.refresh()
    assert len(server.asked) == 2 * len(NAMES)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("<html>busy</html>", "line 1: the header"),
        ("", "line 1: the header"),
        (text("DGS10"), "has no value"),
        (text("DGS2", "2025-07-03,4.4"), "the answer holds DGS2"),
        (text("DGS10", "2025-07-01,4.26"), "the answer ends on 2025-07-01, 2025-07-02 is known already"),
        (text("DGS10", "2025-07-03,x"), "line 2: 'x' is no number"),
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_what_is_there(fred, server, clock, answer, words):
    await fred.refresh()
    later(clock, hours=5)
    server.texts["DGS10"] = answer
    (fault,) = await fred.refresh()
    assert fault.startswith("FRED DGS10: ")
    assert words in fault
    assert fred.faults() == (fault,)
    assert values(fred) == [4.26, 4.3]


async def test_a_fred_that_is_down_is_told_left_alone_for_a_while_and_asked_again(fred, server, clock):
    await fred.refresh()
    later(clock, hours=5)
    server.status = 503
    faults = await fred.refresh()
    assert faults == tuple(f"FRED {name}: FRED answered 503" for name in sorted(NAMES, key=names_of(faults).index))
    assert await fred.refresh() == faults
    assert len(server.asked) == 2 * len(NAMES)
    server.status = 200
    later(clock, minutes=15)
    assert await fred.refresh() == ()
    assert len(server.asked) == 3 * len(NAMES)
    assert values(fred) == [4.26, 4.3]


def names_of(faults):
    return [fault.split()[1].rstrip(":") for fault in faults]


async def test_a_fred_that_does_not_answer_is_not_waited_for(fred, server):
    server.delay_s = 30
    assert set(await fred.refresh()) == {f"FRED {name}: no answer from 127.0.0.1 within 0.5 s" for name in NAMES}
    assert read_series(fred.folder) == ({}, [])


async def test_what_fred_no_longer_reaches_back_to_is_kept(fred, server, clock):
    await fred.refresh()
    later(clock, hours=5)
    server.texts["DGS10"] = text("DGS10", "2025-07-02,4.31", "2025-07-03,4.35")
    await fred.refresh()
    assert values(fred) == [4.26, 4.31, 4.35]


async def test_a_damaged_file_is_replaced(fred, server, clock):
    await fred.refresh()
    (fred.folder / "DGS10.csv").write_bytes(b"\xff\xfe")
    later(clock, hours=5)
    assert await fred.refresh() == ()
    assert values(fred) == [4.26, 4.3]


async def test_a_folder_that_cannot_be_written_to_is_told(server, clock, tmp_path):
    (tmp_path / "fred").write_text("a file where a folder should be")
    faults = await Fred(tmp_path / "fred", clock, address=server.address, habits=HABITS).refresh()
    assert len(faults) == len(NAMES)
    assert server.asked == []


async def test_certificates_that_cannot_be_used_are_told(fred, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    assert all("SSL_CERT_FILE names /nowhere.pem" in fault for fault in await fred.refresh())
