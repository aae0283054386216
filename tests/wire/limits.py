"""Discord's published rate limits: a bucket per route, a global limit per token, and the ban for invalid requests.

Source: Discord docs, Rate Limits, read 2026-11. How many requests a route's bucket holds is not published; five in five
seconds for the messages of a channel is what its headers have said for years.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.wire.answers import answer

MESSAGES = "/channels/{channel}/messages"
MESSAGE = MESSAGES + "/{message}"
EXEMPT = ("/interactions/", "/webhooks/")
FUZZ = 1e-9


@dataclass(frozen=True)
class Bucket:
    """So many requests in a window that opens with the first; one count per channel, guild or webhook."""

    name: str
    limit: int = 5
    window_s: float = 5.0
    scope: str = "user"
    """``user``, or ``shared`` for a resource's own limit, whose 429s count against nobody."""


@dataclass(slots=True)
class Window:
    ends_at: float
    used: int = 0


def usual() -> dict[tuple[str, str], Bucket]:
    """Return the buckets of the routes a bot's messages take."""
    return {
        ("POST", MESSAGES): Bucket("create-message"),
        ("PATCH", MESSAGE): Bucket("edit-message"),
        ("GET", MESSAGES): Bucket("read-messages"),
    }


@dataclass
class Limits:
    """Who may enter now. All of it may be changed while the server runs."""

    clock: Callable[[], float] = time.monotonic
    global_per_s: int | None = 50
    """Requests in any one second and per token; None switches the global limit off."""
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=usual)
    """By method and route template; clear it to switch the route limits off."""
    invalid_limit: int = 10_000
    invalid_window_s: float = 600.0
    ban_s: float = 3600.0
    """How long the address is banned; Discord says "temporarily"."""
    banned_until: float = -math.inf
    _global: dict[str, deque[float]] = field(default_factory=dict)
    _windows: dict[tuple[str, str], Window] = field(default_factory=dict)
    _invalid: deque[float] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self._epoch = time.time() - self.clock()

    def enter(self, method: str, template: str, major: str, caller: str) -> tuple[web.Response | None, dict[str, str]]:
        """Return the refusal, if any, and the headers that tell of the route's bucket."""
        now = self.clock()
        if self.global_per_s is not None and not template.startswith(EXEMPT):
            wait = self._global_wait(caller, now)
            if wait > 0:
                return refused(wait, "global"), {}
        bucket = self.buckets.get((method, template))
        if bucket is None:
            return None, {}
        window = self._windows.get((bucket.name, major))
        if window is None or now >= window.ends_at - FUZZ:
            window = self._windows[bucket.name, major] = Window(now + bucket.window_s)
        is_full = window.used >= bucket.limit
        window.used += not is_full
        headers = {
            "X-RateLimit-Limit": str(bucket.limit),
            "X-RateLimit-Remaining": str(bucket.limit - window.used),
            "X-RateLimit-Reset": f"{self._epoch + window.ends_at:.3f}",
            "X-RateLimit-Reset-After": f"{in_ms(window.ends_at - now):.3f}",
            "X-RateLimit-Bucket": bucket.name,
        }
        return (refused(window.ends_at - now, bucket.scope) if is_full else None), headers

    def note_invalid(self) -> None:
        """Count an invalid request of this address; too many in the window ban it."""
        now = self.clock()
        self._invalid.append(now)
        while self._invalid[0] <= now - self.invalid_window_s:
            self._invalid.popleft()
        if len(self._invalid) >= self.invalid_limit:
            self.banned_until = now + self.ban_s
            self._invalid.clear()

    @property
    def invalid_in_window(self) -> int:
        """How many invalid requests count against the address now."""
        since = self.clock() - self.invalid_window_s
        return sum(instant > since for instant in self._invalid)

    @property
    def is_banned(self) -> bool:
        return self.clock() < self.banned_until

    def _global_wait(self, caller: str, now: float) -> float:
        recent = self._global.get(caller)
        if recent is None:
            recent = self._global[caller] = deque()
        while recent and recent[0] <= now - 1.0 + FUZZ:
            recent.popleft()
        if len(recent) < (self.global_per_s or 0):
            recent.append(now)
            return 0.0
        return recent[0] + 1.0 - now if recent else 1.0


def in_ms(seconds: float) -> float:
    """Round up to milliseconds, so that who waits as long as told never comes too early."""
    return math.ceil(seconds * 1000 - FUZZ) / 1000


def refused(wait_s: float, scope: str) -> web.Response:
    """Return the 429 that names `scope` and says how long to wait."""
    said = "The resource is being rate limited." if scope == "shared" else "You are being rate limited."
    body: dict[str, Any] = {"message": said, "retry_after": in_ms(wait_s), "global": scope == "global"}
    response = answer(body, 429)
    response.headers["Retry-After"] = str(math.ceil(wait_s))
    response.headers["X-RateLimit-Scope"] = scope
    if scope == "global":
        response.headers["X-RateLimit-Global"] = "true"
    return response
