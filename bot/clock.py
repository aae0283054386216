"""The clock everything outside `signals` is given: the real one, or one that a replay or a test moves."""

from __future__ import annotations

import asyncio
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
