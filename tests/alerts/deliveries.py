"""Steps that the tests of delivery share."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from bot.alerts.deliver import Deliverer
from bot.alerts.pace import Pace
from bot.clock import SetClock
from bot.records import Planned
from bot.store.store import Store
from signals.types import Event
from tests.alerts.worlds import FakeComposer, FakeDiscord

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
EXPIRES = AT + timedelta(hours=20)
FAST = Pace(per_second=5000.0)


async def fill(store: Store, channels: Iterable[int], session: date = date(2025, 8, 6)) -> None:
    """Record one event for `channels`."""
    event = Event("cross", "golden_cross", "^RUT", session, 1, {"fast": 50}, {"close": 1.0})
    run = await store.runs.start("session", session, AT)
    assert run is not None
    plans = [Planned(event.identity, 1, 1, channel, "it asked", 5, EXPIRES) for channel in channels]
    assert await store.ledger.record(run, [event], plans, at=AT) is not None


def deliverer(store: Store, discord: FakeDiscord, clock: SetClock | None = None, pace: Pace = FAST) -> Deliverer:
    return Deliverer(
        store.outbox,
        store.destinations,
        FakeComposer(),
        discord,
        clock or SetClock(AT),
        pace,
        random.Random(7),  # noqa: S311 - jitter
    )


async def states(store: Store) -> dict[str, int]:
    """Return what is not zero, having checked that nothing was lost on the way."""
    counts = await store.outbox.counts()
    assert counts["computed"] == sum(n for state, n in counts.items() if state != "computed")
    return {state: n for state, n in counts.items() if n and state != "computed"}


async def sent(store: Store, count: int) -> None:
    """Wait until the database says that so many are sent."""
    async with asyncio.timeout(10):
        while (await store.outbox.counts())["sent"] < count:  # noqa: ASYNC110 - a database rings no bell
            await asyncio.sleep(0.01)
