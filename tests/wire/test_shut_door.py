"""What a doorkeeper that turns the bot away, or a refused token, leaves of its requests."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import discord
import pytest

from bot.chat.door import DoorClosed
from bot.chat.lines import FATAL
from bot.errors import Refused
from tests.memory import Memory
from tests.wire.gateway_scene import supervised
from tests.wire.shapes import ALERTS

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]  # sockets are cut on purpose


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
