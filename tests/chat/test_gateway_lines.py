"""The websockets of a supervised client: held back, cut, and left where heartbeats go unacknowledged."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from types import SimpleNamespace

import pytest

from bot.chat.gateway import Gateway, Rests
from bot.chat.lines import PATIENCE, Lines
from tests.chat.scripted import ACK, AT, Over, hello


def rests(instants: list[datetime]) -> list[float]:
    return [(later - earlier).total_seconds() for earlier, later in pairwise(instants)]


async def until_over(gateway: Gateway, opened: asyncio.Event | None = None) -> None:
    with pytest.raises(Over):
        await gateway.run(opened or asyncio.Event())


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
