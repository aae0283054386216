"""The alarm clock of the live bot: rings when a session is due, by the exchange's calendar."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.alerts.schedule import next_instant
from bot.alerts.watch import Timing
from bot.clock import Clock
from signals.errors import InsufficientHistory

log = structlog.get_logger(__name__)

ROUND_MINUTES = 5
"""Between sessions the bot looks this often whether one is still due: after a failure, or when the machine slept."""


class Timetable:
    """Rings at every session's instant and on rounds between; jobs live in memory, the store decides what has run.

    A late ring is as good as a timely one, because a table says what is due: no misfire is ever dropped.
    """

    def __init__(self, timing: Timing, clock: Clock, ring: Callable[[], Awaitable[object]]) -> None:
        self._timing = timing
        self._clock = clock
        self._ring = ring
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    async def start(self) -> None:
        """Catch up on what is due, once, and wait for the next session from then on."""
        self._scheduler.start()
        self._scheduler.add_job(self._on_round, IntervalTrigger(minutes=ROUND_MINUTES, timezone=UTC), id="round")
        await self._on_round()
        self._arm()

    async def stop(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _on_session(self) -> None:
        try:
            await self._on_round()
        finally:
            self._arm()

    async def _on_round(self) -> None:
        try:
            await self._ring()
        except Exception:
            log.exception("round_failed")  # the database may be away; the next round tries again

    def _arm(self) -> None:
        try:
            instant = next_instant(self._timing.calendar, self._clock.now(), self._timing.delay)
        except InsufficientHistory as error:
            log.warning("calendar_ends", problem=str(error), mend="upgrade the program: its calendar is too old")
            return
        alarm = DateTrigger(instant, timezone=UTC)
        self._scheduler.add_job(self._on_session, alarm, id="session", replace_existing=True)
        log.info("next_session", at=instant.isoformat())
