"""The live bot as a process when the wire, Discord or the machine fails while alerts are due."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import web

from tests.wire.shapes import ALERTS, MODERATOR, TOKEN

pytestmark = [pytest.mark.wire, pytest.mark.filterwarnings("ignore::ResourceWarning")]

HASTY = "tests.wire.hasty"


def alerts(wire) -> list[str]:
    """Return what was told of in the alerts channel, in order."""
    stored = [message for message in wire.discord.posted(ALERTS) if message.files]
    return [m.payload["embeds"][0]["title"].partition(":")[0].split(maxsplit=1)[1] for m in stored]


def refusal(status: int, **body) -> web.Response:
    headers = {"Via": "1.1 loopback", "Retry-After": "0.3", "Content-Type": "application/json"}
    return web.Response(body=json.dumps(body), status=status, headers=headers)


def descendants(pid: int) -> set[int]:
    """Return the processes that `pid` has started, and those they have; none where the system does not tell."""
    found: set[int] = set()
    if not Path("/proc").exists():
        return found
    for task in Path(f"/proc/{pid}/task").iterdir():
        children = {int(child) for child in (task / "children").read_text().split()}
        found |= children.union(*(descendants(child) for child in children))
    return found


async def test_a_kill_between_send_and_mark_and_a_failing_wire_lose_no_alert_and_repeat_none(wire, russell: Path):
    discord = wire.discord
    command = ("run", "--data", str(russell), "--from", "2025-08-05", "--pace", "0.05")
    discord.closed_doors, discord.silences = 1, 1
    killed = await wire.start(*command, module=HASTY)
    await discord.until(lambda: discord.identifies, "the bot identifies though the first door was closed", 60)
    await discord.say(ALERTS, MODERATOR, "!alerts here cross RUT")
    await discord.until(lambda: len(alerts(wire)) == 1, "the first alert is stored and never answered")
    killed.kill()
    await killed.wait()

    discord.refusals = [
        refusal(429, message="slow down", retry_after=0.3, **{"global": False}),
        refusal(503, message="away", code=0),
    ]
    heir = await wire.start(*command, module=HASTY)
    await discord.until(lambda: discord.identifies == 2, "the second start identifies", 60)
    await discord.drop(4000)
    await discord.until(lambda: discord.resumes == 1, "the session is resumed after it was dropped")
    await discord.order(7)
    await discord.until(lambda: discord.resumes == 2, "the session is resumed when asked to reconnect")
    await discord.order(9, data=False)
    await discord.until(lambda: discord.identifies == 3, "a new session is begun when the old one is invalid")
    await discord.until(lambda: "Golden cross confirmed" in alerts(wire), "the replay passes the cross", 180)
    children = descendants(heir.pid)

    assert await wire.stop(heir) == 0
    assert alerts(wire) == ["Golden cross", "Golden cross confirmed"]
    assert not discord.refusals
    async with asyncio.timeout(5):
        while any(is_there(pid) for pid in children):  # noqa: ASYNC110 - strangers' children ring no bell
            await asyncio.sleep(0.05)
    assert TOKEN not in wire.log()


def is_there(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not collected yet has no command line any more."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_sigterm_while_the_prices_are_loaded_for_the_first_time_ends_it_quietly(wire, market_data: Path):
    bars = wire.folder / ".smallcap" / "bars"
    bars.unlink()  # nothing has been read in yet
    process = await wire.start("run", "--data", str(market_data), "--from", "2025-08-05", "--pace", "0.05")
    async with asyncio.timeout(30):
        while not bars.exists():  # noqa: ASYNC110 - a folder rings no bell
            await asyncio.sleep(0.05)
    assert await asyncio.wait_for(wire.stop(process), 10) == 0
    assert "Traceback" not in wire.log()


async def test_a_discord_that_cannot_be_reached_is_said_in_one_line_and_waited_for(wire):
    ports = dict(wire.proxy.ports)
    wire.proxy.ports.clear()
    process = await wire.start("run", "--from", "2026-09-01", "--pace", "1")
    async with asyncio.timeout(60):
        while "Discord cannot be reached" not in wire.log():  # noqa: ASYNC110 - a file rings no bell
            await asyncio.sleep(0.05)
    wire.proxy.ports |= ports
    await wire.discord.until(lambda: wire.discord.identifies, "the bot identifies once Discord is back")
    assert wire.log().count("Discord cannot be reached") < 3
    assert await asyncio.wait_for(wire.stop(process), 10) == 0
    assert "Traceback" not in wire.log()
