from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.records import Planned
from bot.store.store import Store
from signals.types import Event

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("SMALLCAP_SEED", "20250806"))
MESSAGES = 240
KILLS = 6


class Receiver:
    """A loopback server that keeps a nonce's first message and answers a repeat with it, as Discord documents."""

    def __init__(self, dice: random.Random) -> None:
        self.stored: dict[str, dict[str, object]] = {}
        self.calls: Counter[str] = Counter()
        self.came = asyncio.Event()
        self._dice = dice

    async def post(self, request: web.Request) -> web.Response:
        message = await request.json()
        nonce = message["nonce"]
        self.calls[nonce] += 1
        first = self.stored.setdefault(nonce, message)
        assert first == message, "a repeated message must say the same"
        self.came.set()
        await asyncio.sleep(self._dice.random() * 0.01)
        return web.json_response({"id": list(self.stored).index(nonce) + 1})

    async def more(self, count: int) -> None:
        """Wait until `count` more calls have come."""
        until = self.calls.total() + count
        while self.calls.total() < until:
            self.came.clear()
            await self.came.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[tuple[Receiver, str]]:
    receiver = Receiver(random.Random(SEED))  # noqa: S311 - delays
    app = web.Application()
    app.router.add_post("/", receiver.post)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield receiver, f"http://127.0.0.1:{port}/"
    await runner.cleanup()


async def fill(store: Store) -> None:
    at = datetime.now(UTC)
    session = date(2025, 8, 6)
    event = Event("cross", "golden_cross", "^RUT", session, 1, {"fast": 50}, {"close": 1.0})
    run = await store.runs.start("session", session, at)
    assert run is not None
    expires = at + timedelta(hours=1)
    plans = [Planned(event.identity, 1, 1, 100 + n, "it asked", 5, expires) for n in range(MESSAGES)]
    assert await store.ledger.record(run, [event], plans, at=at) is not None


async def start(url: str, address: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.alerts.delivering_process", url, address, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )


async def test_killing_the_sender_at_random_instants_loses_nothing_and_repeats_nothing(
    tmp_path: Path, receiver: tuple[Receiver, str]
):
    server, address = receiver
    dice = random.Random(SEED)  # noqa: S311 - the instants of the kills
    print(f"seed {SEED}")  # noqa: T201 - a failure is replayed with SMALLCAP_SEED
    url = f"sqlite:///{tmp_path / 'smallcap.sqlite3'}"
    store = Store(url)
    await store.open(migrate=True)
    await fill(store)
    for _ in range(KILLS):
        victim = await start(url, address)
        async with asyncio.timeout(60):
            await server.more(dice.randint(1, 25))
        await asyncio.sleep(dice.random() * 0.03)
        victim.kill()
        await victim.communicate()
    last = await start(url, address)
    async with asyncio.timeout(120):
        while (await store.outbox.counts())["sent"] < MESSAGES:  # noqa: ASYNC110 - another process does the work
            await asyncio.sleep(0.05)
    last.kill()
    await last.communicate()
    counts = await store.outbox.counts()
    await store.close()

    posted = Counter(message["channel"] for message in server.stored.values())
    assert set(posted) == set(range(100, 100 + MESSAGES)), "nothing is lost"
    assert set(posted.values()) == {1}, "nothing is repeated"
    assert counts["sent"] == counts["computed"] == MESSAGES
    assert server.calls.total() > MESSAGES, "no kill fell between a send and its mark: the test proves nothing"
