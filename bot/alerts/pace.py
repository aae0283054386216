"""How fast alerts leave: evenly spaced, whatever the sleep of a loop is worth."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, how many at once, and how long a claim holds.

    Parameters
    ----------
    per_second : float
        Sends begin evenly spaced: a burst of the same size draws 429s.
    in_flight : int
        So many sends may be under way at once.
    batch : int
        So many messages are claimed at once: a transaction costs nearly the same for one as for hundreds.
    lease_s : float
        Shorter than Discord's window for nonces ("a few minutes"): a claim that a crash left behind is sent again
        while Discord still recognises it. A send that has no answer by then is tried again like one that failed.
    nonce_window_s : float
        So long after a send with an unknown end Discord surely still recognises its nonce; later it must be looked for.
    """

    per_second: float = 45.0
    in_flight: int = 64
    batch: int = 200
    lease_s: float = 60.0
    nonce_window_s: float = 120.0
    first_retry_s: float = 2.0
    longest_retry_s: float = 300.0


CAUGHT_UP = 0.5
"""So much of an interval may be made up for by a shorter one: more would come out as a burst."""


class Pacer:
    """Gives out turns, one every ``1 / per_second``, to whoever asked first.

    A turn is an instant, not a wait after the last one: a loop that wakes a millisecond late does not fall behind for
    good. One that was held up for longer loses the time: sends that were due meanwhile would go out together.
    """

    def __init__(self, per_second: float, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self._interval = 1 / per_second
        self._timer = timer
        self._next = 0.0
        self._queue = asyncio.Lock()

    async def turn(self, requests: int = 1) -> None:
        """Wait for the next turn; whoever makes several requests on it leaves room for them."""
        async with self._queue:
            wait_s = self._next - self._timer()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            taken = max(self._next, self._timer() - CAUGHT_UP * self._interval)
            self._next = taken + requests * self._interval
