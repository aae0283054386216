"""One message on its way: find out whether it has arrived already, send it, say how that ended."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.alerts.pace import Pace, Pacer
from bot.alerts.ports import CannotLook, Receipt, Sender, SendFailed
from bot.clock import Clock
from bot.records import DeliveryState, MessageKind, Outbound, Settlement

T = TypeVar("T")

log = structlog.get_logger(__name__)

MOST_ATTEMPTS_UNEXPLAINED = 5
"""So often a message may fail for a reason nobody foresaw before it is given up as our own mistake."""
RESOLVE_WITHIN = timedelta(days=1)
"""So long after its time a message that may have arrived is still looked for."""
MAY_HAVE_ARRIVED = "not confirmed in time; it may have arrived"
NEVER_POSTED = "what it takes back was never posted"
TOO_LATE = "not sent in time"


@dataclass(slots=True)
class Courier:
    """Carries frozen messages, each to one ending.

    An attempt whose end is unknown is repeated with the same nonce while Discord surely remembers it. Later the
    message is looked for in the destination first; where nobody may look, it is sent and counted.
    """

    sender: Sender
    clock: Clock
    pace: Pace
    pacer: Pacer
    dice: random.Random = field(default_factory=random.Random)

    async def carry(self, message: Outbound) -> tuple[Settlement, Receipt | None]:
        """Send `message` and return how its claim ends; raise `SendFailed` where that is for others to judge too.

        The caller has taken a turn for one request; what else must be asked takes its own.
        """
        if message.kind is MessageKind.RETRACTION and message.replies_to is None:
            return self.ending(message, DeliveryState.SUPPRESSED, reason=NEVER_POSTED), None
        is_late = self.clock.now() >= message.expires_at
        is_unclear = self._is_unclear(message, is_late=is_late)
        could_look = True
        if is_unclear:
            try:
                found = await self._found(message)
            except CannotLook:
                found, could_look = None, False
            if found is not None:
                return self.ending(message, DeliveryState.SENT, discord_id=found), None
        is_doubtful = is_unclear and not could_look
        if is_late:
            why = MAY_HAVE_ARRIVED if is_doubtful else TOO_LATE
            doubt = {"reason": why, "is_possible_duplicate": is_doubtful}  # a digest will tell of it, perhaps again
            return self.ending(message, DeliveryState.EXPIRED, **doubt), None
        receipt = await self._sent(message, has_turn=not is_unclear)
        known = {"discord_id": receipt.discord_id, "is_possible_duplicate": is_doubtful}
        return self.ending(message, DeliveryState.SENT, **known), receipt

    def after(self, message: Outbound, failure: SendFailed) -> Settlement:
        """Return how the claim ends after a failure that is this message's alone: dead, expired, or tried again."""
        if failure.permanent:
            return self.ending(message, DeliveryState.DEAD, reason=failure.reason)
        now = self.clock.now()
        again = now + timedelta(seconds=failure.retry_after_s or self._back_off_s(message.attempt))
        unsure = self._unsure_since(message, failure)
        last = message.expires_at if unsure is None else message.expires_at + RESOLVE_WITHIN
        if again >= last:
            reason = failure.reason if unsure is None else MAY_HAVE_ARRIVED
            return self.ending(message, DeliveryState.EXPIRED, reason=reason, is_possible_duplicate=unsure is not None)
        back = {"due_at": again, "maybe_sent_at": unsure, "reason": failure.reason}
        return self.ending(message, DeliveryState.PENDING, **back)

    def given_back(self, message: Outbound) -> Settlement:
        """Return the ending of a claim under which nothing was tried."""
        back = {"due_at": self.clock.now(), "maybe_sent_at": message.maybe_sent_at, "is_untried": True}
        return self.ending(message, DeliveryState.PENDING, **back)

    def halted(self, message: Outbound, failure: SendFailed) -> Settlement:
        """Return how the claim ends where nothing may be sent for a while.

        For how long is this process's to keep: one that starts anew, with a better token perhaps, sends it at once.
        """
        back = {"due_at": self.clock.now(), "maybe_sent_at": self._unsure_since(message, failure)}
        return self.ending(message, DeliveryState.PENDING, reason=failure.reason, **back)

    def ending(self, message: Outbound, state: DeliveryState, **given: Any) -> Settlement:
        """Return an ending of this claim, now."""
        return Settlement(message.id, message.lease, state, self.clock.now(), **given)

    def _is_unclear(self, message: Outbound, *, is_late: bool) -> bool:
        if message.maybe_sent_at is None:
            return False
        forgotten = message.maybe_sent_at + timedelta(seconds=self.pace.nonce_window_s)
        return is_late or self.clock.now() >= forgotten

    def _unsure_since(self, message: Outbound, failure: SendFailed) -> datetime | None:
        if failure.is_certain:
            return message.maybe_sent_at
        return message.maybe_sent_at or self.clock.now()

    async def _found(self, message: Outbound) -> int | None:
        try:
            return await self._in_time(self.sender.find(message))
        except (CannotLook, SendFailed):
            raise
        except Exception as error:
            log.exception("looking_unexplained", message=message.id, channel=message.channel_id)
            raise CannotLook from error

    async def _sent(self, message: Outbound, *, has_turn: bool) -> Receipt:
        if not has_turn:
            await self.pacer.turn()
        try:
            return await self._in_time(self.sender.send(message))
        except SendFailed:
            raise
        except Exception as error:
            log.exception("delivery_unexplained", message=message.id, channel=message.channel_id)
            given_up = message.attempt >= MOST_ATTEMPTS_UNEXPLAINED
            raise SendFailed(f"{type(error).__name__}: {error}", permanent=given_up, is_certain=False) from error

    async def _in_time(self, asked: Awaitable[T]) -> T:
        """Wait for half a lease: a send that begins in its first half also ends within it."""
        patience_s = self.pace.lease_s / 2
        try:
            async with asyncio.timeout(patience_s):
                return await asked
        except TimeoutError as slow:
            reason = f"no answer within {patience_s:g} s"
            raise SendFailed(reason, permanent=False, is_certain=False) from slow

    def _back_off_s(self, attempt: int) -> float:
        """Return a wait that doubles with every attempt, half of it by chance so that many do not return at once."""
        longest = min(self.pace.longest_retry_s, self.pace.first_retry_s * 2.0 ** min(attempt - 1, 20))
        return longest * (0.5 + self.dice.random() / 2)
