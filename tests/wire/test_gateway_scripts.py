"""What the gateway and the doorkeepers before it may do to a client, and that it comes back, or ends, as it should."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.chat.lines import FATAL
from bot.errors import Refused
from tests.wire.gateway_scene import Purse, supervised
from tests.wire.shapes import ALERTS, MEMBER

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]  # sockets are cut on purpose


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
