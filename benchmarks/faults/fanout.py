"""The whole bot as a process: one golden cross to 5,000 channels, at the configured pace, while people ask."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.faults.arena import HOSTS, until
from benchmarks.faults.line import Line
from bot.store.store import Store
from bot.store.tables import guild, route
from tests.wire.discord_server import LoopbackDiscord
from tests.wire.proxy import Proxy, certificates
from tests.wire.shapes import MEMBER, MODERATOR, TOKEN
from tests.wire.world import World

ROOT = Path(__file__).resolve().parents[2]
SESSION = "2026-08-17"
"""The session of a golden cross of ^RUT in the bundled simulated market."""
PACE = 45.0
ASK_EVERY_S = 1.1
OURS = ("SMALLCAP_", "DISCORD_", "DATABASE_URL")


async def fanout(*, seed: int, guilds: int = 500, channels: int = 10) -> list[Line]:
    """Measure the pace of a fan-out under Discord's limits, and how fast questions are acknowledged meanwhile."""
    del seed
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        # The server counts a request when it gets to it: its own pauses would be counted as the bot's bursts.
        gc.collect()
        gc.disable()
        stack.callback(gc.enable)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="smallcap-faults-")))
        context, ca = certificates(folder, *HOSTS)
        discord = LoopbackDiscord(World.build(guilds, channels))
        discord.keeps_files = False
        await discord.start(context)
        stack.push_async_callback(discord.stop)
        proxy = Proxy(dict.fromkeys(HOSTS, discord.port))
        await proxy.start()
        stack.push_async_callback(proxy.stop)
        bot = await _start(folder, proxy, ca, discord)
        stack.callback(lambda: bot.returncode is None and bot.kill())
        total = guilds * channels
        assert await until(lambda: bool(discord.messages), 180, 0.05), (folder / "bot.log").read_text()[-2000:]
        acknowledged = await _ask_until(discord, total)
        bot.terminate()
        code = await asyncio.wait_for(bot.wait(), 20)
        log = (folder / "bot.log").read_text()
    instants = [message.instant for message in discord.messages]
    ratio = (instants[-1] - instants[0]) / ((len(instants) - 1) / PACE)
    pictures = all(message.files for message in discord.messages)
    is_whole = len(instants) == total and pictures and code == 0 and "Traceback" not in log
    worst = sorted(acknowledged)[max(0, int(len(acknowledged) * 0.99) - 1)] * 1000
    figure = f"{total:,}-channel fan-out against 50/s, pictures and all"
    seconds = time.monotonic() - began
    asked = f"interaction acknowledged during it, p99 of {len(acknowledged)}"
    return [
        Line(f"{figure}: 429s", "0", str(discord.sent_429s), discord.sent_429s == 0 and is_whole, seconds),
        Line(f"{figure}: time ÷ ideal at {PACE:g}/s", "≤ 1.05", f"{ratio:.3f}", ratio <= 1.05),
        Line(asked, "< 500 ms", f"{worst:.0f} ms", worst < 500 and bool(acknowledged)),
    ]


async def _start(folder: Path, proxy: Proxy, ca: Path, discord: LoopbackDiscord) -> asyncio.subprocess.Process:
    """Start `smallcap run` on the simulated market, one session before the cross, with every channel routed."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith(OURS) and "proxy" not in name.lower()}
    leads = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "SSL_CERT_FILE": str(ca), "PYTHONPATH": str(ROOT)}
    environment = {**kept, **leads, "DISCORD_TOKEN": TOKEN, "SMALLCAP_STATE": str(folder)}
    database = folder / _replay_name(folder)
    await _route(f"sqlite:///{database}", discord)
    log = (folder / "bot.log").open("ab")
    try:
        command = ("-m", "bot", "run", "--from", SESSION, "--pace", "3600")
        return await asyncio.create_subprocess_exec(
            sys.executable, *command, env=environment, cwd=folder, stdout=log, stderr=log
        )
    finally:
        log.close()


def _replay_name(folder: Path) -> str:
    """Return the name of the database that a replay of that session keeps."""
    from datetime import date

    from bot.live import _replay_file
    from bot.settings import Settings

    return _replay_file(Settings(state=folder), date.fromisoformat(SESSION)).name


async def _route(url: str, discord: LoopbackDiscord) -> None:
    """Let every channel follow the Russell 2000."""
    store, at = Store(url), datetime.now(UTC)
    await store.open(migrate=True)
    rooms = discord.world.channels.values()
    async with store.database.write() as connection:
        await connection.execute(sa.insert(guild), [{"id": key, "first_seen": at} for key in discord.world.guilds])
        rows = [
            {
                "guild_id": room.guild_id,
                "channel_id": room.id,
                "signal": "cross",
                "subjects": ["^RUT"],
                "created_by": MODERATOR,
                "created_at": at,
            }
            for room in rooms
        ]
        await connection.execute(sa.insert(route), rows)
    await store.close()


async def _ask_until(discord: LoopbackDiscord, total: int) -> list[float]:
    """Ask `/cross`, with its chart, as often as one may until all alerts are there; return how long each took."""
    rooms = list(discord.world.channels)
    took: list[float] = []
    deadline = time.monotonic() + 2 * total / PACE + 60
    while len(discord.messages) < total:
        assert time.monotonic() < deadline, f"{len(discord.messages)} of {total} after too long"
        asked = time.monotonic()
        room = rooms[len(took) * 37 % len(rooms)]
        options = [{"name": "symbol", "type": 3, "value": "^GSPC" if len(took) % 2 else "IWM"}]
        interaction = await discord.slash(room, (MEMBER, MODERATOR)[len(took) % 2], "cross", options)
        if not await until(lambda key=interaction: key in discord.callbacks, 10.0):
            took.append(10.0)
            continue
        took.append(time.monotonic() - asked)
        await asyncio.sleep(max(0.0, asked + ASK_EVERY_S - time.monotonic()))
    return took
