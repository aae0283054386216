"""The clock everything outside `signals` is given: the real one, or one that a replay or a test moves."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the UTC instant and waits."""

    def now(self) -> datetime:
        """Return the present UTC instant."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of this clock."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present UTC instant."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)


class SetClock:
    """A clock that stands still until it is set: replays and tests decide what time it is."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the instant it was last set to."""
        return self._now

    def set(self, instant: datetime) -> None:
        """Move to `instant`; a clock never runs backwards."""
        if instant < self._now:
            raise ValueError(
                f"the clock stands at {self._now:%Y-%m-%d %H:%M} UTC and cannot go back to {instant:%Y-%m-%d %H:%M}"
            )
        self._now = instant

    async def sleep(self, seconds: float) -> None:
        """Move ahead by `seconds` and let others run."""
        self.set(self._now + timedelta(seconds=seconds))
        await asyncio.sleep(0)


class ReplayClock:
    """A clock for replayed history: it is set to an instant of the past and runs on from there at its own pace.

    It must run, not stand: leases and retries of deliveries count on seconds going by.
    """

    def __init__(self, start: datetime, *, monotonic: Callable[[], float] = time.perf_counter) -> None:
        self._monotonic = monotonic
        self._base = start
        self._set_at = monotonic()

    def now(self) -> datetime:
        """Return the instant it was set to, plus the time since."""
        return self._base + timedelta(seconds=self._monotonic() - self._set_at)

    def set(self, instant: datetime) -> None:
        """Move ahead to `instant`; where the clock has run past it already, it stays."""
        now = self.now()
        self._base = max(instant, now)
        self._set_at = self._monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`."""
        await asyncio.sleep(seconds)
