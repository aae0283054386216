"""The bot's end of the pipe to its Yahoo process: start it, hand it jobs, read its answers, be rid of it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import Any, cast

from bot.market.yahoo_wire import LENGTHS, Answer, Done, Job, Manners
from bot.network import child_environment

WORKER = ("-m", "bot.market.yahoo_worker")
START_S = 60.0
KEPT_BYTES = 4_000
CHUNK_BYTES = 65_536


class ChildDied(Exception):
    """The Yahoo process ended or fell silent before it had answered; the message is its last words."""


class Child:
    """One Yahoo process; `start` it, and `close` it in every case."""

    def __init__(self, process: asyncio.subprocess.Process, cache: TemporaryDirectory[str], born: datetime) -> None:
        self._process = process
        self._cache = cache
        self._stdin = cast("asyncio.StreamWriter", process.stdin)
        self._stdout = cast("asyncio.StreamReader", process.stdout)
        self._last_words = bytearray()
        self._listener = asyncio.create_task(self._listen(cast("asyncio.StreamReader", process.stderr)))
        self.born = born
        self.jobs = 0

    @classmethod
    async def start(cls, manners: Manners, *, born: datetime, worker: tuple[str, ...] = WORKER) -> Child:
        """Return a process that is ready for jobs.

        Raises
        ------
        ChildDied
            If it does not come up.
        """
        cache = TemporaryDirectory(prefix="smallcap-yahoo-", ignore_cleanup_errors=True)
        arguments = (*worker, json.dumps(asdict(manners)), cache.name)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=child_environment(),
            start_new_session=True,  # Ctrl+C is for the bot, which ends it in its own time
        )
        child = cls(process, cache, born)
        try:
            await child._read(START_S)
        except BaseException:
            await child.close()
            raise
        return child

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def answers(self, job: Job, *, silence_s: float) -> AsyncGenerator[Answer | Done, None]:
        """Yield an answer per symbol as it comes, then a `Done`.

        Raises
        ------
        ChildDied
            If it ends, or says nothing for `silence_s`.
        """
        self.jobs += 1
        with suppress(ConnectionError):  # a dead process shows when it is read from
            self._stdin.write(job.line())
            await self._stdin.drain()
        while True:
            head, body = await self._read(silence_s)
            if "symbol" not in head:
                yield Done.read(head)
                return
            yield Answer.read(head, body)

    async def close(self) -> None:
        """Kill it, and leave neither zombie nor open pipe nor file behind."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._stdin.close()
        with suppress(ConnectionError):
            await self._stdin.wait_closed()
        while await self._stdout.read(CHUNK_BYTES):
            pass  # a full pipe that nobody reads would never report its end
        await self._process.wait()
        await self._listener
        await asyncio.to_thread(self._cache.cleanup)

    async def _read(self, silence_s: float) -> tuple[dict[str, Any], bytes]:
        try:
            async with asyncio.timeout(silence_s):
                head_length, body_length = LENGTHS.unpack(await self._stdout.readexactly(LENGTHS.size))
                head = json.loads(await self._stdout.readexactly(head_length))
                return head, await self._stdout.readexactly(body_length)
        except TimeoutError:
            raise ChildDied(f"it said nothing for {silence_s:g} s") from None
        except asyncio.IncompleteReadError:
            raise ChildDied(await self._cause()) from None

    async def _cause(self) -> str:
        await self._process.wait()
        await self._listener
        lines = self._last_words.decode(errors="replace").strip().splitlines()
        code = self._process.returncode or 0
        ended = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"{ended}: {lines[-1]}" if lines else ended

    async def _listen(self, stderr: asyncio.StreamReader) -> None:
        while said := await stderr.read(CHUNK_BYTES):
            self._last_words += said
            del self._last_words[:-KEPT_BYTES]
