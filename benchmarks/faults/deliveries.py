"""Faults of the way to Discord: the sender killed, answers lost, channels revoked, doors shut; and how fast it goes."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from benchmarks.faults.arena import FIRST, Arena, arena, until
from benchmarks.faults.line import Line
from benchmarks.faults.sender import client_for, deliverer_of, start
from bot.alerts.notices import Herald
from bot.alerts.watch import JOB
from bot.chat.door import Door
from bot.clock import WallClock
from bot.records import Address
from tests.wire.shapes import EVERYONE, SEND, TOKEN, VIEW
from tests.wire.world import World

PACE = 45.0
UNAUTHORIZED, TOO_MANY = 401, 429
RESET = 502
"""How the server's log calls an answer that was lost."""
A_LIFE = 90
"""At most so many deliveries before the next kill."""


async def kills(*, seed: int, kills: int = 500, guilds: int = 400, channels: int = 10, ticks: int = 5) -> list[Line]:
    """Kill the sending process at random instants; nothing may be lost, repeated or out of order."""
    dice, began = random.Random(seed), time.monotonic()  # noqa: S311 - instants of kills
    async with arena(World.build(guilds, channels)) as ring:
        for _ in range(ticks):
            await ring.tick()
        for _ in range(kills):
            await _one_life(ring, dice)
            if (await ring.store.outbox.counts())["pending"] < 2 * A_LIFE:
                await ring.tick()  # a victim needs work
        last = start(ring.post(lease_s=1.0))
        counts = await ring.settled(180)
        last.kill()
        books = await ring.books()
    figure = f"{kills} SIGKILLs of the sender over {counts['computed']:,} deliveries"
    seconds = time.monotonic() - began
    found = f"{counts['computed'] - books.stored + books.twice} / {books.twice}"
    is_met = (books.lost, books.twice, counts["sent"]) == (0, 0, counts["computed"])
    order = f"{books.disordered} channels out of order"
    is_exact = books.are_exact and counts["computed"] == sum(n for s, n in counts.items() if s != "computed")
    exact = f"{books.stored:,} stored, {books.sent:,} sent, {books.mismatched} differ"
    return [
        Line(f"{figure}: lost / duplicated", "0 / 0", found, is_met, seconds),
        Line("the same: order within a channel", "kept", order, not books.disordered),
        Line("the same: conservation, server's log against database", "exact", exact, is_exact),
    ]


async def _one_life(ring: Arena, dice: random.Random) -> None:
    victim = start(ring.post(lease_s=1.0))
    goal = len(ring.discord.messages) + dice.randint(0, A_LIFE)
    await until(lambda: len(ring.discord.messages) >= goal, 3.0)
    await asyncio.sleep(dice.random() * 0.03)
    victim.kill()
    await asyncio.to_thread(victim.join)


async def lost_answers(*, seed: int, guilds: int = 200, channels: int = 10) -> list[Line]:
    """Lose every fourth answer after the message was stored: while nonces are remembered, and when they are not."""
    lines = []
    for window_s, words in ((180.0, "nonce remembered"), (0.05, "nonce forgotten, looked for in the channel")):
        began = time.monotonic()
        async with arena(World.build(guilds, channels), seed=seed) as ring:
            ring.discord.faults.lost_share = 0.25
            ring.discord.nonce_window_s = window_s
            await ring.tick()
            # The sender must not trust a nonce for longer than the server remembers it.
            trusted_s = 120.0 if window_s > 1 else 0.0
            sender = start(ring.post(nonce_window_s=trusted_s, lease_s=20.0, first_retry_s=0.2))
            counts = await ring.settled(120)
            sender.kill()
            books = await ring.books()
            lost = sum(status == RESET for _, _, _, status in ring.discord.request_log)
        found = f"{books.twice} ({lost:,} answers of {books.stored:,} messages lost)"
        is_met = (books.twice, books.lost, counts["sent"]) == (0, 0, counts["computed"]) and lost > 0
        lines.append(Line(f"25 % of answers lost, {words}: duplicates", "0", found, is_met, time.monotonic() - began))
    return lines


async def revoked(*, seed: int, guilds: int = 200, channels: int = 10, ticks: int = 10) -> list[Line]:
    """Revoke 30 % of the channels in every way there is and tick on; each may be asked once in vain."""
    dice, began = random.Random(seed), time.monotonic()  # noqa: S311 - which channels
    async with arena(World.build(guilds, channels)) as ring:
        rooms = list(ring.discord.world.channels.values())
        dead = dice.sample(rooms, int(0.3 * len(rooms)))
        for n, room in enumerate(dead):
            room.exists = n % 3 != 0
            room.permissions = (EVERYONE, EVERYONE & ~VIEW, EVERYONE & ~SEND)[n % 3]
        post = ring.post()
        client = client_for(ring.discord.port, ring.ca)
        async with client:
            await client.login(TOKEN)
            deliverer = deliverer_of(ring.store, client, post.pace)
            for _ in range(ticks):
                await ring.tick()
                await deliverer.drain()
        counts = await ring.store.outbox.counts()
        posts = Counter(path.split("/")[-2] for method, path in ring.discord.requests if method == "POST")
        invalid = {room.id: posts[str(room.id)] for room in dead}
    most = max(invalid.values())
    found = f"{most} ({sum(invalid.values()):,} in {len(dead):,} channels)"
    kept = counts["suppressed"] == len(dead) * (ticks - 1) and counts["dead"] == len(dead)
    is_met = set(invalid.values()) == {1} and kept
    figure = f"{len(rooms):,} channels, 30 % revoked, {ticks} ticks: invalid requests per dead channel"
    return [Line(figure, "1", found, is_met, time.monotonic() - began)]


async def doors(*, seed: int, watched_s: float = 4.0) -> list[Line]:
    """Turn the bot away as Cloudflare does, and refuse its token; count what it asks after."""
    lines = []
    for status, what, most in ((TOO_MANY, "a Cloudflare-like 429", 1), (UNAUTHORIZED, "a 401", 0)):
        began = time.monotonic()
        async with arena(World.build(40, 10)) as ring:
            await ring.tick()
            await _shut(ring, status, watched_s)
            log = list(ring.discord.request_log)
            held_up = (await ring.store.outbox.counts())["sent"]
            await _opened_again(ring)
            first = next(n for n, entry in enumerate(log) if entry[3] == status)
            after = len(log) - first - 1
            states, books = await ring.store.outbox.counts(), await ring.books()
        is_met = after <= most and states["sent"] == states["computed"] > held_up and not books.twice
        figure = f"requests after {what}, {watched_s:g} s"
        found = f"{after} (and {states['sent'] - held_up} of {states['computed'] - held_up} sent once it was over)"
        lines.append(Line(figure, f"≤ {most}" if most else "0", found, is_met, time.monotonic() - began))
    del seed
    return lines


async def _shut(ring: Arena, status: int, watched_s: float) -> None:
    door = Door(WallClock(), ring.store.notes)
    post = ring.post(per_second=45.0)
    client = client_for(ring.discord.port, ring.ca, http_trace=door.trace())
    async with client:
        await client.login(TOKEN)
        running = asyncio.create_task(deliverer_of(ring.store, client, post.pace).run())
        await until(lambda: len(ring.discord.messages) >= 20, 20.0)
        if status == TOO_MANY:
            ring.discord.faults.cloudflare_answers = math.inf
        else:
            ring.discord.faults.refuses_token = True
        await asyncio.sleep(watched_s)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _opened_again(ring: Arena) -> None:
    """Let a process started anew, with a token that is accepted, send what was held up."""
    ring.discord.faults.cloudflare_answers, ring.discord.faults.refuses_token = 0, False
    sender = start(ring.post())
    await ring.settled(30)
    sender.kill()


async def owners(*, seed: int, guilds: int = 150) -> list[Line]:
    """Tell the owners of many guilds that a session is held back: direct messages are opened first, and paced too."""
    del seed
    began = time.monotonic()
    async with arena(World.build(guilds), is_limited=True) as ring:
        await _fail_a_session(ring)
        client = client_for(ring.discord.port, ring.ca)
        async with client:
            await client.login(TOKEN)
            deliverer = deliverer_of(ring.store, client, ring.post(per_second=PACE).pace)
            grace = timedelta(0)
            herald = Herald(ring.store.notices, ring.store.destinations, Owners(), WallClock(), JOB, grace)
            while await herald.tell():
                await deliverer.drain()
            again = await herald.tell()
        told = {message.channel_id for message in ring.discord.messages}
        too_many = ring.discord.sent_429s
    is_met = len(told) == len(ring.discord.messages) == guilds and not too_many and not again
    found = f"{too_many} / {len(ring.discord.messages) - len(told)} ({len(told)} told)"
    figure = f"a held-back session told to {guilds} owners: 429s / told twice"
    return [Line(figure, "0 / 0", found, is_met, time.monotonic() - began)]


class Owners:
    """Every guild has an owner of its own and no system channel."""

    async def addresses(self, guild_id: int) -> list[Address]:
        """Return the owner's direct messages."""
        return [Address(guild_id + 7, is_direct=True)]


async def _fail_a_session(ring: Arena) -> None:
    at = datetime.now(UTC)
    for channel in ring.discord.world.channels.values():
        given = {"signal": "cross", "subjects": (), "by": 1, "at": at}
        await ring.store.routes.add(guild_id=channel.guild_id or 0, channel_id=channel.id, **given)
    held = await ring.store.runs.start(JOB, FIRST, at)
    assert held is not None
    await ring.store.runs.fail(held, "the source is down", at)


async def throughput(*, seed: int, guilds: int = 50, channels: int = 10, ticks: int = 20) -> list[Line]:
    """Let one sender empty the outbox as fast as it can against a server without limits; every delivery is durable.

    Two events a session, as they come: a channel gets them in one message. Few channels and many sessions, because
    discord.py looks through all its rate-limit buckets at each request, and that would be what is measured.
    """
    del seed
    began = time.monotonic()
    async with arena(World.build(guilds, channels)) as ring:
        for _ in range(ticks):
            await ring.tick(subjects=("^RUT", "IWM"))
        sender = start(ring.post(in_flight=32, batch=400))
        assert await until(lambda: bool(ring.discord.messages), 20.0)
        first = time.monotonic()
        counts = await ring.settled(120)
        took = time.monotonic() - first
        sender.kill()
        messages = len(ring.discord.messages)
    rate = counts["sent"] / took
    figure = f"durable deliveries per second, unlimited server, SQLite ({counts['sent']:,} in {messages:,} messages)"
    found = f"{rate:,.0f} ({messages / took:,.0f} messages/s)"
    return [Line(figure, "≥ 1,000", found, rate >= 1000, time.monotonic() - began)]


async def pace(*, seed: int, guilds: int = 100, channels: int = 10) -> list[Line]:
    """Send at the configured pace to a server that enforces 50 a second: a short run of what the fan-out does."""
    del seed
    began = time.monotonic()
    async with arena(World.build(guilds, channels), is_limited=True) as ring:
        await ring.tick()
        sender = start(ring.post(per_second=PACE))
        await ring.settled(2 * guilds * channels / PACE + 30)
        sender.kill()
        instants = [message.instant for message in ring.discord.messages]
        too_many = ring.discord.sent_429s
    ratio = (instants[-1] - instants[0]) / ((len(instants) - 1) / PACE)
    figure = f"{len(instants):,} channels at {PACE:g}/s against 50/s"
    return [
        Line(f"{figure}: 429s", "0", str(too_many), too_many == 0, time.monotonic() - began),
        Line(f"{figure}: time ÷ ideal", "≤ 1.05", f"{ratio:.3f}", ratio <= 1.05),
    ]
