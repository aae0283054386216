"""Scans outside the event loop's process: numpy over a whole market would hold the loop up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Protocol

from bot.alerts.ports import View
from bot.alerts.scan import Request, ScanError, ScanResult, scan_session
from bot.worker import Worker, WorkerDied, WorkerSlow
from signals.types import Event

PATIENCE_S = 300.0


class Scanner(Protocol):
    """Finds the events of one session."""

    async def scan(
        self,
        view: View,
        session: date,
        requests: Sequence[Request],
        absent: Mapping[str, date],
        posted: Sequence[Event] = (),
        *,
        since: date | None = None,
    ) -> ScanResult:
        """Return what `session` brought (see `scan_session`); raise `ScanError` where it cannot be scanned."""
        ...


class WorkerScanner:
    """Scans in a process of its own, started at the first scan and renewed should it die."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._worker: Worker | None = None
        self._asking = asyncio.Lock()

    async def scan(
        self,
        view: View,
        session: date,
        requests: Sequence[Request],
        absent: Mapping[str, date],
        posted: Sequence[Event] = (),
        *,
        since: date | None = None,
    ) -> ScanResult:
        """Return what `session` brought, found in the worker process."""
        async with self._asking:
            question = (view, session, tuple(requests), dict(absent), tuple(posted), since)
            return await asyncio.to_thread(self._ask, question)

    async def close(self) -> None:
        """End the process."""
        async with self._asking:
            await asyncio.to_thread(self._drop)

    def _ask(self, question: tuple[object, ...]) -> ScanResult:
        if self._worker is None:
            self._worker = Worker()
        try:
            found = self._worker.ask(answer, question, timeout_s=self._patience_s)
        except (WorkerDied, WorkerSlow) as error:
            self._drop()
            raise ScanError(f"the scan was cut short: {error}") from error
        if isinstance(found, ScanResult):
            return found
        raise ScanError(str(found))

    def _drop(self) -> None:
        if self._worker is not None:
            with suppress(OSError):
                self._worker.end()
            self._worker = None


class ThreadScanner:
    """Scans in a thread: for a small market, where starting a process would take longer than the scan."""

    async def scan(
        self,
        view: View,
        session: date,
        requests: Sequence[Request],
        absent: Mapping[str, date],
        posted: Sequence[Event] = (),
        *,
        since: date | None = None,
    ) -> ScanResult:
        """Return what `session` brought, found in a thread of this process."""
        return await asyncio.to_thread(scan_session, view, session, requests, absent, posted, since=since)


def answer(
    view: View,
    session: date,
    requests: Sequence[Request],
    absent: Mapping[str, date],
    posted: Sequence[Event],
    since: date | None,
) -> ScanResult | str:
    """Scan in the worker; a reason why not comes back as text, so that the words arrive as they were written."""
    try:
        return scan_session(view, session, requests, absent, posted, since=since)
    except ScanError as error:
        return str(error)
