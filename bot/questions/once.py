"""Answers that hold as long as the market does: asked again, or by two at the same time, they are computed once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from bot.questions.parse import QuestionError

_K = TypeVar("_K", bound=Hashable)
_T = TypeVar("_T")


class Once(Generic[_K, _T]):
    """Remembers answers of one market by their key.

    Parameters
    ----------
    most_kept : int
        So many answers are remembered; those used longest ago are forgotten. With 0 an answer is shared by those who
        ask while it is computed, and by nobody later.
    most_waiting : int
        So many computations may wait or run; who would begin another one is turned away at once.
    """

    def __init__(self, *, most_kept: int, most_waiting: int) -> None:
        self._most_kept = most_kept
        self._most_waiting = most_waiting
        self._market: object = None
        self._kept: OrderedDict[_K, asyncio.Task[Mapping[_K, _T]]] = OrderedDict()
        self._running: set[asyncio.Task[Mapping[_K, _T]]] = set()

    async def answers(
        self, market: object, asked: Sequence[_K], compute: Callable[[Sequence[_K]], Awaitable[Mapping[_K, _T]]]
    ) -> list[_T]:
        """Return the answer to each of `asked`; `compute` is handed together those that nobody knows yet.

        Raises
        ------
        QuestionError
            If too many computations are waiting.
        """
        if market is not self._market:
            self._market = market
            self._kept.clear()
        missing = [key for key in dict.fromkeys(asked) if key not in self._kept]
        if missing:
            self._begin(missing, compute)
        for key in asked:
            self._kept.move_to_end(key)
        computing = [(key, self._kept[key]) for key in asked]
        self._forget_old()
        return [(await asyncio.shield(task))[key] for key, task in computing]

    def _begin(self, missing: Sequence[_K], compute: Callable[[Sequence[_K]], Awaitable[Mapping[_K, _T]]]) -> None:
        if len(self._running) >= self._most_waiting:
            raise QuestionError("too many such questions are being worked on just now: try again in a minute")

        async def computed() -> Mapping[_K, _T]:
            return await compute(missing)

        task = asyncio.create_task(computed())
        self._running.add(task)
        task.add_done_callback(self._finish)
        self._kept.update(dict.fromkeys(missing, task))

    def _finish(self, done: asyncio.Task[Mapping[_K, _T]]) -> None:
        """Forget a failure, so that whoever asks again gets another try; its error is looked at by those who wait.

        Where nothing is remembered, forget an answer, too.
        """
        self._running.discard(done)
        if done.cancelled() or done.exception() is not None or not self._most_kept:
            for key in [key for key, task in self._kept.items() if task is done]:
                del self._kept[key]

    def _forget_old(self) -> None:
        """Forget the answers used longest ago; never one that is being computed, or it would be computed twice."""
        done = [key for key, task in self._kept.items() if task.done()]
        for key in done[: max(0, len(self._kept) - self._most_kept)]:
            del self._kept[key]
