"""Answers are read and kept in a process of its own: one of megabytes would hold up everything else meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.market.edgar_plan import Kind, Request
from bot.market.edgar_store import EdgarStore
from bot.market.sec_facts import company_facts
from bot.market.sec_filed import filings_of
from bot.market.sec_frames import Frame, frame_of
from bot.market.sec_tickers import listings
from bot.worker import Worker, WorkerDied, WorkerSlow

KEPT_DAYS = 900
"""How far back a company's own answer is kept: two fiscal years and their quarters."""
_LONGEST_S = 300.0


class NotKept(Exception):
    """An answer could not be read or kept: one line that says why."""


class Study:
    """Does one thing at a time in another process, which is started with the first."""

    def __init__(self) -> None:
        self._worker: Worker | None = None
        self._turn = asyncio.Lock()

    async def do(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Return ``function(*arguments)``.

        Raises
        ------
        NotKept
            If it failed, or the process ended.
        """
        async with self._turn:
            if self._worker is None:
                self._worker = await asyncio.to_thread(Worker)
            try:
                return await asyncio.to_thread(self._worker.ask, function, arguments, timeout_s=_LONGEST_S)
            except (WorkerDied, WorkerSlow, RuntimeError) as error:
                raise NotKept(str(error).removeprefix("RuntimeError: ")) from None

    async def end(self) -> None:
        """Let the process go."""
        if self._worker is not None:
            await asyncio.to_thread(self._worker.end)


@asynccontextmanager
async def study() -> AsyncIterator[Study]:
    """Have such a process meanwhile."""
    opened = Study()
    try:
        yield opened
    finally:
        await opened.end()


def keep(folder: Path, request: Request, body: bytes | None, at: datetime) -> str:
    """Keep an answer, and return what is wrong with it; one that makes no sense leaves what is there.

    Raises
    ------
    RuntimeError
        If it cannot be written.
    """
    try:
        return _kept(EdgarStore(folder), request, body, at)
    except OSError as error:
        raise RuntimeError(f"{error.strerror}: see that {folder} can be written to and has room") from None


def _kept(store: EdgarStore, request: Request, body: bytes | None, at: datetime) -> str:
    match request.kind, request.what:
        case Kind.FRAME, (str(taxonomy), str(tag), str(unit), str(period)):
            # Where nobody used a tag in a period EDGAR has no such frame: an answer like any other.
            asked = (taxonomy, tag, unit, period)
            frame = Frame(is_whole=True) if body is None else frame_of(body, asked, at.date())
            if frame.is_whole:
                store.keep_frame(request, frame.facts, at)
            return "; ".join(frame.faults)
        case Kind.INDEX, _ if body is None and at.date() <= request.ends:
            return ""  # nothing has been filed yet in the quarter that runs
        case _ if body is None:
            return "EDGAR has none"
        case Kind.INDEX, _:
            index = filings_of(body)
            if index.is_whole:
                store.keep_index(request, index.filings, at)
            return "; ".join(index.faults)
        case Kind.COMPANY, _:
            company = company_facts(body)
            if company.cik:
                store.keep_company(request, company, at, since=at - timedelta(days=KEPT_DAYS))
            return "; ".join(company.faults)
        case _:
            listed = listings(body)
            if listed.symbols:
                store.keep_tickers(request, body, at)
            return "; ".join(listed.faults)
