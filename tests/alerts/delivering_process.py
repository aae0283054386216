"""A process that does nothing but deliver, the victim of the crash tests: ``URL_OF_DATABASE URL_OF_RECEIVER``."""

from __future__ import annotations

import asyncio
import random
import sys

import aiohttp

from bot.alerts.deliver import Deliverer
from bot.alerts.pace import Pace
from bot.alerts.ports import Composed, Receipt, SendFailed
from bot.clock import WallClock
from bot.records import Attachment, Outbound
from bot.store.store import Store

HEAVY = {"pandas", "discord", "yfinance", "matplotlib", "pyarrow", "apscheduler", "exchange_calendars"}
LEASE_S = 0.4


class Wire:
    """Posts to the receiver as one would to Discord."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self._session = session
        self._address = address

    async def find(self, message: Outbound) -> int | None:
        raise AssertionError(f"the receiver never forgets a nonce: nothing needs to be looked for ({message.id})")

    async def send(self, message: Outbound) -> Receipt:
        assert message.payload is not None
        sent = {"nonce": message.nonce, "channel": message.channel_id, **message.payload}
        try:
            async with self._session.post(self._address, json=sent) as answer:
                return Receipt(int((await answer.json())["id"]))
        except (aiohttp.ClientError, OSError) as error:
            raise SendFailed(str(error), permanent=False, is_certain=False) from error


class Plain:
    """Composes something different every time, so that a content composed twice would be noticed."""

    async def compose(self, message: Outbound) -> Composed:
        told = [stored.event.subject for stored in message.events]
        drawn = random.randbytes(64)  # noqa: S311 - a stand-in for a picture
        return Composed({"content": f"{told} {drawn.hex()}"}, (Attachment("chart.png", drawn, "a chart"),))


async def main(url: str, address: str) -> None:
    """Deliver until killed."""
    loaded = HEAVY & set(sys.modules)
    assert not loaded, f"the sender starts without {loaded}"
    store = Store(url)
    await store.open()
    async with aiohttp.ClientSession() as session:
        pace = Pace(per_second=3000.0, in_flight=16, lease_s=LEASE_S, first_retry_s=0.05)
        deliverer = Deliverer(store.outbox, store.destinations, Plain(), Wire(session, address), WallClock(), pace)
        await deliverer.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
