"""A refresh in a process of its own, for a test to kill: ``folder`` of the answers, then the address of EDGAR."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bot.clock import Clock, SetClock
from bot.market.edgar import CompanyFilings, Habits
from bot.market.edgar_client import Addresses, Edgar, Manners
from bot.market.edgar_keep import Study
from bot.market.edgar_plan import Kind, Request, requests
from tests.market.edgar_server import BALANCES, FLOWS, REVENUES, SHARES
from tests.market.yahoo_server import weekdays

CALENDAR = weekdays(date(2024, 1, 2), date(2026, 1, 3))
NOW = datetime(2025, 8, 8, 23, tzinfo=UTC)
MANNERS = Manners(spacing_s=0, timeout_s=5, attempts=2, backoff_s=0.02)
TAGS = frozenset({*REVENUES, *FLOWS, *BALANCES, SHARES, "Equity"}) - {"DepreciationDepletionAndAmortization"}


def plan(today: date) -> Sequence[Request]:
    """Return what is asked for: of the tags that are used on loopback, and of balances half a year."""
    return [each for each in requests(today) if each.kind is not Kind.FRAME or _is_used(each, today)]


def _is_used(frame: Request, today: date) -> bool:
    tag, period = str(frame.what[1]), str(frame.what[3])
    return tag in TAGS and (tag == "Equity" or not period.endswith("I") or today - frame.ends < timedelta(days=200))


HABITS = Habits(plan=plan, companies=2)


def filings(folder: Path, addresses: Addresses, clock: Clock) -> CompanyFilings:
    edgar = Edgar("Jane Doe jane@example.com", clock, addresses=addresses, manners=MANNERS)
    return CompanyFilings(edgar, folder, clock, CALENDAR, habits=HABITS)


@asynccontextmanager
async def lent(process: Study) -> AsyncIterator[Study]:
    """Lend a process that many tests share: to start one takes a second."""
    process._turn = asyncio.Lock()
    yield process


if __name__ == "__main__":
    address = sys.argv[2]
    asyncio.run(filings(Path(sys.argv[1]), Addresses(address, address), SetClock(NOW)).refresh())
