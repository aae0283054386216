"""The studio: pictures are drawn in a process of their own, so that the loop never waits for one."""

from __future__ import annotations

import asyncio
import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Self

from bot.cards.card import Chart
from bot.cards.picture import prepare, render
from bot.worker import Worker, WorkerDied, WorkerSlow


class PictureUnavailable(Exception):
    """A picture could not be drawn now; the card is still good without it."""


class Studio:
    """Draws charts one after the other in a worker process and remembers the last ones.

    Parameters
    ----------
    most_waiting : int
        Charts that may wait or be drawn at once; more are refused at once rather than queued for minutes.
    timeout_s : float
        Longest the worker may take for one chart; a slower one is replaced.
    most_kept : int
        Pictures remembered by the content of their chart.
    draw : callable
        What the worker runs; module-level, so that it can be sent there.
    """

    def __init__(
        self,
        *,
        most_waiting: int = 32,
        timeout_s: float = 20.0,
        most_kept: int = 64,
        draw: Callable[[Chart], bytes] = render,
    ) -> None:
        self._most_waiting = most_waiting
        self._timeout_s = timeout_s
        self._most_kept = most_kept
        self._draw = draw
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
        key = content_key(chart)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return await asyncio.shield(self._wanted.get(key) or self._want(key, chart))

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

    def _want(self, key: str, chart: Chart) -> asyncio.Task[bytes]:
        if self._is_closed:
            raise PictureUnavailable("the studio is closed: no more pictures are drawn")
        if len(self._wanted) >= self._most_waiting:
            raise PictureUnavailable(f"{len(self._wanted)} pictures are waiting already: try again in a minute")
        task = asyncio.create_task(self._make(key, chart))
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

    async def _make(self, key: str, chart: Chart) -> bytes:
        async with self._turn:
            try:
                return await self._drawn(chart)
            except WorkerDied as died:
                raise PictureUnavailable(f"the process that draws pictures died twice on {key[:8]}") from died
            except WorkerSlow as slow:
                raise PictureUnavailable(f"the picture was given up: {slow}") from slow
            except RuntimeError as failed:
                raise PictureUnavailable(f"the {chart.kind} picture could not be drawn: {failed}") from failed

    async def _drawn(self, chart: Chart) -> bytes:
        """Draw, and once more in a new process if the first one died: a death need not be the chart's fault."""
        try:
            return bytes(await self._ask(self._draw, chart))
        except WorkerDied:
            if self._is_closed:
                raise
            return bytes(await self._ask(self._draw, chart))

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


def content_key(chart: Chart) -> str:
    """Return a digest that equal charts share."""
    return hashlib.sha256(pickle.dumps((chart.kind, dict(chart.data), chart.alt), protocol=5)).hexdigest()
