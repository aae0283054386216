"""SIGTERM at the worst moments, and ends that a restart cannot help: the whole bot as a process."""

from __future__ import annotations

import asyncio
import math
import time

import pytest

from bot.chat.lines import FATAL

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]  # sockets are cut on purpose

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


@pytest.mark.parametrize("situation", [discord_is_away, the_budget_is_spent, no_hello_comes, cloudflare_answers])
async def test_sigterm_ends_it_soon_and_in_order_whatever_it_waits_for(wire, situation):
    await situation(wire)
    (process,) = wire._running
    began = time.monotonic()
    assert await wire.stop(process) == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in wire.log()


async def test_a_fatal_close_ends_the_process_with_one_line_and_a_code_of_its_own(wire):
    process = await wire.start(*RUN)
    await wire.discord.until(lambda: wire.discord.gateway.sessions, "the bot identifies")
    await asyncio.sleep(0.2)  # a server that closes in the middle of its greeting closes with another code
    await wire.discord.drop(4014)
    assert await asyncio.wait_for(process.wait(), 20) == 78
    assert wire.log().splitlines()[-1] == f"smallcap: {FATAL[4014]}"
    assert "Traceback" not in wire.log()
