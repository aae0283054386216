"""Group commit: endings that come while one transaction is under way share the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.records import Settlement

LINGER_S = 0.1
"""So long a transaction waits for the endings of sends that are under way."""

Settle = Callable[[Sequence[Settlement]], Awaitable[set[int]]]


class Marks:
    """Writes down how claims end, many at once: a durable commit costs nearly the same for one as for fifty.

    Parameters
    ----------
    under_way : callable
        How many claims are being carried; while there are more than have ended, it pays to wait a moment.
    """

    def __init__(self, settle: Settle, under_way: Callable[[], int] = lambda: 0) -> None:
        self._settle = settle
        self._under_way = under_way
        self._waiting: list[tuple[Settlement, asyncio.Future[bool]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def end(self, ending: Settlement) -> bool:
        """Return once `ending` is durable; False where the lease was lost."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((ending, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await written

    async def flush(self) -> None:
        """Wait until everything handed in is durable."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait((self._writing,))

    async def _write(self) -> None:
        while self._waiting:
            if self._under_way() > len(self._waiting):
                await asyncio.sleep(LINGER_S)
            batch, self._waiting = self._waiting, []
            try:
                held = await self._settle([ending for ending, _ in batch])
            except Exception as error:  # noqa: BLE001 - handed to everybody who waits; their claims stay
                for _, written in batch:
                    if not written.done():
                        written.set_exception(error)
                continue
            for ending, written in batch:
                if not written.done():  # whoever waited may have been cancelled; the mark stands all the same
                    written.set_result(ending.message_id in held)
