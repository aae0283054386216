"""Health is when Discord was last heard of, noted for another process to read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.chat.health import KEY, Health, Vitals, is_healthy, read_health, why_ill
from tests.chat.scripted import ACK, AT, hello

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
