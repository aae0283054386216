"""The one sender of the token: claim, compose and freeze, send with the message's nonce, record."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.alerts.courier import Courier
from bot.alerts.marks import Marks
from bot.alerts.notices import switched_off_words
from bot.alerts.pace import Pace, Pacer
from bot.alerts.ports import Composer, Destinations, Outbox, Receipt, Scope, Sender, SendFailed
from bot.clock import Clock
from bot.people import Noun
from bot.records import DeliveryState, Frozen, MessageKind, Outbound, Settlement

log = structlog.get_logger(__name__)

AFTER_TROUBLE_S = 5.0
PARTING_S = 3.0
"""So long a send under way may take to end, and be recorded, when the program is told to stop."""
LAST_WORDS_S = 3.0
"""So long the database may take then: somebody else may hold its lock, and leases lapse by themselves."""
IDLE_S = 30.0
"""The outbox is looked at this often even when nobody says that there is something new."""
HALT_S = 600.0
"""So long everything rests where Discord's doorkeeper does not say how long."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How one drain of the outbox ended, in messages."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    expired: int = 0
    suppressed: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.sent + other.sent,
            self.retried + other.retried,
            self.dead + other.dead,
            self.expired + other.expired,
            self.suppressed + other.suppressed,
        )


COUNTED_AS = {
    DeliveryState.SENT: Tally(sent=1),
    DeliveryState.PENDING: Tally(retried=1),
    DeliveryState.DEAD: Tally(dead=1),
    DeliveryState.EXPIRED: Tally(expired=1),
    DeliveryState.SUPPRESSED: Tally(suppressed=1),
}


async def _nobody() -> int:
    return 0


@dataclass(slots=True)
class Deliverer:
    """Empties the outbox.

    A send comes before its mark. If the process ends between the two, the claim lapses, the message is sent again
    with the same nonce, and Discord recognises it: nothing is lost and nothing is posted twice.

    Parameters
    ----------
    tell_moderators : callable
        Called after each drain; returns how many messages it has put into the outbox.
    """

    outbox: Outbox
    destinations: Destinations
    composer: Composer
    sender: Sender
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    dice: random.Random = field(default_factory=random.Random)
    tell_moderators: Callable[[], Awaitable[int]] = _nobody
    _courier: Courier = field(init=False)
    _marks: Marks = field(init=False)
    _pacer: Pacer = field(init=False)
    _lanes: asyncio.Semaphore = field(init=False)
    _halted_until: datetime | None = field(init=False, default=None)
    _claimed: dict[int, Outbound] = field(init=False, default_factory=dict)
    _begun: set[int] = field(init=False, default_factory=set)
    _begin_by: datetime = field(init=False, default=datetime.max.replace(tzinfo=UTC))
    _news: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _draining: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._pacer = Pacer(self.pace.per_second)
        self._marks = Marks(self.outbox.settle, lambda: len(self._begun))
        self._lanes = asyncio.Semaphore(self.pace.in_flight)
        self._courier = Courier(self.sender, self.clock, self.pace, self._pacer, self.dice)

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
                rest_s = 0.0 if await self.tell_moderators() else await self._rest_s()
            except Exception:
                log.exception("delivery_interrupted")  # the database may be away; what is claimed stays claimed
            with suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._news.wait()

    async def drain(self) -> Tally:
        """Send everything that is due now; return how it ended."""
        async with self._draining:
            tally = Tally(expired=await self.outbox.expire(self.clock.now()))
            under_way: dict[asyncio.Task[Tally], Outbound] = {}
            try:
                while True:
                    ready, put_off = await self._claim(len(under_way))
                    tally += put_off
                    for message in ready:
                        under_way[asyncio.create_task(self._deliver(message, self._begin_by))] = message
                    if not under_way:
                        return tally
                    done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        del under_way[task]
                        tally += task.result()
            finally:
                await self._part(under_way)

    async def _claim(self, under_way: int) -> tuple[list[Outbound], Tally]:
        """Claim by the hundred, and compose: once half of what may be under way has ended, that costs little each."""
        most = self._most_at_once()
        room = most - under_way
        if 2 * room < most or self._is_halted():
            return [], Tally()
        now = self.clock.now()
        claimed = await self.outbox.claim(room, now, self.pace.lease_s)
        self._claimed |= {message.id: message for message in claimed}
        self._begin_by = now + timedelta(seconds=self.pace.lease_s / 2)
        bare = [message for message in claimed if message.payload is None]
        if not bare:
            return claimed, Tally()
        fixed, put_off = await self._frozen(bare)
        ready = [fixed.get(message.id, message) for message in claimed if message.payload or message.id in fixed]
        return ready, put_off

    def _most_at_once(self) -> int:
        """Return how many may be claimed: no more than can be begun in a quarter of the lease."""
        return max(1, min(self.pace.batch, int(self.pace.per_second * self.pace.lease_s / 4)))

    async def _frozen(self, bare: Sequence[Outbound]) -> tuple[dict[int, Outbound], Tally]:
        """Compose messages and fix their content, all in one transaction; return those that are ready to go."""
        made, put_off = await self._composed(bare)
        contents = {content.message_id: content for content in made}
        held = await self.outbox.freeze(bare[0].lease, list(contents.values()))
        ready = {}
        for message in bare:
            content = contents.get(message.id)
            if content is None:
                continue
            if message.id in held:
                ready[message.id] = replace(message, payload=content.payload, attachments=content.attachments)
            else:
                log.warning("lease_lost_before_send", message=message.id, channel=message.channel_id)
                self._forget(message.id)
        return ready, put_off

    async def _composed(self, bare: Sequence[Outbound]) -> tuple[list[Frozen], Tally]:
        """Compose what can be composed.

        The rest is tried again until it expires: nothing has been asked of Discord yet, and the bars or the disk may
        be back in an hour.
        """
        made: list[Frozen] = []
        failed: list[tuple[Outbound, Settlement]] = []
        found = await asyncio.gather(*(self.composer.compose(message) for message in bare), return_exceptions=True)
        for message, content in zip(bare, found, strict=True):
            if isinstance(content, Exception):
                log.error("composing_failed", message=message.id, channel=message.channel_id, exc_info=content)
                failure = SendFailed(f"{type(content).__name__}: {content}", permanent=False)
                failed.append((message, self._courier.after(message, failure)))
            elif isinstance(content, BaseException):
                raise content
            else:
                made.append(Frozen(message.id, content.payload, content.attachments))
        ended = await asyncio.gather(*(self._ended(message, ending) for message, ending in failed))
        return made, sum(ended, start=Tally())

    async def _deliver(self, message: Outbound, begin_by: datetime) -> Tally:
        """Carry one message; whatever happens to it is no reason to stop the others."""
        try:
            async with self._lanes:
                await self._pacer.turn(2 if message.is_direct else 1)  # direct messages may have to be opened first
                came = await self._tried(message, begin_by)
            # Out of the lane: to be written down it waits for company, and others may be sent meanwhile.
            if isinstance(came, SendFailed):
                return await self._switch_off(message, came)
            return await self._concluded(message, *came)
        except Exception:
            log.exception("delivery_broken_off", message=message.id, channel=message.channel_id)
            return Tally()  # it stays claimed until its lease lapses, and is told apart as one that may have arrived

    async def _tried(self, message: Outbound, begin_by: datetime) -> tuple[Settlement, Receipt | None] | SendFailed:
        """Return how the claim ends, or why its destination must be switched off."""
        if self._is_halted() or self.clock.now() >= begin_by:
            return self._courier.given_back(message), None
        self._begun.add(message.id)
        try:
            return await self._courier.carry(message)
        except SendFailed as failure:
            if failure.scope is Scope.DESTINATION:
                return failure
            if failure.scope is Scope.EVERYTHING:
                self._halt(failure)
                return self._courier.halted(message, failure), None
            return self._courier.after(message, failure), None

    async def _concluded(self, message: Outbound, ending: Settlement, receipt: Receipt | None) -> Tally:
        tally = await self._ended(message, ending)
        if receipt is not None and receipt.is_plain and not message.is_plain:
            await self.destinations.plain(message.channel_id, message.guild_id, is_direct=message.is_direct)
        return tally

    async def _switch_off(self, message: Outbound, failure: SendFailed) -> Tally:
        carried = Noun.ORDER if message.kind is MessageKind.PAPER else Noun.ROUTE
        gets = await self.destinations.gets(message.channel_id) or {carried}
        told = switched_off_words(message.channel_id, failure, is_direct=message.is_direct, gets=gets)
        is_ours = await self.destinations.switch_off(
            message, failure.reason, self.clock.now(), notice_text=told, is_gone=failure.is_gone
        )
        self._forget(message.id)
        log.warning("destination_off", message=message.id, channel=message.channel_id, reason=failure.reason)
        return Tally(dead=int(is_ours))

    async def _ended(self, message: Outbound, ending: Settlement) -> Tally:
        is_ours = await self._marks.end(ending)
        self._forget(message.id)
        facts = {"message": message.id, "kind": message.kind.value, "channel": message.channel_id}
        if not is_ours:
            log.warning("lease_lost", ending=ending.state.value, **facts)
            return Tally()
        if ending.state is DeliveryState.SENT:
            log.info("sent", events=len(message.events), may_be_twice=ending.is_possible_duplicate, **facts)
        else:
            log.info("not_sent", ending=ending.state.value, reason=ending.reason, attempt=message.attempt, **facts)
        return COUNTED_AS[ending.state]

    def _halt(self, failure: SendFailed) -> None:
        """Ask nothing of Discord for a while: its doorkeeper or the token's refusal concerns every request."""
        rest_s = failure.retry_after_s if failure.retry_after_s is not None else HALT_S
        until = self.clock.now() + timedelta(seconds=rest_s)
        self._halted_until = max(until, self._halted_until or until)
        log.error("everything_halted", reason=failure.reason, until=self._halted_until.isoformat())

    def _is_halted(self) -> bool:
        return self._halted_until is not None and self.clock.now() < self._halted_until

    async def _rest_s(self) -> float:
        due = await self.outbox.next_due(self.clock.now())
        if self._is_halted() and self._halted_until is not None:
            due = max(due or self._halted_until, self._halted_until)
        if due is None:
            return IDLE_S
        return min(IDLE_S, max(0.05, (due - self.clock.now()).total_seconds()))

    def _forget(self, message_id: int) -> None:
        self._claimed.pop(message_id, None)
        self._begun.discard(message_id)

    async def _part(self, under_way: dict[asyncio.Task[Tally], Outbound]) -> None:
        """Let sends end that may have arrived already, so that they are recorded; give back what has not begun.

        A send that takes too long stays claimed: whoever claims it next knows that it may have arrived.
        """
        for task, message in under_way.items():
            if message.id not in self._begun:
                task.cancel()
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=PARTING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._marks.flush()
                await self._give_back()
        except Exception:
            log.exception("not_given_back", messages=len(self._claimed))  # their leases lapse in a minute
        self._claimed.clear()
        self._begun.clear()

    async def _give_back(self) -> None:
        unbegun = [message for message in self._claimed.values() if message.id not in self._begun]
        if unbegun:
            await self.outbox.settle([self._courier.given_back(message) for message in unbegun])
