"""Play past sessions through the live bot, one every few seconds; pause, go on, or step by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from bot.alerts.schedule import run_instant
from bot.alerts.watch import SessionReport, Timing


class Movable(Protocol):
    """A clock that can be moved ahead."""

    def set(self, instant: datetime) -> None:
        """Move ahead to `instant`."""
        ...


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
    """

    sessions: Sequence[date]
    timing: Timing
    clock: Movable
    run_due: Callable[[], Awaitable[list[SessionReport]]]
    arrived: Callable[[date, list[SessionReport]], Awaitable[None]]
    pace_s: float
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
            self.clock.set(run_instant(self.timing.calendar, session, self.timing.delay))
            reports = await self.run_due()
            self.done += 1
            await self.arrived(session, reports)
