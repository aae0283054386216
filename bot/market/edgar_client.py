"""Requests to the SEC's EDGAR: the operator's contact in each, evenly spaced, and no more once it asks for less."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from bot import __version__
from bot.clock import Clock
from bot.market.http import LARGEST_BYTES, Answer, NoAnswer, client, get

if TYPE_CHECKING:
    import aiohttp

OK, FORBIDDEN, UNKNOWN, TOO_MANY, SERVER_ERRORS = 200, 403, 404, 429, 500
LARGEST_INDEX_BYTES = 128_000_000
"""A quarter's form index has some 50 MB."""
_NO_SUCH_FILE = b"<Code>AccessDenied</Code>"
"""What the archive says, with 403, of a file that is not there, such as the index of a holiday."""
LONGEST_QUIET = timedelta(hours=6)
_DOCUMENT = re.compile(r"edgar/data/\d{1,10}/[A-Za-z0-9._/-]+", re.ASCII)


class SlowDown(Exception):
    """The SEC asks for no more requests for a while: one line."""


class Unreachable(Exception):
    """There was no usable answer however often it was asked for: one line."""


class Refused(Exception):
    """There was an answer, and it was a refusal: one line."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where EDGAR is."""

    data: str = "https://data.sec.gov"
    site: str = "https://www.sec.gov"


@dataclass(frozen=True, slots=True)
class Manners:
    """How EDGAR is asked.

    Attributes
    ----------
    spacing_s : float
        The least time between the starts of two requests. The SEC allows ten a second; these are eight, because some
        travel faster than others.
    timeout_s, silence_s : float
        How long an answer may take (an index of 50 MB does over a slow line), and how long nothing of it may come.
    attempts, backoff_s :
        Tries of a request that met a passing fault, and the first wait between them (doubled after).
    patience_s : float
        A longer wait than this is not waited for: the rest is asked for another time.
    quiet : timedelta
        How long EDGAR is left alone where it refuses and does not say for how long.
    """

    spacing_s: float = 0.125
    timeout_s: float = 600.0
    silence_s: float = 60.0
    attempts: int = 4
    backoff_s: float = 1.0
    patience_s: float = 60.0
    quiet: timedelta = timedelta(minutes=10)


class Edgar:
    """What EDGAR has, by what it is called there; one pace for all that is asked.

    Parameters
    ----------
    contact : str
        Who asks, with an address of theirs: the SEC refuses those who do not say.
    """

    def __init__(
        self, contact: str, clock: Clock, *, addresses: Addresses | None = None, manners: Manners | None = None
    ) -> None:
        self._headers = {"User-Agent": f"{contact.strip()} (smallcap-signals/{__version__})"}
        self._clock, self._addresses, self._manners = clock, addresses or Addresses(), manners or Manners()
        self._session: aiohttp.ClientSession | None = None
        self._connections, self._users = AsyncExitStack(), 0
        self._next_start: datetime | None = None
        self._held_until: datetime | None = None
        self.quiet_until: datetime | None = None
        self.count = 0
        """Requests made."""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keep connections open meanwhile; several may, and share them.

        Raises
        ------
        Unreachable
            If the certificates the environment names cannot be used.
        """
        if not self._users:
            limits = (self._manners.timeout_s, self._manners.silence_s)
            try:
                self._session = await self._connections.enter_async_context(client(*limits))
            except NoAnswer as error:
                raise Unreachable(str(error)) from None
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1
            if not self._users:
                # Whoever opens while these close has connections of its own.
                closing, self._connections, self._session = self._connections, AsyncExitStack(), None
                await closing.aclose()

    async def tickers(self) -> bytes | None:
        """Return which symbols belong to which company."""
        return await self._site("files/company_tickers.json")

    async def frame(self, taxonomy: str, tag: str, unit: str, period: str) -> bytes | None:
        """Return what everybody filed under a tag for a period such as CY2025Q1, CY2025Q1I or CY2025."""
        return await self._data(f"api/xbrl/frames/{taxonomy}/{tag}/{unit}/{period}.json")

    async def company_facts(self, cik: int) -> bytes | None:
        """Return whatever a company ever filed."""
        return await self._data(f"api/xbrl/companyfacts/CIK{cik:010}.json")

    async def xbrl_index(self, year: int, quarter: int) -> bytes | None:
        """Return the filings with figures of a quarter, each with its day."""
        return await self._site(f"Archives/edgar/full-index/{year}/QTR{quarter}/xbrl.idx")

    async def form_index(self, year: int, quarter: int) -> bytes | None:
        """Return all filings of a quarter, ordered by form."""
        return await self._site(f"Archives/edgar/full-index/{year}/QTR{quarter}/form.idx")

    async def daily_index(self, day: date) -> bytes | None:
        """Return all filings of a day, ordered by form."""
        quarter = (day.month + 2) // 3
        return await self._site(f"Archives/edgar/daily-index/{day.year}/QTR{quarter}/form.{day:%Y%m%d}.idx")

    async def document(self, path: str) -> bytes | None:
        """Return a file of a filing, by the path that an index gives (``edgar/data/…``).

        Raises
        ------
        Refused
            If it is the path of no filing.
        """
        if not _DOCUMENT.fullmatch(path) or ".." in path:
            raise Refused(f"{path[:60]!r} is the path of no filing")
        return await self._site(f"Archives/{path}")

    async def _data(self, path: str) -> bytes | None:
        return await self._asked(f"{self._addresses.data.rstrip('/')}/{path}")

    async def _site(self, path: str) -> bytes | None:
        return await self._asked(f"{self._addresses.site.rstrip('/')}/{path}")

    async def _asked(self, address: str) -> bytes | None:
        """Return the answer, None where EDGAR has nothing under that name.

        Raises
        ------
        SlowDown, Unreachable, Refused
            If there is none to be had.
        """
        if self._session is None:
            raise Unreachable("no connection is open")
        wait, reason = self._manners.backoff_s, ""
        largest = LARGEST_INDEX_BYTES if address.endswith(".idx") else LARGEST_BYTES
        for attempt in range(self._manners.attempts):
            if attempt:
                await self._clock.sleep(wait)
                wait *= 2
            await self._turn()
            self.count += 1
            try:
                answer = await get(self._session, address, params={}, headers=self._headers, largest=largest)
            except NoAnswer as error:
                reason = str(error)
                continue
            if answer.status == OK:
                return answer.body
            if answer.status == UNKNOWN or (answer.status == FORBIDDEN and _NO_SUCH_FILE in answer.body):
                return None
            reason = self._weighed(answer)
        raise Unreachable(f"{reason}, {self._manners.attempts} times")

    def _weighed(self, answer: Answer) -> str:
        """Return why it is to be asked again, having seen to it that nobody asks too early; raise where not soon."""
        now, status = self._clock.now(), answer.status
        is_refusal = status in {FORBIDDEN, TOO_MANY}
        if not is_refusal and status < SERVER_ERRORS:
            raise Refused(f"the SEC answered {status}")
        wait = _told(answer.headers.get("Retry-After", ""), now)
        if wait is None and is_refusal:
            wait = self._manners.quiet
        if wait is not None:
            self._held_until = max(self._held_until or now, now + wait)
            if wait.total_seconds() > self._manners.patience_s:
                self.quiet_until = self._held_until
                raise SlowDown(self._quiet_words(status))
        return f"the SEC answered {status}"

    async def _turn(self) -> None:
        """Wait until the next request may start, again where EDGAR has asked for a pause meanwhile."""
        while True:
            now = self._clock.now()
            if self.quiet_until is not None and now < self.quiet_until:
                raise SlowDown(self._quiet_words())
            start = max(now, self._next_start or now, self._held_until or now)
            self._next_start = start + timedelta(seconds=self._manners.spacing_s)
            if start > now:
                await self._clock.sleep((start - now).total_seconds())
            if self._held_until is None or self._held_until <= start:
                return

    def _quiet_words(self, status: int = 0) -> str:
        why = "it refuses requests (403): see that edgar_contact names you; " if status == FORBIDDEN else ""
        return f"{why}the SEC asks for fewer requests; it is left alone until {self.quiet_until:%H:%M} UTC"


def _told(text: str, now: datetime) -> timedelta | None:
    """Return how long ``Retry-After`` asks to wait, in seconds or until a date; None where it says nothing."""
    if text.strip().isdecimal():
        return min(timedelta(seconds=min(int(text), 10**6)), LONGEST_QUIET)
    try:
        until = parsedate_to_datetime(text)
        return max(timedelta(0), min(until - now, LONGEST_QUIET))
    except (ValueError, TypeError):
        return None
