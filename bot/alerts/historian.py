"""Counts of the past outside the event loop's process: numpy over a whole market would hold the loop up."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Protocol

import structlog

from bot.alerts.past import PastEvents, past_events
from bot.alerts.ports import View
from bot.alerts.scan import Request
from bot.worker import Worker, WorkerDied, WorkerSlow

log = structlog.get_logger(__name__)

PATIENCE_S = 60.0


class PastUnavailable(Exception):
    """The past could not be looked through now; one line that says why."""


class Historian(Protocol):
    """Finds the events of past sessions."""

    async def recall(
        self, view: View, requests: Sequence[Request], sessions: int, until: date | None = None
    ) -> Sequence[PastEvents]:
        """Return what `requests` raised over the last `sessions`, or those up to `until`, events without their values.

        Raises
        ------
        PastUnavailable
            If that fails.
        """
        ...


class WorkerHistorian:
    """Looks through the past in a process of its own, started at the first question and renewed should it die."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._worker: Worker | None = None
        self._asking = asyncio.Lock()

    async def recall(
        self, view: View, requests: Sequence[Request], sessions: int, until: date | None = None
    ) -> Sequence[PastEvents]:
        """Return what `requests` raised, found in the worker process."""
        async with self._asking:
            return await asyncio.to_thread(self._ask, (view, tuple(requests), sessions, until))

    async def close(self) -> None:
        """End the process."""
        async with self._asking:
            await asyncio.to_thread(self._drop)

    def _ask(self, question: tuple[object, ...]) -> list[PastEvents]:
        if self._worker is None:
            self._worker = Worker()
        try:
            found: list[PastEvents] = self._worker.ask(answer, question, timeout_s=self._patience_s)
        except WorkerSlow as error:
            self._drop()
            raise PastUnavailable(f"the count was cut short: {error}") from error
        except WorkerDied as error:
            self._drop()
            raise PastUnavailable(_reported(error)) from error
        except RuntimeError as error:
            raise PastUnavailable(_reported(error)) from error
        return found

    def _drop(self) -> None:
        if self._worker is not None:
            with suppress(OSError):
                self._worker.end()
            self._worker = None


class ThreadHistorian:
    """Looks through the past in a thread: for a small market, where starting a process would take longer."""

    async def recall(
        self, view: View, requests: Sequence[Request], sessions: int, until: date | None = None
    ) -> Sequence[PastEvents]:
        """Return what `requests` raised, found in a thread of this process."""
        return await asyncio.to_thread(answer, view, requests, sessions, until)


def _reported(error: Exception) -> str:
    """Log a defect under a new id and return the words that name the id and nothing else."""
    incident = secrets.token_hex(4)
    log.error("the past could not be counted", incident=incident, exc_info=error)
    return f"this could not be counted just now (id {incident})"


def answer(view: View, requests: Sequence[Request], sessions: int, until: date | None = None) -> list[PastEvents]:
    """Find what `requests` raised; the values of the events are left behind."""
    return [past.bare() for past in past_events(view, requests, sessions, until)]
