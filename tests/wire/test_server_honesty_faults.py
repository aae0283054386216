"""The loopback Discord's faults and books: each fault does what its switch says, and the books tell it."""

from __future__ import annotations

import asyncio
import math

import aiohttp
import discord
import pytest

from tests.wire.answers import refusal
from tests.wire.loopback import connector
from tests.wire.shapes import ALERTS, BOT_CHANNEL, TOKEN
from tests.wire.world import World

CREATE = ("POST", "/channels/{channel}/messages")


async def test_a_lost_answer_is_a_reset_and_the_message_is_stored(server, caller):
    server.faults.lost_answers = 1
    with pytest.raises(aiohttp.ClientOSError, match="reset"):
        await caller.create(ALERTS, nonce="n-1", enforce_nonce=True)
    again = await caller.create(ALERTS, nonce="n-1", enforce_nonce=True)
    assert [int(again.body["id"])] == [message.id for message in server.posted(ALERTS)]


async def test_an_answer_can_never_come_though_the_message_is_stored(server, caller):
    server.faults.lost_answers, server.faults.loses_by = 1, "silence"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await caller.create(ALERTS)
    assert len(server.posted(ALERTS)) == 1


async def test_lost_shares_repeat_from_their_seed(server, caller):
    server.limits.buckets.clear()
    server.faults.lost_share = 0.5
    answered = [not isinstance(each, BaseException) for each in await attempts(caller, 10)]
    server.faults.seed = 0
    server.faults.__post_init__()
    assert [not isinstance(each, BaseException) for each in await attempts(caller, 10)] == answered
    assert 0 < sum(answered) < 10
    assert len(server.posted(ALERTS)) == 20


async def attempts(caller, times: int) -> list:
    async def one() -> object:
        try:
            return await caller.create(ALERTS)
        except aiohttp.ClientError as error:
            return error

    return [await one() for _ in range(times)]


async def test_errors_come_before_storing_or_after(server, caller):
    server.faults.error_share = 1.0
    assert (await caller.create(ALERTS)).status == 502
    assert not server.posted(ALERTS)
    server.faults.errors_after_storing, server.faults.error_status = True, 500
    assert (await caller.create(ALERTS)).status == 500
    assert len(server.posted(ALERTS)) == 1


async def test_cloudflare_speaks_without_via_and_without_json(server, caller):
    server.faults.cloudflare_answers, server.faults.cloudflare_retry_after_s = 1, 7
    refused = await caller.create(ALERTS)
    assert (refused.status, refused.headers["Retry-After"], "Via" in refused.headers) == (429, "7", False)
    assert "<!doctype" in refused.body
    assert (await caller.create(ALERTS)).status == 200
    server.faults.cloudflare_answers = math.inf
    assert [(await caller.create(ALERTS)).status for _ in range(3)] == [429] * 3
    assert server.ledger.too_many_by_scope == {"cloudflare": 4}


async def test_a_token_can_stop_to_work_and_given_answers_come_first(server, caller):
    server.refusals = [refusal(503, 0, "away")]
    assert (await caller.create(ALERTS)).status == 503
    server.faults.refuses_token = True
    assert ((refused := await caller.create(ALERTS)).status, refused.code) == (401, 0)


async def test_answers_are_held_until_released_and_delayed_by_the_latency(server, caller):
    server.faults.hold()
    sending = asyncio.create_task(caller.create(ALERTS))
    await server.until(lambda: server.posted(ALERTS), "the message is stored")
    assert not sending.done()
    server.faults.release()
    assert (await sending).status == 200
    server.faults.latency_s = 0.1
    before = asyncio.get_running_loop().time()
    await caller.create(ALERTS)
    assert asyncio.get_running_loop().time() - before >= 0.1


async def test_the_books_tell_what_came_when(server, caller, clock):
    await caller.create(ALERTS, nonce="n-1")
    clock.now += 1
    await caller.create(1)
    await caller.ask("GET", "/nowhere")
    assert server.request_log == [(1000.0, *CREATE, 200), (1001.0, *CREATE, 404), (1001.0, "GET", "?", 404)]
    assert server.ledger.request_counts[CREATE] == 2
    stored = server.messages[0]
    assert (stored.instant, stored.nonce, stored.channel_id) == (1000.0, "n-1", ALERTS)


async def test_files_are_counted_and_not_kept_in_large_runs(server, caller):
    server.keeps_files = False
    sent = await caller.attach(ALERTS)
    assert sent.body["attachments"][0]["size"] == len(b"picture")
    assert server.messages[0].files == {"0.png": b""}


async def test_a_plain_discord_client_logs_in_connects_and_sends_to_three_channels(server, certified):
    server.world.guilds.clear()
    for guild in World.build(guilds=1, channels=3).guilds.values():
        server.world.add(guild)
    client = discord.Client(
        intents=discord.Intents.none(), connector=connector(server.port, certified[1]), guild_ready_timeout=0.05
    )
    async with client:
        await client.login(TOKEN)
        connecting = asyncio.create_task(client.connect())
        await asyncio.wait_for(client.wait_until_ready(), 5)
        rooms = [channel for channel in server.world.channels if channel not in (ALERTS, BOT_CHANNEL)]
        sent = [await client.get_partial_messageable(room).send("hello", nonce=f"n-{room}") for room in rooms]
        again = await client.get_partial_messageable(rooms[0]).send("hello", nonce=f"n-{rooms[0]}")
    await asyncio.wait_for(connecting, 5)
    assert [message.id for message in sent] == [server.posted(room)[0].id for room in rooms]
    assert (len(sent), again.id, server.duplicates()) == (3, sent[0].id, {})
