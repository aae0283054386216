"""Play past sessions through the live bot, one every few seconds; pause, go on, or step by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.alerts.schedule import run_instant
from bot.alerts.watch import SessionReport, Timing

RETRIES_S = 60.0
"""What waits for a retry is waited for; what waits for a later hour is passed to."""


class Movable(Protocol):
    """A clock that can be moved ahead."""

    def now(self) -> datetime:
        """Return the present instant, UTC."""
        ...

    def set(self, instant: datetime) -> None:
        """Move ahead to `instant`."""
        ...


class Waiting(Protocol):
    """Tells what is on its way."""

    async def next_due(self, now: datetime) -> datetime | None:
        """Return when the next message can be claimed; None where none is under way."""
        ...


async def deliver_until(
    until: datetime, outbox: Waiting, drain: Callable[[], Awaitable[object]], clock: Movable
) -> None:
    """Deliver what is due before `until`, moving the clock to every hour that messages wait for.

    The clock of a replay leaps from session to session: quiet hours would end, and daily hours pass, unseen.
    """
    while (due := await outbox.next_due(clock.now())) is not None and due <= until:
        wait_s = (due - clock.now()).total_seconds()
        if wait_s > RETRIES_S:
            clock.set(due)
        else:
            await asyncio.sleep(max(0.05, wait_s))
        await drain()


async def _at_once(_until: datetime) -> None:
    """Pass no time."""


@dataclass(slots=True)
class Player:
    """Moves the clock from session to session and lets the bot do what it does when a session is due.

    Parameters
    ----------
    sessions : sequence of date
        The sessions to play, in order.
    run_due : callable
        What the live bot runs when a session is due.
    arrived : callable
        Called after each session with what became of it.
    meanwhile : callable
        ``meanwhile(until)``: what happens between the session before and the instant at which the next one is due.
    """

    sessions: Sequence[date]
    timing: Timing
    clock: Movable
    run_due: Callable[[], Awaitable[list[SessionReport]]]
    arrived: Callable[[date, list[SessionReport]], Awaitable[None]]
    pace_s: float
    meanwhile: Callable[[datetime], Awaitable[None]] = _at_once
    done: int = 0
    _playing: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _stepping: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self._playing.set()

    @property
    def is_paused(self) -> bool:
        """Whether it waits to be told to go on."""
        return not self._playing.is_set()

    @property
    def is_over(self) -> bool:
        """Whether every session has been played."""
        return self.done >= len(self.sessions)

    @property
    def last(self) -> date | None:
        """The session played last; None before the first."""
        return self.sessions[self.done - 1] if self.done else None

    def pause(self) -> None:
        """Stop before the next session."""
        self._playing.clear()

    def go_on(self) -> None:
        """Play on after a pause."""
        self._playing.set()

    async def play(self) -> None:
        """Play every session that is left, `pace_s` seconds apart."""
        while not self.is_over:
            await self._playing.wait()
            await self.step()
            if not self.is_over:
                await asyncio.sleep(self.pace_s)

    async def step(self) -> None:
        """Play the next session now; nothing happens after the last one."""
        async with self._stepping:
            if self.is_over:
                return
            session = self.sessions[self.done]
            instant = run_instant(self.timing.calendar, session, self.timing.delay)
            await self.meanwhile(instant)
            self.clock.set(instant)
            reports = await self.run_due()
            self.done += 1
            await self.arrived(session, reports)
