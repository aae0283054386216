"""The one sender of the token: claim, compose and freeze, send with the message's nonce, record."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sized
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from aiolimiter import AsyncLimiter

from bot.alerts.ports import Composer, Outbox, Sender, SendFailed
from bot.clock import Clock
from bot.records import Outbound

log = structlog.get_logger(__name__)

MOST_ATTEMPTS_UNEXPLAINED = 5
"""So often a message may fail for a reason nobody foresaw before it is given up as our own mistake."""
AFTER_TROUBLE_S = 5.0
PARTING_S = 3.0
"""So long a send under way may take to end, and be recorded, when the program is told to stop."""
IDLE_S = 30.0
"""The outbox is looked at this often even when nobody says that there is something new."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how many at once, and how long a claim holds.

    Parameters
    ----------
    per_second : float
        Sends begin evenly spaced: a burst of the same size draws 429s.
    lease_s : float
        Shorter than Discord's window for nonces ("a few minutes"): a claim that a crash left behind is sent again
        while Discord still recognises it. A send that has no answer by then is tried again like one that failed.
    """

    per_second: float = 45.0
    in_flight: int = 32
    lease_s: float = 60.0
    first_retry_s: float = 2.0
    longest_retry_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Tally:
    """How one drain of the outbox ended, in messages."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    expired: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.sent + other.sent, self.retried + other.retried, self.dead + other.dead, self.expired + other.expired
        )


@dataclass(slots=True)
class Deliverer:
    """Empties the outbox.

    A send comes before its mark. If the process ends between the two, the claim lapses, the message is sent again
    with the same nonce, and Discord recognises it: nothing is lost and nothing is posted twice.
    """

    outbox: Outbox
    composer: Composer
    sender: Sender
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    dice: random.Random = field(default_factory=random.Random)
    _limiter: AsyncLimiter = field(init=False)
    _news: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _draining: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._limiter = AsyncLimiter(1, 1 / self.pace.per_second)

    def wake(self) -> None:
        """Say that the outbox has something new."""
        self._news.set()

    async def run(self) -> None:
        """Deliver until cancelled; what is being sent then is recorded or stays claimed, and is never forgotten."""
        while True:
            self._news.clear()
            rest_s = AFTER_TROUBLE_S
            try:
                await self.drain()
                rest_s = await self._rest_s()
            except Exception:
                log.exception("delivery_interrupted")  # the database may be away; what is claimed stays claimed
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._news.wait()

    async def drain(self) -> Tally:
        """Send everything that is due now; return how it ended."""
        async with self._draining:
            now = self.clock.now()
            tally = Tally(expired=await self.outbox.expire(now))
            under_way: set[asyncio.Task[Tally]] = set()
            try:
                while True:
                    claimed = await self._claim(under_way)
                    under_way |= {asyncio.create_task(self._deliver(message)) for message in claimed}
                    if not under_way:
                        return tally
                    done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        tally += task.result()
            finally:
                await _parted(under_way)

    async def _claim(self, under_way: Sized) -> list[Outbound]:
        """Claim by the handful: once half of what may be under way has ended, a claim costs little per message."""
        room = self.pace.in_flight - len(under_way)
        if 2 * room < self.pace.in_flight:
            return []
        return await self.outbox.claim(room, self.clock.now(), self.pace.lease_s)

    async def _deliver(self, message: Outbound) -> Tally:
        try:
            if message.payload is None:
                frozen = await self._compose(message)
                if frozen is None:
                    return Tally()
                message = frozen
            await self._limiter.acquire()
            discord_id = await self._send(message)
        except SendFailed as failure:
            return await self._failed(message, failure)
        except Exception as error:
            log.exception("delivery_unexplained", message=message.id, channel=message.channel_id)
            return await self._failed(message, _unexplained(message, error))
        if not await self.outbox.sent(message.id, message.lease, discord_id, self.clock.now()):
            log.warning("lease_lost_after_send", message=message.id, channel=message.channel_id)
            return Tally()
        log.info("alert_sent", message=message.id, channel=message.channel_id, events=len(message.events))
        return Tally(sent=1)

    async def _send(self, message: Outbound) -> int:
        """Send within the lease: one send without an answer would hold up the retries of all other channels."""
        try:
            async with asyncio.timeout(self.pace.lease_s):
                return await self.sender.send(message)
        except TimeoutError as slow:
            raise SendFailed(f"no answer within {self.pace.lease_s:g} s", permanent=False) from slow

    async def _compose(self, message: Outbound) -> Outbound | None:
        """Return the message with its content fixed; None where another claim holds it by now.

        What cannot be composed is tried again until it expires: nothing has been asked of Discord yet, and the bars
        or the disk may be back in an hour.
        """
        try:
            composed = await self.composer.compose(message)
        except Exception as error:
            log.exception("composing_failed", message=message.id, channel=message.channel_id)
            raise SendFailed(f"{type(error).__name__}: {error}", permanent=False) from error
        if not await self.outbox.freeze(message.id, message.lease, composed.payload, composed.attachments):
            log.warning("lease_lost_before_send", message=message.id, channel=message.channel_id)
            return None
        return replace(message, payload=composed.payload, attachments=composed.attachments)

    async def _failed(self, message: Outbound, failure: SendFailed) -> Tally:
        facts = {"message": message.id, "channel": message.channel_id, "reason": failure.reason}
        if failure.permanent:
            log.warning("alert_dead", **facts)
            return Tally(dead=int(await self.outbox.dead(message.id, message.lease, failure.reason)))
        again = self.clock.now() + timedelta(seconds=failure.retry_after_s or self._back_off_s(message.attempt))
        if again >= message.expires_at:
            log.warning("alert_expired", **facts)
            return Tally(expired=int(await self.outbox.expired(message.id, message.lease, failure.reason)))
        log.info("alert_retry", **facts, at=again.isoformat(), attempt=message.attempt)
        return Tally(retried=int(await self.outbox.retry(message.id, message.lease, again, failure.reason)))

    def _back_off_s(self, attempt: int) -> float:
        """Return a wait that doubles with every attempt, half of it by chance so that many do not return at once."""
        longest = min(self.pace.longest_retry_s, self.pace.first_retry_s * 2.0 ** min(attempt - 1, 20))
        return longest * (0.5 + self.dice.random() / 2)

    async def _rest_s(self) -> float:
        due = await self.outbox.next_due()
        if due is None:
            return IDLE_S
        return min(IDLE_S, max(0.05, (due - self.clock.now()).total_seconds()))


async def _parted(under_way: set[asyncio.Task[Tally]]) -> None:
    """Let sends end that may have arrived already, so that they are recorded; give up those that take too long."""
    if under_way:
        _, late = await asyncio.wait(under_way, timeout=PARTING_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _unexplained(message: Outbound, error: Exception) -> SendFailed:
    given_up = message.attempt >= MOST_ATTEMPTS_UNEXPLAINED
    return SendFailed(f"{type(error).__name__}: {error}", permanent=given_up)
