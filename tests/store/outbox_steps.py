"""Steps that the tests of the outbox share: record, claim, end, count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from bot.records import Attachment, DeliveryState, Frozen, Outbound, Planned, Recorded, Settlement
from bot.store.store import Store
from signals.types import Event

AT = datetime(2025, 8, 6, 20, 20, tzinfo=UTC)
EXPIRES = AT + timedelta(days=1)
SESSION = date(2025, 8, 6)
LEASE_S = 60.0


def an_event(subject: str = "^RUT", kind: str = "golden_cross", session: date = SESSION) -> Event:
    values = {"close": 2221.29, "gap_pct": None, "flat_sessions": 3}
    return Event("cross", kind, subject, session, 1, {"fast": 50, "slow": 200}, values)


def planned(event: Event, channel_id: int = 11, **given) -> Planned:
    plan = {"identity": event.identity, "route_id": 1, "guild_id": 1, "channel_id": channel_id, "why": "it asked"}
    return Planned(**{**plan, "priority": 5, "expires_at": EXPIRES, **given})


async def record(
    store: Store, *plans: Planned, events: tuple[Event, ...] = (), session: date = SESSION, at: datetime = AT, **given
) -> Recorded:
    run = await store.runs.start("session", session, at)
    assert run is not None
    recorded = await store.ledger.record(run, events, plans, at=at, **given)
    assert recorded is not None
    return recorded


async def claim(store: Store, now: datetime = AT, limit: int = 10) -> list[Outbound]:
    return await store.outbox.claim(limit, now, LEASE_S)


def ending(message: Outbound, state: DeliveryState, at: datetime = AT, **given) -> Settlement:
    return Settlement(message.id, message.lease, state, at, **given)


async def end(store: Store, message: Outbound, state: DeliveryState, at: datetime = AT, **given) -> bool:
    return bool(await store.outbox.settle([ending(message, state, at, **given)]))


async def sent(store: Store, message: Outbound, discord_id: int = 1, at: datetime = AT) -> bool:
    return await end(store, message, DeliveryState.SENT, at, discord_id=discord_id)


async def back(store: Store, message: Outbound, due_at: datetime, reason: str = "503") -> bool:
    return await end(store, message, DeliveryState.PENDING, due_at=due_at, reason=reason)


async def freeze(store: Store, message: Outbound, payload: dict, *files: Attachment) -> bool:
    return bool(await store.outbox.freeze(message.lease, [Frozen(message.id, payload, files)]))


async def states(store: Store) -> dict[str, int]:
    """Return what is not zero, having checked that nothing was lost on the way."""
    counts = await store.outbox.counts()
    assert counts["computed"] == sum(n for state, n in counts.items() if state != "computed")
    return {state: n for state, n in counts.items() if n and state != "computed"}
