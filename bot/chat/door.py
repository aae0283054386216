"""The door every request to Discord goes through, and that stays shut where one more would make things worse.

10,000 invalid answers in ten minutes ban the address. A token that is refused once is refused for ever, and where
Cloudflare answers in Discord's place, every further request prolongs the ban.
"""

from __future__ import annotations

import asyncio
import math
import re
from datetime import datetime, timedelta
from types import SimpleNamespace

import aiohttp
import structlog

from bot.chat.errors import cause_of
from bot.chat.ports import Memory
from bot.clock import Clock

log = structlog.get_logger(__name__)

KEY = "door shut until"
UNTOLD_S = 600.0
"""How long to keep quiet where Cloudflare does not say."""
LONGEST = timedelta(hours=24)
TOKEN_REFUSED = "Discord refuses the token"  # noqa: S105 - words about it, not one
_UNAUTHORIZED, _TOO_MANY = 401, 429
_WITHOUT_TOKEN = re.compile(r"/api/v\d+/(?:webhooks|interactions)/")
"""Requests that carry a token of their own, whose 401 means that an interaction has expired."""


class DoorClosed(aiohttp.ClientError):
    """No request goes out now.

    Attributes
    ----------
    retry_after_s : float or None
        None: never again in this process.
    """

    def __init__(self, reason: str, retry_after_s: float | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_s = retry_after_s


class Door:
    """Lets requests out, or not; `memory` keeps a restarted process quiet too."""

    def __init__(self, clock: Clock, memory: Memory) -> None:
        self._clock = clock
        self._memory = memory
        self._shut_until: datetime | None = None
        self.refused = asyncio.Event()
        """Set once Discord refuses the token: nothing but a new token can help."""

    def trace(self) -> aiohttp.TraceConfig:
        """Return what to give discord.py as ``http_trace=``: its requests and websockets all pass through it."""
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._leave)
        trace.on_request_end.append(self._look)
        return trace

    async def restore(self) -> None:
        """Keep to what an earlier process was told."""
        noted = await self._memory.get(KEY)
        now = self._clock.now()
        until = _instant(noted)
        if until is not None and now < until <= now + LONGEST:
            self._shut_until = until
            log.warning("no request goes out yet: Cloudflare turned the bot away", until=until.isoformat())

    def closed(self) -> DoorClosed | None:
        """Return why nothing goes out now; None where the door is open."""
        if self.refused.is_set():
            return DoorClosed(TOKEN_REFUSED, None)
        if self._shut_until is None:
            return None
        left = (self._shut_until - self._clock.now()).total_seconds()
        if left > 0:
            return DoorClosed(f"Cloudflare turned the bot away until {self._shut_until:%H:%M:%S} UTC", left)
        self._shut_until = None
        log.info("requests go out again")
        return None

    async def _leave(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, _params: aiohttp.TraceRequestStartParams
    ) -> None:
        closed = self.closed()
        if closed is not None:
            raise closed

    async def _look(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
    ) -> None:
        response = params.response
        if response.status == _UNAUTHORIZED and _is_with_token(params):
            self._shut_for_good()
        elif response.status == _TOO_MANY and _is_cloudflare(response):
            await self._shut(timedelta(seconds=_retry_after_s(response)))

    def _shut_for_good(self) -> None:
        if not self.refused.is_set():
            self.refused.set()
            log.error("Discord refuses the token: no request goes out any more")

    async def _shut(self, wait: timedelta) -> None:
        """Close, or stay closed for longer: answers to what was under way may come in any order."""
        until = self._clock.now() + wait
        if self._shut_until is None:
            log.warning("Cloudflare turns the bot away: no request goes out", until=until.isoformat())
        elif until <= self._shut_until:
            return
        self._shut_until = until
        try:
            await self._memory.set(KEY, until.isoformat())
        except Exception as error:  # noqa: BLE001 - whatever the database has, this process keeps quiet all the same
            log.warning("a restart will not know of it", reason=str(error))


def is_hushed(error: BaseException | None) -> bool:
    """Whether nothing may be said at all now; then it is logged in one line, for many may ask while it lasts."""
    cause = None if error is None else cause_of(error)
    if not isinstance(cause, DoorClosed):
        return False
    log.info("not answered: no request goes out", reason=cause.reason)
    return True


def _is_with_token(params: aiohttp.TraceRequestEndParams) -> bool:
    return "Authorization" in params.headers and not _WITHOUT_TOKEN.match(params.url.path)


def _is_cloudflare(response: aiohttp.ClientResponse) -> bool:
    """Whether the answer is not Discord's own: its always pass a proxy and are JSON."""
    return "Via" not in response.headers or response.content_type != "application/json"


def _retry_after_s(response: aiohttp.ClientResponse) -> float:
    try:
        told = float(response.headers.get("Retry-After", UNTOLD_S))
    except ValueError:  # a date, which Cloudflare does not write
        return UNTOLD_S
    return min(told, LONGEST.total_seconds()) if math.isfinite(told) and told > 0 else UNTOLD_S


def _instant(noted: str | None) -> datetime | None:
    """Return what was noted as an instant; None for nothing, or for what this program did not write."""
    try:
        instant = datetime.fromisoformat(noted or "")
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None
