"""An update in a process of its own, for a test to kill: ``folder`` of the bars, then the symbols."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from bot.clock import SetClock
from bot.market.spool import spool_beside
from bot.market.stock import Stock
from bot.market.store import BarStore, StoreMeta
from bot.market.yahoo import Habits, YahooSource
from bot.market.yahoo_wire import Manners
from tests.market.yahoo_server import weekdays

CALENDAR = weekdays(date(2025, 6, 2), date(2025, 8, 9), closed=[date(2025, 7, 4)])
HABITS = Habits(manners=Manners(spacing_s=0, timeout_s=5, attempts=2, backoff_s=0.02, width=4), batch=40, handful=5)
NOW = datetime(2025, 8, 9, 12, tzinfo=UTC)


async def update(folder: Path, symbols: tuple[str, ...], session: date, clock: SetClock | None = None) -> StoreMeta:
    """Bring `session` into the bars in `folder`."""
    clock = clock or SetClock(NOW)
    async with YahooSource(CALENDAR, clock, symbols=symbols, habits=HABITS, spool=spool_beside(folder)) as source:
        stock = Stock(source, BarStore(folder), CALENDAR, start=CALENDAR.sessions[0].item(), clock=clock)
        return await stock.reach(session)


if __name__ == "__main__":
    asyncio.run(update(Path(sys.argv[1]), tuple(sys.argv[3:]), date.fromisoformat(sys.argv[2])))
