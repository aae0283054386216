"""What the gateway and the doorkeepers before it may do to a client, and that it comes back, or ends, as it should."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

import discord
import pytest
import pytest_asyncio

from bot.chat.client import ChatOptions, SmallcapBot
from bot.chat.door import DoorClosed
from bot.chat.gateway import Gateway
from bot.chat.lines import FATAL, Patience
from bot.clock import WallClock
from bot.errors import Refused
from tests.wire.discord_server import LoopbackDiscord
from tests.wire.loopback import connector
from tests.wire.shapes import ALERTS, MEMBER, TOKEN

pytestmark = pytest.mark.wire

QUICK = Patience(
    first_rest_s=0.05,
    longest_rest_s=0.2,
    free_lines=4,
    longest_pause_s=0.1,
    shortest_zombie_s=0.3,
    look_every_s=0.05,
    polite_s=0.2,
)


@dataclass
class Purse:
    """A budget of so many IDENTIFYs, then a wait."""

    left: int = 1000
    wait_s: float = 0.3
    asked: int = 0

    async def take(self, _now: datetime, _per_day: int) -> float:
        self.asked += 1
        if self.left <= 0:
            self.left = 1000
            return self.wait_s
        self.left -= 1
        return 0.0

    async def count(self, _now: datetime) -> int:
        return 1000 - self.left


@dataclass
class Memory:
    kept: dict[str, str] = field(default_factory=dict)

    async def get(self, key: str) -> str | None:
        return self.kept.get(key)

    async def set(self, key: str, value: str) -> None:
        self.kept[key] = value


@dataclass
class Ports:
    """As much of the ports as a client without commands needs."""

    memory: Memory


class Client(SmallcapBot):
    """Our client without its commands: it only listens."""

    def __init__(self, options: ChatOptions, memory: Memory) -> None:
        super().__init__(options, cast("Any", Ports(memory)))
        self.heard: list[str] = []

    async def setup_hook(self) -> None:
        pass

    async def on_message(self, message: discord.Message, /) -> None:
        self.heard.append(message.content)


@dataclass
class Scene:
    """A client under supervision and the Discord it is connected to."""

    server: LoopbackDiscord
    client: Client
    gateway: Gateway
    purse: Purse
    memory: Memory
    opened: asyncio.Event
    running: asyncio.Task[None]

    async def is_in(self) -> None:
        await self.until(self.client.is_ready, "the client is ready")

    async def until(self, holds: Any, what: str, seconds: float = 5.0) -> None:
        await self.server.until(lambda: self.running.done() or holds(), what, seconds)
        if self.running.done():
            self.running.result()

    async def hears(self, word: str) -> None:
        """Say something until it is heard: the session may be on its way back."""
        deadline = time.monotonic() + 5
        while word not in self.client.heard:
            assert time.monotonic() < deadline, f"{word!r} is never heard"
            assert not self.running.done(), self.running
            await self.server.say(ALERTS, MEMBER, word)
            await asyncio.sleep(0.02)

    async def ends(self) -> BaseException | None:
        async with asyncio.timeout(5):
            await asyncio.wait({self.running})
        return self.running.exception()

    async def is_back(self, *, identifies: int | None = None, resumes: int | None = None) -> None:
        """Wait until the client has come back so often, and see that it hears again, on one connection."""
        wanted = (identifies or 1, resumes or 0)
        await self.until(lambda: self.ways == wanted, f"{wanted} identifies and resumes, not {self.ways}")
        await self.hears(f"after {wanted}")
        await self.until(lambda: len(self.client.lines.open) == 1, "one connection is left")
        assert self.ways == wanted

    @property
    def ways(self) -> tuple[int, int]:
        return self.server.identifies, self.server.resumes


@pytest.fixture(autouse=True)
def no_long_sleeps_of_discord_py(monkeypatch):
    async def at_once(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr(discord.client.ExponentialBackoff, "delay", lambda _self: 0.05)


@pytest_asyncio.fixture
async def discord_server(certified) -> AsyncIterator[LoopbackDiscord]:
    server = LoopbackDiscord()
    server.gateway.heartbeat_interval_ms = 100
    server.deaf = []
    await server.start(certified[0])
    yield server
    for transport in server.deaf:
        transport.abort()
    await server.stop()


@asynccontextmanager
async def supervised(
    server: LoopbackDiscord, ca: Any, *, purse: Purse | None = None, memory: Memory | None = None
) -> AsyncIterator[Scene]:
    purse, memory, opened = purse or Purse(), memory or Memory(), asyncio.Event()
    client = Client(
        ChatOptions(connection={"connector": connector(server.port, ca), "guild_ready_timeout": 0.05}), memory
    )
    gateway = Gateway(client, TOKEN, clock=WallClock(), budget=purse, per_day=200, patience=QUICK)
    async with client:
        running, watching = asyncio.create_task(gateway.run(opened)), asyncio.create_task(gateway.watch())
        try:
            yield Scene(server, client, gateway, purse, memory, opened, running)
        finally:
            running.cancel()
            watching.cancel()
            began = time.monotonic()
            await asyncio.gather(running, watching, return_exceptions=True)
            await gateway.close()
            assert time.monotonic() - began < 2
            while any(thread.name.startswith("keep-alive") for thread in threading.enumerate()):
                assert time.monotonic() - began < 3, "a heartbeat goes on"
                await asyncio.sleep(0.01)


@pytest_asyncio.fixture
async def scene(discord_server, certified) -> AsyncIterator[Scene]:
    async with supervised(discord_server, certified[1]) as scene:
        await scene.is_in()
        yield scene


async def test_an_order_to_reconnect_is_followed_by_a_resume(scene):
    await scene.server.order(7)
    await scene.is_back(resumes=1)


async def test_an_invalid_session_that_may_be_resumed_is_resumed(scene):
    await scene.server.order(9, data=True)
    await scene.is_back(resumes=1)


async def test_an_invalid_session_is_begun_anew_and_counted(scene):
    await scene.server.order(9, data=False)
    await scene.is_back(identifies=2)
    assert scene.purse.asked == 2


@pytest.mark.parametrize("code", [1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008])
async def test_a_close_that_keeps_the_session_is_followed_by_a_resume(scene, code):
    if code == 1006:
        for connection in scene.server.gateway.connections:
            connection.socket._req.transport.abort()
    else:
        await scene.server.drop(code)
    await scene.is_back(resumes=1)
    assert scene.purse.asked == 1


@pytest.mark.parametrize("code", [4007, 4009])
async def test_a_close_that_ends_the_session_is_followed_by_a_new_one(scene, code):
    await scene.server.drop(code)
    await scene.is_back(identifies=2)
    assert scene.purse.asked == 2


@pytest.mark.parametrize("code", [4004, 4010, 4011, 4012, 4013, 4014])
async def test_a_fatal_close_ends_it_with_one_line_that_says_what_to_do(scene, code):
    await scene.server.drop(code)
    ended = await scene.ends()
    assert isinstance(ended, Refused)
    assert str(ended) == FATAL[code]
    assert ended.exit_code == 78
    assert scene.ways == (1, 0)


async def test_a_zombie_that_still_tells_of_events_is_left_for_a_new_connection(scene):
    scene.server.gateway.break_connections(is_zombie=True)
    talking = asyncio.create_task(chatter(scene.server))
    await scene.is_back(resumes=1)
    talking.cancel()


async def chatter(server) -> None:
    while True:
        await server.say(ALERTS, MEMBER, "still there")
        await asyncio.sleep(0.05)


async def test_a_half_open_connection_is_left_for_a_new_one(scene):
    go_deaf(scene.server)
    began = time.monotonic()
    await scene.is_back(resumes=1)
    assert time.monotonic() - began < 3


async def test_a_half_open_connection_does_not_hold_up_the_end(scene):
    go_deaf(scene.server)  # `supervised` looks at the clock


async def test_a_connection_without_a_hello_does_not_hold_up_the_end(discord_server, certified):
    discord_server.gateway.half_open = True
    async with supervised(discord_server, certified[1]):
        await discord_server.until(lambda: discord_server.gateway.connections, "a connection")


def go_deaf(server) -> None:
    """Let the other end of every connection vanish: nothing comes, and nothing is read, not even a farewell."""
    server.gateway.break_connections(is_half_open=True)
    for connection in server.gateway.connections:
        connection.socket._req.transport.pause_reading()
        server.deaf.append(connection.socket._req.transport)


async def test_an_event_that_cannot_be_read_costs_no_session_and_nothing_said_meanwhile(scene):
    await scene.server.gateway.malform()
    await scene.server.say(ALERTS, MEMBER, "said while away")
    await scene.is_back(resumes=1)
    assert "said while away" in scene.client.heard
    assert scene.purse.asked == 1


async def test_frames_that_are_no_json_are_survived(scene):
    for connection in scene.server.gateway.connections:
        await connection.send("{]")
    await scene.is_back(resumes=1)


async def test_a_ready_that_cannot_be_read_is_followed_by_a_new_session(scene):
    greet, scene.server.gateway._greet = scene.server.gateway._greet, broken_greeting(scene.server.gateway)
    await scene.server.order(9, data=False)
    await scene.until(lambda: scene.server.identifies >= 2, "a second session")
    scene.server.gateway._greet = greet
    await scene.is_back(identifies=3)
    assert scene.purse.asked == 3


def broken_greeting(gateway):
    async def greet(session, _guilds) -> None:
        await gateway._deliver(session, "READY", '{"session_id":"x","resume_gateway_url":"wss://gateway.discord.gg"}')

    return greet


async def test_first_connections_that_are_refused_are_tried_again(discord_server, certified):
    discord_server.closed_doors = 3
    async with supervised(discord_server, certified[1]) as scene:
        await scene.is_in()
        await scene.is_back()
        assert scene.purse.asked == 1


async def test_a_gateway_that_closes_every_connection_at_once_is_not_called_in_a_rush(discord_server, certified):
    calls = []

    async def slam(_connection, _text) -> int:
        calls.append(time.monotonic())
        return 4000

    discord_server.gateway._hear = slam
    async with supervised(discord_server, certified[1]) as scene:
        await asyncio.sleep(1)
        assert not scene.running.done()
    assert 5 < len(calls) < 20


async def test_a_session_is_resumed_after_an_outage_and_costs_no_identify(scene):
    scene.server.closed_doors = 4
    await scene.server.drop(4000)
    await scene.is_back(resumes=1)
    assert scene.server.closed_doors == 0
    assert scene.purse.asked == 1


async def test_after_a_long_outage_a_new_session_is_begun(scene):
    scene.server.closed_doors = 8
    await scene.server.drop(4000)
    await scene.is_back(identifies=2)
    assert scene.purse.asked == 2


async def test_what_the_budget_refuses_is_waited_for_and_nothing_is_left_open(scene):
    scene.purse.left, scene.purse.wait_s = 0, 0.4
    began = time.monotonic()
    await scene.server.order(9, data=False)
    await scene.until(lambda: scene.purse.asked == 2, "the budget is asked")
    await scene.until(lambda: not scene.server.gateway.connections, "nothing stays open meanwhile")
    await scene.is_back(identifies=2)
    assert time.monotonic() - began > 0.4


async def test_without_budget_no_connection_is_opened_in_vain(discord_server, certified):
    async with supervised(discord_server, certified[1], purse=Purse(left=0, wait_s=30)) as scene:
        await scene.until(scene.opened.is_set, "logged in")
        await asyncio.sleep(0.2)
        assert discord_server.gateway.connections == []
        assert not scene.running.done()


# Before the gateway: login, and what answers in Discord's place -----------------------------------------------------


async def test_a_login_is_tried_again_while_discord_is_away(discord_server, certified):
    discord_server.faults.error_share, discord_server.faults.error_status = 1.0, 503
    async with supervised(discord_server, certified[1]) as scene:
        await scene.until(lambda: len(discord_server.requests) > 2, "three tries")
        assert not scene.opened.is_set()
        discord_server.faults.error_share = 0.0
        await scene.is_in()


async def test_a_login_is_tried_again_while_nothing_answers(discord_server, certified):
    port, discord_server.port = discord_server.port, 9  # discarded: nobody listens there
    async with supervised(discord_server, certified[1]) as scene:
        await asyncio.sleep(0.2)
        assert not scene.running.done()
    discord_server.port = port


async def test_a_token_that_is_refused_at_login_ends_it_after_one_request(discord_server, certified):
    discord_server.faults.refuses_token = True
    async with supervised(discord_server, certified[1]) as scene:
        ended = await scene.ends()
    assert isinstance(ended, Refused)
    assert str(ended) == FATAL[4004]
    assert len(discord_server.requests) == 1


async def test_after_a_401_no_request_and_no_connection_goes_out(scene):
    scene.server.faults.refuses_token = True
    with pytest.raises(discord.HTTPException, match="401"):
        await scene.client.fetch_channel(ALERTS)
    assert scene.client.door.refused.is_set()
    before = len(scene.server.requests)
    for ask in everything(scene):
        with pytest.raises(DoorClosed) as closed:
            await ask
        assert closed.value.retry_after_s is None
    await scene.server.drop(4000)
    assert isinstance(await scene.ends(), Refused)
    assert len(scene.server.requests) == before
    assert scene.server.gateway.connections == []


@pytest.mark.parametrize("told_s", [None, 0.6])
async def test_after_cloudflares_429_everything_keeps_quiet_for_as_long_as_it_says(scene, told_s):
    faults = scene.server.faults
    faults.cloudflare_answers, faults.cloudflare_retry_after_s = math.inf, told_s
    asked = await asyncio.gather(*everything(scene), return_exceptions=True)
    assert any(isinstance(error, discord.HTTPException) for error in asked)
    before = len(scene.server.requests)
    for ask in everything(scene):
        with pytest.raises(DoorClosed) as closed:
            await ask
        assert closed.value.retry_after_s == pytest.approx(told_s or 600, abs=0.5)
    await scene.server.drop(4000)
    await asyncio.sleep(0.2)
    assert len(scene.server.requests) == before
    assert scene.server.gateway.connections == []
    faults.cloudflare_answers = 0
    if told_s:
        await scene.is_back(resumes=1)
        assert (await scene.client.fetch_channel(ALERTS)).id == ALERTS


async def test_a_process_started_anew_keeps_quiet_too(discord_server, certified):
    memory = Memory()
    discord_server.faults.cloudflare_answers, discord_server.faults.cloudflare_retry_after_s = 1, 1
    async with supervised(discord_server, certified[1], memory=memory) as scene:
        await scene.until(lambda: discord_server.requests, "Cloudflare has answered")
        await scene.until(lambda: memory.kept, "it is remembered")
    async with supervised(discord_server, certified[1], memory=memory) as scene:
        await asyncio.sleep(0.3)
        assert len(discord_server.requests) == 1
        await scene.is_in()


def everything(scene) -> list[Any]:
    """Return one request of every kind."""
    client = scene.client
    channel = client.get_partial_messageable(ALERTS)
    webhook = discord.Webhook.partial(1, "a-token", client=client)
    return [
        client.fetch_channel(ALERTS),
        channel.send("a line"),
        client.http.get_bot_gateway(),
        client.application_info(),
        webhook.send("a followup"),
    ]


# The program as a process: how it ends ------------------------------------------------------------------------------

RUN = ("run", "--from", "2026-09-01", "--pace", "1")


async def says(wire, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in wire.log():  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.05)


async def discord_is_away(wire) -> None:
    wire.proxy.ports.clear()
    await wire.start(*RUN)
    await says(wire, "Discord cannot be reached")


async def the_budget_is_spent(wire) -> None:
    wire.environment["SMALLCAP_IDENTIFIES_PER_DAY"] = "10"
    await wire.start(*RUN)
    await wire.discord.until(lambda: wire.discord.identifies, "the bot identifies")
    await wire.discord.order(9, data=False)
    await says(wire, "too many new sessions today")


async def no_hello_comes(wire) -> None:
    wire.discord.gateway.half_open = True
    await wire.start(*RUN)
    await wire.discord.until(lambda: wire.discord.gateway.connections, "a connection")


async def cloudflare_answers(wire) -> None:
    wire.discord.faults.cloudflare_answers = math.inf
    await wire.start(*RUN)
    await says(wire, "Cloudflare turns the bot away")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("situation", [discord_is_away, the_budget_is_spent, no_hello_comes, cloudflare_answers])
async def test_sigterm_ends_it_soon_and_in_order_whatever_it_waits_for(wire, situation):
    await situation(wire)
    (process,) = wire._running
    began = time.monotonic()
    assert await wire.stop(process) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in wire.log()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_fatal_close_ends_the_process_with_one_line_and_a_code_of_its_own(wire):
    process = await wire.start(*RUN)
    await wire.discord.until(lambda: wire.discord.gateway.sessions, "the bot identifies")
    await asyncio.sleep(0.2)  # a server that closes in the middle of its greeting closes with another code
    await wire.discord.drop(4014)
    assert await asyncio.wait_for(process.wait(), 20) == 78
    assert wire.log().splitlines()[-1] == f"smallcap: {FATAL[4014]}"
    assert "Traceback" not in wire.log()
