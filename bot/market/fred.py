"""FRED's series kept beside the bars: downloaded now and then, and what is there stays whatever goes wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import structlog

from bot.clock import Clock
from bot.market.durable import only_writer, write_durably
from bot.market.fred_csv import UnreadableSeries, csv_of, series_of
from bot.market.http import Answer, NoAnswer, client, get
from signals.facts import Series
from signals.sessions import last_closed
from signals.types import Calendar

if TYPE_CHECKING:
    import aiohttp

log = structlog.get_logger(__name__)

ADDRESS = "https://fred.stlouisfed.org/graph/fredgraph.csv"
NAMES = ("DFF", "DFEDTARU", "DGS3MO", "DGS2", "DGS10", "BAMLH0A0HYM2")
OK = 200


@dataclass(frozen=True, slots=True)
class Habits:
    """How FRED is asked.

    Attributes
    ----------
    every : timedelta
        A file younger than this is not asked for again, unless a session has closed since.
    again : timedelta
        After a failure, a series is left alone for this long.
    """

    every: timedelta = timedelta(hours=4)
    again: timedelta = timedelta(minutes=15)
    timeout_s: float = 20.0


class Fred:
    """Keeps one file per series in `folder`, in FRED's own layout.

    Parameters
    ----------
    address : str
        Where the files come from; the name of the series is added as ``?id=``.
    calendar : Calendar, optional
        Whose closes bring news: the values of the day before are out by then.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        address: str = ADDRESS,
        names: Sequence[str] = NAMES,
        calendar: Calendar | None = None,
        habits: Habits | None = None,
    ) -> None:
        self.folder = folder
        self._calendar = calendar
        self._clock, self._address, self._names = clock, address, tuple(names)
        self._habits = habits or Habits()
        self._failed: dict[str, tuple[datetime, str]] = {}

    def faults(self) -> tuple[str, ...]:
        """Return the series that could not be renewed when they were asked for last, a line each."""
        return tuple(f"FRED {name}: {why}" for name, (_, why) in self._failed.items())

    async def refresh(self) -> tuple[str, ...]:
        """Download what is old or missing, and return what failed; the files there were stay as they are."""
        due = [name for name in self._names if self._is_due(name)]
        if not due:
            return self.faults()
        try:
            await asyncio.to_thread(self.folder.mkdir, parents=True, exist_ok=True)
            async with client(self._habits.timeout_s) as session:
                await asyncio.gather(*(self._renew(session, name) for name in due))
        except (NoAnswer, OSError) as error:
            for name in due:
                self._note(name, str(error))
        return self.faults()

    def _is_due(self, name: str) -> bool:
        now = self._clock.now()
        failed = self._failed.get(name)
        if failed is not None:
            return now - failed[0] >= self._habits.again
        try:
            renewed = datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)
        except OSError:
            return True
        return not timedelta(0) <= now - renewed < self._habits.every or self._has_closed_since(renewed)

    def _has_closed_since(self, renewed: datetime) -> bool:
        calendar = self._calendar
        return calendar is not None and last_closed(calendar, self._clock.now()) > last_closed(calendar, renewed)

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.csv"

    async def _renew(self, session: aiohttp.ClientSession, name: str) -> None:
        try:
            answer = await get(session, self._address, params={"id": name})
            await asyncio.to_thread(self._store, _series(answer, name))
        except (NoAnswer, UnreadableSeries, OSError) as error:
            self._note(name, str(error))
        else:
            self._failed.pop(name, None)

    def _store(self, fresh: Series) -> None:
        path = self._path(fresh.name)
        with only_writer(self.folder / ".lock"):
            write_durably(path, csv_of(_joined(_stored(path), fresh)).encode())
            renewed = self._clock.now().timestamp()
            os.utime(path, (renewed, renewed))

    def _note(self, name: str, why: str) -> None:
        self._failed[name] = (self._clock.now(), why)
        log.warning("fred_failed", series=name, reason=why, kept=self._path(name).is_file())


def _series(answer: Answer, name: str) -> Series:
    if answer.status != OK:
        raise UnreadableSeries(f"FRED answered {answer.status}")
    try:
        series = series_of(answer.body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UnreadableSeries("the answer is no text") from None
    if series.name != name:
        raise UnreadableSeries(f"the answer holds {series.name}")
    return series


def _stored(path: Path) -> Series | None:
    try:
        return series_of(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return None
    except (UnreadableSeries, UnicodeDecodeError) as error:
        log.warning("fred_file_replaced", file=path.name, reason=str(error))
        return None


def _joined(stored: Series | None, fresh: Series) -> Series:
    """Return `fresh` with the days before it that it no longer reaches back to; raise where it ends too early.

    FRED cuts some licensed series to their last three years: what was known once stays known.
    """
    if stored is None or stored.name != fresh.name:
        return fresh
    if fresh.days[-1] < stored.days[-1]:
        raise UnreadableSeries(f"the answer ends on {fresh.days[-1]}, {stored.days[-1]} is known already")
    older = stored.days < fresh.days[0]
    days = np.concatenate([stored.days[older], fresh.days])
    return Series(fresh.name, fresh.title, days, np.concatenate([stored.values[older], fresh.values]))
