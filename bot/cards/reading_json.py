"""Readings and events as JSON for machines: numbers are numbers, missing is null, nothing is infinite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bot.cards.card import Card
from bot.cards.missing import missing_of
from signals.types import Event, Reading, Scalar


def reading_json(reading: Reading) -> dict[str, Any]:
    """Return a reading as the documented JSON object."""
    return {
        "signal": reading.signal,
        "subject": reading.subject,
        "session": reading.session.isoformat(),
        "as_of": reading.as_of.isoformat().replace("+00:00", "Z"),
        "state": reading.state,
        "values": _values(reading.values),
        "checks": [
            {
                "name": check.name,
                "result": check.result.value,
                "value": _scalar(check.value),
                "bound": _scalar(check.bound),
            }
            for check in reading.checks
        ],
        "source": reading.source,
        "basis": reading.basis.value,
        "coverage": {"n": int(reading.coverage.n), "of": int(reading.coverage.of)},
        "version": reading.version,
        "labels": list(reading.labels),
        "stale_sessions": int(reading.stale_sessions),
        "is_provisional": bool(reading.is_provisional),
    }


def answer_json(reading: Reading, card: Card) -> dict[str, Any]:
    """Return an answer as the documented JSON object: its reading, and what it lacks in the words of its card."""
    return {**reading_json(reading), "missing": missing_of(reading, card)}


def event_json(event: Event) -> dict[str, Any]:
    """Return an event as the documented JSON object."""
    return {
        "signal": event.signal,
        "kind": event.kind,
        "subject": event.subject,
        "session": event.session.isoformat(),
        "version": event.version,
        "values": _values(event.values),
    }


def _values(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Any) -> Scalar:
    """Return a value JSON can carry; numpy's own numbers become Python's."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)
