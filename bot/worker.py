"""A process that answers one question at a time and ends with its parent."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

NICENESS = 5
"""A picture may take a moment longer; the loop may not."""


class WorkerDied(Exception):
    """The process ended without an answer."""


class WorkerSlow(Exception):
    """The process did not answer in time and was ended."""


class Worker:
    """A spawned process behind a pipe. Its methods block: call them from a thread.

    Spawned, not forked, because the parent has threads; and behind a pipe of its own, because a pool's worker can
    neither be ended when it hangs nor notice that its parent is gone.
    """

    def __init__(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._pipe: Connection[Any, Any] = ours
        self._process = context.Process(target=serve, args=(theirs,), name="smallcap-studio", daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def ask(self, function: Callable[..., Any], arguments: tuple[Any, ...], *, timeout_s: float) -> Any:
        """Return ``function(*arguments)`` as computed over there, or raise what it raised.

        Raises
        ------
        WorkerDied
            If the process ended meanwhile.
        WorkerSlow
            If `timeout_s` passed; the process has been ended.
        """
        try:
            self._pipe.send((function, arguments))
            if not self._pipe.poll(timeout_s):
                self.end()
                raise WorkerSlow(f"no answer within {timeout_s:g} s")
            answer, error = self._pipe.recv()
        except (EOFError, OSError) as gone:
            self.end()
            raise WorkerDied(str(gone) or "the process ended") from gone
        if error is not None:
            raise error
        return answer

    def end(self) -> None:
        """Kill the process and wait until it is gone; again is allowed."""
        with suppress(ValueError):  # closed already
            self._process.kill()
            self._process.join()
            self._process.close()


def serve(pipe: Connection[Any, Any]) -> None:
    """Answer questions until the parent's end of the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(NICENESS)
    with suppress(EOFError, OSError):  # the parent has gone, perhaps in the middle of a question
        while True:
            function, arguments = pipe.recv()
            pipe.send(_answer(function, arguments))


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, Exception | None]:
    try:
        return function(*arguments), None
    except Exception as error:  # noqa: BLE001 - handed back to the one who asked, who raises it
        return None, RuntimeError(f"{type(error).__name__}: {error}")
