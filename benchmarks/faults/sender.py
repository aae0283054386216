"""A process that does nothing but deliver, with the bot's own sender, outbox and pace: the victim of the kills.

It starts without pandas and the like; it is forked from a server that has its modules loaded, so that five hundred of
them cost seconds and not minutes.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import discord
import structlog

from bot.alerts.deliver import Deliverer
from bot.alerts.pace import Pace
from bot.alerts.ports import Composed
from bot.chat.sender import DiscordSender
from bot.clock import WallClock
from bot.records import Outbound
from bot.store.store import Store
from tests.wire.loopback import connector
from tests.wire.shapes import TOKEN

HEAVY = {"pandas", "yfinance", "matplotlib", "pyarrow", "apscheduler", "exchange_calendars", "scipy"}


@dataclass(frozen=True)
class Post:
    """Where the outbox is, where Discord is, and how fast to go."""

    url: str
    port: int
    ca: Path
    pace: Pace


class PlainComposer:
    """Words and an embed; what they are made of is not what is measured here."""

    async def compose(self, message: Outbound) -> Composed:
        """Return words about the events."""
        told = ", ".join(f"{stored.event.kind} of {stored.event.subject}" for stored in message.events)
        footer = {"text": f"session {message.session} · {'; '.join(message.whys)}"}
        embed = {"type": "rich", "title": told[:256], "description": told, "footer": footer}
        return Composed({"embeds": [embed], "plain": told})


def client_for(port: int, ca: Path, **given: Any) -> discord.Client:
    """Return discord.py's client, led to the loopback Discord."""
    return discord.Client(
        intents=discord.Intents.none(),
        connector=connector(port, ca),
        max_ratelimit_timeout=30.0,
        allowed_mentions=discord.AllowedMentions.none(),
        **given,
    )


def deliverer_of(store: Store, client: discord.Client, pace: Pace) -> Deliverer:
    """Return the bot's own deliverer over `store` and `client`."""
    return Deliverer(store.outbox, store.destinations, PlainComposer(), DiscordSender(client), WallClock(), pace)


def serve(post: Post) -> None:
    """Deliver until killed."""
    quietly()
    loaded = HEAVY & set(sys.modules)
    assert not loaded, f"the sender starts without {loaded}"
    asyncio.run(_deliver(post))


async def _deliver(post: Post) -> None:
    store = Store(post.url)
    await store.open()
    client = client_for(post.port, post.ca)
    async with client:
        await client.login(TOKEN)
        await deliverer_of(store, client, post.pace).run()


def quietly() -> None:
    """Say nothing below a critical error: ten thousand lines of log would be measured along."""
    logging.getLogger().setLevel(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def start(post: Post) -> Any:
    """Start a sender as a process of its own."""
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=serve, args=(post,), daemon=True)
    process.start()
    return process
