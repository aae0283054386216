"""A loopback Discord, an outbox full of alerts, and the books of both to compare."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.faults.sender import Post
from bot.alerts.pace import Pace
from bot.records import DeliveryState, Planned
from bot.store.store import Store
from bot.store.tables import message
from signals.types import Event
from tests.wire.discord_server import LoopbackDiscord
from tests.wire.proxy import certificates
from tests.wire.world import World

HOSTS = ("discord.com", "gateway.discord.gg")
FIRST = date(2025, 1, 2)
UNLIMITED = 1e6
DATABASE = "smallcap.sqlite3"


@dataclass
class Arena:
    """One Discord, one outbox."""

    folder: Path
    discord: LoopbackDiscord
    store: Store
    ca: Path
    filled: int = 0

    def post(self, **pace: float) -> Post:
        """Return what a sender needs to know."""
        given = {"per_second": UNLIMITED, "in_flight": 64, "first_retry_s": 0.05, "longest_retry_s": 0.5} | pace
        return Post(f"sqlite:///{self.folder / DATABASE}", self.discord.port, self.ca, Pace(**given))

    async def tick(self, *, subjects: Sequence[str] = ("^RUT",), life: timedelta = timedelta(hours=6)) -> None:
        """Record one more session: an event of each of `subjects` for every channel there is."""
        at, session = datetime.now(UTC), FIRST + timedelta(days=self.filled)
        events = [Event("cross", "golden_cross", name, session, 1, {"fast": 50}, {"close": 1.0}) for name in subjects]
        run = await self.store.runs.start("session", session, at)
        assert run is not None
        plans = [
            Planned(event.identity, 1, channel.guild_id or 0, channel.id, "it asked", 5, at + life)
            for channel in self.discord.world.channels.values()
            for event in events
        ]
        assert await self.store.ledger.record(run, events, plans, at=at) is not None
        self.filled += 1

    async def settled(self, seconds: float) -> dict[str, int]:
        """Wait until nothing is under way any more; return the counts."""
        deadline = time.monotonic() + seconds
        while True:
            counts = await self.store.outbox.counts()
            if not counts["pending"] and not counts["claimed"]:
                return counts
            assert time.monotonic() < deadline, f"not settled within {seconds:g} s: {counts}"
            await asyncio.sleep(0.2)

    async def books(self) -> Books:
        """Compare what Discord stored with what the outbox says."""
        columns = (message.c.nonce, message.c.channel_id, message.c.session, message.c.state, message.c.discord_id)
        async with self.store.database.read() as connection:
            rows = (await connection.execute(sa.select(*columns).order_by(message.c.id))).all()
        return Books.of(self.discord, rows)


@dataclass(frozen=True)
class Books:
    """What the server's log and the database say, side by side.

    `lost` are messages that should have arrived and did not, `twice` those that did more than once, `mismatched` those
    the database calls sent under another id than Discord gave, `disordered` channels whose sessions are out of order.
    """

    lost: int
    twice: int
    mismatched: int
    disordered: int
    sent: int
    stored: int

    @classmethod
    def of(cls, discord: LoopbackDiscord, rows: Sequence[sa.Row[tuple[object, ...]]]) -> Books:
        """Count."""
        by_nonce: dict[str, list[int]] = {}
        for stored in discord.messages:
            by_nonce.setdefault(str(stored.nonce), []).append(stored.id)
        sent = [row for row in rows if row.state == DeliveryState.SENT]
        session_of = {row.nonce: row.session for row in rows}
        orders = [
            [session_of[str(stored.nonce)] for stored in messages] for messages in discord.ledger.by_channel.values()
        ]
        contents = Counter((stored.channel_id, session_of.get(str(stored.nonce))) for stored in discord.messages)
        return cls(
            lost=sum(row.nonce not in by_nonce for row in sent),
            twice=sum(n - 1 for n in contents.values()),
            mismatched=sum(row.discord_id not in by_nonce.get(row.nonce, ()) for row in sent),
            disordered=sum(order != sorted(order) for order in orders),
            sent=len(sent),
            stored=len(discord.messages),
        )

    @property
    def are_exact(self) -> bool:
        """Whether both say the same."""
        return not (self.lost or self.mismatched) and self.sent == self.stored


@asynccontextmanager
async def arena(world: World, *, seed: int = 0, is_limited: bool = False) -> AsyncIterator[Arena]:
    """Open a Discord of that world and an empty outbox; `is_limited` enforces Discord's rate limits."""
    with tempfile.TemporaryDirectory(prefix="smallcap-faults-") as name:
        folder = Path(name)
        context, ca = certificates(folder, *HOSTS)
        discord = LoopbackDiscord(world, seed=seed)
        discord.keeps_files = False
        if not is_limited:
            discord.limits.global_per_s = None
            discord.limits.buckets.clear()
        await discord.start(context)
        store = Store(f"sqlite:///{folder / DATABASE}")
        await store.open(migrate=True)
        try:
            yield Arena(folder, discord, store, ca)
        finally:
            await store.close()
            await discord.stop()


async def until(holds: Callable[[], bool], seconds: float, every_s: float = 0.001) -> bool:
    """Wait until `holds()`, for so long at most; return whether it does."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(every_s)
    return True
