"""From a row to a record and back: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from bot.people import Cadence, Change, Edit, Preferences, Silence, Snooze, Subscription
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


def change_of(row: sa.Row[Any], edits: Iterable[Edit]) -> Change:
    """Return the change in `row` with its edits."""
    return Change(
        id=row.id,
        guild_id=row.guild_id,
        at=row.at,
        by=row.by,
        action=row.action,
        edits=tuple(edits),
        undoes=row.undoes,
        is_undone=bool(row.is_undone),
    )


def silence_of(row: sa.Row[Any]) -> Silence:
    """Return the silence in `row`."""
    return Silence(guild_id=row.guild_id, signal=row.signal, subject=row.subject, until=row.until, set_by=row.set_by)


def subscription_of(row: sa.Row[Any]) -> Subscription:
    """Return the subscription in `row`."""
    return Subscription(
        id=row.id,
        user_id=row.user_id,
        guild_id=row.guild_id,
        signal=row.signal,
        subject=row.subject,
        channel_id=row.channel_id,
        asked_in=row.asked_in,
        created_at=row.created_at,
    )


def preferences_of(row: sa.Row[Any]) -> Preferences:
    """Return the preferences in `row`."""
    return Preferences(
        user_id=row.user_id,
        time_zone=row.time_zone,
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        cadence=Cadence(row.cadence),
        daily_at=row.daily_at,
        importance=row.importance,
        signals=tuple(row.signals),
    )


def snooze_of(row: sa.Row[Any]) -> Snooze:
    """Return the snooze in `row`."""
    return Snooze(user_id=row.user_id, signal=row.signal, until=row.until)


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
        failing_since=row.failing_since,
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
