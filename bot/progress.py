"""How far a long fetch has come: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time

import structlog
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

log = structlog.get_logger(__name__)

LOGGED_TIMES = 4
"""Lines in a log for one fetch, where there is no terminal to draw on."""


class FetchProgress:
    """Takes ``(done, total)`` from a source; a fetch is over when they are equal."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._logged = 0
        self._began = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` symbols have been fetched."""
        self._began = self._began or time.monotonic()
        if sys.stderr.isatty():
            self._draw(done, total)
        elif done * LOGGED_TIMES // max(total, 1) != self._logged:
            self._logged = done * LOGGED_TIMES // max(total, 1)
            left_s = (time.monotonic() - self._began) * (total - done) / done
            log.info("fetching prices", done=done, of=total, left_s=round(left_s))
        if done >= total:
            self.close()

    def close(self) -> None:
        """Take the bar down, also where the fetch was cut short."""
        self._logged, self._began = 0, 0.0
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _draw(self, done: int, total: int) -> None:
        if self._bar is None:
            words = TextColumn("Fetching prices")
            self._bar = Progress(
                words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
            )
            self._task = self._bar.add_task("fetch", total=total)
            self._bar.start()
        self._bar.update(self._task, completed=done, total=total)


class LoggedProgress:
    """Takes ``(done, total)`` of what is fetched in the background: a line in the log now and then, no bar."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._logged = 0

    def __call__(self, done: int, total: int) -> None:
        """Note that `done` of `total` answers have come."""
        part = done * LOGGED_TIMES // max(total, 1)
        if part != self._logged:
            self._logged = part
            log.info("fetching in the background", source=self._what, done=done, of=total)
        if done >= total:
            self._logged = 0
