"""The supervisor on a clock of the test's own; `tests/wire` has the same on a real socket."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
import pytest

from bot.chat.door import Door, DoorClosed
from bot.chat.gateway import RESUMES_TRIED, Gateway, Rests, refusal
from bot.chat.health import KEY, Health, Pulse, Vitals, is_healthy, read_health, why_ill
from bot.chat.lines import FATAL, INTENTS, PATIENCE, TOKEN, Lines, NoLine
from bot.clock import SetClock
from bot.errors import CannotRun, Refused
from bot.store.identifies import wait_s
from tests.memory import Memory

AT = datetime(2026, 8, 3, 9, 30, tzinfo=UTC)
DAY = timedelta(hours=24)


@dataclass
class Budget:
    """The real arithmetic, kept in memory."""

    taken: list[datetime] = field(default_factory=list)

    async def take(self, now: datetime, per_day: int) -> float:
        wait = wait_s(self.taken, now, per_day)
        if wait == 0:
            self.taken.append(now)
        return wait

    async def count(self, now: datetime) -> int:
        return sum(at > now - DAY for at in self.taken)


class Over(BaseException):
    """The script has ended."""


@dataclass
class Client:
    """Does what its script says: an exception is raised, a number is a connection that lasts so many seconds."""

    clock: SetClock
    logins: list[Any] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    identifies: bool = True
    began: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)
    user: Any = None
    application: Any = None
    ws: Any = None
    admit: Any = None
    guilds: tuple[int, ...] = (1, 2)
    closed: bool = False

    def __post_init__(self) -> None:
        self.memory = Memory()
        self.door = Door(self.clock, self.memory)
        self.lines = Lines(self.clock, self.door)
        self.pulse = Pulse(self.clock)

    def is_closed(self) -> bool:
        return self.closed

    async def login(self, _token: str) -> None:
        self.tried.append(self.clock.now())
        if self.logins:
            raise self.logins.pop(0)
        self.user = self.application = "smallcap"

    async def connect(self) -> None:
        self.began.append(self.clock.now())
        if self.lines.resumes_next:
            self.lines.resumes_next = False
        elif self.identifies:
            await self.admit()
        if not self.connections:
            raise Over
        step = self.connections.pop(0)
        if isinstance(step, BaseException):
            raise step
        await self.clock.sleep(step)
        raise RuntimeError("the end of it")


@pytest.fixture
def clock() -> SetClock:
    return SetClock(AT)


@pytest.fixture
def client(clock) -> Client:
    return Client(clock)


@pytest.fixture
def budget() -> Budget:
    return Budget()


@pytest.fixture
def gateway(client, clock, budget) -> Gateway:
    return Gateway(client, "token", clock=clock, budget=budget, per_day=200, dice=random.Random(7))  # noqa: S311 - it must repeat


def rests(instants: list[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]


async def until_over(gateway: Gateway, opened: asyncio.Event | None = None) -> None:
    with pytest.raises(Over):
        await gateway.run(opened or asyncio.Event())


# Staying connected --------------------------------------------------------------------------------------------------


async def test_rests_grow_from_five_seconds_to_five_minutes(client, gateway):
    client.connections = [RuntimeError("odd")] * 9
    await until_over(gateway)
    waited = rests(client.began)
    assert waited == sorted(waited)
    for rest, least in zip(waited, (5, 10, 20, 40, 80, 160, 300, 300, 300), strict=True):
        assert least <= rest <= min(300, least * 1.25)


async def test_a_connection_that_lasted_begins_them_anew(client, gateway):
    client.connections = [RuntimeError("odd")] * 5 + [3600, RuntimeError("odd")]
    await until_over(gateway)
    assert 3605 <= rests(client.began)[5] <= 3607


@pytest.mark.parametrize(
    "odd",
    [
        RuntimeError("closed"),
        AttributeError("'NoneType' object has no attribute 'sequence'"),
        KeyError("session_id"),
        TypeError("string indices must be integers"),
        ValueError("not JSON"),
        aiohttp.ClientConnectionError("reset"),
        NoLine(OSError("refused")),
        TimeoutError(),
        discord.GatewayNotFound(),
    ],
    ids=lambda odd: type(odd).__name__,
)
async def test_every_odd_ending_is_followed_by_another_connection(client, gateway, odd, capsys):
    client.connections = [odd]
    await until_over(gateway)
    assert len(client.began) == 2
    assert capsys.readouterr().out.count("the connection was lost") == 1


async def test_a_day_of_connections_that_fail_at_once_stays_within_the_budget(client, gateway, clock, budget):
    client.connections = [RuntimeError("odd")] * 400
    with pytest.raises(Over):
        await gateway.run(asyncio.Event())
    first_day = [at for at in budget.taken if at < AT + DAY]
    assert 150 < len(first_day) <= 200
    assert len([at for at in client.began if at < AT + DAY]) <= 300


async def test_an_identify_that_was_not_sent_is_kept_for_the_next_connection(client, gateway, budget):
    client.connections = [NoLine(OSError("refused"))] * 5
    client.identifies = False
    await until_over(gateway)
    assert len(client.began) == 6
    assert len(budget.taken) == 1


async def test_nothing_is_opened_while_the_budget_is_spent(client, gateway, clock, budget, capsys):
    budget.taken = [AT - timedelta(seconds=1)] * 20
    await until_over(gateway)
    assert len(client.began) == 1
    assert client.began[0] - AT == pytest.approx(timedelta(seconds=480), abs=timedelta(seconds=2))
    assert "too many new sessions today" in capsys.readouterr().out


async def test_a_session_inside_a_connection_that_the_budget_refuses_ends_it(client, gateway, clock, budget):
    class Spender(Client):
        async def connect(self) -> None:
            await self.admit()
            while len(self.began) < 25:  # the gateway invalidates one session after the other
                self.began.append(self.clock.now())
                await self.clock.sleep(6)
                await self.admit()
            raise Over

    spender = Spender(clock)
    await until_over(Gateway(spender, "token", clock=clock, budget=budget, per_day=200))
    assert len(budget.taken) == 26
    assert max(rests(budget.taken)) > 300


async def test_a_session_that_can_be_resumed_is_and_needs_no_budget(client, gateway, budget):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.pulse.dispatched("MESSAGE_CREATE")
    client.connections = [KeyError("id"), KeyError("id")]
    await until_over(gateway)
    assert len(client.began) == 3
    assert len(budget.taken) == 1


@pytest.mark.parametrize(("missed", "sessions"), [(RESUMES_TRIED - 1, 1), (RESUMES_TRIED, 2)])
async def test_an_address_to_resume_at_that_stays_away_is_given_up(client, gateway, budget, missed, sessions):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.connections = [NoLine(OSError("refused"))]
    client.lines.missed = missed
    await until_over(gateway)
    assert len(budget.taken) == sessions


async def test_a_session_whose_ready_could_not_be_read_is_begun_anew(client, gateway, budget):
    client.ws = SimpleNamespace(session_id="s", open=False)
    client.pulse.dispatched("READY")
    client.connections = [KeyError("user")]
    await until_over(gateway)
    assert len(budget.taken) == 2


async def test_it_waits_for_the_door(client, gateway, clock):
    client.memory.kept["door shut until"] = (AT + timedelta(minutes=7)).isoformat()
    await until_over(gateway)
    assert client.tried == [AT + timedelta(minutes=7)]


async def test_a_budget_that_cannot_be_asked_lets_nothing_pass(client, gateway, budget):
    async def away(_now, _per_day) -> float:
        if len(asked) == 3:
            raise Over
        asked.append(1)
        raise OSError("the database is away")

    asked: list[int] = []
    budget.take = away
    await until_over(gateway)
    assert client.began == []


async def test_a_client_closed_by_us_is_the_end(client, gateway):
    client.closed = True
    await gateway.run(asyncio.Event())
    assert client.began == []


async def test_a_client_that_discord_py_closed_ends_the_process(client, gateway):
    async def connect() -> None:
        client.closed = True
        raise RuntimeError("odd")

    client.connect = connect
    with pytest.raises(CannotRun, match="start the bot again"):
        await gateway.run(asyncio.Event())


# Logging in ---------------------------------------------------------------------------------------------------------


async def test_a_login_is_tried_again_as_long_as_it_takes_with_one_line_each(client, gateway, capsys):
    client.logins = [failure(503), aiohttp.ClientConnectionError("no route"), OSError("no name"), TimeoutError()] * 5
    opened = asyncio.Event()
    await until_over(gateway, opened)
    assert opened.is_set()
    assert len(client.tried) == 21
    assert rests(client.tried)[-1] == 300
    out = capsys.readouterr().out
    assert out.count("Discord cannot be reached") == 20
    assert "Traceback" not in out


@pytest.mark.parametrize("error", [discord.LoginFailure("no"), "401"])
async def test_a_refused_token_is_the_end_at_once(client, gateway, error):
    client.logins = [failure(401) if error == "401" else error]
    with pytest.raises(Refused, match="reset it in the developer portal"):
        await gateway.run(asyncio.Event())
    assert len(client.tried) == 1


async def test_what_fails_in_setting_up_is_ours_and_not_tried_again(client, gateway):
    client.user = client.application = "smallcap"
    client.logins = [ValueError("a defect")]
    with pytest.raises(ValueError, match="a defect"):
        await gateway.run(asyncio.Event())


def failure(status: int) -> discord.HTTPException:
    return discord.HTTPException(SimpleNamespace(status=status, reason="no"), "no")


@pytest.mark.parametrize("code", sorted(FATAL))
def test_fatal_closes_are_refusals_with_a_line_that_says_what_to_do(code):
    closed = discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None)
    found = refusal(closed)
    assert isinstance(found, Refused)
    assert str(found) == FATAL[code]
    assert found.exit_code == 78
    assert "\n" not in str(found)


def test_what_else_is_a_refusal_and_what_is_not():
    assert str(refusal(discord.PrivilegedIntentsRequired(None))) == INTENTS
    assert str(refusal(DoorClosed("no", None))) == TOKEN
    assert refusal(DoorClosed("not now", 5.0)) is None
    assert refusal(failure(503)) is None
    assert refusal(discord.ConnectionClosed(SimpleNamespace(close_code=1006), shard_id=None)) is None


# Websockets ---------------------------------------------------------------------------------------------------------


async def begin(lines: Lines, url: str = "wss://gateway.discord.gg") -> None:
    await lines._begin(None, None, SimpleNamespace(url=SimpleNamespace(scheme=url.partition(":")[0])))


async def test_websockets_that_follow_each_other_quickly_are_held_back_longer_and_longer(client, clock):
    opened = []
    for _ in range(12):
        await begin(client.lines)
        opened.append(clock.now())
    assert rests(opened) == [0, 0, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    await clock.sleep(61)
    before = clock.now()
    await begin(client.lines)
    assert clock.now() == before


async def test_a_websocket_that_was_lost_sight_of_is_cut_before_the_next_opens(client):
    lost = Line()
    client.lines._open = [lost]
    await begin(client.lines, "https://discord.com")
    assert not lost.aborted
    await begin(client.lines)
    assert lost.aborted
    assert client.lines.open == []


async def test_the_end_does_not_wait_for_a_connection_that_no_longer_answers(client, gateway):
    line = Line()

    async def close() -> None:
        while not line.aborted:  # noqa: ASYNC110 - as aiohttp does, half a minute long
            await asyncio.sleep(0.01)

    client.close, client.lines._open = close, [line]
    gateway._patience = replace(PATIENCE, polite_s=0.05)
    async with asyncio.timeout(1):
        await gateway.close()


async def test_other_requests_are_not_held_back(client, clock):
    for _ in range(50):
        await begin(client.lines, "https://discord.com")
    assert clock.now() == AT


async def test_rests_never_grow_beyond_the_longest():
    rests = Rests(PATIENCE, random.Random(1))  # noqa: S311 - it must repeat
    assert max(rests.next_s() for _ in range(1000)) == 300


# Heartbeats ---------------------------------------------------------------------------------------------------------


class Socket:
    open = True
    code = None

    async def close(self, code: int) -> None:
        self.code, self.open = code, False


class Line:
    """What `Lines` knows of an open websocket."""

    def __init__(self) -> None:
        self.aborted = False
        self.connection = SimpleNamespace(transport=SimpleNamespace(abort=self.abort))

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.connection = None


def hello(interval_ms: Any) -> str:
    return json.dumps({"op": 10, "d": {"heartbeat_interval": interval_ms}, "s": None, "t": None})


ACK = '{"t":null,"s":null,"op":11,"d":null}'


async def test_a_connection_whose_heartbeats_go_unacknowledged_is_left(client, gateway, clock):
    line, client.ws = Line(), Socket()
    client.lines._open = [line]
    client.pulse.heard(hello(41_250))
    await clock.sleep(40)
    client.pulse.heard(ACK)
    for _ in range(10):
        await clock.sleep(10)
        client.pulse.dispatched("MESSAGE_CREATE")  # which keeps discord.py content
        await gateway.check()
    assert client.ws.open
    await clock.sleep(4)
    await gateway.check()
    assert client.ws.code == 4000
    assert line.aborted
    client.ws = Socket()
    await clock.sleep(1000)
    await gateway.check()  # until the next HELLO there is nothing to judge
    assert client.ws.open


async def test_a_connection_that_has_just_begun_is_given_time(client, gateway, clock):
    client.lines._open, client.ws = [Line()], Socket()
    client.pulse.heard(hello(41_250))
    client.pulse.heard(ACK)
    await clock.sleep(500)
    client.pulse.heard(hello(41_250))
    await gateway.check()
    assert client.ws.open


@pytest.mark.parametrize(
    "frame", ["", "{]", "[]", "null", "7", '{"op":10}', '{"op":10,"d":{}}', hello("soon"), "x" * 600]
)
def test_frames_that_cannot_be_read_are_left_to_discord_py(client, frame):
    client.pulse.heard(frame)
    assert (client.pulse.hello_at, client.pulse.ack_at) == (None, None)


# Health -------------------------------------------------------------------------------------------------------------

WELL = Health(
    pid=7,
    started_at=AT - timedelta(days=2),
    at=AT - timedelta(seconds=10),
    ack_at=AT - timedelta(seconds=30),
    dispatch_at=AT - timedelta(hours=3),
    heartbeat_interval_s=41.25,
    guilds=3,
    identifies=4,
)


def test_a_bot_that_discord_acknowledges_is_well_however_quiet_its_servers_are():
    assert is_healthy(WELL, AT)
    assert why_ill(WELL, AT) is None


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [
        ({"ack_at": AT - timedelta(seconds=110)}, "acknowledged no heartbeat for 110 s"),
        ({"ack_at": AT - timedelta(minutes=7)}, "acknowledged no heartbeat for 7 min"),
        ({"ack_at": None}, "not let the bot in"),
        ({"dispatch_at": None}, "not let the bot in"),
        ({"at": AT - timedelta(minutes=4)}, "noted nothing for 4 min"),
        ({"stopped_at": AT}, "was stopped at 2026-08-03 09:30 UTC"),
    ],
)
def test_a_bot_that_is_ill_says_why(otherwise, words):
    ill = replace(WELL, **otherwise)
    assert not is_healthy(ill, AT)
    assert words in (why_ill(ill, AT) or "")


async def test_health_is_noted_regularly_and_at_the_end_and_read_by_another_process(client, clock, budget):
    budget.taken = [AT]
    client.pulse.heard(hello(41_250))
    client.pulse.heard(ACK)
    client.pulse.dispatched("READY")
    vitals = Vitals(client, budget, client.memory, clock)
    await vitals.note()
    found = await read_health(client.memory)
    assert found is not None
    assert found == replace(
        WELL, pid=found.pid, started_at=AT, at=AT, ack_at=AT, dispatch_at=AT, guilds=2, identifies=1
    )
    assert Health.from_json(found.to_json()) == found

    running = asyncio.create_task(vitals.run())
    while clock.now() < AT + timedelta(minutes=1):  # noqa: ASYNC110 - its clock rings no bell
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    last = await read_health(client.memory)
    assert last is not None
    assert last.stopped_at == last.at >= AT + timedelta(minutes=1)


async def test_a_database_that_is_away_does_not_end_the_bot(client, clock, budget, capsys):
    client.memory.is_away = True
    await Vitals(client, budget, client.memory, clock).note()
    assert "the disk is full" in capsys.readouterr().out


@pytest.mark.parametrize("noted", [None, "", "[]", "{}", "null", '{"pid": 1, "at": 5}', '{"new": "field"}'])
async def test_what_cannot_be_read_is_no_health(client, noted):
    if noted is not None:
        client.memory.kept[KEY] = noted
    assert await read_health(client.memory) is None
