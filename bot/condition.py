"""`smallcap status`: how delivery and the connection stand, read from the database by a process of its own."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.alerts.watch import JOB
from bot.chat.health import Health, read_health, why_ill
from bot.clock import Clock, WallClock
from bot.settings import Settings
from bot.store.store import Store


@dataclass(frozen=True, slots=True)
class Condition:
    """Everything counted, at one instant.

    Attributes
    ----------
    ill : str or None
        What is the matter with the connection and what to do; None where nothing is.
    """

    at: datetime
    deliveries: dict[str, int]
    messages: dict[str, dict[str, int]]
    possible_duplicates: int
    destinations_off: int
    notices_waiting: int
    last_session: str | None
    failed_sessions: list[dict[str, str]]
    health: Health | None
    ill: str | None

    @property
    def is_conserved(self) -> bool:
        """Whether every delivery that was ever computed stands in exactly one state."""
        return self.deliveries["computed"] == sum(n for state, n in self.deliveries.items() if state != "computed")

    def as_json(self) -> dict[str, Any]:
        """Return it for machines: ages in seconds, what is missing is null."""
        return {
            "as_of": self.at.isoformat(),
            "deliveries": {**self.deliveries, "is_conserved": self.is_conserved},
            "messages": self.messages,
            "possible_duplicates": self.possible_duplicates,
            "destinations_off": self.destinations_off,
            "notices_waiting": self.notices_waiting,
            "last_session": self.last_session,
            "failed_sessions": self.failed_sessions,
            "gateway": self._gateway(),
        }

    def _gateway(self) -> dict[str, Any]:
        health = self.health
        return {
            "is_healthy": self.ill is None,
            "reason": self.ill,
            "ack_age_s": None if health is None else self._age_s(health.ack_at),
            "dispatch_age_s": None if health is None else self._age_s(health.dispatch_at),
            "noted_age_s": None if health is None else self._age_s(health.at),
            "guilds": None if health is None else health.guilds,
            "identifies_24h": None if health is None else health.identifies,
            "pid": None if health is None else health.pid,
        }

    def _age_s(self, instant: datetime | None) -> float | None:
        return None if instant is None else round((self.at - instant).total_seconds(), 1)

    def as_lines(self) -> list[str]:
        """Return it for people."""
        counted = " + ".join(f"{state} {n:,}" for state, n in self.deliveries.items() if state != "computed")
        sign = "=" if self.is_conserved else "≠ (a defect: please report it)"
        lines = [f"deliveries   computed {self.deliveries['computed']:,} {sign} {counted}"]
        lines += [f"messages     {kind}: {_listed(states)}" for kind, states in self.messages.items() if states]
        lines += [
            f"duplicates   {self.possible_duplicates:,} possible",
            f"switched off {self.destinations_off:,} destinations (/alerts list shows them, with the way to mend them)",
            f"sessions     last scanned: {self.last_session or 'none yet'}",
        ]
        lines += [f"             {failed['session']} failed: {failed['reason']}" for failed in self.failed_sessions]
        gateway = self._gateway()
        ages = [
            f"{name} {gateway[key]:,.0f} s ago"
            for name, key in (("last heartbeat acknowledged", "ack_age_s"), ("last event", "dispatch_age_s"))
            if gateway[key] is not None
        ]
        return [*lines, f"Discord      {self.ill or 'connected'}" + (f" ({', '.join(ages)})" if ages else "")]


def _listed(states: dict[str, int]) -> str:
    return ", ".join(f"{state} {n:,}" for state, n in sorted(states.items()))


async def look(store: Store, clock: Clock) -> Condition:
    """Count everything."""
    now = clock.now()
    health = await read_health(store.notes)
    last = await store.runs.last(JOB)
    failed = await store.runs.failed(JOB)
    return Condition(
        at=now,
        deliveries=await store.outbox.counts(),
        messages=await store.outbox.messages(),
        possible_duplicates=await store.outbox.possible_duplicates(),
        destinations_off=await store.destinations.count_off(),
        notices_waiting=await store.notices.count_waiting(),
        last_session=last.session.isoformat() if last else None,
        failed_sessions=[{"session": run.session.isoformat(), "reason": run.reason} for run in failed],
        health=health,
        ill="the bot has never been started on this database" if health is None else why_ill(health, now),
    )


async def tell(settings: Settings, *, is_json: bool) -> bool:
    """Print the condition; return whether Discord is there and hears the bot.

    Raises
    ------
    StoreError
        If the database cannot be read, or has not been migrated.
    """
    store = Store(settings.database)
    try:
        await store.open()
        condition = await look(store, WallClock())
    finally:
        await store.close()
    text = json.dumps(condition.as_json(), ensure_ascii=False) if is_json else "\n".join(condition.as_lines())
    sys.stdout.write(text + "\n")
    return condition.ill is None
