"""Readings and events that card tests start from; every value is made up."""

from __future__ import annotations

from datetime import UTC, date, datetime

from bot.cards.face import Shown
from signals.types import Basis, Check, Coverage, Event, Reading, Result, Scalar

VALUES: dict[str, Scalar] = {
    "close": 2225.68,
    "fast": 2176.51,
    "slow": 2175.99,
    "gap_pct": 0.0239,
    "gap_change_5": 0.6412,
    "trigger_close": 2190.25,
    "flat_sessions": None,
    "sessions_since": 0,
    "last_golden": "2025-08-06",
    "last_death": "2025-03-20",
    "rsi14": 56.25,
    "rvol20": 0.98,
}


def cross_reading(**changed: object) -> Reading:
    facts: dict[str, object] = {
        "signal": "cross",
        "subject": "^RUT",
        "session": date(2025, 8, 6),
        "as_of": datetime(2025, 8, 6, 20, 15, tzinfo=UTC),
        "state": "golden",
        "values": VALUES,
        "checks": (
            Check("rising", Result.PASS, 0.31, 0.0, "Slow average rising over 20 sessions"),
            Check("volume", Result.FAIL, 0.98, 1.2, "Relative volume on the cross session"),
            Check("holds", Result.UNKNOWN, None, 3, "Holds since the cross"),
        ),
        "source": "Yahoo",
        "basis": Basis.PRICE,
        "coverage": Coverage(1, 1),
        "version": 1,
    }
    return Reading(**{**facts, **changed})


def event(kind: str = "golden_cross", subject: str = "^RUT", **values: Scalar) -> Event:
    return Event("cross", kind, subject, date(2025, 8, 6), 1, {"fast": 50, "slow": 200}, {**VALUES, **values})


def shown(reading: Reading, name: str = "", *, windows: tuple[int, int] = (50, 200), **more: object) -> Shown:
    """Return `reading` as it is shown; without a history there is no picture of it."""
    thresholds = {"fast": windows[0], "slow": windows[1]}
    return Shown(**{"reading": reading, "history": None, "name": name, "thresholds": thresholds, **more})
