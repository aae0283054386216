"""From a row to a record and back: the one place that knows both."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from bot.people import Cadence
from bot.records import Route, Run, RunState, StoredEvent
from signals.types import Event


def route_of(row: sa.Row[Any]) -> Route:
    """Return the route in `row`."""
    return Route(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        signal=row.signal,
        subjects=tuple(row.subjects),
        created_by=row.created_by,
        created_at=row.created_at,
        importance=row.importance,
        role_id=row.role_id,
        cadence=Cadence(row.cadence),
        daily_at=row.daily_at,
    )


def run_of(row: sa.Row[Any]) -> Run:
    """Return the run in `row`."""
    return Run(
        id=row.id,
        job=row.job,
        session=row.session,
        state=RunState(row.state),
        reason=row.reason,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempt=row.attempt,
    )


def event_of(row: sa.Row[Any]) -> StoredEvent:
    """Return the event in `row`."""
    event = Event(
        signal=row.signal,
        kind=row.kind,
        subject=row.subject,
        session=row.session,
        version=row.version,
        thresholds=row.thresholds,
        values=row._mapping["values"],  # noqa: SLF001 - the public name; `row.values` is a method of tuples
    )
    return StoredEvent(id=row.id, event=event, found_at=row.found_at)


def event_row(event: Event) -> dict[str, Any]:
    """Return the columns of `event`."""
    return {
        "identity": event.identity,
        "signal": event.signal,
        "kind": event.kind,
        "subject": event.subject,
        "session": event.session,
        "version": event.version,
        "thresholds": dict(event.thresholds),
        "values": dict(event.values),
    }
