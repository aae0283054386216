"""What the alerts need to know of their own runs: a small Protocol beside its users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from bot.records import Run


class Runs(Protocol):
    """Which sessions have been scanned."""

    async def start(self, job: str, session: date, at: datetime) -> Run | None:
        """Start or take over the run; None where it has finished already."""
        ...

    async def baseline(self, job: str, session: date, at: datetime) -> None:
        """Note that `session` and everything before it are not to be reported."""
        ...

    async def fail(self, held: Run, reason: str, at: datetime, *, is_waiting: bool = False) -> bool:
        """Note why the session could not be scanned, or what it waits for; it stays due."""
        ...

    async def first(self, job: str) -> Run | None:
        """Return the finished run of the earliest session."""
        ...

    async def of(self, job: str, session: date) -> Run | None:
        """Return the run of `session`, however it stands."""
        ...

    async def missing(self, job: str, sessions: Sequence[date]) -> list[date]:
        """Return those of `sessions` that have no finished run, in order."""
        ...

    async def absent(self, job: str, since: date) -> Mapping[str, date]:
        """Return the symbols whose bars had not come when a session from `since` on was scanned, and the first such."""
        ...

    async def scanned(self, job: str, first: date, last: date) -> Mapping[date, Mapping[str, int]]:
        """Return the sessions of a span that have been scanned, each with what for: signal and formula version."""
        ...
