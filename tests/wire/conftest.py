"""The bot as a process of its own, and the Discord it is led to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest

from tests.conftest import swept
from tests.wire.caller import Caller, Clock
from tests.wire.discord_server import LoopbackDiscord
from tests.wire.gateway_scene import Scene, supervised
from tests.wire.proxy import Proxy, certificates
from tests.wire.shapes import TOKEN

HOSTS = ("discord.com", "gateway.discord.gg")
OURS = ("SMALLCAP_", "DISCORD_", "DATABASE_URL")


@dataclass
class Wire:
    """A loopback Discord behind a proxy, and the environment that leads a process to it."""

    discord: LoopbackDiscord
    proxy: Proxy
    folder: Path
    environment: dict[str, str]
    _running: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *arguments: str, token: str = TOKEN, module: str = "bot") -> asyncio.subprocess.Process:
        """Start ``smallcap`` with `arguments`; its log goes to a file."""
        log = (self.folder / "bot.log").open("ab")
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            module,
            *arguments,
            env={**self.environment, "DISCORD_TOKEN": token},
            cwd=self.folder,
            stdout=log,
            stderr=log,
        )
        log.close()
        self._running.append(process)
        return process

    async def stop(self, process: asyncio.subprocess.Process) -> int:
        """Ask the process to end, and return its exit code."""
        process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(process.wait(), 20)

    def log(self) -> str:
        """Return what the processes wrote."""
        return (self.folder / "bot.log").read_text(encoding="utf-8")

    async def close(self) -> None:
        """Kill what still runs."""
        for process in self._running:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await self.proxy.stop()
        await self.discord.stop()


@pytest.fixture(scope="module", autouse=True)
def swept_after_each_file():
    """Sockets are cut here on purpose, from both ends."""
    yield
    swept()


@pytest.fixture(scope="session")
def read_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of bars and calendars that all processes share: simulating a market takes them seconds."""
    return tmp_path_factory.mktemp("bars")


@pytest.fixture
async def wire(tmp_path: Path, read_in: Path):
    bars = tmp_path / ".smallcap" / "bars"
    bars.parent.mkdir()
    bars.symlink_to(read_in)
    context, authority = certificates(tmp_path, *HOSTS)
    discord = LoopbackDiscord()
    await discord.start(context)
    proxy = Proxy(dict.fromkeys(HOSTS, discord.port))
    await proxy.start()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(OURS) and "proxy" not in name.lower()
    }
    environment = {
        **kept,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}",
        "SSL_CERT_FILE": str(authority),
        "REQUESTS_CA_BUNDLE": str(authority),
    }
    running = Wire(discord, proxy, tmp_path, environment)
    yield running
    await running.close()


@pytest.fixture
def russell(market_data: Path, tmp_path: Path) -> Path:
    """Return a folder with the real prices of the Russell 2000 and its fund alone: what is scanned in no time."""
    prices = tmp_path / "russell" / "prices"
    prices.mkdir(parents=True)
    for symbol in ("^RUT", "IWM"):
        (prices / f"{symbol}.csv.gz").symlink_to(market_data / "prices" / f"{symbol}.csv.gz")
    return prices.parent


@pytest.fixture(scope="session")
def certified(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Return the server's context and the authority's file, made once."""
    return certificates(tmp_path_factory.mktemp("authority"), *HOSTS)


@pytest.fixture
def clock() -> Clock:
    """Return the hands of the server's clock."""
    return Clock()


@pytest.fixture
async def server(certified, clock: Clock):
    """Yield a loopback Discord without a bot, whose clock stands still until the test moves it."""
    discord = LoopbackDiscord(clock=clock)
    await discord.start(certified[0])
    yield discord
    await discord.stop()


@pytest.fixture
async def caller(server: LoopbackDiscord, certified):
    """Yield a plain client of `server`."""
    calling = Caller(server.port, certified[1])
    yield calling
    await calling.close()


@pytest.fixture
def hurried(monkeypatch):
    """Take discord.py's long rests away."""

    async def at_once(*_: Any, **__: Any) -> None:
        pass

    monkeypatch.setattr(discord.Client, "before_identify_hook", at_once)
    monkeypatch.setattr(discord.client.ExponentialBackoff, "delay", lambda _self: 0.05)


@pytest.fixture
async def discord_server(certified, hurried) -> AsyncIterator[LoopbackDiscord]:
    server = LoopbackDiscord()
    server.gateway.heartbeat_interval_ms = 100
    server.deaf = []
    await server.start(certified[0])
    yield server
    for transport in server.deaf:
        transport.abort()
    await server.stop()


@pytest.fixture
async def scene(discord_server, certified) -> AsyncIterator[Scene]:
    async with supervised(discord_server, certified[1]) as scene:
        await scene.is_in()
        yield scene
