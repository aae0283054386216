"""Who hears of an event: every event against every route and the thresholds of its guild."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from bot.alerts.ports import GuildThresholds
from bot.alerts.scan import Request
from bot.records import Planned, Route
from signals.definition import Signal
from signals.errors import InvalidThreshold
from signals.types import Event, Thresholds

log = structlog.get_logger(__name__)

MOST_NAMED = 5
"""A route of more symbols is described by their number."""

Effective = Mapping[tuple[int, str], Thresholds]
"""The complete thresholds of each guild and signal; a guild whose settings contradict each other is not in it."""


async def effective_thresholds(thresholds: GuildThresholds, signals: Iterable[Signal]) -> Effective:
    """Return what every guild with a route uses, defaults filled in."""
    effective: dict[tuple[int, str], Thresholds] = {}
    for signal in signals:
        for guild_id, changed in (await thresholds.by_guild(signal.name)).items():
            try:
                effective[guild_id, signal.name] = signal.thresholds_with(changed)
            except InvalidThreshold as error:
                log.warning("thresholds_invalid", guild=guild_id, signal=signal.name, problem=str(error))
    return effective


def requests_for(signals: Iterable[Signal], effective: Effective) -> list[Request]:
    """Return what to scan for: each signal with its defaults, and with every other set in use."""
    requests: list[Request] = []
    for signal in signals:
        used = [thresholds for (_, name), thresholds in effective.items() if name == signal.name]
        for thresholds in (signal.thresholds_with(), *used):
            request = Request(signal.name, thresholds)
            if request not in requests:
                requests.append(request)
    return requests


def plan(
    events: Sequence[Event],
    routes: Sequence[Route],
    effective: Effective,
    *,
    signals: Iterable[Signal],
    expires_at: datetime,
) -> list[Planned]:
    """Return a delivery for every event and every channel that wants it, with the reason in words."""
    importance = {(signal.name, kind.name): kind.importance for signal in signals for kind in signal.kinds}
    planned = []
    for event in events:
        for route in routes:
            thresholds = effective.get((route.guild_id, route.signal))
            if thresholds is None or not route.wants(event, {}) or not _applies(event, thresholds):
                continue
            planned.append(
                Planned(
                    identity=event.identity,
                    route_id=route.id,
                    guild_id=route.guild_id,
                    channel_id=route.channel_id,
                    why=why(route),
                    priority=importance.get((event.signal, event.kind), 1),
                    expires_at=expires_at,
                )
            )
    return planned


def why(route: Route) -> str:
    """Say why the channel of `route` gets its events: one reason for all of them, short enough for a card's foot."""
    few = len(route.subjects) <= MOST_NAMED
    subjects = (", ".join(route.subjects) if few else f"{len(route.subjects)} symbols") or "every symbol"
    return f"this channel follows {route.signal} for {subjects} (/alerts list)"


def _applies(event: Event, thresholds: Thresholds) -> bool:
    """Whether the guild's thresholds would have raised this very event."""
    return all(thresholds.get(name) == value for name, value in event.thresholds.items())
