"""How often one member, one channel and one server may ask."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

_SWEEP_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `times` in any `per_s` seconds."""

    times: int
    per_s: float


class Pace:
    """Counts uses per member, channel and server; instants are seconds of any clock that never runs backwards."""

    def __init__(self, rates: Mapping[str, Rate]) -> None:
        self._rates = dict(rates)
        self._uses: dict[tuple[str, int], deque[float]] = {}
        self._told_until: dict[int, float] = {}
        self._counted = 0

    def wait_s(self, where: Mapping[str, int | None], now: float) -> float:
        """Count one use and return 0; or count nothing and return the seconds until one would be allowed.

        `where` names the number of each kind that is counted, None where there is none.
        """
        keys = [(kind, number) for kind, number in where.items() if number is not None]
        wait = max(self._wait_of(key, now) for key in keys)
        if wait <= 0:
            for key in keys:
                self._uses.setdefault(key, deque()).append(now)
            self._sweep(now)
        return max(wait, 0.0)

    def is_news(self, user_id: int, wait_s: float, now: float) -> bool:
        """Whether to tell a member that it was too soon: once until the wait is over, or a flood is answered by one."""
        if now < self._told_until.get(user_id, now):
            return False
        self._told_until[user_id] = now + wait_s
        return True

    def _wait_of(self, key: tuple[str, int], now: float) -> float:
        rate, uses = self._rates[key[0]], self._uses.get(key, deque())
        while uses and uses[0] <= now - rate.per_s:
            uses.popleft()
        return uses[0] + rate.per_s - now if len(uses) >= rate.times else 0.0

    def _sweep(self, now: float) -> None:
        """Forget those who have not asked for a while, so that memory does not grow with every passer-by."""
        self._counted += 1
        if self._counted % _SWEEP_EVERY == 0:
            old = [key for key, uses in self._uses.items() if uses[-1] <= now - self._rates[key[0]].per_s]
            for key in old:
                del self._uses[key]
            self._told_until = {user_id: until for user_id, until in self._told_until.items() if until > now}
