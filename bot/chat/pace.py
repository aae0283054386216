"""How often one member, and one server, may ask."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_SWEEP_EVERY = 1000


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `times` in any `per_s` seconds."""

    times: int
    per_s: float


class Pace:
    """Counts uses per member and per server; instants are seconds of any clock that never runs backwards."""

    def __init__(self, *, user: Rate, guild: Rate) -> None:
        self._rates = {"user": user, "guild": guild}
        self._uses: dict[tuple[str, int], deque[float]] = {}
        self._counted = 0

    def wait_s(self, *, user_id: int, guild_id: int | None, now: float) -> float:
        """Count one use and return 0; or count nothing and return the seconds until one would be allowed."""
        keys = [("user", user_id)] + ([("guild", guild_id)] if guild_id is not None else [])
        wait = max(self._wait_of(key, now) for key in keys)
        if wait <= 0:
            for key in keys:
                self._uses.setdefault(key, deque()).append(now)
            self._sweep(now)
        return max(wait, 0.0)

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
