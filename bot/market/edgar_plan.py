"""What EDGAR is asked for, and when again: one request per tag and period covers every company."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from bot.market.sec_facts import DOLLARS, SHARES
from bot.market.sec_tags import BALANCE_TAGS, FLOW_TAGS, IFRS, SHARE_TAGS, TAXONOMIES, US_GAAP
from signals.sessions import close_of, last_closed
from signals.types import Calendar

FLOW_QUARTERS, FLOW_YEARS, BALANCE_QUARTERS = 8, 2, 6
"""Periods back from the running one: two fiscal years of quarters, so that a fourth one can be told from its year."""
EVENING = timedelta(hours=2)
"""After the close: what is filed later gets the next day's date."""
RECENT = timedelta(days=200)
"""Reports of a period come within this; later only figures beside those of a newer one do."""
SELDOM = timedelta(days=6)
LAST_FILINGS = time(21, 30)
"""UTC, in summer; in winter a company that filed in the last hour is asked for twice."""
_IFRS_TAG = "Equity"


class Kind(StrEnum):
    """What an answer holds; also the folder in which it is kept."""

    TICKERS = "tickers"
    INDEX = "index"
    FRAME = "frames"
    COMPANY = "companies"


class Rhythm(StrEnum):
    """When something is asked for again."""

    EVERY_EVENING = "every evening"
    EVERY_WEEK = "every week"
    ONCE_CLOSED = "until it was asked for after its last day"
    ONCE_FILED = "until it was asked for after the evening of a filing"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes
    ----------
    what : tuple
        What the client is asked for, by `kind`: year and quarter, a taxonomy, tag, unit and period, or a company.
    ends : date
        The last day it speaks of.
    """

    kind: Kind
    what: tuple[str | int, ...]
    rhythm: Rhythm
    ends: date

    @property
    def name(self) -> str:
        """What its answer is kept as; also what people read."""
        return " ".join(str(part) for part in self.what)


def evening_before(calendar: Calendar, now: datetime) -> datetime:
    """Return the last instant at which everything filed on a session's day was in."""
    return close_of(calendar, last_closed(calendar, now - EVENING)) + EVENING


def is_due(request: Request, asked_at: datetime | None, evening: datetime) -> bool:
    """Return whether to ask again what was asked for at an instant, None for never."""
    if asked_at is None:
        return True
    match request.rhythm:
        case Rhythm.EVERY_EVENING:
            return asked_at < evening
        case Rhythm.EVERY_WEEK:
            return asked_at < evening - SELDOM
        case Rhythm.ONCE_CLOSED:
            # A day more: the index of a day is written in the night after it.
            return asked_at < min(evening, datetime.combine(request.ends, time(), UTC) + timedelta(days=2))
        case Rhythm.ONCE_FILED:
            return asked_at < datetime.combine(request.ends, LAST_FILINGS, UTC)


def requests(today: date) -> tuple[Request, ...]:
    """Return everything that is asked for on a day but single companies: what changes every day first."""
    quarters = list(_quarters_back(today, FLOW_QUARTERS))
    found = [Request(Kind.TICKERS, ("company_tickers",), Rhythm.EVERY_EVENING, today)]
    found += [Request(Kind.INDEX, quarter, Rhythm.ONCE_CLOSED, _last_day(*quarter)) for quarter in quarters]
    years = [(today.year - back, 4) for back in range(FLOW_YEARS + 1)]
    frames: list[Request] = []
    for tag in sorted(FLOW_TAGS):
        frames += [_frame(tag, f"CY{year}Q{quarter}", _last_day(year, quarter), today) for year, quarter in quarters]
        frames += [_frame(tag, f"CY{year}", _last_day(year, quarter), today) for year, quarter in years]
    for tag in sorted(BALANCE_TAGS | SHARE_TAGS):
        frames += [
            _frame(tag, f"CY{year}Q{quarter}I", _last_day(year, quarter), today)
            for year, quarter in quarters[: BALANCE_QUARTERS + 1]
        ]
    frames += [
        Request(Kind.FRAME, (IFRS, _IFRS_TAG, DOLLARS, f"CY{year}Q4I"), Rhythm.EVERY_WEEK, _last_day(year, 4))
        for year, _ in years[1:]
    ]
    frames.sort(key=lambda frame: frame.rhythm is Rhythm.EVERY_WEEK)
    return (*found, *frames)


def company_request(cik: int, filed: date) -> Request:
    """Return the request for all that one company ever filed, once more after a filing of a day."""
    return Request(Kind.COMPANY, (cik,), Rhythm.ONCE_FILED, filed)


def _frame(tag: str, period: str, ends: date, today: date) -> Request:
    unit = SHARES if tag in SHARE_TAGS else DOLLARS
    rhythm = Rhythm.EVERY_EVENING if today - ends <= RECENT else Rhythm.EVERY_WEEK
    return Request(Kind.FRAME, (TAXONOMIES.get(tag, US_GAAP), tag, unit, period), rhythm, ends)


def _quarters_back(today: date, count: int) -> Iterator[tuple[int, int]]:
    """Yield the running quarter and `count` before it, as year and quarter."""
    place = today.year * 4 + (today.month - 1) // 3
    for back in range(count + 1):
        yield (place - back) // 4, (place - back) % 4 + 1


def _last_day(year: int, quarter: int) -> date:
    first_of_next = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
    return first_of_next - timedelta(days=1)
