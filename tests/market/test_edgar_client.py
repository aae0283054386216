"""Requests to EDGAR: who asks, how fast, and what is done when it asks for less."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import pytest_asyncio
from aiohttp import web

from bot.clock import SetClock, WallClock
from bot.market.edgar_client import Edgar, Manners, Refused, SlowDown, Unreachable
from bot.market.http import client
from tests.market.edgar_server import EdgarServer, cut, says, then

NOW = datetime(2025, 8, 8, 23, tzinfo=UTC)
TICKERS = "files/company_tickers.json"
CONTACT = "Jane Doe jane@example.com"


@pytest_asyncio.fixture
async def server():
    server = EdgarServer(2)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def clock():
    return SetClock(NOW)


@pytest_asyncio.fixture
async def edgar(server, clock):
    edgar = Edgar(CONTACT, clock, addresses=server.addresses, manners=Manners(timeout_s=5, attempts=3))
    async with edgar.opened():
        yield edgar


async def test_every_request_says_who_asks(edgar, server):
    assert await edgar.tickers()
    assert await edgar.xbrl_index(2025, 2)
    (agent,) = server.agents
    assert agent.startswith(f"{CONTACT} (smallcap-signals/")


async def test_requests_are_named_as_edgar_names_them(edgar, server):
    assert await edgar.frame("us-gaap", "NetIncomeLoss", "USD", "CY2025Q1")
    assert await edgar.company_facts(1001)
    await edgar.form_index(2025, 2)
    await edgar.daily_index(date(2025, 8, 8))
    await edgar.document("edgar/data/1001/000000100125000002/form4.xml")
    assert server.asked == [
        "api/xbrl/frames/us-gaap/NetIncomeLoss/USD/CY2025Q1.json",
        "api/xbrl/companyfacts/CIK0000001001.json",
        "Archives/edgar/full-index/2025/QTR2/form.idx",
        "Archives/edgar/daily-index/2025/QTR3/form.20250808.idx",
        "Archives/edgar/data/1001/000000100125000002/form4.xml",
    ]


async def test_what_edgar_has_not_is_no_fault(edgar, server):
    assert await edgar.frame("us-gaap", "SalesRevenueNet", "USD", "CY2025Q1") is None
    server.replies["Archives/edgar/daily-index/2025/QTR3/form.20250704.idx"] = says(
        "<Error><Code>AccessDenied</Code></Error>", 403
    )
    assert await edgar.daily_index(date(2025, 7, 4)) is None


@pytest.mark.parametrize("path", ["edgar/data/1/../../x", "https://example.com/x", "edgar/data/x/y", ""])
async def test_a_document_outside_the_archive_is_not_asked_for(edgar, server, path):
    with pytest.raises(Refused, match="no filing"):
        await edgar.document(path)
    assert server.asked == []


async def test_no_second_sees_more_than_ten_requests(edgar, clock):
    starts = []
    for _ in range(30):
        await edgar.tickers()
        starts.append(clock.now())
    assert min(later - first for first, later in zip(starts, starts[10:], strict=False)) > timedelta(seconds=1)


async def test_one_pace_holds_for_requests_made_at_once(server):
    edgar = Edgar(CONTACT, WallClock(), addresses=server.addresses, manners=Manners(spacing_s=0.02))
    async with edgar.opened():
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(edgar.tickers() for _ in range(20)))
        assert asyncio.get_running_loop().time() - began >= 19 * 0.02


@pytest.mark.parametrize("status", [500, 503])
async def test_a_passing_fault_is_asked_about_again_after_a_growing_wait(edgar, server, clock, status):
    server.replies[TICKERS] = then(server, says("busy", status), says("busy", status))
    assert await edgar.tickers()
    assert len(server.asked) == 3
    assert clock.now() - NOW >= timedelta(seconds=3)


async def test_a_connection_that_is_cut_is_asked_again(edgar, server):
    server.replies[TICKERS] = then(server, cut, cut)
    assert await edgar.tickers()
    assert len(server.asked) == 3


async def test_a_fault_that_stays_is_told(edgar, server):
    server.replies[TICKERS] = says("busy", 500)
    with pytest.raises(Unreachable, match="the SEC answered 500, 3 times"):
        await edgar.tickers()
    assert len(server.asked) == 3


@pytest.mark.parametrize("status", [429, 403, 503])
async def test_a_short_pause_that_edgar_asks_for_is_waited_for(edgar, server, clock, status):
    server.replies[TICKERS] = then(server, says("slow down", status, Retry_After="30"))
    assert await edgar.tickers()
    assert clock.now() - NOW >= timedelta(seconds=30)


@pytest.mark.parametrize(
    ("told", "minutes"),
    [
        ({"Retry_After": "1200"}, 20),
        ({"Retry_After": "Fri, 08 Aug 2025 23:45:00 GMT"}, 45),
        ({"Retry_After": "999999999999"}, 360),
        ({"Retry_After": "soon"}, 10),
        ({}, 10),
    ],
)
async def test_after_a_refusal_nothing_is_asked_until_it_is_over(edgar, server, clock, told, minutes):
    server.replies[TICKERS] = then(server, says("Request Rate Threshold Exceeded", 429, **told))
    for _ in range(2):
        with pytest.raises(SlowDown, match="left alone until"):
            await edgar.tickers()
    assert len(server.asked) == 1
    assert edgar.quiet_until - NOW == timedelta(minutes=minutes)
    clock.set(edgar.quiet_until)
    assert await edgar.tickers()


async def test_a_contact_that_edgar_refuses_is_named(edgar, server):
    server.replies[TICKERS] = says("Undeclared Automated Tool", 403)
    with pytest.raises(SlowDown, match="see that edgar_contact names you"):
        await edgar.tickers()


async def test_another_refusal_is_told_as_it_is(edgar, server):
    server.replies[TICKERS] = says("", 302, Location="https://example.com")
    with pytest.raises(Refused, match="the SEC answered 302"):
        await edgar.tickers()


async def test_nothing_is_asked_before_a_connection_is_open(server, clock):
    with pytest.raises(Unreachable):
        await Edgar(CONTACT, clock, addresses=server.addresses).tickers()


async def test_certificates_that_cannot_be_used_are_told(server, clock, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    with pytest.raises(Unreachable, match="SSL_CERT_FILE"):
        async with Edgar(CONTACT, clock, addresses=server.addresses).opened():
            pass


async def test_who_opens_while_another_closes_has_connections_of_its_own(server, clock, monkeypatch):
    closing, let_go = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow_to_close(*limits):
        async with client(*limits) as opened:
            yield opened
            closing.set()
            await let_go.wait()

    monkeypatch.setattr("bot.market.edgar_client.client", slow_to_close)
    edgar = Edgar(CONTACT, clock, addresses=server.addresses)

    async def open_and_close():
        async with edgar.opened():
            pass

    first = asyncio.create_task(open_and_close())
    await closing.wait()
    async with edgar.opened():
        let_go.set()
        await first
        assert await edgar.tickers()


@pytest.mark.parametrize(("pause_s", "comes"), [(0.1, True), (3.0, False)])
async def test_a_long_answer_may_take_its_time_and_a_silent_one_may_not(server, clock, pause_s, comes):
    async def slow(request):
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(8):
            await response.write(b"x")
            await asyncio.sleep(pause_s)
        return response

    server.replies[TICKERS] = slow
    manners = Manners(timeout_s=5, silence_s=0.4, attempts=1)
    async with (edgar := Edgar(CONTACT, clock, addresses=server.addresses, manners=manners)).opened():
        if comes:
            assert await edgar.tickers() == b"x" * 8
        else:
            with pytest.raises(Unreachable, match=r"no answer from 127\.0\.0\.1 within 0\.4 s"):
                await edgar.tickers()
