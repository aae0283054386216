"""The studio: pictures and papers are made in a process of their own, so that the loop never waits for one."""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from typing import Any, Self

from bot.cards.briefings.paper import Paper
from bot.cards.briefings.pdf import printed
from bot.cards.card import Chart
from bot.cards.picture import prepare, render
from bot.worker import Worker, WorkerDied, WorkerSlow


class PictureUnavailable(Exception):
    """A picture could not be drawn now; the card is still good without it. A paper could not be printed now."""


class Studio:
    """Draws charts and prints papers, one after the other in a worker process, and remembers the last ones.

    Parameters
    ----------
    most_waiting : int
        Charts and papers that may wait or be made at once; more are refused at once rather than queued for minutes.
    timeout_s : float
        Longest the worker may take for one of them; a slower worker is replaced.
    most_kept : int
        How many are remembered by their content.
    draw, print_paper : callable
        What the worker runs; module-level, so that they can be sent there.
    """

    def __init__(
        self,
        *,
        most_waiting: int = 32,
        timeout_s: float = 20.0,
        most_kept: int = 64,
        draw: Callable[[Chart], bytes] = render,
        print_paper: Callable[[Paper], bytes] = printed,
    ) -> None:
        self._most_waiting = most_waiting
        self._timeout_s = timeout_s
        self._most_kept = most_kept
        self._draw = draw
        self._print_paper = print_paper
        self._worker: Worker | None = None
        self._turn = asyncio.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._wanted: dict[str, asyncio.Task[bytes]] = {}
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def png(self, chart: Chart) -> bytes:
        """Return the chart as PNG; equal charts are drawn once.

        Raises
        ------
        PictureUnavailable
            If too many charts wait, drawing failed, or it took too long.
        """
        return await self._once(chart, self._draw, f"the {chart.kind} picture")

    async def pdf(self, paper: Paper) -> bytes:
        """Return the paper as PDF; equal papers are printed once.

        Raises
        ------
        PictureUnavailable
            If too much waits, printing failed, or it took too long.
        """
        return await self._once(paper, self._print_paper, f"the {paper.name} briefing")

    async def warm(self) -> None:
        """Start the worker and let it import what it draws with, so that the first reader does not wait for that."""
        async with self._turn:
            await self._ask(prepare)

    async def close(self) -> None:
        """Stop the worker; charts under way are given up."""
        self._is_closed = True
        await self._drop_worker()
        tasks = list(self._wanted.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _once(self, content: Chart | Paper, make: Callable[..., bytes], what: str) -> bytes:
        key = content_key(content)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return await asyncio.shield(self._wanted.get(key) or self._want(key, content, make, what))

    def _want(self, key: str, content: Chart | Paper, make: Callable[..., bytes], what: str) -> asyncio.Task[bytes]:
        if self._is_closed:
            raise PictureUnavailable("the studio is closed: no more pictures are drawn")
        if len(self._wanted) >= self._most_waiting:
            raise PictureUnavailable(f"{len(self._wanted)} pictures are waiting already: try again in a minute")
        task = asyncio.create_task(self._make(key, content, make, what))
        self._wanted[key] = task
        task.add_done_callback(lambda done: self._finish(key, done))
        return task

    def _finish(self, key: str, done: asyncio.Task[bytes]) -> None:
        """Forget a finished task; its error is looked at, as its callers may all have gone."""
        self._wanted.pop(key, None)
        if done.cancelled() or done.exception():
            return
        self._kept[key] = done.result()
        while len(self._kept) > self._most_kept:
            self._kept.popitem(last=False)

    async def _make(self, key: str, content: Chart | Paper, make: Callable[..., bytes], what: str) -> bytes:
        async with self._turn:
            try:
                return await self._made(content, make)
            except WorkerDied as died:
                raise PictureUnavailable(f"the process that draws pictures died twice on {key[:8]}") from died
            except WorkerSlow as slow:
                raise PictureUnavailable(f"{what} was given up: {slow}") from slow
            except RuntimeError as failed:
                raise PictureUnavailable(f"{what} could not be drawn: {failed}") from failed

    async def _made(self, content: Chart | Paper, make: Callable[..., bytes]) -> bytes:
        """Draw, and once more in a new process if the first one died: a death need not be the chart's fault."""
        try:
            return bytes(await self._ask(make, content))
        except WorkerDied:
            if self._is_closed:
                raise
            return bytes(await self._ask(make, content))

    async def _ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        if self._worker is None:
            self._worker = await asyncio.to_thread(Worker)
        try:
            return await asyncio.to_thread(self._worker.ask, function, arguments, timeout_s=self._timeout_s)
        except (WorkerDied, WorkerSlow):
            self._worker = None
            raise

    async def _drop_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await asyncio.to_thread(worker.end)


def content_key(content: Chart | Paper) -> str:
    """Return a digest that equal charts share, and equal papers."""
    whole: object = content
    if isinstance(content, Chart):
        whole = (content.kind, dict(content.data), content.alt, content.theme)
    told = BytesIO()
    pickler = pickle.Pickler(told, protocol=5)
    pickler.fast = True  # otherwise it would also tell which of two equal strings are one object
    pickler.dump(whole)
    return hashlib.sha256(told.getvalue()).hexdigest()
