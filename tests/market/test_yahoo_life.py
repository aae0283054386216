"""How the Yahoo process lives and dies: renewal, death, silence, throttling, and leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from aiohttp import web

from bot.clock import SetClock
from bot.market.types import SourceError, Status
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_child import Child
from bot.market.yahoo_wire import Job, Manners
from tests.market.yahoo_server import YahooServer, chart, says, then, weekdays

CALENDAR = weekdays(date(2025, 7, 1), date(2025, 8, 9), closed=[date(2025, 7, 4)])
DAYS = CALENDAR.sessions[-5:].tolist()
CLOSES = [1.0, 2.0, 3.0, 4.0, 5.0]
GOOD = says(chart("", DAYS, CLOSES))  # of whatever symbol it is asked for
THROTTLED = says("Too Many Requests", 429)
NOW = datetime(2025, 8, 9, 12, tzinfo=UTC)
HABITS = Habits(manners=Manners(spacing_s=0, timeout_s=1, attempts=2, backoff_s=0.02))


class Symbols(dict):
    """Replies to symbols that nobody named: all are good."""

    def get(self, symbol, _default=None):
        return super().get(symbol, GOOD)


@pytest.fixture
async def server(tmp_path, monkeypatch):
    server = YahooServer()
    server.replies = Symbols()
    await server.start(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    yield server
    await server.stop()


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


async def statuses(source: YahooSource, *symbols: str) -> dict[str, Status]:
    bars = await source.fetch(symbols, start=DAYS[0], end=DAYS[-1])
    return {outcome.symbol: outcome.status for outcome in bars.outcomes}


def process_of(source: YahooSource) -> int:
    assert source._child is not None
    return source._child.pid


def is_gone(pid: int) -> bool:
    """Whether not even a zombie is left."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def kills(source: YahooSource) -> None:
    async def reply(_request: web.Request) -> web.StreamResponse:
        os.kill(process_of(source), signal.SIGKILL)
        return web.Response()

    return reply


async def test_closing_leaves_no_process_and_no_file(server, clock, tmp_path):
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        await statuses(source, "GOOD")
        pid = process_of(source)
        assert list(tmp_path.glob("smallcap-yahoo-*"))
    assert is_gone(pid)
    assert not list(tmp_path.glob("smallcap-yahoo-*"))


async def test_the_process_ends_in_the_middle_of_a_job_when_the_bot_is_gone(server, tmp_path):
    server.latency_s = 5
    child = await Child.start(HABITS.manners, born=NOW)
    child._stdin.write(Job(("A",), CALENDAR.sessions).line())
    await child._stdin.drain()
    await server.was_asked.wait()
    child._stdin.close()
    assert await asyncio.wait_for(child._process.wait(), 3) == 0
    assert not list(tmp_path.glob("smallcap-yahoo-*"))
    await child.close()


async def test_a_killed_process_is_replaced_and_its_symbols_asked_again(server, clock):
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        server.replies["DEADLY"] = then(kills(source), GOOD)
        ended = await statuses(source, *(f"S{n}" for n in range(30)), "DEADLY", *(f"T{n}" for n in range(30)))
        assert set(ended.values()) == {Status.OK}
        assert len(ended) == 61


async def test_a_symbol_that_kills_every_process_ends_as_failed_alone(server, clock):
    async with YahooSource(CALENDAR, clock, habits=replace(HABITS, batch=1)) as source:
        server.replies["DEADLY"] = kills(source)
        bars = await source.fetch(["DEADLY", "B"], start=DAYS[0], end=DAYS[-1])
        assert [outcome.status for outcome in bars.outcomes] == [Status.FAILED, Status.OK]
        assert bars.outcomes[0].detail == "the Yahoo process died on it (signal 9)"


async def test_a_process_that_falls_silent_is_replaced(server, clock, monkeypatch):
    monkeypatch.setattr(Habits, "silence_s", 1.0)
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        await statuses(source, "GOOD")
        silent = process_of(source)
        os.kill(silent, signal.SIGSTOP)
        assert await statuses(source, "GOOD") == {"GOOD": Status.OK}
        assert is_gone(silent)


async def test_a_cancelled_fetch_leaves_no_process_behind(server, clock):
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        await statuses(source, "GOOD")
        pid = process_of(source)
        server.latency_s = 5
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(statuses(source, "LATER"), 0.2)
        assert is_gone(pid)
        server.latency_s = 0
        assert await statuses(source, "LATER") == {"LATER": Status.OK}


async def test_the_process_is_renewed_after_so_many_jobs(server, clock):
    async with YahooSource(CALENDAR, clock, habits=replace(HABITS, renew_after_jobs=2)) as source:
        pids = []
        for symbol in "ABCD":
            await statuses(source, symbol)
            pids.append(process_of(source))
        assert pids[0] == pids[1] != pids[2] == pids[3]
        assert is_gone(pids[0])


async def test_the_process_is_renewed_when_it_is_old(server, clock):
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        await statuses(source, "A")
        young = process_of(source)
        clock.set(NOW + timedelta(minutes=31))
        await statuses(source, "B")
        assert process_of(source) != young


async def test_an_idle_process_ends_by_itself_and_is_replaced_when_needed(server, clock):
    habits = replace(HABITS, manners=replace(HABITS.manners, idle_s=0.1))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        await statuses(source, "A")
        idle = process_of(source)
        await asyncio.wait_for(source._child._process.wait(), 5)
        assert await statuses(source, "B") == {"B": Status.OK}
        assert process_of(source) != idle


async def test_a_failed_time_zone_lookup_costs_a_fresh_process_and_not_the_symbol(server, clock):
    """yfinance keeps the first answer for ever: only the process that replaces it asks again."""
    no_zone = says({"chart": {"result": None, "error": {"code": "Internal", "description": "try later"}}})
    server.replies["STUCK"] = then(no_zone, no_zone, no_zone, GOOD)
    habits = replace(HABITS, manners=replace(HABITS.manners, attempts=3))
    worker = ("-m", "tests.market.yahoo_lookup_worker")
    async with YahooSource(CALENDAR, clock, habits=habits, worker=worker) as source:
        await statuses(source, "A")
        first = process_of(source)
        ended = await statuses(source, "B", "STUCK", "C")
        assert ended == {"B": Status.OK, "STUCK": Status.OK, "C": Status.OK}
        assert is_gone(first)


async def test_after_a_429_the_rest_is_not_asked_and_yahoo_is_left_alone(server, clock):
    server.replies["B"] = THROTTLED
    async with YahooSource(CALENDAR, clock, habits=replace(HABITS, batch=2)) as source:
        assert await statuses(source, *"ABCDEF") == {
            "A": Status.OK,
            **dict.fromkeys("BCDEF", Status.THROTTLED),
        }
        assert [server.times_asked(symbol) for symbol in "ABCDEF"] == [1, 1, 0, 0, 0, 0]
        bars = await source.fetch(["A"], start=DAYS[0], end=DAYS[-1])
        assert bars.outcomes[0].detail == "not asked: Yahoo said it was too much; it is left alone until 12:15 UTC"
        assert server.times_asked("A") == 1


async def test_yahoo_is_asked_again_when_the_quiet_time_is_over(server, clock):
    server.replies["A"] = then(THROTTLED, GOOD)
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        assert await statuses(source, "A") == {"A": Status.THROTTLED}
        clock.set(NOW + timedelta(minutes=15))
        assert await statuses(source, "A") == {"A": Status.OK}


async def test_within_a_batch_a_429_stops_what_has_not_been_asked(server, clock):
    server.replies["S0"] = THROTTLED
    habits = replace(HABITS, manners=replace(HABITS.manners, width=1))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        ended = await statuses(source, *(f"S{n}" for n in range(20)))
        assert set(ended.values()) == {Status.THROTTLED}
        assert sum(server.times_asked(f"S{n}") for n in range(20)) <= 2


async def test_a_429_for_the_crumb_alone_costs_no_bars_and_is_not_repeated(server, clock):
    server.crumb_status = 429
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        ended = await statuses(source, *"ABCDEFGH")
        assert set(ended.values()) == {Status.OK}
        assert len([path for path in server.asked if path.endswith("getcrumb")]) == 1


async def test_where_nobody_answers_asking_stops_after_a_while(server, clock, monkeypatch, unused_tcp_port):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{unused_tcp_port}")
    habits = replace(HABITS, batch=50, manners=replace(HABITS.manners, attempts=1))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        bars = await source.fetch([f"S{n}" for n in range(200)], start=DAYS[0], end=DAYS[-1])
        details = [outcome.detail for outcome in bars.outcomes]
        assert {outcome.status for outcome in bars.outcomes} == {Status.FAILED}
        assert 24 <= sum(not detail.startswith("not asked") for detail in details) < 60
        assert details[-1].startswith("not asked: Yahoo cannot be reached: ")


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
async def test_a_proxy_that_refuses_is_told_by_its_own_answer(clock, monkeypatch, status):
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
            bars = await source.fetch(["A", "B"], start=DAYS[0], end=DAYS[-1])
    said = f"the proxy refused: curl: (7) CONNECT tunnel failed, response {status[:3]}, 2 times"
    assert [(o.status, o.detail) for o in bars.outcomes] == [(Status.FAILED, said)] * 2


async def test_requests_are_spaced_out(server, clock):
    habits = replace(HABITS, manners=replace(HABITS.manners, spacing_s=0.05))
    async with YahooSource(CALENDAR, clock, habits=habits) as source:
        await statuses(source, "WARM")
        started = asyncio.get_running_loop().time()
        await statuses(source, *(f"S{n}" for n in range(11)))
        assert asyncio.get_running_loop().time() - started >= 0.5


async def test_two_fetches_at_once_share_one_process(server, clock):
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        both = await asyncio.gather(statuses(source, "A", "B"), statuses(source, "B", "C"))
        assert both == [{"A": Status.OK, "B": Status.OK}, {"B": Status.OK, "C": Status.OK}]


async def test_the_other_name_for_a_certificate_bundle_is_honoured(server, clock, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", os.environ["SSL_CERT_FILE"])
    monkeypatch.delenv("SSL_CERT_FILE")
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        assert await statuses(source, "A") == {"A": Status.OK}


async def test_an_untrusted_certificate_is_told_with_what_to_do(server, clock, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    async with YahooSource(CALENDAR, clock, habits=HABITS) as source:
        bars = await source.fetch(["A"], start=DAYS[0], end=DAYS[-1])
        assert bars.outcomes[0].detail == "the certificate is not trusted: name your proxy's in SSL_CERT_FILE"
        assert server.times_asked("A") == 0


async def test_a_process_that_does_not_start_is_an_error_that_says_why(server, clock, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    source = YahooSource(CALENDAR, clock, habits=HABITS)
    with pytest.raises(SourceError, match="SSL_CERT_FILE names"):
        await source.fetch(["A"], start=DAYS[0], end=DAYS[-1])
    assert not list(tmp_path.glob("smallcap-yahoo-*"))
